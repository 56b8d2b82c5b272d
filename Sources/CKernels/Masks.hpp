// Rows of logits of which only some tokens count: what a filtered draw was from, and what its
// log-probability is normalized over afterwards.
#pragma once
#include <ATen/ATen.h>

#include <vector>

#include "ckernels_fused.h"

namespace ct {

/// The logit of a token that does not count. Its exponential is zero; unlike that of minus infinity,
/// zero times it is zero too.
constexpr float no_chance = -1e30F;

/// The words of a mask that has a bit for every token.
inline int64_t bit_words(int64_t vocabulary) { return (vocabulary + 31) / 32; }

/// Appends a row's mask in its shortest form, and says of how many words: none where all tokens count,
/// ids where these are fewer, or else the bits themselves. Bits beyond the vocabulary are zero.
int64_t append_mask(const uint32_t *bits, int64_t vocabulary, std::vector<uint32_t> &words);

/// The masks of some rows; none where every row counts all tokens.
class Masks {
 public:
  Masks() = default;
  /// Borrows what `raw` points to; NULL is none. Refuses what cannot be read.
  Masks(const CTMasks *raw, int64_t rows, int64_t vocabulary);
  /// Of tensors that `words()` and `starts()` gave.
  Masks(at::Tensor words, at::Tensor starts, int64_t vocabulary);

  bool any() const { return starts_.defined(); }
  /// The same with memory of its own.
  Masks owned() const;
  const at::Tensor &words() const { return words_; }
  const at::Tensor &starts() const { return starts_; }

  /// Leaves only what counts in a row of logits.
  void apply(int64_t row, float *logits) const;
  /// True where a token does not count, [count, V], of the rows from `first` on.
  at::Tensor left_out(int64_t first, int64_t count, at::Device device) const;

 private:
  /// A row's words, and how many they are.
  std::pair<const uint32_t *, int64_t> row(int64_t row) const;

  /// int32 and int64 in host memory.
  at::Tensor words_, starts_;
  int64_t vocabulary_ = 0;
};

}  // namespace ct
