// The doors of attention over packed rows, and its place in autograd.
#include "Attention.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "Guard.hpp"
#include "AttentionPlan.hpp"
#include "OnDevice.hpp"
#include "Switches.hpp"
#include "Threads.hpp"

namespace ct {

void check_heads(const at::Tensor &qkv, const CTHeads &heads) {
  TORCH_CHECK(heads.groups > 0 && heads.queries > 0 && heads.queries % heads.groups == 0,
              heads.queries, " query heads do not divide into ", heads.groups, " groups");
  TORCH_CHECK(qkv.dim() == 2 && qkv.size(1) == row_width(heads), "rows of queries, keys and values should be [N, ",
              row_width(heads), "], not ", qkv.sizes());
}

void check_segments(const Segments &segments, int64_t rows) {
  std::vector<bool> is_taken(static_cast<size_t>(rows));
  for (const auto &segment : segments) {
    TORCH_CHECK(segment.start >= 0 && segment.length >= 0 && segment.start + segment.length <= rows,
                "a segment leaves the ", rows, " rows");
    TORCH_CHECK(segment.prefix_length == 0 ||
                    (segment.prefix_start >= 0 && segment.prefix_length > 0 &&
                     segment.prefix_start + segment.prefix_length <= rows),
                "a segment's prefix leaves the ", rows, " rows");
    for (int64_t row = segment.start; row < segment.start + segment.length; ++row) {
      TORCH_CHECK(!is_taken[static_cast<size_t>(row)], "row ", row, " belongs to two segments");
      is_taken[static_cast<size_t>(row)] = true;
    }
  }
}

std::vector<int64_t> positions_of(const Segments &segments, int64_t rows) {
  std::vector<int64_t> positions(static_cast<size_t>(rows), -1);
  for (const auto &segment : segments) {
    for (int64_t i = 0; i < segment.length; ++i) {
      positions[static_cast<size_t>(segment.start + i)] = segment.prefix_length + i;
    }
  }
  return positions;
}

namespace {

/// Whether the kernels are there for heads and numbers like these.
bool runs(const at::Tensor &qkv, const CTHeads &heads) {
  return uses(CT_ATTENTION) && fits(qkv) && heads.size % 8 == 0 && heads.size >= 16 && heads.size <= 256;
}

#if CT_HAS_SIMD

/// Zeroes the rows of no segment.
void clear_others(at::Tensor &tensor, const std::vector<int64_t> &positions) {
  for (size_t row = 0; row < positions.size(); ++row) {
    if (positions[row] < 0) tensor.select(0, static_cast<int64_t>(row)).zero_();
  }
}

/// Segments among what autograd can keep.
std::vector<int64_t> flattened(const Segments &segments) {
  std::vector<int64_t> numbers;
  for (const auto &segment : segments) {
    numbers.insert(numbers.end(), {segment.start, segment.length, segment.prefix_start, segment.prefix_length});
  }
  return numbers;
}
Segments segments_of(const std::vector<int64_t> &numbers) {
  Segments segments;
  for (size_t i = 0; i < numbers.size(); i += 4) {
    segments.push_back({numbers[i], numbers[i + 1], numbers[i + 2], numbers[i + 3]});
  }
  return segments;
}

struct Attended : torch::autograd::Function<Attended> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &given,
                            const Segments &segments, const attention::Plan &plan, const CTHeads &heads,
                            int64_t window) {
    const auto qkv = given.contiguous();
    auto out = at::empty({qkv.size(0), heads.queries * heads.size}, qkv.options());
    auto sums = at::empty({qkv.size(0), heads.queries}, qkv.options().dtype(at::kFloat));
    clear_others(out, positions_of(segments, qkv.size(0)));
    attention::attend_forward(qkv, plan, heads, window, out, sums);
    context->save_for_backward({qkv, out, sums});
    context->saved_data["segments"] = flattened(segments);
    context->saved_data["numbers"] = std::vector<int64_t>{heads.queries, heads.groups, heads.size, window};
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &qkv = saved[0];
    const auto segments = segments_of(context->saved_data["segments"].toIntVector());
    const auto numbers = context->saved_data["numbers"].toIntVector();
    const CTHeads heads{numbers[0], numbers[1], numbers[2]};
    auto result = at::empty_like(qkv);
    clear_others(result, positions_of(segments, qkv.size(0)));
    attention::attend_backward(qkv, attention::Plan(segments, heads, numbers[3], thread_count()), heads, numbers[3],
                               saved[1], saved[2], gradients[0].contiguous(), result);
    return {result, {}, {}, {}, {}};
  }
};

