// A double for GPUs, for tests on machines that have none.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Puts two devices in the place of CUDA's. To be called once, before any tensor is made.
void cdouble_install(void);

/// Puts channels over loopback in the place of NCCL's. To be called before any is made.
void cdouble_install_channels(void);

/// How many operators the double has run.
int64_t cdouble_operators(void);

/// The most bytes of the doubles' memory that were in use at once.
int64_t cdouble_peak(void);

/// How many copies from and to pinned memory were done later than they were asked for.
int64_t cdouble_late_copies(void);

/// How many tensors this process has had carried to others without the host's memory.
int64_t cdouble_carried(void);

#ifdef __cplusplus
}
#endif
