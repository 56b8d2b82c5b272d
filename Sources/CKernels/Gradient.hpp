// Where kernels put the gradients of weights: straight into the weight's own gradient, which saves a
// tensor of the weight's size and a pass over it. A weight is a leaf; autograd never sees the sum.
#pragma once
#include <ATen/ATen.h>

namespace ct {

/// The gradient of a leaf, of its type and shape, contiguous.
struct Gradient {
  at::Tensor tensor;
  /// Whether its memory holds nothing yet: the first to come overwrites, the others add.
  bool is_fresh;

  explicit Gradient(const at::Tensor &leaf) {
    auto &gradient = const_cast<at::Tensor &>(leaf).mutable_grad();
    is_fresh = !gradient.defined();
    if (is_fresh) gradient = at::empty_like(leaf, leaf.options(), at::MemoryFormat::Contiguous).detach();
    tensor = gradient;
  }
};

}  // namespace ct
