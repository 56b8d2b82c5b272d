// Products of narrow matrices with float32 sums kept: what logits and gradients of weights are made
// of. cuBLAS gives the sums as they are; elsewhere they are widened afterwards.
#pragma once
#include <ATen/ATen.h>

#include "Emulated.hpp"

namespace ct {

/// Whether libtorch multiplies these into float32 by itself.
inline bool widens(const at::Tensor &matrix) {
  const auto type = matrix.scalar_type();
  return matrix.is_cuda() && (type == at::kBFloat16 || type == at::kHalf);
}

/// a · b in float32; both of one type, or b in float32 where products of a's type are emulated.
inline at::Tensor wide_product(const at::Tensor &a, const at::Tensor &b) {
  return widens(a) ? at::mm(a, b, at::kFloat) : at::mm(widened(a), widened(b)).to(at::kFloat);
}

/// sum += a · b, or sum = a · b where it holds nothing yet.
inline void add_product(at::Tensor sum, const at::Tensor &a, const at::Tensor &b, bool is_fresh) {
  const auto left = widened(a), right = widened(b);
  if (sum.scalar_type() == left.scalar_type()) {
    is_fresh ? at::mm_out(sum, left, right) : sum.addmm_(left, right);
  } else if (sum.scalar_type() == at::kFloat && widens(a)) {
    is_fresh ? at::mm_out(sum, a, b, at::kFloat) : at::addmm_out(sum, sum, a, b, at::kFloat);
  } else {
    const auto product = at::mm(left, right);
    is_fresh ? sum.copy_(product) : sum.add_(product);
  }
}

}  // namespace ct
