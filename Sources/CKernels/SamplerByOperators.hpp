// Drawing tokens where our kernel does not run.
#pragma once
#include <ATen/ATen.h>

#include <vector>

#include "ckernels_decode.h"

namespace ct {

/// As ct_draw, by libtorch's operators. The logits are [R, V], and the rows are checked. Where `masks` is
/// not null, each of its `count` lists gets a draw's mask.
void draw_by_operators(const at::Tensor &logits, const CTBend &bend, const int64_t *rows, const double *uniforms,
                       int64_t count, int64_t *tokens, float *log_probs, std::vector<std::vector<uint32_t>> *masks);

}  // namespace ct
