// The door to the house's own kernels: what a trainer spends its time on, fused, for CPUs with
// AVX-512 and bfloat16 products. On other machines and devices, and for a kernel that is switched
// off, the same functions are made of libtorch's operators.
#pragma once
#include "ctorch.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum CTKernel : int32_t {
  /// Products with weights, their panels packed once and used until the weight changes.
  CT_LINEAR = 0,
  /// Attention over rows packed without padding, and of decoding; the rotation of its heads.
  CT_ATTENTION = 1,
  /// Residual sum and RMS norm; the gated activation; embedding.
  CT_ELEMENTWISE = 2,
  /// Output layer, softmax, choice and entropy in one.
  CT_HEAD = 3,
  /// AdamW, and the norm that clips it.
  CT_OPTIMIZER = 4,
  /// Drawing tokens.
  CT_SAMPLER = 5,
  CT_KERNELS = 6,
} CTKernel;

typedef enum CTChoice : int32_t { CT_AS_PROCESS = 0, CT_ON = 1, CT_OFF = 2 } CTChoice;

void ct_kernel_set(CTKernel kernel, bool on);
/// Chooses for the work that the calling thread asks for, whatever the process has; gives what was chosen before.
CTChoice ct_kernel_choose(CTKernel kernel, CTChoice choice);
bool ct_kernel_is_set(CTKernel kernel);
/// Whether this CPU runs the kernels at all.
bool ct_kernels_can_run(void);
/// Whether they are compiled for AVX2, and not for AVX-512 with bfloat16 products.
bool ct_kernels_are_narrow(void);

// -- Memory -----------------------------------------------------------------------------------

/// Whether tensors on the CPU from now on come from an allocator that keeps what is freed for the
/// next of its size. Tensors made before stay valid; to be called before work begins.
CTStatus ct_allocator_set(bool caching);
/// How much freed memory may be kept at most; a quarter of the machine's at first. Beyond it the
/// largest blocks go back to the system.
void ct_allocator_limit(int64_t bytes);
/// Bytes kept for the next tensor, and bytes in use, of the blocks the allocator keeps lists of.
void ct_allocator_stats(int64_t *held, int64_t *used);
/// Gives all that is kept back to the system.
void ct_allocator_release(void);

#ifdef __cplusplus
}
#endif
