// Drawing tokens: the sum of a row in blocks that fit the first cache, each read once; then the block
// in which the uniform number falls, and the token in it. Filters go through Ranking.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "Guard.hpp"
#include "Elements.hpp"
#include "ckernels_decode.h"
#include "Masks.hpp"
#include "Ranking.hpp"
#include "SamplerByOperators.hpp"
#include "Switches.hpp"
#include "Threads.hpp"
#include "Vector.hpp"

using namespace ct;

#if CT_HAS_SIMD

namespace {

constexpr int64_t block_size = 1024;

/// The largest of a block of scaled logits, and the sum of their exponentials relative to it.
struct Block {
  double sum;
  float top;
};

struct Drawn {
  int64_t token = 0;
  float log_prob = std::numeric_limits<float>::quiet_NaN();
};

/// Sixteen scaled logits; -∞ where there are none.
CT_SIMD_INLINE __m512 scaled(const float *logits, int64_t from, int64_t count, __m512 scale) {
  const __mmask16 mask = first_lanes(count - from);
  return _mm512_mask_mul_ps(_mm512_set1_ps(-INFINITY), mask, _mm512_maskz_loadu_ps(mask, logits + from), scale);
}

CT_SIMD Block summed(const float *logits, int64_t count, float factor) {
  const __m512 scale = _mm512_set1_ps(factor);
  __m512 largest = _mm512_set1_ps(-INFINITY);
  __mmask16 odd = 0;
  for (int64_t from = 0; from < count; from += 16) {
    const __m512 x = scaled(logits, from, count, scale);
    largest = _mm512_max_ps(largest, x);
    odd |= _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q);
  }
  const float top = _mm512_reduce_max_ps(largest);
  if (odd) return {std::numeric_limits<double>::quiet_NaN(), top};
  if (top == -INFINITY) return {0, top};
  __m512d low = _mm512_setzero_pd(), high = _mm512_setzero_pd();
  for (int64_t from = 0; from < count; from += 16) {
    const __m512 x = _mm512_sub_ps(scaled(logits, from, count, scale), _mm512_set1_ps(top));
    const __m512 weights = exponential(x);
    low = _mm512_add_pd(low, _mm512_cvtps_pd(_mm512_castps512_ps256(weights)));
    high = _mm512_add_pd(high, _mm512_cvtps_pd(_mm512_extractf32x8_ps(weights, 1)));
  }
  return {_mm512_reduce_add_pd(_mm512_add_pd(low, high)), top};
}

/// The exponentials that `summed` summed.
CT_SIMD void weigh(const float *logits, int64_t count, float factor, float top, float *weights) {
  for (int64_t from = 0; from < count; from += 16) {
    const __m512 x = scaled(logits, from, count, _mm512_set1_ps(factor));
    _mm512_store_ps(weights + from, exponential(_mm512_sub_ps(x, _mm512_set1_ps(top))));
  }
}

/// One row of logits with the sums of its blocks.
class Row {
 public:
  Row(const float *logits, int64_t count, float scale, const Block *blocks)
      : logits_(logits), count_(count), scale_(scale), blocks_(blocks) {
    for (int64_t block = 0; block < block_count(); ++block) top_ = std::max(top_, blocks[block].top);
    for (int64_t block = 0; block < block_count(); ++block) total_ += share(block);
  }

  /// Whether there is anything to draw from.
  bool is_sound() const { return std::isfinite(total_) && total_ > 0; }

  Drawn likeliest() const {
    int64_t token = 0;
    while (blocks_[token / block_size].top != top_) token += block_size;
    while (logits_[token] * scale_ != top_) ++token;
    return {token, static_cast<float>(-std::log(total_))};
  }

  Drawn draw(double uniform) const {
    const double goal = uniform * total_;
    double sum = 0;
    int64_t chosen = 0;
    for (int64_t block = 0; block < block_count(); ++block) {
      const double mass = share(block);
      if (mass == 0) continue;
      chosen = block;
      if (sum + mass > goal) break;
      sum += mass;
    }
    return in_block(chosen, sum, goal);
  }

  /// Draws from what the filters leave, and where `bits` is not null marks what that is.
  Drawn draw(double uniform, const CTBend &bend, Ranking &ranking, uint32_t *bits) const {
    constexpr double all = std::numeric_limits<double>::infinity();
    ranking.read(logits_, count_, scale_, top_, static_cast<float>(std::log(total_)), bend.min_p);
    int64_t kept = count_;
    double mass = ranking.mass();
    if (bend.top_k > 0 && bend.top_k < count_) {
      kept = bend.top_k;
      mass = ranking.head(kept, all).mass;
    }
    if (bend.top_p < 1) {
      // The head that first reaches the sum, give or take the rounding of sums.
      const auto reaching = ranking.head(kept, bend.top_p * mass * (1 - 1e-12));
      kept = reaching.count, mass = reaching.mass;
    }
    if (bend.min_p > 0 && ranking.share_count() < kept) {
      kept = ranking.share_count(), mass = ranking.share_mass();
    }
    if (bits) ranking.mark(ranking.head(kept, all), bits);
    const auto drawn = ranking.head(kept, uniform * mass);
    return {drawn.token, static_cast<float>(std::log(drawn.weight / mass))};
  }

 private:
  int64_t block_count() const { return (count_ + block_size - 1) / block_size; }

  /// A block's part of the total.
  double share(int64_t block) const {
    const auto [sum, top] = blocks_[block];
    return sum == 0 ? 0 : sum * std::exp(static_cast<double>(top) - top_);
  }

