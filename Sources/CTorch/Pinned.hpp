// Host memory that the system leaves where it is, so that a device copies from and to it by itself.
#pragma once
#include <ATen/ATen.h>

namespace ct {

/// Who pins memory. Both say whether they did.
struct Pinning {
  bool (*pin)(void *start, size_t bytes);
  bool (*unpin)(void *start);
};

/// CUDA's runtime where the program has it; a test may put something else in its place before anything is made.
extern Pinning pinning;

bool is_pinned(const at::Tensor &tensor);

}  // namespace ct
