// Drawing tokens by libtorch's operators, on whatever device, with one read of the results. Running
// sums are products with a triangle of ones, in two levels: a cumulative sum on a GPU may add in
// another order each time, and this one never does.
#include "SamplerByOperators.hpp"

#include <ATen/core/grad_mode.h>

#include <cmath>

#include "Elements.hpp"
#include "Masks.hpp"

namespace ct {

namespace {

/// Tokens of a block: its running sums are one small product.
constexpr int64_t block = 512;

/// Ones on and above the diagonal.
at::Tensor triangle(int64_t size, const at::Tensor &like) { return at::ones({size, size}, like.options()).triu(); }

/// Weights in blocks, zeros behind the last: [B, V] to [B, blocks, 512].
at::Tensor blocked(const at::Tensor &weights) {
  const int64_t count = weights.size(1), blocks = (count + block - 1) / block;
  return at::constant_pad_nd(weights, {0, blocks * block - count}).reshape({weights.size(0), blocks, block});
}

/// The running sums of blocks' totals, [B, blocks].
at::Tensor totals_of(const at::Tensor &blocks) {
  const auto sums = blocks.sum(-1);
  return at::mm(sums, triangle(sums.size(1), sums));
}

/// The sum of everything before each weight, [B, V].
at::Tensor sums_before(const at::Tensor &weights) {
  const auto blocks = blocked(weights);
  const auto ends = totals_of(blocks).unsqueeze(-1);
  const auto starts = at::constant_pad_nd(ends.narrow(1, 0, ends.size(1) - 1), {0, 0, 1, 0});
  const auto inside = at::matmul(blocks, triangle(block, blocks)) - blocks;
  return (inside + starts).reshape({weights.size(0), -1}).narrow(1, 0, weights.size(1));
}

/// The first place of each row where the running sum of weights passes u · total, [B, 1]; a weight
/// of zero is never hit.
at::Tensor places_of(const at::Tensor &weights, const at::Tensor &uniforms) {
  const auto blocks = blocked(weights);
  const auto ends = totals_of(blocks);
  const int64_t count = ends.size(1);
  const auto goal = uniforms * ends.narrow(1, count - 1, 1);
  const auto chosen = ends.le(goal).sum(-1, /*keepdim=*/true).clamp_max(count - 1);
  const auto starts = at::constant_pad_nd(ends.narrow(1, 0, count - 1), {1, 0});
  const auto inner = blocks.gather(1, chosen.unsqueeze(-1).expand({-1, 1, block})).squeeze(1);  // [B, 512]
  const auto sums = at::mm(inner, triangle(block, inner)) + starts.gather(1, chosen);
  const auto order = at::arange(block, chosen.options());
  const auto last = at::where(inner.gt(0), order, at::zeros_like(order)).amax(-1, /*keepdim=*/true);
  return chosen * block + at::minimum(sums.le(goal).sum(-1, /*keepdim=*/true), last);
}

/// Probabilities sorted from the largest, zero where a filter leaves a token out.
at::Tensor filtered(const at::Tensor &sorted, const CTBend &bend) {
  auto kept = sorted;
  if (bend.top_k > 0 && bend.top_k < sorted.size(1)) {
    kept = kept * at::arange(sorted.size(1), kept.options()).lt(static_cast<double>(bend.top_k));
  }
  if (bend.top_p < 1) {
    // A token stays when the likelier ones do not already reach the sum, give or take the rounding
    // of sums: the first always does.
    const auto share = kept / kept.sum(-1, /*keepdim=*/true);
    kept = kept * sums_before(share).lt(bend.top_p * (1 - 1e-12));
  }
  if (bend.min_p > 0) kept = kept * kept.ge(kept.narrow(1, 0, 1) * bend.min_p);
  return kept;
}

/// What is drawn from some rows.
struct Draws {
  /// Token and log-probability, [B, 1] each.
  at::Tensor tokens, log_probs;
  /// Whether each token of the vocabulary could have been drawn, [B, V]; undefined where all could.
  at::Tensor could;
};

Draws drawn(const at::Tensor &logits, const CTBend &bend, const at::Tensor &uniforms) {
  if (bend.temperature == 0) {
    const auto tokens = logits.argmax(-1, /*keepdim=*/true);
    return {tokens, at::log_softmax(logits, -1).gather(-1, tokens), {}};
  }
  const auto log_probs = at::log_softmax(logits / bend.temperature, -1);
  const auto probabilities = log_probs.to(at::kDouble).exp();
  if (bend.top_k <= 0 && bend.top_p >= 1 && bend.min_p <= 0) {
    const auto tokens = places_of(probabilities, uniforms);
    return {tokens, log_probs.gather(-1, tokens), {}};
  }
  const auto [sorted, order] = at::sort(probabilities, /*stable=*/true, -1, /*descending=*/true);
  const auto kept = filtered(sorted, bend);
  const auto places = places_of(kept, uniforms);
  const auto share = kept.gather(-1, places) / kept.sum(-1, /*keepdim=*/true);
  const auto could = at::zeros(kept.sizes(), kept.options().dtype(at::kBool)).scatter(1, order, kept.gt(0));
  return {order.gather(-1, places), share.log(), could};
}

/// Masks of [B, V] truth values: bits are put into words where these are, and then read.
void read_masks(const at::Tensor &could, std::vector<std::vector<uint32_t>> &masks) {
  const int64_t rows = could.size(0), vocabulary = could.size(1), most = bit_words(vocabulary);
  const auto padded = at::constant_pad_nd(could.to(at::kLong), {0, 32 * most - vocabulary});
  const auto places = at::arange(32, padded.options());
  const auto sums = padded.reshape({rows, most, 32}).bitwise_left_shift(places).sum(-1).cpu();  // [B, words]
  const auto *words = elements<int64_t>(sums);
  for (int64_t row = 0; row < rows; ++row) {
    const std::vector<uint32_t> bits(words + row * most, words + (row + 1) * most);
    append_mask(bits.data(), vocabulary, masks[static_cast<size_t>(row)]);
  }
}

}  // namespace

void draw_by_operators(const at::Tensor &logits, const CTBend &bend, const int64_t *rows, const double *uniforms,
                       int64_t count, int64_t *tokens, float *log_probs, std::vector<std::vector<uint32_t>> *masks) {
  const at::NoGradGuard guard;
  const auto on_device = [&](auto *numbers, at::ScalarType type) {
    return at::from_blob(const_cast<void *>(static_cast<const void *>(numbers)), {count}, type).to(logits.device());
  };
  const auto picked = rows ? logits.index_select(0, on_device(rows, at::kLong)) : logits;
  const auto draws = drawn(picked.to(at::kFloat), bend, on_device(uniforms, at::kDouble).unsqueeze(-1));
  // One read for both: a token's number is exact in float64.
  const auto both = at::cat({draws.tokens.to(at::kDouble), draws.log_probs.to(at::kDouble)}, 1).cpu();
  const auto *numbers = elements<double>(both);
  for (int64_t i = 0; i < count; ++i) {
    log_probs[i] = static_cast<float>(numbers[2 * i + 1]);
    tokens[i] = std::isnan(log_probs[i]) ? 0 : static_cast<int64_t>(numbers[2 * i]);
  }
  if (masks && draws.could.defined()) read_masks(draws.could, *masks);
}

}  // namespace ct
