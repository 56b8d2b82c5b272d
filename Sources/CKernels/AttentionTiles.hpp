// The small products of attention, and how their operands lie. A word is what one lane multiplies at
// once: two neighboring bfloat16, or one float32; so one code serves both types.
//
// The right operand is a panel [steps][64] of words, one step a word deep. The left operand is rows
// of words, or (turned) a panel too. Sums are float32.
#pragma once
#include "TileOfPairs.hpp"
#include "Vector.hpp"

#if CT_HAS_SIMD

namespace ct::attention {

using Word = uint32_t;

/// Columns of a panel: keys of a block, or places of a head.
constexpr int64_t columns = 64;
/// Rows that a product takes at once: 6 rows by 64 columns of sums fill 24 of 32 registers.
constexpr int64_t tile_rows = 6;

template <typename Element>
constexpr int64_t per_word = sizeof(Word) / sizeof(Element);

inline int64_t round_up(int64_t count, int64_t to) { return (count + to - 1) / to * to; }
inline int64_t panels(int64_t size) { return (size + columns - 1) / columns; }
/// Registers that hold the columns of panel `index` of a head of `size`.
inline int64_t panel_lanes(int64_t size, int64_t index) {
  return (std::min(columns, size - index * columns) + lanes - 1) / lanes;
}

template <typename Element>
CT_SIMD_INLINE __m512 multiply_add(__m512 sum, __m512i left, __m512i right) {
  if constexpr (per_word<Element> == 2) return _mm512_dpbf16_ps(sum, (__m512bh)left, (__m512bh)right);
  return _mm512_fmadd_ps(_mm512_castsi512_ps(left), _mm512_castsi512_ps(right), sum);
}

template <typename Element, int Rows, int Lanes, bool IsAdded, bool IsTurned>
CT_SIMD void product(const Word *left, int64_t stride, const Word *right, int64_t steps, float *out,
                       int64_t out_stride) {
#if defined(CT_AVX2)
  if constexpr (!IsAdded) {
    for (int row = 0; row < Rows; ++row) std::fill_n(out + row * out_stride, Lanes * lanes, 0.0F);
  }
  const auto *a = reinterpret_cast<const char *>(left), *panel = reinterpret_cast<const char *>(right);
  pair::add_product<per_word<Element> == 2, Rows, 0, IsTurned>(a, 4 * stride, panel, steps, Lanes, a, 0, out,
                                                                 out_stride);
#else
  __m512 sums[Rows][Lanes];
  for (int row = 0; row < Rows; ++row) {
    for (int lane = 0; lane < Lanes; ++lane) {
      sums[row][lane] = IsAdded ? _mm512_loadu_ps(out + row * out_stride + lane * lanes) : _mm512_setzero_ps();
    }
  }
  for (int64_t step = 0; step < steps; ++step, right += columns, left += IsTurned ? stride : 1) {
    __m512i beside[Lanes];
    for (int lane = 0; lane < Lanes; ++lane) beside[lane] = _mm512_loadu_si512(right + lane * lanes);
    for (int row = 0; row < Rows; ++row) {
      const __m512i one = _mm512_set1_epi32(static_cast<int>(left[IsTurned ? row : row * stride]));
      for (int lane = 0; lane < Lanes; ++lane) {
        sums[row][lane] = multiply_add<Element>(sums[row][lane], one, beside[lane]);
      }
    }
  }
  for (int row = 0; row < Rows; ++row) {
    for (int lane = 0; lane < Lanes; ++lane) {
      _mm512_storeu_ps(out + row * out_stride + lane * lanes, sums[row][lane]);
    }
  }
#endif
}

/// out[Rows][16 · count] = (out +) left · right.
template <typename Element, int Rows, bool IsAdded, bool IsTurned>
CT_SIMD void product(int64_t count, const Word *left, int64_t stride, const Word *right, int64_t steps,
                       float *out, int64_t out_stride) {
  switch (count) {
    case 1: return product<Element, Rows, 1, IsAdded, IsTurned>(left, stride, right, steps, out, out_stride);
    case 2: return product<Element, Rows, 2, IsAdded, IsTurned>(left, stride, right, steps, out, out_stride);
    case 3: return product<Element, Rows, 3, IsAdded, IsTurned>(left, stride, right, steps, out, out_stride);
    default: return product<Element, Rows, 4, IsAdded, IsTurned>(left, stride, right, steps, out, out_stride);
  }
}

/// Sixteen rows of sixteen words become sixteen columns.
CT_SIMD_INLINE void turn_words(__m512i (&rows)[16]) {
  __m512i pairs[16], fours[16];
  for (int i = 0; i < 8; ++i) {
    pairs[2 * i] = _mm512_unpacklo_epi32(rows[2 * i], rows[2 * i + 1]);
    pairs[2 * i + 1] = _mm512_unpackhi_epi32(rows[2 * i], rows[2 * i + 1]);
  }
  for (int i = 0; i < 4; ++i) {
    fours[4 * i] = _mm512_unpacklo_epi64(pairs[4 * i], pairs[4 * i + 2]);
    fours[4 * i + 1] = _mm512_unpackhi_epi64(pairs[4 * i], pairs[4 * i + 2]);
    fours[4 * i + 2] = _mm512_unpacklo_epi64(pairs[4 * i + 1], pairs[4 * i + 3]);
    fours[4 * i + 3] = _mm512_unpackhi_epi64(pairs[4 * i + 1], pairs[4 * i + 3]);
  }
  // fours[4i + j] holds in its quarter q the column 4q + j of rows 4i..<4i + 4.
  for (int j = 0; j < 4; ++j) {
    const __m512i even_low = _mm512_shuffle_i32x4(fours[j], fours[4 + j], 0x88);
    const __m512i even_high = _mm512_shuffle_i32x4(fours[8 + j], fours[12 + j], 0x88);
    const __m512i odd_low = _mm512_shuffle_i32x4(fours[j], fours[4 + j], 0xdd);
    const __m512i odd_high = _mm512_shuffle_i32x4(fours[8 + j], fours[12 + j], 0xdd);
    rows[j] = _mm512_shuffle_i32x4(even_low, even_high, 0x88);
    rows[8 + j] = _mm512_shuffle_i32x4(even_low, even_high, 0xdd);
    rows[4 + j] = _mm512_shuffle_i32x4(odd_low, odd_high, 0x88);
    rows[12 + j] = _mm512_shuffle_i32x4(odd_low, odd_high, 0xdd);
  }
}

/// A panel whose columns are `count` rows, at most 64, and whose depth is their places: for products
/// of rows with these rows. Missing rows are zero up to a full register.
template <typename Element>
CT_SIMD void pack_turned(const Element *rows, int64_t stride, int64_t count, int64_t size, Word *panel) {
  const int64_t words = size / per_word<Element>;
  for (int64_t column = 0; column < count; column += 16) {
    for (int64_t word = 0; word < words; word += 16) {
      const __mmask16 mask = first_lanes(words - word);
      __m512i tile[16];
      for (int i = 0; i < 16; ++i) {
        tile[i] = column + i < count
                      ? _mm512_maskz_loadu_epi32(mask, rows + (column + i) * stride + word * per_word<Element>)
                      : _mm512_setzero_si512();
      }
      turn_words(tile);
      for (int i = 0; i < 16; ++i) {
        if (word + i < words) _mm512_store_si512(panel + (word + i) * columns + column, tile[i]);
      }
    }
  }
}

/// The words of sixteen columns of one step: two rows interleaved, or one row.
template <typename Element>
CT_SIMD_INLINE __m512i step_of(const Element *rows, int64_t stride, int64_t row, int64_t count, __mmask16 mask) {
  const __m512i none = _mm512_setzero_si512();
  if constexpr (per_word<Element> == 1) {
    return row < count ? _mm512_maskz_loadu_epi32(mask, rows + row * stride) : none;
  } else {
    const Element *at = rows + row * stride;
    const __m512i low = row < count ? _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, at)) : none;
    if (row + 1 >= count) return low;
    const __m512i high = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, at + stride));
    return _mm512_or_si512(low, _mm512_slli_epi32(high, 16));
  }
}

