// Which of the house's own kernels are in use. Each can be turned off, and then libtorch's operators
// do its work; the tests hold one against the other.
#pragma once
#include <ATen/ATen.h>

#include "ckernels.h"

namespace ct {

/// Whether a kernel is switched on and this CPU can run it.
bool uses(CTKernel kernel);

/// Whether a kernel may read this tensor as it is: on the CPU, float32 or bfloat16.
inline bool fits(const at::Tensor &tensor) {
  return tensor.device().is_cpu() &&
         (tensor.scalar_type() == at::kFloat || tensor.scalar_type() == at::kBFloat16);
}

}  // namespace ct
