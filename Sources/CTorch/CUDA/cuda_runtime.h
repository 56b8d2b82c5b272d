// The host's functions, without the syntax of kernels.
#pragma once
#include <cuda_runtime_api.h>
