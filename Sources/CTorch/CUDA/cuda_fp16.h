// Numbers that only kernels compute with.
#pragma once
struct __half;