#endif

}  // namespace

at::Tensor attend(const at::Tensor &qkv, const Segments &segments, const CTHeads &heads, int64_t window) {
  check_heads(qkv, heads);
  check_segments(segments, qkv.size(0));
#if CT_HAS_SIMD
  if (runs(qkv, heads)) {
    const attention::Plan plan(segments, heads, window, thread_count());
    if (plan.is_sound) return Attended::apply(qkv, segments, plan, heads, window);
  }
#endif
  if (is_flash(qkv, heads)) return attend_on_device(qkv, segments, heads, window);
  return attend_reference(qkv, segments, heads, window);
}

/// Refuses caches that are not of the rows' shape, and rows that are full.
void check_caches(const at::Tensor &keys, const at::Tensor &values, const std::vector<int64_t> &lengths,
                  const CTHeads &heads) {
  TORCH_CHECK(keys.dim() == 4 && keys.size(0) == static_cast<int64_t>(lengths.size()) &&
                  keys.size(1) == heads.groups && keys.size(3) == heads.size && values.sizes() == keys.sizes(),
              "caches of ", keys.sizes(), " and ", values.sizes(), " are not [", lengths.size(), ", ", heads.groups,
              ", capacity, ", heads.size, "]");
  for (const auto length : lengths) {
    TORCH_CHECK(length >= 0 && length < keys.size(2), "no room after ", length, " tokens in a cache of ", keys.size(2));
  }
}

at::Tensor attend_to_caches(const at::Tensor &qkv, at::Tensor &keys, at::Tensor &values,
                            const std::vector<int64_t> &lengths, const at::Tensor &cosine, const at::Tensor &sine,
                            const CTHeads &heads, int64_t window) {
  check_heads(qkv, heads);
  check_caches(keys, values, lengths, heads);
  check_tables(cosine, sine, lengths, heads);
#if CT_HAS_SIMD
  const bool is_one_type = keys.scalar_type() == qkv.scalar_type() && values.scalar_type() == qkv.scalar_type();
  if (runs(qkv, heads) && is_one_type && keys.is_contiguous() && values.is_contiguous() && fits(keys) &&
      fits(values) && cosine.scalar_type() == at::kFloat && sine.scalar_type() == at::kFloat) {
    return attend_next(qkv.contiguous(), keys, values, lengths, cosine.contiguous(), sine.contiguous(), heads, window);
  }
#endif
  if (is_flash(qkv, heads) && keys.scalar_type() == qkv.scalar_type() && lies_by_position(keys) &&
      lies_by_position(values)) {
    return attend_next_on_device(qkv.contiguous(), keys, values, lengths, cosine, sine, heads, window);
  }
  return attend_next_reference(qkv, keys, values, lengths, cosine, sine, heads, window);
}

}  // namespace ct

using namespace ct;

bool ct_attends_inside(const CTTensor *like, CTHeads heads) {
  return runs(in(like), heads) || is_flash(in(like), heads);
}
CTTensor *ct_attend_rows(const CTTensor *qkv, const CTSegment *segments, int64_t count, CTHeads heads, int64_t window) {
  return guarded([&] { return attend(in(qkv), Segments(segments, segments + count), heads, window); });
}
CTTensor *ct_attend_next(const CTTensor *qkv, CTTensor *keys, CTTensor *values, const int64_t *lengths,
                         const CTTensor *cosine, const CTTensor *sine, CTHeads heads, int64_t window) {
  return guarded([&] {
    at::NoGradGuard guard;
    const std::vector<int64_t> all(lengths, lengths + in(qkv).size(0));
    return attend_to_caches(in(qkv), in(keys), in(values), all, in(cosine), in(sine), heads, window);
  });
}
