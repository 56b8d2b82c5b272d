// What stands between the products of a transformer, and what follows the last, each in one pass.
#pragma once
#include "ctorch.h"
#include "ckernels_linear.h"

#ifdef __cplusplus
extern "C" {
#endif

/// sum = x + delta, normed = sum / √(mean sum² + ε) · weight. `delta` may be NULL, and then `sum` too.
CTStatus ct_add_norm(const CTTensor *x, const CTTensor *delta, const CTTensor *weight, double epsilon,
                     CTTensor **sum, CTTensor **normed);
/// silu(first half) · second half: [N, 2I] to [N, I].
CTTensor *ct_gate(const CTTensor *gate_up);
/// Rows of a table, cast to `compute`.
CTTensor *ct_embed(const CTTensor *table, const CTTensor *ids, CTType compute);
/// log softmax(head(hidden) / temperature) at the targets, [P] float32, and where `entropies` is not
/// NULL the entropy of each distribution in nats. Never holds all logits.
CTStatus ct_token_log_probs(const CTTensor *hidden, CTLinear *head, const CTTensor *targets, double temperature,
                            CTTensor **log_probs, CTTensor **entropies);
/// One AdamW step in one pass over `count` parameters in place; gradients count times `scale`, and
/// `step` is the number of this step, from 1. Parameters, gradients and moments are float32 or
/// bfloat16, each for itself, or both moments bytes as Kernels/Moments.hpp has them; arithmetic is
/// float32. What is stored in fewer bits is rounded at random,
/// so that steps below its last place count in the mean; the random bits are a hash of step,
/// parameter and element, the latter counted from `offsets`: each parameter may be a stretch of a longer
/// one. Packed copies of the parameters notice that they are old.
CTStatus ct_adamw_step(CTTensor *const *parameters, CTTensor *const *gradients, CTTensor *const *first,
                       CTTensor *const *second, const int64_t *offsets, int64_t count, int64_t step, double scale,
                       double rate, double beta1, double beta2, double decay, double epsilon);

#ifdef __cplusplus
}
#endif
