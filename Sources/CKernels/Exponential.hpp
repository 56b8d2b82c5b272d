// e to the power of eight numbers in float64; Vector.hpp has it in float32.
//
// x = n · ln 2 + r with |r| ≤ ln 2 / 2, and e^r by its series, long enough that what is left out is
// below the last bit.
#pragma once
#include "Simd.hpp"

#if CT_HAS_SIMD
namespace ct {

/// Within two units of the last place, for numbers up to 0; 0 below -746, NaN stays NaN.
///
/// The order of the first maximum matters: of a NaN and a number it gives its second operand.
CT_SIMD_INLINE __m512d exponential(__m512d x) {
  x = _mm512_max_pd(_mm512_set1_pd(-746.0), x);
  const __m512d n = _mm512_roundscale_pd(_mm512_mul_pd(x, _mm512_set1_pd(1.4426950408889634074)), 0);
  __m512d r = _mm512_fnmadd_pd(n, _mm512_set1_pd(0.693147180369123816490), x);
  r = _mm512_fnmadd_pd(n, _mm512_set1_pd(1.90821492927058770002e-10), r);
  __m512d sum = _mm512_set1_pd(1.0 / 6227020800);
  sum = _mm512_fmadd_pd(sum, r, _mm512_set1_pd(1.0 / 479001600));
  sum = _mm512_fmadd_pd(sum, r, _mm512_set1_pd(1.0 / 39916800));
  sum = _mm512_fmadd_pd(sum, r, _mm512_set1_pd(1.0 / 3628800));
  sum = _mm512_fmadd_pd(sum, r, _mm512_set1_pd(1.0 / 362880));
  sum = _mm512_fmadd_pd(sum, r, _mm512_set1_pd(1.0 / 40320));
  sum = _mm512_fmadd_pd(sum, r, _mm512_set1_pd(1.0 / 5040));
  sum = _mm512_fmadd_pd(sum, r, _mm512_set1_pd(1.0 / 720));
  sum = _mm512_fmadd_pd(sum, r, _mm512_set1_pd(1.0 / 120));
  sum = _mm512_fmadd_pd(sum, r, _mm512_set1_pd(1.0 / 24));
  sum = _mm512_fmadd_pd(sum, r, _mm512_set1_pd(1.0 / 6));
  sum = _mm512_fmadd_pd(sum, r, _mm512_set1_pd(0.5));
  sum = _mm512_fmadd_pd(sum, r, _mm512_set1_pd(1.0));
  sum = _mm512_fmadd_pd(sum, r, _mm512_set1_pd(1.0));
  return _mm512_scalef_pd(sum, n);
}

}  // namespace ct
#endif
