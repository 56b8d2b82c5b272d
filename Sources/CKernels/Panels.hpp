// Operands of a product C[M, N] = A[M, K] · B[K, N], laid out for the kernel in Gemm.hpp.
//
// A unit is what one lane takes at a step along K: one float32, or two bfloat16 that follow each
// other along K; four bytes in both. B lies in panels of 64 columns, one after the other:
// panel[unit][64], places beyond K and N zero. A lies in rows of units, as any row-major matrix.
#pragma once
#include <cstdint>
#include <vector>

namespace ct {

constexpr int64_t panel_columns = 64;
/// The bytes of a panel's step along K.
constexpr int64_t panel_step = panel_columns * 4;

inline int64_t units_of(int64_t length, bool half) { return half ? (length + 1) / 2 : length; }
inline int64_t panels_of(int64_t columns) { return (columns + panel_columns - 1) / panel_columns; }

/// Rows of float32 or bfloat16 (`half`) that may come from several matrices, one under the other.
class Rows {
 public:
  struct Row {
    const char *data = nullptr;
    bool half = false;
  };

  /// `stride` is in bytes.
  void append(const void *data, int64_t stride, int64_t rows, bool half) {
    parts.push_back({static_cast<const char *>(data), stride, rows, half});
    count += rows;
  }
  int64_t size() const { return count; }
  /// No data beyond the last.
  Row operator[](int64_t row) const {
    for (const auto &part : parts) {
      if (row < part.rows) return {part.data + row * part.stride, part.half};
      row -= part.rows;
    }
    return {};
  }

 private:
  struct Part {
    const char *data;
    int64_t stride, rows;
    bool half;
  };
  std::vector<Part> parts;
  int64_t count = 0;
};

/// Panels of the transpose: row r of `rows`, `length` long, becomes column r.
void pack_columns(const Rows &rows, int64_t length, bool half, char *panels);
/// Panels of rows first ..< first + count as they stand, each `length` long. On several threads.
void pack_rows(const Rows &rows, int64_t first, int64_t count, int64_t length, bool half, char *panels);
/// Operand A of a transpose: columns first ..< first + count of `rows`, each a row of the block,
/// `stride` bytes apart, of units from ..< from + units along the rows. On this thread. The stride
/// has room for units in sixteens, the block for rows in sixteens.
void pack_block(const Rows &rows, int64_t first, int64_t count, int64_t from, int64_t units, bool half,
                char *block, int64_t stride);

/// Sums of columns first ..< first + count of `rows`, added to `out`, or written where it is fresh.
void add_column_sums(const Rows &rows, int64_t first, int64_t count, char *out, bool half_out, bool fresh);

}  // namespace ct
