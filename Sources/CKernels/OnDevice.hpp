// What a call needs of its segments on a GPU: row numbers, positions and running sums, uploaded once
// for all layers of a pass. A pass calls with the same segments again and again, so the last few
// layouts are kept, each thread its own: autograd's backward runs on another.
#pragma once
#include <ATen/ATen.h>

#include <map>
#include <memory>

#include "Attention.hpp"

namespace ct {

/// Rows of tables, [N, 1, K/2] float32 each.
struct Turns {
  at::Tensor cosine, sine;
};

/// The layout of some texts on a device.
class Layout {
 public:
  Layout(const Segments &segments, int64_t rows, const at::Device &device);

  /// Whether the segments are all rows in their order: then nothing has to be gathered.
  bool is_whole = true;
  /// Whether some segment has a prefix elsewhere: then keys are gathered.
  bool is_shared = false;
  /// int64: rows of queries, and of keys, segment after segment; undefined where nothing is gathered.
  at::Tensor query_rows, key_rows;
  /// int32 [texts + 1]: where each text's queries and keys begin.
  at::Tensor query_starts, key_starts;
  int64_t longest_query = 0, longest_key = 0, queries = 0;

  /// The tables' rows at every row's position; rows of no segment are not turned.
  const Turns &turns(const at::Tensor &cosine, const at::Tensor &sine);
  /// Where each row goes in caches [B · capacity, G, K], segment i into row i: int64.
  const at::Tensor &slots(int64_t capacity);

 private:
  at::Device device_;
  Segments segments_;
  std::vector<int64_t> positions_;
  at::Tensor table_;
  Turns turns_;
  int64_t capacity_ = -1;
  at::Tensor slots_;
};

/// The layout of these segments, made or kept.
std::shared_ptr<Layout> layout_of(const Segments &segments, int64_t rows, const at::Device &device);

/// What a step of decoding needs of its rows' lengths.
class Lengths {
 public:
  Lengths(std::vector<int64_t> lengths, const at::Device &device);

  int64_t longest = 0;
  /// int32 [B], lengths with the new token; [B + 1], 0, 1, 2 …
  at::Tensor ends, order;

  const Turns &turns(const at::Tensor &cosine, const at::Tensor &sine);
  /// int64 [B], where the new tokens go in caches [B · capacity, G, K]; int32 [B + 1], where rows begin.
  const std::pair<at::Tensor, at::Tensor> &places(int64_t capacity);

 private:
  at::Tensor lengths_;
  at::Tensor table_;
  Turns turns_;
  int64_t capacity_ = -1;
  std::pair<at::Tensor, at::Tensor> places_;
};

std::shared_ptr<Lengths> lengths_of(const std::vector<int64_t> &lengths, const at::Device &device);

/// Whether flash attention takes these rows: half precision on a GPU, and a size of heads it knows.
bool is_flash(const at::Tensor &qkv, const CTHeads &heads);
/// Turns queries and keys by their positions, under autograd.
at::Tensor rotate_on_device(const at::Tensor &qkv, const Turns &turns, const CTHeads &heads);
/// Attention by flash attention over texts of different lengths; prefixes are repeated for each text.
at::Tensor attend_on_device(const at::Tensor &qkv, const Segments &segments, const CTHeads &heads, int64_t window);
/// A step of decoding over caches that lie as [B, capacity, G, K].
at::Tensor attend_next_on_device(const at::Tensor &qkv, at::Tensor &keys, at::Tensor &values,
                                 const std::vector<int64_t> &lengths, const at::Tensor &cosine,
                                 const at::Tensor &sine, const CTHeads &heads, int64_t window);
/// Whether a cache [B, G, capacity, K] lies in memory as [B, capacity, G, K].
bool lies_by_position(const at::Tensor &cache);
/// Such a cache as [B · capacity, G, K], sharing its memory.
at::Tensor by_position(const at::Tensor &cache);

}  // namespace ct
