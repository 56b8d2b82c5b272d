// Sixteen numbers at a time, in float32 whatever they are stored in: reading, rounding, exponentials
// and sums. For functions marked CT_SIMD only.
#pragma once
#include <ATen/ATen.h>

#include "Simd.hpp"

#if CT_HAS_SIMD

namespace ct {

/// Numbers in a register.
constexpr int64_t lanes = 16;

/// The first `count` of sixteen.
CT_SIMD_INLINE __mmask16 first_lanes(int64_t count) {
  return count >= lanes ? static_cast<__mmask16>(0xFFFF) : static_cast<__mmask16>((1U << count) - 1);
}

CT_SIMD_INLINE __m512 widen(__m256i halves) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16));
}

/// To bfloat16 and the nearest, ties to even.
CT_SIMD_INLINE __m256i narrow(__m512 values) { return reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(values)); }

CT_SIMD_INLINE __m512 load(const float *from) { return _mm512_loadu_ps(from); }
CT_SIMD_INLINE __m512 load(const at::BFloat16 *from) {
  return widen(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(from)));
}

/// Lanes outside the mask are zero and their memory is not touched.
CT_SIMD_INLINE __m512 load(const float *from, __mmask16 mask) { return _mm512_maskz_loadu_ps(mask, from); }
CT_SIMD_INLINE __m512 load(const at::BFloat16 *from, __mmask16 mask) {
  return widen(_mm256_maskz_loadu_epi16(mask, from));
}

CT_SIMD_INLINE void store(float *to, __m512 values) { _mm512_storeu_ps(to, values); }
CT_SIMD_INLINE void store(at::BFloat16 *to, __m512 values) {
  _mm256_storeu_si256(reinterpret_cast<__m256i *>(to), narrow(values));
}
CT_SIMD_INLINE void store(float *to, __mmask16 mask, __m512 values) { _mm512_mask_storeu_ps(to, mask, values); }
CT_SIMD_INLINE void store(at::BFloat16 *to, __mmask16 mask, __m512 values) {
  _mm256_mask_storeu_epi16(to, mask, narrow(values));
}

/// The values as they will be read back after being stored as `Element`.
template <typename Element>
CT_SIMD_INLINE __m512 rounded(__m512 values) {
  if constexpr (std::is_same_v<Element, float>) return values;
  return widen(narrow(values));
}

/// eˣ within two units of the last place; 0 far below, infinity far above, NaN of NaN.
///
/// x = n ln 2 + r with |r| ≤ ln 2 / 2, and eʳ by its Taylor series up to r⁷.
CT_SIMD_INLINE __m512 exponential(__m512 x) {
  // The bound comes first, so that a NaN, which is the second operand then, stays.
  x = _mm512_max_ps(_mm512_set1_ps(-110.0F), _mm512_min_ps(_mm512_set1_ps(90.0F), x));
  const __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504F)),
                                        _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  // ln 2 in two parts; the first has few bits, so that its product with n is exact.
  __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375F), x);
  r = _mm512_fnmadd_ps(n, _mm512_set1_ps(-2.12194440e-4F), r);
  __m512 sum = _mm512_set1_ps(1.0F / 5040);
  sum = _mm512_fmadd_ps(sum, r, _mm512_set1_ps(1.0F / 720));
  sum = _mm512_fmadd_ps(sum, r, _mm512_set1_ps(1.0F / 120));
  sum = _mm512_fmadd_ps(sum, r, _mm512_set1_ps(1.0F / 24));
  sum = _mm512_fmadd_ps(sum, r, _mm512_set1_ps(1.0F / 6));
  sum = _mm512_fmadd_ps(sum, r, _mm512_set1_ps(0.5F));
  sum = _mm512_fmadd_ps(sum, r, _mm512_set1_ps(1));
  sum = _mm512_fmadd_ps(sum, r, _mm512_set1_ps(1));
  return _mm512_scalef_ps(sum, n);
}

/// ln x of positive normal numbers, within 1e-7 of 1 + |ln x|.
///
/// x = 2ⁿ m with m about 1, and ln m = 2 artanh((m - 1) / (m + 1)) by its series.
CT_SIMD_INLINE __m512 logarithm(__m512 x) {
  const __m512 one = _mm512_set1_ps(1);
  const __m512 m = _mm512_getmant_ps(x, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_src);
  // getexp of x / m, a power of two, is exact; getexp of x itself is one off where m is below 1.
  const __mmask16 below = _mm512_cmp_ps_mask(m, one, _CMP_LT_OQ);
  const __m512 exponent = _mm512_getexp_ps(x);
  const __m512 n = _mm512_mask_add_ps(exponent, below, exponent, one);
  const __m512 s = _mm512_div_ps(_mm512_sub_ps(m, one), _mm512_add_ps(m, one));
  const __m512 square = _mm512_mul_ps(s, s);
  __m512 sum = _mm512_set1_ps(2.0F / 9);
  sum = _mm512_fmadd_ps(sum, square, _mm512_set1_ps(2.0F / 7));
  sum = _mm512_fmadd_ps(sum, square, _mm512_set1_ps(2.0F / 5));
  sum = _mm512_fmadd_ps(sum, square, _mm512_set1_ps(2.0F / 3));
  sum = _mm512_fmadd_ps(sum, square, _mm512_set1_ps(2));
  return _mm512_fmadd_ps(n, _mm512_set1_ps(0.693147181F), _mm512_mul_ps(sum, s));
}

/// 1 / (1 + e⁻ˣ).
CT_SIMD_INLINE __m512 sigmoid(__m512 x) {
  const __m512 one = _mm512_set1_ps(1);
  const __m512 falling = exponential(_mm512_sub_ps(_mm512_setzero_ps(), x));
  return _mm512_div_ps(one, _mm512_add_ps(one, falling));
}

/// The sum of all lanes, always in the same order.
CT_SIMD_INLINE float total(__m512 values) { return _mm512_reduce_add_ps(values); }

}  // namespace ct

#endif
