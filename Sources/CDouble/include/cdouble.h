// A double for GPUs, for tests on machines that have none.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Puts two devices in the place of CUDA's. To be called once, before any tensor is made.
void cdouble_install(void);

/// How many operators the double has run.
int64_t cdouble_operators(void);

#ifdef __cplusplus
}
#endif
