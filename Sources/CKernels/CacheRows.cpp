// Key-value caches: rows that move, and rows that are filled. Plain copies, shared out to threads on the
// CPU; elsewhere libtorch's.
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cstring>

#include "Guard.hpp"
#include "ckernels_decode.h"
#include "OnDevice.hpp"
#include "Threads.hpp"

using namespace ct;

namespace {

bool is_plain(const at::Tensor &tensor) { return tensor.device().is_cpu() && tensor.is_contiguous(); }

/// A cache's memory, [B, G, capacity, K].
struct Cache {
  char *memory;
  int64_t rows, groups, capacity, bytes;

  explicit Cache(const at::Tensor &cache)
      : memory(static_cast<char *>(cache.data_ptr())), rows(cache.size(0)), groups(cache.size(1)),
        capacity(cache.size(2)), bytes(cache.size(3) * cache.element_size()) {}

  /// Where a position of a row's group is.
  char *at(int64_t row, int64_t group, int64_t position) const {
    return memory + ((row * groups + group) * capacity + position) * bytes;
  }
};

void check(const at::Tensor &to, const at::Tensor &from, const CTMove &move) {
  TORCH_CHECK(to.dim() == 4 && from.dim() == 4 && to.size(1) == from.size(1) && to.size(3) == from.size(3) &&
                  to.scalar_type() == from.scalar_type(),
              "caches of shapes ", to.sizes(), " and ", from.sizes());
  TORCH_CHECK(0 <= move.from && move.from < from.size(0) && 0 <= move.to && move.to < to.size(0) &&
                  0 <= move.length && move.length <= std::min(from.size(2), to.size(2)),
              "row ", move.from, " to ", move.to, ", ", move.length, " positions, between ", from.sizes(),
              " and ", to.sizes());
}

/// All rows of a cache at once, up to the longest: what lies beyond a row's end means nothing.
void move_by_operators(const std::vector<at::Tensor> &to, const std::vector<at::Tensor> &from, const CTMove *moves,
                       int64_t count) {
  std::vector<int64_t> sources, targets;
  int64_t longest = 0;
  for (int64_t m = 0; m < count; ++m) {
    sources.push_back(moves[m].from);
    targets.push_back(moves[m].to);
    longest = std::max(longest, moves[m].length);
  }
  const auto device = to.front().device();
  const auto source_rows = at::tensor(sources, at::kLong).to(device);
  const auto target_rows = at::tensor(targets, at::kLong).to(device);
  for (size_t i = 0; i < to.size(); ++i) {
    to[i].narrow(2, 0, longest).index_copy_(0, target_rows, from[i].narrow(2, 0, longest).index_select(0, source_rows));
  }
}

void fill_row(at::Tensor &cache, int64_t row, const at::Tensor &rows, const CTSegment &segment,
              int64_t column) {
  const int64_t groups = cache.size(1), size = cache.size(3);
  const at::Tensor source = rows.narrow(0, segment.start, segment.length)
                                .narrow(1, column, groups * size)
                                .reshape({segment.length, groups, size})
                                .transpose(0, 1);
  cache.select(0, row).narrow(1, segment.prefix_length, segment.length).copy_(source);
}

}  // namespace

CTStatus ct_cache_move(CTTensor *const *to, CTTensor *const *from, int64_t count, const CTMove *moves,
                       int64_t move_count) {
  return attempted([&] {
    const c10::NoGradGuard without;
    bool all_plain = true;
    for (int64_t i = 0; i < count; ++i) {
      for (int64_t m = 0; m < move_count; ++m) check(in(to[i]), in(from[i]), moves[m]);
      all_plain = all_plain && is_plain(in(to[i])) && is_plain(in(from[i]));
    }
    if (move_count == 0 || count == 0) return;
    if (!all_plain) return move_by_operators(list(to, count), list(from, count), moves, move_count);
    int64_t positions = 0;
    for (int64_t m = 0; m < move_count; ++m) positions += moves[m].length;
    if (positions == 0) return;
    const Cache sample(in(from[0]));
    // A thread is worth waking for some tens of kilobytes.
    const int64_t mean = positions * sample.groups * sample.bytes / move_count + 1;
    shared(count * move_count, 65536 / mean + 1, [&](int64_t begin, int64_t end) {
      for (int64_t item = begin; item < end; ++item) {
        const Cache target(in(to[item / move_count])), source(in(from[item / move_count]));
        const CTMove &move = moves[item % move_count];
        for (int64_t group = 0; group < source.groups; ++group)
          std::memcpy(target.at(move.to, group, 0), source.at(move.from, group, 0),
                      static_cast<size_t>(move.length * source.bytes));
      }
    });
  });
}

