// Turns queries and keys by their positions, places i and i + K/2 of a head together:
//   a' = a cos - b sin,  b' = b cos + a sin.
// The gradient is the turn back.
#include <torch/csrc/autograd/custom_function.h>

#include "Guard.hpp"
#include "Elements.hpp"
#include "Attention.hpp"
#include "OnDevice.hpp"
#include "Rotary.hpp"
#include "Switches.hpp"
#include "Threads.hpp"

namespace ct {

namespace {

#if CT_HAS_SIMD

template <typename Element>
void turn_rows(at::Tensor &qkv, const at::Tensor &cosine, const at::Tensor &sine,
               const std::vector<int64_t> &positions, const CTHeads &heads, bool is_back) {
  const int64_t width = row_width(heads), half = heads.size / 2;
  auto *rows = static_cast<Element *>(qkv.data_ptr());
  const auto *c = elements<float>(cosine), *s = elements<float>(sine);
  shared(qkv.size(0), 16, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t place = positions[static_cast<size_t>(row)] * half;
      if (place < 0) continue;
      turn_heads(rows + row * width, c + place, s + place, heads.queries + heads.groups, heads.size, is_back);
    }
  });
}

void turn_in_place(at::Tensor &qkv, const at::Tensor &cosine, const at::Tensor &sine,
                   const std::vector<int64_t> &positions, const CTHeads &heads, bool is_back) {
  if (qkv.scalar_type() == at::kFloat) {
    turn_rows<float>(qkv, cosine, sine, positions, heads, is_back);
  } else {
    turn_rows<at::BFloat16>(qkv, cosine, sine, positions, heads, is_back);
  }
}

struct Turned : torch::autograd::Function<Turned> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &qkv,
                            const at::Tensor &cosine, const at::Tensor &sine,
                            const std::vector<int64_t> &positions, const std::vector<int64_t> &heads) {
    context->save_for_backward({cosine, sine});
    context->saved_data["positions"] = positions;
    context->saved_data["heads"] = heads;
    // A view's memory is its base's as well, and a leaf's is the caller's own.
    const bool is_ours = !qkv.is_leaf() && !qkv.is_view() && qkv.is_contiguous();
    auto result = is_ours ? qkv : qkv.clone(at::MemoryFormat::Contiguous);
    turn_in_place(result, cosine, sine, positions, {heads[0], heads[1], heads[2]}, false);
    if (is_ours) context->mark_dirty({result});
    return result;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto heads = context->saved_data["heads"].toIntVector();
    auto gradient = std::move(gradients[0]);
    // Memory that nobody else knows of may be turned where it lies.
    const bool is_ours = gradient.is_contiguous() && !gradient.is_view() && gradient.use_count() == 1 &&
                         gradient.storage().use_count() == 1;
    auto result = is_ours ? gradient : gradient.clone(at::MemoryFormat::Contiguous);
    turn_in_place(result, saved[0], saved[1], context->saved_data["positions"].toIntVector(),
                  {heads[0], heads[1], heads[2]}, true);
    return {result, {}, {}, {}, {}};
  }
};

#endif

}  // namespace

void check_tables(const at::Tensor &cosine, const at::Tensor &sine, const std::vector<int64_t> &positions,
                  const CTHeads &heads) {
  TORCH_CHECK(heads.size % 2 == 0, "heads of ", heads.size, " places do not turn in pairs");
  TORCH_CHECK(cosine.dim() == 2 && cosine.size(1) == heads.size / 2 && sine.sizes() == cosine.sizes(),
              "tables of ", cosine.sizes(), " and ", sine.sizes(), " do not turn heads of ", heads.size);
  for (const auto position : positions) {
    TORCH_CHECK(position < cosine.size(0), "position ", position, " is beyond the tables");
  }
}

at::Tensor rotate(const at::Tensor &qkv, const at::Tensor &cosine, const at::Tensor &sine,
                  const Segments &segments, const CTHeads &heads) {
  check_heads(qkv, heads);
  check_segments(segments, qkv.size(0));
  const auto positions = positions_of(segments, qkv.size(0));
  check_tables(cosine, sine, positions, heads);
#if CT_HAS_SIMD
  if (uses(CT_ATTENTION) && fits(qkv) && fits(cosine) && cosine.scalar_type() == at::kFloat &&
      sine.scalar_type() == at::kFloat) {
    const auto c = cosine.contiguous(), s = sine.contiguous();
    if (at::GradMode::is_enabled() && qkv.requires_grad()) {
      return Turned::apply(qkv, c, s, positions, std::vector<int64_t>{heads.queries, heads.groups, heads.size});
    }
    // Without gradients too, a parameter and a part of something larger keep their numbers.
    const bool is_ours = !at::GradMode::is_enabled() && !qkv.requires_grad() && !qkv.is_view() && qkv.is_contiguous();
    auto result = is_ours ? qkv : qkv.detach().clone(at::MemoryFormat::Contiguous);
    turn_in_place(result, c, s, positions, heads, false);
    if (is_ours) result.unsafeGetTensorImpl()->bump_version();
    return result;
  }
#endif
  if (qkv.is_cuda() && qkv.scalar_type() != at::kDouble) {
    return rotate_on_device(qkv, layout_of(segments, qkv.size(0), qkv.device())->turns(cosine, sine), heads);
  }
  return rotate_reference(qkv, cosine, sine, positions, heads);
}

}  // namespace ct

using namespace ct;

CTTensor *ct_rotate_rows(const CTTensor *qkv, const CTTensor *cosine, const CTTensor *sine,
                         const CTSegment *segments, int64_t count, CTHeads heads) {
  return guarded([&] {
    return rotate(in(qkv), in(cosine), in(sine), Segments(segments, segments + count), heads);
  });
}
