/* Preloaded, this makes MKL take its AVX-512 path on AMD: peers are measured with it and without. */
int mkl_serv_intel_cpu_true(void) { return 1; }
