// Packing: everything is moved in squares of 16 x 16 units, transposed in registers where rows
// become columns.
#include "Panels.hpp"

#include <algorithm>
#include <stdexcept>

#include "Squares.hpp"
#include "Threads.hpp"

namespace ct {

#if CT_HAS_SIMD

namespace {

/// How far ahead of its use a row is fetched.
constexpr int64_t packing_distance = 512;

/// Sixteen values as bfloat16.
CT_SIMD_INLINE __m256i halves(Rows::Row row, int64_t column, __mmask16 mask) {
  if (!row.data) return _mm256_setzero_si256();
  if (row.half) return _mm256_maskz_loadu_epi16(mask, row.data + column * 2);
  return (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(mask, row.data + column * 4));
}

/// Units `unit` ..< unit + 16 of a row whose units run along it.
CT_SIMD_INLINE __m512i units_along(Rows::Row row, int64_t unit, int64_t length, bool half) {
  if (!half) return floats(row, unit, lanes(length - unit));
  const int64_t column = unit * 2;
  const __m256i low = halves(row, column, lanes(length - column));
  const __m256i high = halves(row, column + 16, lanes(length - column - 16));
  return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

/// Sixteen units that run across rows: rows 2u and 2u + 1 interleaved, or row u alone.
CT_SIMD_INLINE __m512i units_across(const Rows::Row *pair, int64_t column, __mmask16 mask, bool half) {
  if (!half) return floats(pair[0], column, mask);
  const __m512i even = _mm512_cvtepu16_epi32(halves(pair[0], column, mask));
  const __m512i odd = _mm512_cvtepu16_epi32(halves(pair[1], column, mask));
  return _mm512_or_si512(even, _mm512_slli_epi32(odd, 16));
}

/// 64 rows into the columns of a panel.
CT_SIMD void pack_panel(const Rows &rows, int64_t first, int64_t length, bool half, char *panel) {
  Rows::Row row[panel_columns];
  for (int i = 0; i < panel_columns; ++i) row[i] = rows[first + i];
  const int64_t units = units_of(length, half), values = half ? 2 : 1;
  for (int64_t unit = 0; unit < units; unit += 16) {
    const int64_t there = std::min<int64_t>(16, units - unit);
    for (int64_t part = 0; part < panel_columns; part += 16) {
      __m512i square[16];
      for (int i = 0; i < 16; ++i) {
        const auto from = row[part + i];
        // So many rows at once are more than the CPU foresees by itself.
        if (from.data) _mm_prefetch(from.data + unit * values * (from.half ? 2 : 4) + packing_distance, _MM_HINT_T0);
        square[i] = units_along(from, unit, length, half);
      }
      transpose(square);
      for (int64_t i = 0; i < there; ++i) _mm512_storeu_si512(panel + (unit + i) * panel_step + part * 4, square[i]);
    }
  }
}

/// One step along K into every panel.
CT_SIMD void pack_step(const Rows::Row *pair, int64_t length, bool half, char *step, int64_t panel_bytes) {
  for (int64_t column = 0; column < length; column += panel_columns, step += panel_bytes) {
    for (int64_t i = 0; i < panel_columns; i += 16) {
      _mm512_storeu_si512(step + i * 4, units_across(pair, column + i, lanes(length - column - i), half));
    }
  }
}

CT_SIMD void pack_square(const Rows &rows, int64_t column, int64_t columns, int64_t unit, bool half, char *out,
                           int64_t stride) {
  __m512i square[16];
  for (int i = 0; i < 16; ++i) {
    const int64_t row = half ? (unit + i) * 2 : unit + i;
    const Rows::Row pair[2] = {rows[row], rows[row + 1]};
    square[i] = units_across(pair, column, lanes(columns), half);
  }
  transpose(square);
  for (int i = 0; i < 16; ++i) _mm512_storeu_si512(out + i * stride, square[i]);
}

CT_SIMD void add_sums(const Rows &rows, int64_t column, __mmask16 mask, char *out, bool half_out, bool fresh) {
  __m512 sum = _mm512_setzero_ps();
  for (int64_t row = 0; row < rows.size(); ++row) {
    sum = _mm512_add_ps(sum, _mm512_castsi512_ps(floats(rows[row], column, mask)));
  }
  if (!fresh) sum = _mm512_add_ps(sum, _mm512_castsi512_ps(floats({out, half_out}, 0, mask)));
  if (half_out) {
    _mm256_mask_storeu_epi16(out, mask, (__m256i)_mm512_cvtneps_pbh(sum));
  } else {
    _mm512_mask_storeu_ps(out, mask, sum);
  }
}

}  // namespace

void pack_columns(const Rows &rows, int64_t length, bool half, char *panels) {
  const int64_t panel_bytes = units_of(length, half) * panel_step;
  shared(panels_of(rows.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      pack_panel(rows, i * panel_columns, length, half, panels + i * panel_bytes);
    }
  });
}

void pack_rows(const Rows &rows, int64_t first, int64_t count, int64_t length, bool half, char *panels) {
  const int64_t units = units_of(count, half);
  shared(units, 16, [&](int64_t begin, int64_t end) {
    for (int64_t unit = begin; unit < end; ++unit) {
      const int64_t row = half ? unit * 2 : unit;
      const Rows::Row pair[2] = {rows[first + row], row + 1 < count ? rows[first + row + 1] : Rows::Row{}};
      pack_step(pair, length, half, panels + unit * panel_step, units * panel_step);
    }
  });
}

void pack_block(const Rows &rows, int64_t first, int64_t count, int64_t from, int64_t units, bool half,
                char *block, int64_t stride) {
  for (int64_t unit = 0; unit < units; unit += 16) {
    for (int64_t column = 0; column < count; column += 16) {
      pack_square(rows, first + column, count - column, from + unit, half, block + column * stride + unit * 4,
                  stride);
    }
  }
}

void add_column_sums(const Rows &rows, int64_t first, int64_t count, char *out, bool half_out, bool fresh) {
  shared(count, 64, [&](int64_t begin, int64_t end) {
    for (int64_t column = begin; column < end; column += 16) {
      add_sums(rows, first + column, lanes(end - column), out + column * (half_out ? 2 : 4), half_out, fresh);
    }
  });
}

#else

namespace {
[[noreturn]] void refuse() { throw std::logic_error("this CPU has no packed products"); }
}  // namespace

void pack_columns(const Rows &, int64_t, bool, char *) { refuse(); }
void pack_rows(const Rows &, int64_t, int64_t, int64_t, bool, char *) { refuse(); }
void pack_block(const Rows &, int64_t, int64_t, int64_t, int64_t, bool, char *, int64_t) { refuse(); }
void add_column_sums(const Rows &, int64_t, int64_t, char *, bool, bool) { refuse(); }

#endif

}  // namespace ct
