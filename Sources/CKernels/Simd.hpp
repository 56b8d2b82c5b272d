// Which functions are compiled for which CPU. The kernels are compiled into every build, for AVX-512 with bfloat16
// products, or where CT_AVX2 is defined for AVX2, and called only where the CPU has what they need; everywhere
// else libtorch's own operators do the work.
#pragma once
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#if defined(CT_AVX2)
#include "PairNames.hpp"
#define CT_SIMD __attribute__((target("avx2,fma")))
#else
#define CT_SIMD __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,avx512vnni,fma,f16c")))
#endif
#define CT_SIMD_INLINE CT_SIMD inline __attribute__((always_inline))
#define CT_HAS_SIMD 1
#else
#define CT_HAS_SIMD 0
#endif

// Loops over a tile's parts are written out in full, or its sums would not stay in registers.
#if defined(__clang__)
#define CT_UNROLL _Pragma("clang loop unroll(full)")
#else
#define CT_UNROLL _Pragma("GCC unroll 8")
#endif

namespace ct {

/// Whether this CPU runs what CT_SIMD is compiled for.
inline bool has_simd() {
#if !CT_HAS_SIMD
  return false;
#elif defined(CT_AVX2)
  static const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return has;
#else
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                          __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512vnni");
  return has;
#endif
}

}  // namespace ct
