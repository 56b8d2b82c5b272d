// Products of weights in eight bits, for drawing: y = s_x · s_w · Σ q_x q_w + b, the sum in whole numbers.
//
// A row of W has one scale, s_w = max |w| / 127; a row of x has one, s_x = max |x| / most, where `most` is as large
// as 32 bits allow for a sum of that many products: of 896 numbers 18,871, of 4,864 3,476, of 28,672 589. So most of what
// is lost is lost of the weights. Sums are exact: neither the rows beside it nor threads move a bit of a result.
// Source of the scales: LLM.int8(), arXiv:2208.07339, section 2.1 (vector-wise), its activations in eight bits too.
//
// Sixteen columns of the product (rows of W) are a panel, panel[pair][16][2]: two numbers that follow each other
// along K lie together, as one multiplication of sixteen-bit numbers adds them up.
#pragma once
#include <cstdint>

#include "Panels.hpp"

namespace ct::eight {

constexpr int64_t panel_columns = 16;
/// The bytes of a panel's step along K.
constexpr int64_t panel_step = panel_columns * 2;

constexpr int64_t pairs_of(int64_t length) { return (length + 1) / 2; }
constexpr int64_t panels_of(int64_t columns) { return (columns + panel_columns - 1) / panel_columns; }

/// The largest number of a row of x, so that a sum of `length` products with 127 fits 32 bits.
constexpr int64_t most_of(int64_t length) {
  const int64_t most = INT32_MAX / (127 * (length < 1 ? 1 : length));
  return most > INT16_MAX ? INT16_MAX : most < 1 ? 1 : most;
}

/// Rows whose largest number is below this are zeros.
constexpr float least = 1e-30F;

/// The bytes of what `pack` makes: a scale a column, then panels.
constexpr int64_t packed_bytes(int64_t length, int64_t columns) {
  return panels_of(columns) * panel_columns * 4 + panels_of(columns) * pairs_of(length) * panel_step;
}

/// Rows of W, `length` long, as columns. A row with a number that is not finite gets a scale that is none.
void pack(const Rows &rows, int64_t length, char *packed);

/// out = x · Wᵀ + bias, of at least one number a row.
struct Product {
  int64_t rows = 0, columns = 0, length = 0;
  /// float32, or where `half` is set bfloat16; `x_stride` is in bytes.
  const char *x = nullptr;
  int64_t x_stride = 0;
  bool half = false;
  const char *packed = nullptr;
  /// float32, or NULL.
  const float *bias = nullptr;
  /// float32, or where `half_out` is set bfloat16; its stride is in bytes.
  char *out = nullptr;
  int64_t out_stride = 0;
  bool half_out = false;
};

void multiply(const Product &product);

}  // namespace ct::eight