/// Panels whose columns are places and whose depth is rows: for products with weights over rows. One
/// panel per 64 places, `pitch` words apart; `steps` steps, those after the last row zero.
template <typename Element>
CT_SIMD void pack_straight(const Element *rows, int64_t stride, int64_t count, int64_t size, Word *panel,
                             int64_t steps, int64_t pitch) {
  for (int64_t step = 0; step < steps; ++step) {
    for (int64_t column = 0; column < size; column += lanes) {
      const __m512i words = step_of(rows + column, stride, step * per_word<Element>, count, first_lanes(size - column));
      _mm512_store_si512(panel + column / columns * pitch + step * columns + column % columns, words);
    }
  }
}

/// 2ˣ for x up to 127, relative error below 2e-7; exact at 0.
CT_SIMD_INLINE __m512 power_of_two(__m512 x) {
  // x less the whole number below it; scalef rounds x down to that number itself.
  const __m512 rest = _mm512_reduce_ps(x, _MM_FROUND_TO_NEG_INF);
  __m512 sum = _mm512_set1_ps(0.0018671301659196615f);
  sum = _mm512_fmadd_ps(sum, rest, _mm512_set1_ps(0.009017029777169228f));
  sum = _mm512_fmadd_ps(sum, rest, _mm512_set1_ps(0.05579991266131401f));
  sum = _mm512_fmadd_ps(sum, rest, _mm512_set1_ps(0.24016444385051727f));
  sum = _mm512_fmadd_ps(sum, rest, _mm512_set1_ps(0.6931512951850891f));
  sum = _mm512_fmadd_ps(sum, rest, _mm512_set1_ps(1.0f));
  return _mm512_scalef_ps(sum, x);
}

/// A head's places, from one row to another.
template <typename Element>
CT_SIMD_INLINE void copy_head(const Element *from, int64_t size, Element *to) {
  for (int64_t at = 0; at < size; at += lanes * per_word<Element>) {
    const __mmask16 mask = first_lanes((size - at) / per_word<Element>);
    _mm512_mask_storeu_epi32(to + at, mask, _mm512_maskz_loadu_epi32(mask, from + at));
  }
}

/// Which of the sixteen keys from position `first` on, of which `count` are there, a query sees.
inline __mmask16 seen(int64_t first, int64_t count, int64_t query, int64_t window) {
  const int64_t high = std::clamp<int64_t>(std::min(count, query - first + 1), 0, lanes);
  const int64_t low = window > 0 ? std::clamp<int64_t>(query - window + 1 - first, 0, lanes) : 0;
  return static_cast<__mmask16>(((1u << high) - 1) & ~((1u << low) - 1));
}

}  // namespace ct::attention

#endif
