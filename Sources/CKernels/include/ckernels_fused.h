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
/// Which tokens of the vocabulary count in each of some rows of logits: row i has the words starts[i] up
/// to starts[i + 1]. No word: all tokens count. One for every 32 tokens: a bit a token, the first
/// token's the lowest of the first word. Fewer: the ids of those that count.
typedef struct CTMasks {
  const uint32_t *words;
  const int64_t *starts;
} CTMasks;

/// log softmax(head(hidden) / temperature) at the targets, [P] float32, and where `entropies` is not
/// NULL the entropy of each distribution in nats. Never holds all logits. Where `masks` is not NULL,
/// every row's distribution is over the tokens of its mask, of which its target is one.
CTStatus ct_token_log_probs(const CTTensor *hidden, CTLinear *head, const CTTensor *targets, double temperature,
                            const CTMasks *masks, CTTensor **log_probs, CTTensor **entropies);
/// Logits [P, V] with -1e30 in place of those that do not count.
CTTensor *ct_masked(const CTTensor *logits, const CTMasks *masks);
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
