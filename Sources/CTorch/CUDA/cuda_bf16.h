// Numbers that only kernels compute with.
#pragma once
struct __nv_bfloat16;