CTStatus ct_cache_fill(CTTensor *keys, CTTensor *values, const CTTensor *qkv, const CTSegment *segments,
                       int64_t count, CTHeads heads) {
  return attempted([&] {
    const c10::NoGradGuard without;
    at::Tensor &all_keys = in(keys), &all_values = in(values);
    const at::Tensor &rows = in(qkv);
    const int64_t key_column = heads.queries * heads.size, value_column = key_column + heads.groups * heads.size,
                  groups_width = heads.groups * heads.size;
    TORCH_CHECK(all_keys.dim() == 4 && all_keys.size(1) == heads.groups && all_keys.size(3) == heads.size &&
                    all_values.sizes() == all_keys.sizes() && count <= all_keys.size(0) && rows.dim() == 2 &&
                    rows.size(1) == value_column + heads.groups * heads.size,
                "rows of shape ", rows.sizes(), " into caches of ", all_keys.sizes());
    for (int64_t i = 0; i < count; ++i)
      TORCH_CHECK(0 <= segments[i].start && segments[i].start + segments[i].length <= rows.size(0) &&
                      segments[i].prefix_length + segments[i].length <= all_keys.size(2),
                  "segment ", i, " of ", rows.sizes(), " into caches of ", all_keys.sizes());
    const bool plain = is_plain(all_keys) && is_plain(all_values) && is_plain(rows) &&
                       rows.scalar_type() == all_keys.scalar_type() &&
                       rows.scalar_type() == all_values.scalar_type();
    if (!plain && all_keys.is_cuda() && lies_by_position(all_keys) && lies_by_position(all_values)) {
      const auto layout = layout_of(Segments(segments, segments + count), rows.size(0), rows.device());
      const auto &slots = layout->slots(all_keys.size(2));
      const auto read = layout->is_whole ? rows : rows.index_select(0, layout->query_rows);
      const auto parts = read.narrow(1, key_column, 2 * groups_width)
                             .unflatten(1, {2 * heads.groups, heads.size})
                             .split_with_sizes({heads.groups, heads.groups}, 1);
      by_position(all_keys).index_copy_(0, slots, parts[0]);
      by_position(all_values).index_copy_(0, slots, parts[1]);
      return;
    }
    if (!plain) {
      for (int64_t i = 0; i < count; ++i) {
        fill_row(all_keys, i, rows, segments[i], key_column);
        fill_row(all_values, i, rows, segments[i], value_column);
      }
      return;
    }
    const Cache key_cache(all_keys), value_cache(all_values);
    const char *source = static_cast<const char *>(rows.data_ptr());
    const int64_t bytes = key_cache.bytes, element = rows.element_size(), row_bytes = rows.size(1) * element;
    shared(count, 4, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        for (int64_t t = 0; t < segments[i].length; ++t) {
          const char *row = source + (segments[i].start + t) * row_bytes;
          for (int64_t g = 0; g < heads.groups; ++g) {
            const int64_t position = segments[i].prefix_length + t;
            std::memcpy(key_cache.at(i, g, position), row + key_column * element + g * bytes, static_cast<size_t>(bytes));
            std::memcpy(value_cache.at(i, g, position), row + value_column * element + g * bytes, static_cast<size_t>(bytes));
          }
        }
      }
    });
  });
}
