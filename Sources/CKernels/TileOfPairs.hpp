// A tile's products with AVX2, whose sixteen registers hold the sums of six rows and sixteen columns: so the 64
// columns of a panel come one quarter after the other. Words of two bfloat16 are multiplied a half at a time, in the
// order of AVX-512's sums of pairs; the left rows are widened once for all columns.
#pragma once
#include <algorithm>

#include "Simd.hpp"

#if CT_HAS_SIMD && defined(CT_AVX2)

namespace ct::pair {

/// Bytes from one step of a panel to the next, and of a quarter of it.
constexpr int64_t step_bytes = 256, quarter_bytes = 64;
/// How many words of a row are widened at once.
constexpr int64_t most_words = 128;

/// Rows of words as float32, two numbers a word.
template <int rows>
struct Widened {
  /// A little more than a power of two, so that rows do not fall onto one another in the cache.
  static constexpr int64_t stride = 2 * most_words + 16;
  alignas(32) float numbers[rows][stride];

  /// Words along each row, `a_stride` bytes from row to row.
  CT_SIMD_INLINE void take(const char *a, int64_t a_stride, int64_t words) {
    for (int i = 0; i < rows; ++i) {
      const char *from = a + i * a_stride;
      int64_t k = 0;
      for (; k + 4 <= words; k += 4) {
        const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i *>(from + 4 * k));
        const __m256i wide = _mm256_slli_epi32(_mm256_cvtepu16_epi32(halves), 16);
        _mm256_store_ps(&numbers[i][2 * k], _mm256_castsi256_ps(wide));
      }
      for (; k < words; ++k) put(i, k, from + 4 * k);
    }
  }

  /// Words of one row each, side by side; `step` bytes to the next ones.
  CT_SIMD_INLINE void take_turned(const char *a, int64_t step, int64_t words) {
    for (int64_t k = 0; k < words; ++k) {
      for (int i = 0; i < rows; ++i) put(i, k, a + k * step + 4 * i);
    }
  }

 private:
  void put(int row, int64_t word, const char *from) {
    uint32_t bits;
    std::memcpy(&bits, from, 4);
    const uint32_t halves[2] = {bits << 16, bits & 0xFFFF0000};
    std::memcpy(&numbers[row][2 * word], halves, 8);
  }
};

/// sums[rows][16] += a · b over `steps` words. Numbers of `a` are `row_stride` apart from row to row, `step_stride`
/// from word to word; `b` is a quarter of a panel. Of `ahead`, `lines` cache lines are fetched at each step.
template <bool half, int rows, int lines>
CT_SIMD_INLINE void add_quarter(const float *a, int64_t row_stride, int64_t step_stride, const char *b, int64_t steps,
                                const char *ahead, int64_t ahead_step, float *sums, int64_t sums_stride) {
  __m256 low[rows], high[rows];
  for (int i = 0; i < rows; ++i) {
    low[i] = _mm256_loadu_ps(sums + i * sums_stride);
    high[i] = _mm256_loadu_ps(sums + i * sums_stride + 8);
  }
  const __m256 upper = _mm256_castsi256_ps(_mm256_set1_epi32(static_cast<int>(0xFFFF0000)));
  for (int64_t k = 0; k < steps; ++k, a += step_stride, b += step_bytes, ahead += ahead_step) {
    for (int j = 0; j < lines; ++j) _mm_prefetch(ahead + j * 64, lines == 4 ? _MM_HINT_T0 : _MM_HINT_T1);
    const auto *words = reinterpret_cast<const float *>(b);
    for (int pass = 0; pass < (half ? 2 : 1); ++pass) {
      __m256 left = _mm256_loadu_ps(words), right = _mm256_loadu_ps(words + 8);
      if (half && pass == 0) {
        left = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(left), 16));
        right = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_castps_si256(right), 16));
      } else if (half) {
        left = _mm256_and_ps(left, upper);
        right = _mm256_and_ps(right, upper);
      }
      for (int i = 0; i < rows; ++i) {
        const __m256 one = _mm256_broadcast_ss(a + i * row_stride + pass);
        low[i] = _mm256_fmadd_ps(one, left, low[i]);
        high[i] = _mm256_fmadd_ps(one, right, high[i]);
      }
    }
  }
  for (int i = 0; i < rows; ++i) {
    _mm256_storeu_ps(sums + i * sums_stride, low[i]);
    _mm256_storeu_ps(sums + i * sums_stride + 8, high[i]);
  }
}

/// sums[rows][16 · quarters] += left · panel over `words` words of a row, which are `a_stride` bytes from row to row
/// and 4 from word to word; where the left operand is turned, the other way round.
template <bool half, int rows, int lines, bool is_turned>
CT_SIMD_INLINE void add_product(const char *a, int64_t a_stride, const char *panel, int64_t words, int quarters,
                                const char *ahead, int64_t ahead_step, float *sums, int64_t sums_stride) {
  Widened<half ? rows : 1> wide;
  for (int64_t from = 0; from < words; from += most_words) {
    const int64_t count = std::min(most_words, words - from);
    const char *block = a + from * (is_turned ? a_stride : 4);
    if constexpr (half && is_turned) wide.take_turned(block, a_stride, count);
    if constexpr (half && !is_turned) wide.take(block, a_stride, count);
    const auto *numbers = reinterpret_cast<const float *>(block);
    const char *b = panel + from * step_bytes, *next = ahead + from * ahead_step;
    for (int quarter = 0; quarter < quarters; ++quarter, b += quarter_bytes) {
      float *to = sums + 16 * quarter;
      const auto add = [&](const float *left, int64_t row_stride, int64_t step_stride) CT_SIMD {
        // Once is enough to fetch what comes next.
        if (quarter == 0) {
          add_quarter<half, rows, lines>(left, row_stride, step_stride, b, count, next, ahead_step, to, sums_stride);
        } else {
          add_quarter<half, rows, 0>(left, row_stride, step_stride, b, count, next, 0, to, sums_stride);
        }
      };
      if constexpr (half) {
        add(wide.numbers[0], Widened<rows>::stride, 2);
      } else if constexpr (is_turned) {
        add(numbers, 1, a_stride / 4);
      } else {
        add(numbers, a_stride / 4, 1);
      }
    }
  }
}

}  // namespace ct::pair

#endif
