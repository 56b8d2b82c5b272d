// The innermost loop of a product: a tile of up to 6 rows and 64 columns, held in registers.
//
// Six rows are 24 sums; with four vectors of B and one broadcast value of A, 29 of the 32 registers.
// Each step is 24 products for 10 loads.
#pragma once
#include "TileOfPairs.hpp"
#include "Panels.hpp"
#include "Simd.hpp"

namespace ct {

constexpr int64_t tile_rows = 6;

/// What a tile reads and writes. Strides are in bytes.
struct Tile {
  const char *a;
  int64_t a_stride;
  const char *b;
  int64_t depth;
  /// What to fetch into the cache meanwhile, and by how many bytes to move on at each step.
  const char *ahead;
  int64_t ahead_step;
  /// Sums so far, in float32, or NULL.
  const char *start;
  int64_t start_stride;
  const float *bias;
  const char *residual;
  int64_t residual_stride;
  char *out;
  int64_t out_stride;
  bool half_out;
  /// How many of the 64 columns there are.
  int64_t columns;
};

#if CT_HAS_SIMD

/// Four vectors of a row's 64 columns, with bias and residual, as the output's type.
CT_SIMD_INLINE void finish(const Tile &tile, int row, int part, __m512 sum, __mmask16 mask) {
  if (tile.bias) sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, tile.bias + part * 16));
  char *out = tile.out + row * tile.out_stride;
  const char *residual = tile.residual ? tile.residual + row * tile.residual_stride : nullptr;
  if (tile.half_out) {
    if (residual) {
      const __m256i bits = _mm256_maskz_loadu_epi16(mask, residual + part * 32);
      sum = _mm512_add_ps(sum, _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(bits), 16)));
    }
    _mm256_mask_storeu_epi16(out + part * 32, mask, (__m256i)_mm512_cvtneps_pbh(sum));
  } else {
    if (residual) sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, residual + part * 64));
    _mm512_mask_storeu_ps(out + part * 64, mask, sum);
  }
}

#if defined(CT_AVX2)

template <bool half, int rows, int lines>
CT_SIMD void run_tile(const Tile &tile) {
  alignas(64) float sums[rows][64];
  const int quarters = static_cast<int>(std::min<int64_t>(4, (tile.columns + 15) / 16));
  __mmask16 masks[4];
  for (int j = 0; j < quarters; ++j) {
    const int64_t there = tile.columns - j * 16;
    masks[j] = there >= 16 ? 0xFFFF : static_cast<__mmask16>((1u << there) - 1);
    for (int i = 0; i < rows; ++i) {
      const char *start = tile.start + i * tile.start_stride + j * 64;
      _mm512_store_ps(sums[i] + j * 16, tile.start ? _mm512_maskz_loadu_ps(masks[j], start) : _mm512_setzero_ps());
    }
  }
  pair::add_product<half, rows, lines, false>(tile.a, tile.a_stride, tile.b, tile.depth, quarters, tile.ahead,
                                                tile.ahead_step, sums[0], 64);
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < quarters; ++j) finish(tile, i, j, _mm512_load_ps(sums[i] + j * 16), masks[j]);
  }
}

#else

template <bool half>
CT_SIMD_INLINE __m512 plus_product(__m512 sum, __m512i a, __m512i b) {
  if constexpr (half) {
    return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
  } else {
    return _mm512_fmadd_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), sum);
  }
}

/// Fetches `lines` cache lines of `ahead` at each step: four into the first-level cache, as they come
/// up at once; fewer into the second.
template <bool half, int rows, int lines>
CT_SIMD void run_tile(const Tile &tile) {
  __mmask16 masks[4];
  CT_UNROLL
  for (int j = 0; j < 4; ++j) {
    const int64_t there = tile.columns - j * 16;
    masks[j] = there >= 16 ? 0xFFFF : there <= 0 ? 0 : static_cast<__mmask16>((1u << there) - 1);
  }
  __m512 sums[rows][4];
  CT_UNROLL
  for (int i = 0; i < rows; ++i) {
    CT_UNROLL
    for (int j = 0; j < 4; ++j) {
      sums[i][j] = tile.start ? _mm512_maskz_loadu_ps(masks[j], tile.start + i * tile.start_stride + j * 64)
                              : _mm512_setzero_ps();
    }
  }
  const char *a = tile.a, *b = tile.b, *ahead = tile.ahead;
  const int64_t a_stride = tile.a_stride, ahead_step = tile.ahead_step;
  for (int64_t k = tile.depth; k > 0; --k) {
    __m512i columns[4];
    CT_UNROLL
    for (int j = 0; j < 4; ++j) columns[j] = _mm512_loadu_si512(b + j * 64);
    CT_UNROLL
    for (int j = 0; j < lines; ++j) _mm_prefetch(ahead + j * 64, lines == 4 ? _MM_HINT_T0 : _MM_HINT_T1);
    CT_UNROLL
    for (int i = 0; i < rows; ++i) {
      int32_t value;
      __builtin_memcpy(&value, a + i * a_stride, 4);
      const __m512i wide = _mm512_set1_epi32(value);
      CT_UNROLL
      for (int j = 0; j < 4; ++j) sums[i][j] = plus_product<half>(sums[i][j], wide, columns[j]);
    }
    a += 4;
    b += panel_step;
    ahead += ahead_step;
  }
  CT_UNROLL
  for (int i = 0; i < rows; ++i) {
    CT_UNROLL
    for (int j = 0; j < 4; ++j) finish(tile, i, j, sums[i][j], masks[j]);
  }
}

#endif

template <bool half, int lines>
void run_tile(const Tile &tile, int64_t rows) {
  switch (rows) {
    case 1: return run_tile<half, 1, lines>(tile);
    case 2: return run_tile<half, 2, lines>(tile);
    case 3: return run_tile<half, 3, lines>(tile);
    case 4: return run_tile<half, 4, lines>(tile);
    case 5: return run_tile<half, 5, lines>(tile);
    default: return run_tile<half, 6, lines>(tile);
  }
}

template <bool half>
void run_tile(const Tile &tile, int64_t rows, int lines) {
  switch (lines) {
    case 1: return run_tile<half, 1>(tile, rows);
    case 2: return run_tile<half, 2>(tile, rows);
    default: return run_tile<half, 4>(tile, rows);
  }
}

#endif

}  // namespace ct
