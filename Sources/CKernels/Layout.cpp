// Layouts of texts and lengths of rows, as OnDevice.hpp has them.
#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <deque>

#include "OnDevice.hpp"

namespace ct {

namespace {

at::Tensor uploaded(const std::vector<int64_t> &numbers, const at::Device &device, at::ScalarType type = at::kLong) {
  return at::tensor(numbers, at::kLong).to(device, type);
}

/// The last few things made of a key, the newest first; all on one thread.
template <typename Key, typename Value>
class Recent {
 public:
  template <typename Make>
  std::shared_ptr<Value> get(const Key &key, const Make &make) {
    for (const auto &entry : entries_) {
      if (entry.first == key) return entry.second;
    }
    if (entries_.size() == most) entries_.pop_back();
    entries_.emplace_front(key, make());
    return entries_.front().second;
  }

 private:
  static constexpr size_t most = 4;
  std::deque<std::pair<Key, std::shared_ptr<Value>>> entries_;
};

/// Numbers that tell one layout from another.
std::vector<int64_t> key_of(const Segments &segments, int64_t rows, const at::Device &device) {
  std::vector<int64_t> key{rows, device.index()};
  key.reserve(2 + 4 * segments.size());
  for (const auto &s : segments) key.insert(key.end(), {s.start, s.length, s.prefix_start, s.prefix_length});
  return key;
}

}  // namespace

Layout::Layout(const Segments &segments, int64_t rows, const at::Device &device)
    : device_(device), segments_(segments), positions_(positions_of(segments, rows)) {
  std::vector<int64_t> query, key, query_start{0}, key_start{0};
  for (const auto &segment : segments) {
    if (segment.length == 0) continue;
    is_whole = is_whole && segment.start == static_cast<int64_t>(query.size());
    is_shared = is_shared || segment.prefix_length > 0;
    for (int64_t i = 0; i < segment.length; ++i) query.push_back(segment.start + i);
    for (int64_t i = 0; i < segment.prefix_length; ++i) key.push_back(segment.prefix_start + i);
    for (int64_t i = 0; i < segment.length; ++i) key.push_back(segment.start + i);
    longest_query = std::max(longest_query, segment.length);
    longest_key = std::max(longest_key, segment.prefix_length + segment.length);
    query_start.push_back(static_cast<int64_t>(query.size()));
    key_start.push_back(static_cast<int64_t>(key.size()));
  }
  queries = static_cast<int64_t>(query.size());
  is_whole = is_whole && queries == rows;
  query_starts = uploaded(query_start, device, at::kInt);
  key_starts = uploaded(key_start, device, at::kInt);
  if (!is_whole) query_rows = uploaded(query, device);
  if (!is_whole || is_shared) key_rows = uploaded(key, device);
}

const Turns &Layout::turns(const at::Tensor &cosine, const at::Tensor &sine) {
  if (table_.is_same(cosine)) return turns_;
  const at::NoGradGuard guard;
  std::vector<int64_t> places(positions_);
  bool all_inside = true;
  for (auto &place : places) {
    all_inside = all_inside && place >= 0;
    place = std::max<int64_t>(place, 0);
  }
  const auto rows = uploaded(places, device_);
  turns_ = {cosine.index_select(0, rows).unsqueeze(1), sine.index_select(0, rows).unsqueeze(1)};
  if (!all_inside) {
    const auto inside = uploaded(positions_, device_).ge(0).reshape({-1, 1, 1});
    turns_ = {at::where(inside, turns_.cosine, 1.0), at::where(inside, turns_.sine, 0.0)};
  }
  table_ = cosine;
  return turns_;
}

const at::Tensor &Layout::slots(int64_t capacity) {
  if (capacity_ == capacity) return slots_;
  std::vector<int64_t> slots;
  for (size_t i = 0; i < segments_.size(); ++i) {
    for (int64_t t = 0; t < segments_[i].length; ++t) {
      slots.push_back(static_cast<int64_t>(i) * capacity + segments_[i].prefix_length + t);
    }
  }
  slots_ = uploaded(slots, device_);
  capacity_ = capacity;
  return slots_;
}

std::shared_ptr<Layout> layout_of(const Segments &segments, int64_t rows, const at::Device &device) {
  thread_local Recent<std::vector<int64_t>, Layout> recent;
  return recent.get(key_of(segments, rows, device),
                    [&] { return std::make_shared<Layout>(segments, rows, device); });
}

Lengths::Lengths(std::vector<int64_t> lengths, const at::Device &device) : lengths_(uploaded(lengths, device)) {
  for (const auto length : lengths) longest = std::max(longest, length + 1);
  ends = (lengths_ + 1).to(at::kInt);
  order = at::arange(static_cast<int64_t>(lengths.size()) + 1, ends.options());
}

const Turns &Lengths::turns(const at::Tensor &cosine, const at::Tensor &sine) {
  if (!table_.is_same(cosine)) {
    turns_ = {cosine.index_select(0, lengths_).unsqueeze(1), sine.index_select(0, lengths_).unsqueeze(1)};
    table_ = cosine;
  }
  return turns_;
}

const std::pair<at::Tensor, at::Tensor> &Lengths::places(int64_t capacity) {
  if (capacity_ != capacity) {
    const auto starts = order * capacity;
    places_ = {starts.narrow(0, 0, lengths_.size(0)) + lengths_, starts.to(at::kInt)};
    capacity_ = capacity;
  }
  return places_;
}

std::shared_ptr<Lengths> lengths_of(const std::vector<int64_t> &lengths, const at::Device &device) {
  thread_local Recent<std::pair<std::vector<int64_t>, int64_t>, Lengths> recent;
  return recent.get({lengths, device.index()}, [&] { return std::make_shared<Lengths>(lengths, device); });
}

}  // namespace ct
