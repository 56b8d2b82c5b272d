// One row of logits to a token's log-probability and the row's entropy, and the gradients of both.
#pragma once
#include <cmath>

#include "Vector.hpp"

#if CT_HAS_SIMD

namespace ct {

/// What one pass over a row of scaled logits z leaves, with e = exp(z - largest).
struct RowSums {
  /// The largest z.
  float largest;
  /// Σ e, from 1 to the row's length.
  double sum;
  /// Σ e · (z - largest).
  double weighted;

  double log_normalizer() const { return largest + std::log(sum); }
  double entropy() const { return std::log(sum) - weighted / sum; }
};

/// Sums a row of logits, each times `scale`, which is positive. Where `kept` is not null, every e is
/// written there: relative to the largest, so that the likeliest tokens keep all their digits.
///
/// Stretches are summed in float32 and the stretches in float64.
template <typename Element>
CT_SIMD RowSums sum_row(const float *logits, int64_t width, float scale, Element *kept) {
  const __m512 lowest = _mm512_set1_ps(-INFINITY);
  __m512 most = lowest;
  for (int64_t i = 0; i < width; i += lanes) {
    const __mmask16 mask = first_lanes(width - i);
    most = _mm512_max_ps(most, _mm512_mask_loadu_ps(lowest, mask, logits + i));
  }
  RowSums sums{_mm512_reduce_max_ps(most) * scale, 0, 0};
  const __m512 factor = _mm512_set1_ps(scale), largest = _mm512_set1_ps(sums.largest);
  // Below this e is zero; minus infinity times zero would not be.
  const __m512 deepest = _mm512_set1_ps(-110);
  constexpr int64_t stretch = 4096;
  for (int64_t start = 0; start < width; start += stretch) {
    const int64_t end = start + stretch < width ? start + stretch : width;
    __m512 sum = _mm512_setzero_ps(), weighted = _mm512_setzero_ps();
    for (int64_t i = start; i < end; i += lanes) {
      const __mmask16 mask = first_lanes(end - i);
      const __m512 z = _mm512_max_ps(deepest, _mm512_fmsub_ps(load(logits + i, mask), factor, largest));
      const __m512 e = _mm512_maskz_mov_ps(mask, exponential(z));
      if (kept) store(kept + i, mask, e);
      sum = _mm512_add_ps(sum, e);
      weighted = _mm512_fmadd_ps(e, z, weighted);
    }
    sums.sum += total(sum);
    sums.weighted += total(weighted);
  }
  return sums;
}

/// Turns a row of e = p · Σ e into the gradient of the unscaled logits, in place:
///
///     scale · (d_log_prob · ([j = target] - p_j) - d_entropy · p_j · (ln p_j + H))
///
/// The target's own entry comes from its log-probability in float32, since of 1 - p nothing is left
/// where p is near one and rounded.
template <typename Element>
CT_SIMD void row_back(Element *kept, int64_t width, int64_t target, double sum, double log_prob, double entropy,
                        double d_log_prob, double d_entropy, double scale) {
  const float log_sum = static_cast<float>(std::log(sum));
  if (d_entropy == 0) {
    const __m512 factor = _mm512_set1_ps(static_cast<float>(-scale * d_log_prob / sum));
    for (int64_t i = 0; i < width; i += lanes) {
      const __mmask16 mask = first_lanes(width - i);
      store(kept + i, mask, _mm512_mul_ps(load(kept + i, mask), factor));
    }
  } else {
    const __m512 factor = _mm512_set1_ps(static_cast<float>(-scale / sum));
    const __m512 slope = _mm512_set1_ps(static_cast<float>(d_entropy));
    // d_log_prob + d_entropy · (ln e - ln Σ e + H)
    const __m512 offset =
        _mm512_set1_ps(static_cast<float>(d_log_prob + d_entropy * (entropy - static_cast<double>(log_sum))));
    const __m512 least = _mm512_set1_ps(1.17549435e-38F);
    for (int64_t i = 0; i < width; i += lanes) {
      const __mmask16 mask = first_lanes(width - i);
      const __m512 e = load(kept + i, mask);
      const __m512 bracket = _mm512_fmadd_ps(slope, logarithm(_mm512_max_ps(least, e)), offset);
      store(kept + i, mask, _mm512_mul_ps(_mm512_mul_ps(e, factor), bracket));
    }
  }
  const double p = std::exp(log_prob);
  kept[target] = static_cast<Element>(
      static_cast<float>(scale * (-d_log_prob * std::expm1(log_prob) - d_entropy * p * (log_prob + entropy))));
}

}  // namespace ct

#endif
