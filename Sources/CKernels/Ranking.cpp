#include "Ranking.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "Exponential.hpp"
#include "Vector.hpp"

namespace ct {

void Ranking::reserve(int64_t vocabulary) {
  if (static_cast<int64_t>(candidates_.size()) < vocabulary) candidates_.resize(static_cast<size_t>(vocabulary));
}

#if CT_HAS_SIMD

namespace {

/// Sixteen tokens' log-probabilities and bins.
struct Lanes {
  __m512 log_probs;
  __m512i bins;
};

/// The probabilities of half of sixteen log-probabilities.
CT_SIMD_INLINE __m512d weights(__m512 log_probs, int half) {
  const __m256 eight =
      half == 0 ? _mm512_castps512_ps256(log_probs) : _mm512_extractf32x8_ps(log_probs, 1);
  return exponential(_mm512_cvtps_pd(eight));
}

}  // namespace

/// Reads a row, sixteen tokens at a time.
struct Ranking::Reader {
  const float *logits;
  int64_t count;
  float scale, top, log_sum;
  int bins;

  /// Which of the sixteen tokens from `from` on there are.
  CT_SIMD_INLINE __mmask16 present(int64_t from) const { return first_lanes(count - from); }

  CT_SIMD_INLINE Lanes at(int64_t from) const {
    const __m512 raw = _mm512_maskz_loadu_ps(present(from), logits + from);
    // As libtorch's log_softmax: first less the largest, then less the logarithm of the sum.
    const __m512 scaled = _mm512_mul_ps(raw, _mm512_set1_ps(scale));
    const __m512 log_probs =
        _mm512_sub_ps(_mm512_sub_ps(scaled, _mm512_set1_ps(top)), _mm512_set1_ps(log_sum));
    const __m512 below = _mm512_sub_ps(_mm512_set1_ps(-log_sum), log_probs);
    const auto bin_count = static_cast<float>(bins);
    const __m512 places = _mm512_min_ps(_mm512_mul_ps(below, _mm512_set1_ps(bin_count / 128)),
                                        _mm512_set1_ps(bin_count - 1));
    return {log_probs, _mm512_cvttps_epi32(places)};
  }
};

Ranking::Reader Ranking::reader() const { return {logits_, count_, scale_, top_, log_sum_, bin_count_}; }

CT_SIMD void Ranking::read(const float *logits, int64_t count, float scale, float top, float log_sum,
                             double share) {
  logits_ = logits, count_ = count, scale_ = scale, top_ = top, log_sum_ = log_sum;
  bin_count_ = count > 16 * fewest_bins ? most_bins : fewest_bins;
  std::fill_n(bins_, bin_count_, Bin{0, 0});
  const Reader reader = this->reader();
  // Through the same arithmetic as every token, so that the likeliest one reaches a share of 1.
  const double best = _mm512_cvtsd_f64(weights(_mm512_set1_ps(-log_sum), 0));
  const __m512d least = _mm512_set1_pd(best * share);
  __m512d share_mass = _mm512_setzero_pd();
  share_count_ = 0;
  for (int64_t from = 0; from < count; from += 16) {
    const Lanes lanes = reader.at(from);
    const unsigned present = reader.present(from);
    alignas(64) int32_t bins[16];
    _mm512_store_si512(bins, lanes.bins);
    for (int half = 0; half < 2; ++half) {
      const __m512d eight = weights(lanes.log_probs, half);
      const auto there = static_cast<__mmask8>(present >> (8 * half));
      const __mmask8 reaching = _mm512_mask_cmp_pd_mask(there, eight, least, _CMP_GE_OQ);
      share_count_ += __builtin_popcount(reaching);
      share_mass = _mm512_mask_add_pd(share_mass, reaching, share_mass, eight);
      alignas(64) double mass[8];
      _mm512_store_pd(mass, eight);
      const int valid = __builtin_popcount(there);
      for (int lane = 0; lane < valid; ++lane) {
        Bin &bin = bins_[bins[8 * half + lane]];
        bin.mass += mass[lane];
        bin.count += 1;
      }
    }
  }
  share_mass_ = _mm512_reduce_add_pd(share_mass);
  mass_ = 0;
  for (int bin = 0; bin < bin_count_; ++bin) mass_ += bins_[bin].mass;
}

/// Fills `candidates_` with the tokens of one bin, in no order.
CT_SIMD void Ranking::gather(int bin) {
  const Reader reader = this->reader();
  found_ = 0;
  for (int64_t from = 0; from < count_; from += 16) {
    const Lanes lanes = reader.at(from);
    unsigned inside =
        _mm512_mask_cmpeq_epi32_mask(reader.present(from), lanes.bins, _mm512_set1_epi32(bin));
    if (!inside) continue;
    alignas(64) uint32_t bits[16];
    alignas(64) double mass[16];
    _mm512_store_ps(bits, lanes.log_probs);
    for (int half = 0; half < 2; ++half) _mm512_store_pd(mass + 8 * half, weights(lanes.log_probs, half));
    for (; inside; inside &= inside - 1) {
      const int lane = __builtin_ctz(inside);
      const uint64_t magnitude = bits[lane] & 0x7FFFFFFFu;
      candidates_[static_cast<size_t>(found_++)] = {magnitude << 32 | static_cast<uint64_t>(from + lane),
                                                    mass[lane]};
    }
  }
}

Ranking::Head Ranking::head(int64_t count, double mass) {
  int64_t walked = 0;
  double gone = 0;
  int bin = 0, last = 0;
  for (; bin < bin_count_; ++bin) {
    if (bins_[bin].count == 0) continue;
    last = bin;
    if (walked + bins_[bin].count >= count || gone + bins_[bin].mass > mass) break;
    walked += bins_[bin].count;
    gone += bins_[bin].mass;
  }
  if (bin == bin_count_) {  // The whole order: back to its last bin.
    walked -= bins_[last].count;
    gone -= bins_[last].mass;
  }
  gather(last);
  Candidate *low = candidates_.data(), *high = low + found_;
  while (high - low > 1) {
    Candidate *middle = low + (high - low) / 2;
    std::nth_element(low, middle, high, [](const Candidate &a, const Candidate &b) { return a.place < b.place; });
    double left = 0;
    for (const Candidate *candidate = low; candidate < middle; ++candidate) left += candidate->weight;
    if (walked + (middle - low) >= count || gone + left > mass) {
      high = middle;
    } else {
      walked += middle - low;
      gone += left;
      low = middle;
    }
  }
  return {walked + 1, gone + low->weight, static_cast<int64_t>(low->place & 0xFFFFFFFFu), low->weight,
          static_cast<uint32_t>(low->place >> 32)};
}

CT_SIMD void Ranking::mark(const Head &last, uint32_t *bits) const {
  const Reader reader = this->reader();
  const __m512i magnitude = _mm512_set1_epi32(static_cast<int>(last.magnitude));
  const __m512i token = _mm512_set1_epi32(static_cast<int>(last.token));
  const __m512i order = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  std::fill_n(bits, (count_ + 31) / 32, 0u);
  for (int64_t from = 0; from < count_; from += 16) {
    const __m512i magnitudes =
        _mm512_and_si512(_mm512_castps_si512(reader.at(from).log_probs), _mm512_set1_epi32(0x7FFFFFFF));
    const __m512i ids = _mm512_add_epi32(order, _mm512_set1_epi32(static_cast<int>(from)));
    const __mmask16 present = reader.present(from);
    const __mmask16 level = _mm512_mask_cmpeq_epu32_mask(present, magnitudes, magnitude);
    const unsigned inside = _mm512_mask_cmplt_epu32_mask(present, magnitudes, magnitude)
                            | _mm512_mask_cmple_epi32_mask(level, ids, token);
    bits[from / 32] |= inside << (from % 32);
  }
}

#else

void Ranking::read(const float *, int64_t, float, float, float, double) {}
void Ranking::gather(int) {}
Ranking::Head Ranking::head(int64_t, double) { return {}; }
void Ranking::mark(const Head &, uint32_t *) const {}

#endif

}  // namespace ct
