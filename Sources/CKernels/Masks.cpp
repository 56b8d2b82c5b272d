#include "Masks.hpp"

#include <algorithm>
#include <bit>

#include "Guard.hpp"
#include "Elements.hpp"

namespace ct {

int64_t append_mask(const uint32_t *bits, int64_t vocabulary, std::vector<uint32_t> &words) {
  const int64_t most = bit_words(vocabulary);
  int64_t count = 0;
  for (int64_t word = 0; word < most; ++word) count += std::popcount(bits[word]);
  if (count == vocabulary) return 0;
  if (count >= most) {
    words.insert(words.end(), bits, bits + most);
    return most;
  }
  for (int64_t word = 0; word < most; ++word) {
    for (uint32_t left = bits[word]; left; left &= left - 1) {
      words.push_back(static_cast<uint32_t>(32 * word + std::countr_zero(left)));
    }
  }
  return count;
}

Masks::Masks(const CTMasks *raw, int64_t rows, int64_t vocabulary) : vocabulary_(vocabulary) {
  if (!raw) return;
  const int64_t most = bit_words(vocabulary);
  TORCH_CHECK(raw->starts[0] >= 0, "a mask from word ", raw->starts[0]);
  for (int64_t row = 0; row < rows; ++row) {
    const int64_t start = raw->starts[row], count = raw->starts[row + 1] - start;
    TORCH_CHECK(0 <= count && count <= most, "a mask of ", count, " words for ", vocabulary, " tokens");
    if (count == most) continue;
    const auto *ids = raw->words + start;
    TORCH_CHECK(std::all_of(ids, ids + count, [&](uint32_t id) { return id < vocabulary; }),
                "a mask names a token outside the vocabulary");
  }
  words_ = at::from_blob(const_cast<uint32_t *>(raw->words), {raw->starts[rows]}, at::kInt);
  starts_ = at::from_blob(const_cast<int64_t *>(raw->starts), {rows + 1}, at::kLong);
}

Masks::Masks(at::Tensor words, at::Tensor starts, int64_t vocabulary)
    : words_(std::move(words)), starts_(std::move(starts)), vocabulary_(vocabulary) {}

Masks Masks::owned() const { return any() ? Masks(words_.clone(), starts_.clone(), vocabulary_) : Masks(); }

std::pair<const uint32_t *, int64_t> Masks::row(int64_t row) const {
  const auto *starts = elements<int64_t>(starts_);
  const auto *words = static_cast<const uint32_t *>(words_.const_data_ptr());
  return {words + starts[row], starts[row + 1] - starts[row]};
}

void Masks::apply(int64_t row, float *logits) const {
  if (!any()) return;
  const auto [words, count] = this->row(row);
  if (count == 0) return;
  if (count == bit_words(vocabulary_)) {
    for (int64_t token = 0; token < vocabulary_; ++token) {
      if (!(words[token / 32] >> (token % 32) & 1)) logits[token] = no_chance;
    }
    return;
  }
  // A few ids: their logits are put aside, and back.
  thread_local std::vector<float> aside;
  aside.resize(static_cast<size_t>(count));
  for (int64_t place = 0; place < count; ++place) aside[static_cast<size_t>(place)] = logits[words[place]];
  std::fill_n(logits, vocabulary_, no_chance);
  for (int64_t place = 0; place < count; ++place) logits[words[place]] = aside[static_cast<size_t>(place)];
}

at::Tensor Masks::left_out(int64_t first, int64_t count, at::Device device) const {
  // A bit a token goes to the device, and becomes a truth value there.
  const int64_t most = bit_words(vocabulary_);
  auto bits = at::zeros({count, 4 * most}, at::kByte);
  auto *rows = static_cast<uint8_t *>(bits.mutable_data_ptr());
  for (int64_t place = 0; place < count; ++place) {
    auto *bytes = rows + place * 4 * most;
    const auto [words, length] = row(first + place);
    if (length == 0) {
      std::fill_n(bytes, 4 * most, uint8_t{0xFF});
      continue;
    }
    for (int64_t word = 0; word < length; ++word) {
      if (length < most) {
        bytes[words[word] / 8] |= static_cast<uint8_t>(1U << words[word] % 8);
      } else {
        for (int part = 0; part < 4; ++part) bytes[4 * word + part] = static_cast<uint8_t>(words[word] >> (8 * part));
      }
    }
  }
  const auto there = bits.to(device);
  const auto places = at::arange(8, there.options());
  const auto lifted = there.unsqueeze(-1).bitwise_right_shift(places).bitwise_and(1);  // [count, bytes, 8]
  return lifted.reshape({count, 32 * most}).narrow(1, 0, vocabulary_).eq(0);
}

}  // namespace ct

using namespace ct;

CTTensor *ct_masked(const CTTensor *logits, const CTMasks *masks) {
  return guarded([&] {
    const auto &source = in(logits);
    TORCH_CHECK(source.dim() == 2 && masks, "masks of logits of shape ", source.sizes());
    const Masks known(masks, source.size(0), source.size(1));
    return source.masked_fill(known.left_out(0, source.size(0), source.device()), no_chance);
  });
}
