// Handles that pass by; libtorch calls cuSOLVER.
#pragma once
typedef struct cusolverDnContext *cusolverDnHandle_t;
