// The same as the attention kernels, in libtorch's operators under ordinary autograd: rows gathered
// into a padded batch in which every segment has its own copy of its prefix. It runs where the
// kernels do not, and the tests hold the kernels against it.
#include <algorithm>

#include "Attention.hpp"
#include "Emulated.hpp"

namespace ct {

namespace {

at::Tensor index_on(const std::vector<int64_t> &values, at::IntArrayRef sizes, const at::Tensor &beside) {
  return at::tensor(values, at::kLong).reshape(sizes).to(beside.device());
}

/// The heads of a part of the rows, [rows, heads, K].
at::Tensor part(const at::Tensor &qkv, int64_t offset, int64_t count, int64_t size) {
  return qkv.narrow(1, offset, count * size).reshape({qkv.size(0), count, size});
}

/// Whether the query at one position sees the key at another.
at::Tensor visible(const at::Tensor &query, const at::Tensor &key, int64_t window) {
  auto mask = key.le(query);
  if (window > 0) mask = mask.logical_and((query - key).lt(window));
  return mask;
}

}  // namespace

at::Tensor rotate_reference(const at::Tensor &qkv, const at::Tensor &cosine, const at::Tensor &sine,
                            const std::vector<int64_t> &positions, const CTHeads &heads) {
  const int64_t rows = qkv.size(0), turned = heads.queries + heads.groups;
  std::vector<int64_t> places(positions);
  for (auto &place : places) place = std::max<int64_t>(place, 0);
  const auto index = index_on(places, {rows}, qkv);
  const auto inside = index_on(positions, {rows, 1, 1}, qkv).ge(0);
  const auto type = qkv.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const auto c = at::where(inside, cosine.index_select(0, index).unsqueeze(1), 1.0).to(type);
  const auto s = at::where(inside, sine.index_select(0, index).unsqueeze(1), 0.0).to(type);
  const auto halves = part(qkv, 0, turned, heads.size).to(type).chunk(2, 2);
  const auto &a = halves[0], &b = halves[1];
  const auto result = at::cat({a * c - b * s, b * c + a * s}, 2).to(qkv.scalar_type());
  return at::cat({result.reshape({rows, turned * heads.size}),
                  qkv.narrow(1, value_offset(heads), heads.groups * heads.size)},
                 1);
}

at::Tensor attend_reference(const at::Tensor &qkv, const Segments &segments, const CTHeads &heads, int64_t window) {
  const int64_t texts = static_cast<int64_t>(segments.size()), width = heads.queries * heads.size;
  int64_t queries = 0, keys = 0;
  for (const auto &segment : segments) {
    queries = std::max(queries, segment.length);
    keys = std::max(keys, segment.prefix_length + segment.length);
  }
  if (queries == 0) return at::zeros({qkv.size(0), width}, qkv.options());
  // The padding repeats a text's last row and position, so that every query sees something.
  std::vector<int64_t> query_rows, query_positions, key_rows, own_rows, own_places;
  for (int64_t text = 0; text < texts; ++text) {
    const auto &segment = segments[static_cast<size_t>(text)];
    for (int64_t i = 0; i < queries; ++i) {
      const int64_t place = std::max<int64_t>(std::min(i, segment.length - 1), 0);
      query_rows.push_back(segment.length > 0 ? segment.start + place : 0);
      query_positions.push_back(segment.prefix_length + place);
      if (i < segment.length) {
        own_rows.push_back(segment.start + i);
        own_places.push_back(text * queries + i);
      }
    }
    for (int64_t i = 0; i < keys; ++i) {
      const int64_t own = std::max<int64_t>(std::min(i - segment.prefix_length, segment.length - 1), 0);
      const bool is_prefix = i < segment.prefix_length;
      key_rows.push_back(is_prefix ? segment.prefix_start + i : segment.length > 0 ? segment.start + own : 0);
    }
  }
  const auto gather = [&](int64_t offset, int64_t count, const std::vector<int64_t> &rows, int64_t length) {
    return widened(part(qkv, offset, count, heads.size))
        .index_select(0, index_on(rows, {texts * length}, qkv))
        .reshape({texts, length, count, heads.size})
        .transpose(1, 2);
  };
  const auto mask = visible(index_on(query_positions, {texts, 1, queries, 1}, qkv),
                            at::arange(keys, at::TensorOptions().dtype(at::kLong).device(qkv.device())), window);
  const auto attended = at::scaled_dot_product_attention(
      gather(0, heads.queries, query_rows, queries), gather(key_offset(heads), heads.groups, key_rows, keys),
      gather(value_offset(heads), heads.groups, key_rows, keys), mask, /*dropout_p=*/0.0, /*is_causal=*/false,
      /*scale=*/std::nullopt, /*enable_gqa=*/heads.queries != heads.groups);
  const int64_t own = static_cast<int64_t>(own_rows.size());
  const auto picked = attended.to(qkv.scalar_type())
                          .transpose(1, 2)
                          .reshape({texts * queries, width})
                          .index_select(0, index_on(own_places, {own}, qkv));
  return at::zeros({qkv.size(0), width}, qkv.options()).index_copy(0, index_on(own_rows, {own}, qkv), picked);
}

at::Tensor attend_next_reference(const at::Tensor &qkv, at::Tensor &keys, at::Tensor &values,
                                 const std::vector<int64_t> &lengths, const at::Tensor &cosine,
                                 const at::Tensor &sine, const CTHeads &heads, int64_t window) {
  const int64_t rows = qkv.size(0);
  const auto turned = rotate_reference(qkv, cosine, sine, lengths, heads);
  const auto position = index_on(lengths, {rows}, qkv);
  const auto at_row = at::arange(rows, position.options());
  const std::initializer_list<at::indexing::TensorIndex> next{at_row, at::indexing::Slice(), position};
  keys.index_put_(next, part(turned, key_offset(heads), heads.groups, heads.size).to(keys.scalar_type()));
  values.index_put_(next, part(turned, value_offset(heads), heads.groups, heads.size).to(values.scalar_type()));
  const int64_t longest = lengths.empty() ? 0 : *std::max_element(lengths.begin(), lengths.end()) + 1;
  const auto query = part(turned, 0, heads.queries, heads.size).unsqueeze(2);
  const auto mask = visible(position.reshape({rows, 1, 1, 1}), at::arange(longest, position.options()), window);
  const auto attended = at::scaled_dot_product_attention(
      query.to(keys.scalar_type()), keys.narrow(2, 0, longest), values.narrow(2, 0, longest), mask, 0.0, false,
      std::nullopt, heads.queries != heads.groups);
  return attended.to(qkv.scalar_type()).reshape({rows, heads.queries * heads.size});
}

}  // namespace ct
