// Drawing tokens where our kernel does not run.
#pragma once
#include <ATen/ATen.h>

#include "ckernels_decode.h"

namespace ct {

/// As ct_draw, by libtorch's operators. The logits are [R, V], and the rows are checked.
void draw_by_operators(const at::Tensor &logits, const CTBend &bend, const int64_t *rows, const double *uniforms,
                       int64_t count, int64_t *tokens, float *log_probs);

}  // namespace ct
