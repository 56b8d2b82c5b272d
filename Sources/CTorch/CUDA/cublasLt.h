// Handles that pass by; libtorch calls cuBLAS.
#pragma once
typedef struct cublasLtContext *cublasLtHandle_t;