  Drawn in_block(int64_t block, double sum, double goal) const {
    const int64_t first = block * block_size, length = std::min(block_size, count_ - first);
    alignas(64) float weights[block_size];
    weigh(logits_ + first, length, scale_, blocks_[block].top, weights);
    const double unit = std::exp(static_cast<double>(blocks_[block].top) - top_);
    int64_t token = 0;
    for (int64_t place = 0; place < length; ++place) {
      // Should rounding leave the goal beyond the block, its last token that can be drawn is it.
      if (weights[place] > 0) token = place;
      sum += weights[place] * unit;
      if (sum > goal) break;
    }
    token += first;
    const double below = static_cast<double>(logits_[token] * scale_) - top_;
    return {token, static_cast<float>(below - std::log(total_))};
  }

  const float *logits_;
  int64_t count_;
  float scale_;
  const Block *blocks_;
  float top_ = -INFINITY;
  double total_ = 0;
};

void draw(const at::Tensor &logits, const CTBend &bend, const int64_t *rows, const double *uniforms,
          int64_t count, int64_t *tokens, float *log_probs, std::vector<std::vector<uint32_t>> *masks) {
  const float *all = elements<float>(logits);
  const int64_t vocabulary = logits.size(1), block_count = (vocabulary + block_size - 1) / block_size;
  const bool is_greedy = bend.temperature == 0;
  const bool is_filtered = !is_greedy && (bend.top_k > 0 || bend.top_p < 1 || bend.min_p > 0);
  const float scale = is_greedy ? 1.0f : static_cast<float>(1 / bend.temperature);
  std::vector<Block> blocks(static_cast<size_t>(logits.size(0) * block_count));
  const int64_t portion = std::max<int64_t>(1, 8 * block_size / std::min(vocabulary, block_size));
  shared(static_cast<int64_t>(blocks.size()), portion, [&](int64_t begin, int64_t end) {
    for (int64_t place = begin; place < end; ++place) {
      const int64_t row = place / block_count, first = place % block_count * block_size;
      blocks[static_cast<size_t>(place)] =
          summed(all + row * vocabulary + first, std::min(block_size, vocabulary - first), scale);
    }
  });
  // Kept from call to call: fresh memory of this size costs as much as the work.
  thread_local std::vector<Ranking> rankings;
  std::vector<Ranking> &mine = rankings;
  if (is_filtered) {
    mine.resize(static_cast<size_t>(std::max(1, thread_count())));
    for (Ranking &ranking : mine) ranking.reserve(vocabulary);
  }
  const int64_t threads = is_filtered ? count : count / 64;
  on_threads(static_cast<int>(std::min<int64_t>(threads, 1024)), [&](int thread, int of) {
    std::vector<uint32_t> bits(is_filtered && masks ? static_cast<size_t>(bit_words(vocabulary)) : 0);
    for (int64_t i = count * thread / of; i < count * (thread + 1) / of; ++i) {
      const int64_t place = rows ? rows[i] : i;
      const Row row(all + place * vocabulary, vocabulary, scale, blocks.data() + place * block_count);
      Drawn drawn;
      if (row.is_sound()) {
        if (is_greedy) {
          drawn = row.likeliest();
        } else if (is_filtered) {
          drawn = row.draw(uniforms[i], bend, mine[static_cast<size_t>(thread)], masks ? bits.data() : nullptr);
          if (masks) append_mask(bits.data(), vocabulary, (*masks)[static_cast<size_t>(i)]);
        } else {
          drawn = row.draw(uniforms[i]);
        }
      }
      tokens[i] = drawn.token;
      log_probs[i] = drawn.log_prob;
    }
  });
}

}  // namespace

#endif

CTStatus ct_draw(const CTTensor *logits, CTBend bend, const int64_t *rows, const double *uniforms,
                 int64_t count, int64_t *tokens, float *log_probs, int64_t *lengths, CTTensor **words) {
  return attempted([&] {
    const at::Tensor source = in(logits).contiguous();
    TORCH_CHECK(source.dim() == 2 && source.size(1) > 0, "logits of shape ", source.sizes());
    TORCH_CHECK(rows || count == source.size(0), count, " draws from ", source.size(0), " rows");
    for (int64_t i = 0; i < count; ++i) {
      const int64_t row = rows ? rows[i] : i;
      TORCH_CHECK(0 <= row && row < source.size(0), "row ", row, " of ", source.size(0));
    }
    std::vector<std::vector<uint32_t>> masks(words ? static_cast<size_t>(count) : 0);
    auto *kept = words ? &masks : nullptr;
    const auto drawn = [&] {
      if (count == 0) return;
#if CT_HAS_SIMD
      if (uses(CT_SAMPLER) && source.device().is_cpu() && source.scalar_type() == at::kFloat) {
        return draw(source, bend, rows, uniforms, count, tokens, log_probs, kept);
      }
#endif
      draw_by_operators(source, bend, rows, uniforms, count, tokens, log_probs, kept);
    };
    drawn();
    if (!words) return;
    int64_t total = 0;
    for (int64_t i = 0; i < count; ++i) {
      lengths[i] = static_cast<int64_t>(masks[static_cast<size_t>(i)].size());
      total += lengths[i];
    }
    auto all = at::empty({total}, at::kLong);
    auto *to = all.mutable_data_ptr<int64_t>();
    for (const auto &mask : masks) to = std::copy(mask.begin(), mask.end(), to);
    *words = out(std::move(all));
  });
}
