// The product of a row-major matrix and packed panels, for AVX-512: float32, or pairs of bfloat16
// summed in float32.
//
// A row of the result is summed over K in one order, whatever the number of rows and of threads.
#pragma once
#include "Panels.hpp"

namespace ct {

/// out = A · B + bias + residual. Strides are in bytes, `depth` is in units.
struct Product {
  /// Whether the operands are bfloat16.
  bool half = false;
  int64_t rows = 0, columns = 0, depth = 0;

  /// A, row-major; or where `transposed` is set, its transpose: row i of A is column first + i.
  const char *a = nullptr;
  int64_t a_stride = 0;
  const Rows *transposed = nullptr;
  int64_t first = 0;

  /// Panels of B, `panel_stride` apart; a block along K may be taken out of longer panels.
  const char *panels = nullptr;
  int64_t panel_stride = 0;

  /// float32, or NULL.
  const float *bias = nullptr;
  /// Of the output's type, or NULL; may be the output itself.
  const char *residual = nullptr;
  int64_t residual_stride = 0;

  /// float32, or where `half_out` is set bfloat16.
  char *out = nullptr;
  int64_t out_stride = 0;
  bool half_out = false;
};

void multiply(const Product &product);

}  // namespace ct
