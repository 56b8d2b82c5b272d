// Handles that pass by; libtorch calls cuSOLVER.
#pragma once
typedef int cusolverStatus_t;
