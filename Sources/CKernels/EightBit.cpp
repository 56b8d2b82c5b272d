// Weights in eight bits: how they are packed, how rows of x are rounded, and the tile that multiplies them.
#include "EightBit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

#include "Squares.hpp"
#include "Threads.hpp"

namespace ct::eight {

#if CT_HAS_SIMD

namespace {

/// Rows of x that are rounded together: of 4,864 numbers they stay in a second-level cache.
constexpr int64_t block_rows = 48, tile_rows = 6;
/// How far ahead of its use a panel is fetched that is used once.
constexpr int64_t fetch_distance = 2048;
/// Below so many numbers a block of x is rounded on this thread.
constexpr int64_t worth_sharing = 1 << 17;
/// How many panels a tile has: AVX2's registers hold the sums of six rows and one of them.
#if defined(CT_AVX2)
constexpr int wide = 1;
#else
constexpr int wide = 4;
#endif

/// What a row is multiplied by, and what its whole numbers stand for.
struct Scale {
  float inverse, scale;
};

CT_SIMD Scale scale_of(Rows::Row row, int64_t length, float most) {
  __m512 largest = _mm512_setzero_ps(), poison = _mm512_setzero_ps();
  for (int64_t column = 0; column < length; column += 16) {
    const __m512 values = _mm512_castsi512_ps(floats(row, column, lanes(length - column)));
    largest = _mm512_max_ps(largest, _mm512_abs_ps(values));
    // Zero, but where a number is not finite.
    poison = _mm512_fmadd_ps(values, _mm512_setzero_ps(), poison);
  }
  const float of = _mm512_reduce_max_ps(largest);
  if (std::isnan(_mm512_reduce_add_ps(poison))) return {0, std::numeric_limits<float>::quiet_NaN()};
  if (!(of >= least)) return {0, 0};
  return {most / of, of / most};
}

CT_SIMD_INLINE __m512i rounded(Rows::Row row, int64_t column, int64_t length, __m512 inverse) {
  const __m512 values = _mm512_castsi512_ps(floats(row, column, lanes(length - column)));
  return _mm512_cvtps_epi32(_mm512_mul_ps(values, inverse));
}

CT_SIMD void pack_panel(const Rows &rows, int64_t first, int64_t length, float *scales, char *panel) {
  Rows::Row row[panel_columns];
  Scale scale[panel_columns];
  for (int i = 0; i < panel_columns; ++i) {
    row[i] = rows[first + i];
    scale[i] = row[i].data ? scale_of(row[i], length, 127) : Scale{0, 0};
    scales[i] = scale[i].scale;
  }
  const int64_t pairs = pairs_of(length);
  for (int64_t pair = 0; pair < pairs; pair += 16) {
    __m512i square[16];
    for (int i = 0; i < 16; ++i) {
      const __m512 inverse = _mm512_set1_ps(scale[i].inverse);
      const __m128i low = _mm512_cvtepi32_epi8(rounded(row[i], pair * 2, length, inverse));
      const __m128i high = _mm512_cvtepi32_epi8(rounded(row[i], pair * 2 + 16, length, inverse));
      square[i] = _mm512_cvtepu16_epi32(_mm256_set_m128i(high, low));
    }
    transpose(square);
    const int64_t there = std::min<int64_t>(16, pairs - pair);
    for (int64_t i = 0; i < there; ++i) {
      _mm256_storeu_si256(reinterpret_cast<__m256i *>(panel + (pair + i) * panel_step),
                          _mm512_cvtepi32_epi16(square[i]));
    }
  }
}

/// A row of x in sixteen bits; zeros up to the next sixteen.
CT_SIMD void round_row(Rows::Row row, int64_t length, int16_t *out, float *scale) {
  const Scale found = scale_of(row, length, static_cast<float>(most_of(length)));
  *scale = found.scale;
  for (int64_t column = 0; column < length; column += 16) {
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(out + column),
                        _mm512_cvtepi32_epi16(rounded(row, column, length, _mm512_set1_ps(found.inverse))));
  }
}

/// One step of a panel in sixteen bits.
CT_SIMD_INLINE __m512i widened(const char *step) {
#if defined(CT_AVX2)
  const auto *halves = reinterpret_cast<const __m128i *>(step);
  return {_mm256_cvtepi8_epi16(_mm_loadu_si128(halves)), _mm256_cvtepi8_epi16(_mm_loadu_si128(halves + 1))};
#else
  return _mm512_cvtepi8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(step)));
#endif
}

/// The sum, and two products of sixteen-bit numbers more in each lane.
CT_SIMD_INLINE __m512i with_products(__m512i sum, __m512i left, __m512i right) {
#if defined(CT_AVX2)
  return _mm512_add_epi32(sum, _mm512_madd_epi16(left, right));
#else
  return _mm512_dpwssd_epi32(sum, left, right);
#endif
}

/// A block of x, rounded.
struct Block {
  const int16_t *numbers;
  int64_t stride;
  const float *scales;
};

/// What to fetch into the cache meanwhile, and by how many bytes to move on at each step.
struct Ahead {
  const char *from;
  int64_t step;
};

