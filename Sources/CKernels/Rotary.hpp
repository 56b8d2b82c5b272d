// The rotation of one row's heads.
#pragma once
#include "Vector.hpp"

#if CT_HAS_SIMD

namespace ct {

/// Turns heads of one row where they lie, by one position's cosines and sines, [K/2] each.
template <typename Element>
CT_SIMD void turn_heads(Element *row, const float *cosine, const float *sine, int64_t heads, int64_t size,
                          bool is_back) {
  const int64_t half = size / 2;
  for (int64_t at = 0; at < half; at += lanes) {
    const __mmask16 mask = first_lanes(half - at);
    const __m512 c = load(cosine + at, mask), forward = load(sine + at, mask);
    const __m512 s = is_back ? _mm512_sub_ps(_mm512_setzero_ps(), forward) : forward;
    for (int64_t head = 0; head < heads; ++head) {
      Element *low = row + head * size + at, *high = low + half;
      const __m512 a = load(low, mask), b = load(high, mask);
      store(low, mask, _mm512_fmsub_ps(a, c, _mm512_mul_ps(b, s)));
      store(high, mask, _mm512_fmadd_ps(b, c, _mm512_mul_ps(a, s)));
    }
  }
}

}  // namespace ct

#endif
