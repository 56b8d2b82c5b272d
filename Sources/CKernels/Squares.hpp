// What packing is made of: sixteen values of a row, and squares of 16 x 16 units turned in registers.
#pragma once
#include "Panels.hpp"
#include "Simd.hpp"

#if CT_HAS_SIMD

namespace ct {

/// Lanes 0 ..< count of 16.
inline __mmask16 lanes(int64_t count) {
  return count >= 16 ? 0xFFFF : count <= 0 ? 0 : static_cast<__mmask16>((1u << count) - 1);
}

/// Sixteen values as float32.
CT_SIMD_INLINE __m512i floats(Rows::Row row, int64_t column, __mmask16 mask) {
  if (!row.data) return _mm512_setzero_si512();
  if (!row.half) return _mm512_maskz_loadu_epi32(mask, row.data + column * 4);
  return _mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, row.data + column * 2)), 16);
}

/// The transpose of 16 x 16 units.
CT_SIMD_INLINE void transpose(__m512i *square) {
  __m512i other[16];
  for (int i = 0; i < 16; i += 2) {
    other[i] = _mm512_unpacklo_epi32(square[i], square[i + 1]);
    other[i + 1] = _mm512_unpackhi_epi32(square[i], square[i + 1]);
  }
  for (int i = 0; i < 16; i += 4) {
    square[i] = _mm512_unpacklo_epi64(other[i], other[i + 2]);
    square[i + 1] = _mm512_unpackhi_epi64(other[i], other[i + 2]);
    square[i + 2] = _mm512_unpacklo_epi64(other[i + 1], other[i + 3]);
    square[i + 3] = _mm512_unpackhi_epi64(other[i + 1], other[i + 3]);
  }
  for (int i = 0; i < 4; ++i) {
    other[i] = _mm512_shuffle_i32x4(square[i], square[i + 4], 0x88);
    other[i + 4] = _mm512_shuffle_i32x4(square[i], square[i + 4], 0xDD);
    other[i + 8] = _mm512_shuffle_i32x4(square[i + 8], square[i + 12], 0x88);
    other[i + 12] = _mm512_shuffle_i32x4(square[i + 8], square[i + 12], 0xDD);
  }
  for (int i = 0; i < 4; ++i) {
    square[i] = _mm512_shuffle_i32x4(other[i], other[i + 8], 0x88);
    square[i + 8] = _mm512_shuffle_i32x4(other[i], other[i + 8], 0xDD);
    square[i + 4] = _mm512_shuffle_i32x4(other[i + 4], other[i + 12], 0x88);
    square[i + 12] = _mm512_shuffle_i32x4(other[i + 4], other[i + 12], 0xDD);
  }
}

}  // namespace ct

#endif
