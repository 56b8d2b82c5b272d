// Linear layers that keep their weights packed.
#pragma once
#include "ctorch.h"

#ifdef __cplusplus
extern "C" {
#endif

/// One linear layer, or several that read the same input, as one product: queries, keys and values;
/// gate and up. Shares the weights, and packs them anew when they have changed.
typedef struct CTLinear CTLinear;

/// `biases` may be NULL, and so may any of its entries. `compute` is what inputs and outputs are.
CTLinear *ct_linear_make(CTTensor *const *weights, CTTensor *const *biases, int64_t count, CTType compute);
void ct_linear_release(CTLinear *self);
/// x · Wᵀ + b, [N, in] to [N, all outs].
CTTensor *ct_linear_apply(CTLinear *self, const CTTensor *x);
/// The same in float32, without gradients: logits.
CTTensor *ct_linear_apply_wide(CTLinear *self, const CTTensor *x);
/// Drops the packed weights; the next use packs them again.
void ct_linear_forget(CTLinear *self);

#ifdef __cplusplus
}
#endif
