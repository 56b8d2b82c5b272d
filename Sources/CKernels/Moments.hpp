// Moments of AdamW in eight bits a number.
//
// Rows of a byte tensor, each 256 numbers' codes and after them a float32, the largest magnitude
// among them. A code is the top of a float32 between 0 and 1, the number's share of that largest:
// three places of the mantissa and below them as many of the exponent as there is room for, so that
// a number is off by a sixteenth at most and may be 2⁻¹⁶ (with a sign) or 2⁻³² (without) of the
// largest. Blocks with a largest of their own: arXiv:2110.02861.
#pragma once
#include <ATen/ATen.h>

#include <cstring>

#include "Vector.hpp"

namespace ct {

constexpr int64_t block_codes = 256;
constexpr int64_t block_bytes = block_codes + 4;
/// What of a float32's bits is not in a code.
constexpr int code_shift = 20;
/// Added to a code gives the top of the float32: 1.0 has the largest code.
constexpr int signed_base = (0x3F800000 >> code_shift) - 127;
constexpr int unsigned_base = (0x3F800000 >> code_shift) - 255;

inline int64_t blocks_of(int64_t count) { return (count + block_codes - 1) / block_codes; }

inline bool is_compact(const at::Tensor &moment) { return moment.scalar_type() == at::kByte; }

/// The numbers of a moment, as float32 and of a parameter's shape; by libtorch.
///
/// A number without a sign is never below its block's least: what divides by its root stays finite.
inline at::Tensor expanded(const at::Tensor &moment, bool with_sign, at::IntArrayRef shape) {
  const auto codes = moment.narrow(1, 0, block_codes).to(at::kInt);
  const auto largest = moment.narrow(1, block_codes, 4).contiguous().view(at::kFloat);
  const auto magnitude = with_sign ? codes.bitwise_and(127) : codes.clamp_min(1);
  auto shares = at::bitwise_left_shift(magnitude + (with_sign ? signed_base : unsigned_base), code_shift).view(at::kFloat);
  if (with_sign) {
    shares = at::where(magnitude == 0, at::zeros_like(shares), shares);
    shares = at::where(codes.bitwise_and(128) != 0, -shares, shares);
  }
  return (shares * largest).flatten().narrow(0, 0, c10::multiply_integers(shape)).reshape(shape);
}

/// Writes float32 numbers into a moment, to the nearest code; by libtorch.
inline void compact(at::Tensor moment, const at::Tensor &numbers, bool with_sign) {
  const int64_t blocks = moment.size(0);
  auto padded = at::constant_pad_nd(numbers.flatten(), {0, blocks * block_codes - numbers.numel()})
                    .view({blocks, block_codes});
  const auto largest = padded.abs().amax(1, /*keepdim=*/true);
  const auto shares = at::where(largest > 1e-37, padded.abs() / largest, at::zeros_like(padded));
  const int base = with_sign ? signed_base : unsigned_base;
  auto codes = (at::bitwise_right_shift(shares.view(at::kInt) + (1 << (code_shift - 1)), code_shift) - base).clamp_min(0);
  if (with_sign) codes = codes + (padded < 0).to(at::kInt) * 128;
  moment.narrow(1, 0, block_codes).copy_(codes);
  moment.narrow(1, block_codes, 4).copy_(largest.contiguous().view(at::kByte));
}

#if CT_HAS_SIMD

inline float largest_of(const uint8_t *block) {
  float value;
  std::memcpy(&value, block + block_codes, sizeof value);
  return value;
}

/// Sixteen numbers of a block.
template <bool with_sign>
CT_SIMD_INLINE __m512 expanded(const uint8_t *codes, float largest) {
  const __m512i code = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i *>(codes)));
  __m512i top;
  if constexpr (with_sign) {
    const __m512i magnitude = _mm512_and_si512(code, _mm512_set1_epi32(127));
    const __mmask16 there = _mm512_test_epi32_mask(magnitude, magnitude);
    top = _mm512_maskz_add_epi32(there, magnitude, _mm512_set1_epi32(signed_base));
  } else {
    top = _mm512_add_epi32(_mm512_max_epi32(code, _mm512_set1_epi32(1)), _mm512_set1_epi32(unsigned_base));
  }
  __m512i bits = _mm512_slli_epi32(top, code_shift);
  if constexpr (with_sign) {
    bits = _mm512_or_si512(bits, _mm512_slli_epi32(_mm512_and_si512(code, _mm512_set1_epi32(128)), 24));
  }
  return _mm512_mul_ps(_mm512_castsi512_ps(bits), _mm512_set1_ps(largest));
}

/// Sixteen numbers into their codes, up with the probability of what is cut off; `inverse` is one
/// over the block's largest, or 0.
template <bool with_sign>
CT_SIMD_INLINE void compact(uint8_t *codes, __m512 numbers, float inverse, __m512i random) {
  const __m512i bits = _mm512_castps_si512(_mm512_mul_ps(numbers, _mm512_set1_ps(inverse)));
  const __m512i sign = _mm512_srli_epi32(_mm512_and_si512(bits, _mm512_set1_epi32(INT32_MIN)), 24);
  const __m512i magnitude = _mm512_and_si512(bits, _mm512_set1_epi32(INT32_MAX));
  const __m512i below = _mm512_and_si512(random, _mm512_set1_epi32((1 << code_shift) - 1));
  const __m512i top = _mm512_srli_epi32(_mm512_add_epi32(magnitude, below), code_shift);
  __m512i code = _mm512_sub_epi32(top, _mm512_set1_epi32(with_sign ? signed_base : unsigned_base));
  code = _mm512_max_epi32(code, _mm512_setzero_si512());
  // A product may round to more than one.
  code = _mm512_min_epi32(code, _mm512_set1_epi32(with_sign ? 127 : 255));
  if constexpr (with_sign) code = _mm512_or_si512(code, sign);
  _mm_storeu_si128(reinterpret_cast<__m128i *>(codes), _mm512_cvtepi32_epi8(code));
}

#endif

}  // namespace ct
