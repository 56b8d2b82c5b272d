// Linear layers that keep their weights packed.
#pragma once
#include "ctorch.h"

#ifdef __cplusplus
extern "C" {
#endif

/// One linear layer, or several that read the same input, as one product: queries, keys and values;
/// gate and up. Shares the weights, and packs them anew when they have changed.
typedef struct CTLinear CTLinear;

/// `biases` may be NULL, and so may any of its entries. `compute` is what inputs and outputs are. With
/// `eight_bit` the weights are packed as whole numbers from -127 to 127 with a scale an output, and inputs are
/// rounded to whole numbers too (EightBit.hpp): for drawing, without gradients.
CTLinear *ct_linear_make(CTTensor *const *weights, CTTensor *const *biases, int64_t count, CTType compute,
                         bool eight_bit);
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
