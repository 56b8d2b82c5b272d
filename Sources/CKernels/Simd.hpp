// Which functions are compiled for which CPU. A kernel for AVX-512 is compiled into every build and
// called only where the CPU has what it needs; everywhere else libtorch's own operators do the work.
#pragma once
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#define CT_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,fma,f16c")))
#define CT_INLINE512 CT_AVX512 inline __attribute__((always_inline))
#define CT_HAS_AVX512 1
#else
#define CT_HAS_AVX512 0
#endif

namespace ct {

/// Whether this CPU runs what CT_AVX512 is compiled for.
inline bool has_avx512() {
#if CT_HAS_AVX512
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                          __builtin_cpu_supports("avx512bf16");
  return has;
#else
  return false;
#endif
}

}  // namespace ct