template <int rows, int panels>
CT_SIMD void run_tile(const Product &product, const Block &block, int64_t first, int64_t row, int64_t panel,
                      Ahead ahead) {
  const int64_t pairs = pairs_of(product.length), panel_bytes = pairs * panel_step;
  const auto *scales = reinterpret_cast<const float *>(product.packed);
  const char *b = product.packed + panels_of(product.columns) * panel_columns * 4 + panel * panel_bytes;
  const auto *a = reinterpret_cast<const char *>(block.numbers + row * block.stride);
  __m512i sums[rows][panels];
  CT_UNROLL
  for (int i = 0; i < rows; ++i) {
    CT_UNROLL
    for (int j = 0; j < panels; ++j) sums[i][j] = _mm512_setzero_si512();
  }
  for (int64_t pair = 0; pair < pairs; ++pair, a += 4, b += panel_step) {
    __m512i columns[panels];
    CT_UNROLL
    for (int j = 0; j < panels; ++j) columns[j] = widened(b + j * panel_bytes);
    _mm_prefetch(ahead.from, _MM_HINT_T0);
    ahead.from += ahead.step;
    CT_UNROLL
    for (int i = 0; i < rows; ++i) {
      int32_t two;
      __builtin_memcpy(&two, a + i * block.stride * 2, 4);
      const __m512i left = _mm512_set1_epi32(two);
      CT_UNROLL
      for (int j = 0; j < panels; ++j) {
        sums[i][j] = with_products(sums[i][j], left, columns[j]);
      }
    }
  }
  CT_UNROLL
  for (int i = 0; i < rows; ++i) {
    CT_UNROLL
    for (int j = 0; j < panels; ++j) {
      const int64_t column = (panel + j) * panel_columns;
      const __mmask16 mask = lanes(product.columns - column);
      const __m512 of_row = _mm512_set1_ps(block.scales[row + i]);
      __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(sums[i][j]), of_row);
      value = _mm512_mul_ps(value, _mm512_loadu_ps(scales + column));
      if (product.bias) value = _mm512_add_ps(value, _mm512_maskz_loadu_ps(mask, product.bias + column));
      char *out = product.out + (first + row + i) * product.out_stride + column * (product.half_out ? 2 : 4);
      if (product.half_out) {
        _mm256_mask_storeu_epi16(out, mask, (__m256i)_mm512_cvtneps_pbh(value));
      } else {
        _mm512_mask_storeu_ps(out, mask, value);
      }
    }
  }
}

template <int panels>
void run_tile(const Product &product, const Block &block, int64_t first, int64_t row, int64_t rows, int64_t panel,
              Ahead ahead) {
  switch (rows) {
    case 1: return run_tile<1, panels>(product, block, first, row, panel, ahead);
    case 2: return run_tile<2, panels>(product, block, first, row, panel, ahead);
    case 3: return run_tile<3, panels>(product, block, first, row, panel, ahead);
    case 4: return run_tile<4, panels>(product, block, first, row, panel, ahead);
    case 5: return run_tile<5, panels>(product, block, first, row, panel, ahead);
    default: return run_tile<6, panels>(product, block, first, row, panel, ahead);
  }
}

}  // namespace

void pack(const Rows &rows, int64_t length, char *packed) {
  const int64_t panels = panels_of(rows.size());
  auto *scales = reinterpret_cast<float *>(packed);
  char *first = packed + panels * panel_columns * 4;
  shared(panels, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      pack_panel(rows, i * panel_columns, length, scales + i * panel_columns, first + i * pairs_of(length) * panel_step);
    }
  });
}

void multiply(const Product &product) {
  if (product.rows <= 0 || product.columns <= 0 || product.length <= 0) return;
  const int64_t stride = (product.length + 15) / 16 * 16, panels = panels_of(product.columns);
  const int64_t pairs = pairs_of(product.length), panel_bytes = pairs * panel_step;
  const char *weights = product.packed + panels * panel_columns * 4;
  // They stay from product to product.
  thread_local std::vector<int16_t> numbers;
  thread_local std::vector<float> scales;
  numbers.resize(std::max<size_t>(numbers.size(), static_cast<size_t>(block_rows * stride)));
  scales.resize(block_rows);
  const Block block{numbers.data(), stride, scales.data()};
  int16_t *const to = numbers.data();
  float *const scales_to = scales.data();
  for (int64_t first = 0; first < product.rows; first += block_rows) {
    const int64_t count = std::min(block_rows, product.rows - first);
    const auto round = [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        round_row({product.x + (first + row) * product.x_stride, product.half}, product.length, to + row * stride,
                  scales_to + row);
      }
    };
    if (count * product.length < worth_sharing) {
      round(0, count);
    } else {
      shared(count, 1, round);
    }
    const int64_t groups = (count + tile_rows - 1) / tile_rows;
    shared(panels, wide, [&](int64_t begin, int64_t end) {
      for (int64_t panel = begin; panel < end;) {
        const bool is_wide = panel + wide <= end;
        const int64_t after = panel + (is_wide ? wide : 1), bytes = (after - panel) * panel_bytes;
        // What comes after these panels, each tile a part of it; alone, a tile fetches a little ahead of itself.
        const char *next = weights + after * panel_bytes;
        for (int64_t group = 0; group < groups; ++group) {
          const int64_t row = count * group / groups, rows = count * (group + 1) / groups - row;
          const Ahead ahead = groups == 1 ? Ahead{next - bytes + fetch_distance, panel_step}
                                          : Ahead{next + bytes * group / groups, bytes / groups / pairs};
          if (is_wide) {
            run_tile<wide>(product, block, first, row, rows, panel, ahead);
          } else {
            run_tile<1>(product, block, first, row, rows, panel, ahead);
          }
        }
        panel = after;
      }
    });
  }
}

#else

void pack(const Rows &, int64_t, char *) { throw std::logic_error("this CPU has no packed products"); }
void multiply(const Product &) { throw std::logic_error("this CPU has no packed products"); }

#endif

}  // namespace ct::eight
