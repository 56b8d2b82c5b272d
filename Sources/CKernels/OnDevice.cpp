// Rotation and attention on a GPU, by libtorch's flash attention over texts of different lengths: no
// padding, no mask, grouped heads and windows as they are.
#include "OnDevice.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include "DeviceKernels.hpp"
#include "DeviceProgram.hpp"

namespace ct {

namespace {

/// Turns by an angle, or back, by our kernel or by operators: places i and i + K/2 of each head together, in float32.
at::Tensor turned(const at::Tensor &qkv, const Turns &turns, const CTHeads &heads, bool is_back, bool is_ours) {
  if (is_ours) return turn_on_device(qkv, turns, heads, is_back);
  const int64_t count = heads.queries + heads.groups, half = heads.size / 2;
  const auto result = at::empty_like(qkv, at::MemoryFormat::Contiguous);
  const auto split = [&](const at::Tensor &rows) {
    return rows.unflatten(1, {count + heads.groups, heads.size}).split_with_sizes({count, heads.groups}, 1);
  };
  const auto from = split(qkv), to = split(result);
  const auto a = from[0].narrow(2, 0, half), b = from[0].narrow(2, half, half);
  const double sign = is_back ? -1 : 1;
  // Products of narrow numbers with the float32 tables are float32.
  to[0].narrow(2, 0, half).copy_((a * turns.cosine).sub_(b * turns.sine, sign));
  to[0].narrow(2, half, half).copy_((b * turns.cosine).add_(a * turns.sine, sign));
  to[1].copy_(from[1]);
  return result;
}

struct TurnedOnDevice : torch::autograd::Function<TurnedOnDevice> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &qkv, const Turns &turns,
                            const CTHeads &heads) {
    context->saved_data["cosine"] = turns.cosine;
    context->saved_data["sine"] = turns.sine;
    context->saved_data["heads"] = std::vector<int64_t>{heads.queries, heads.groups, heads.size};
    // The way back runs on a thread of libtorch's, which does not know what this one has chosen.
    const bool is_ours = runs_on_device(CT_ATTENTION, qkv);
    context->saved_data["is_ours"] = is_ours;
    return turned(qkv, turns, heads, /*is_back=*/false, is_ours);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 const torch::autograd::variable_list &gradients) {
    const auto heads = context->saved_data["heads"].toIntVector();
    const Turns turns{context->saved_data["cosine"].toTensor(), context->saved_data["sine"].toTensor()};
    const bool is_ours = context->saved_data["is_ours"].toBool();
    return {turned(gradients[0].contiguous(), turns, {heads[0], heads[1], heads[2]}, /*is_back=*/true, is_ours), {}, {}};
  }
};

/// A query sees so many positions before its own; nothing says all.
std::optional<int64_t> left_of(int64_t window) {
  return window > 0 ? std::optional<int64_t>(window - 1) : std::nullopt;
}
std::optional<int64_t> right_of(int64_t window) {
  return window > 0 ? std::optional<int64_t>(0) : std::nullopt;
}

}  // namespace

bool is_flash(const at::Tensor &qkv, const CTHeads &heads) {
  const auto type = qkv.scalar_type();
  return qkv.is_cuda() && (type == at::kBFloat16 || type == at::kHalf) && heads.size % 8 == 0 && heads.size <= 256;
}

at::Tensor rotate_on_device(const at::Tensor &qkv, const Turns &turns, const CTHeads &heads) {
  return TurnedOnDevice::apply(qkv, turns, heads);
}

at::Tensor attend_on_device(const at::Tensor &qkv, const Segments &segments, const CTHeads &heads, int64_t window) {
  const auto layout = layout_of(segments, qkv.size(0), qkv.device());
  const int64_t width = heads.queries * heads.size;
  if (layout->queries == 0) return at::zeros({qkv.size(0), width}, qkv.options());
  const auto parts = qkv.unflatten(1, {heads.queries + 2 * heads.groups, heads.size})
                         .split_with_sizes({heads.queries, heads.groups, heads.groups}, 1);
  const auto query = layout->is_whole ? parts[0] : parts[0].index_select(0, layout->query_rows);
  const bool gathers = layout->key_rows.defined();
  const auto key = gathers ? parts[1].index_select(0, layout->key_rows) : parts[1];
  const auto value = gathers ? parts[2].index_select(0, layout->key_rows) : parts[2];
  // Causal from the end: a text's last query sees its last key, so a prefix lies before all of them.
  const auto attended = std::get<0>(at::_flash_attention_forward(
      query, key, value, layout->query_starts, layout->key_starts, layout->longest_query, layout->longest_key,
      /*dropout_p=*/0.0, /*is_causal=*/true, /*return_debug_mask=*/false, /*scale=*/std::nullopt, left_of(window),
      right_of(window)));
  const auto rows = attended.reshape({layout->queries, width});
  if (layout->is_whole) return rows;
  return at::zeros({qkv.size(0), width}, qkv.options()).index_copy(0, layout->query_rows, rows);
}

bool lies_by_position(const at::Tensor &cache) { return cache.transpose(1, 2).is_contiguous(); }

at::Tensor by_position(const at::Tensor &cache) { return cache.transpose(1, 2).flatten(0, 1); }

at::Tensor attend_next_on_device(const at::Tensor &qkv, at::Tensor &keys, at::Tensor &values,
                                 const std::vector<int64_t> &lengths, const at::Tensor &cosine,
                                 const at::Tensor &sine, const CTHeads &heads, int64_t window) {
  const auto rows = lengths_of(lengths, qkv.device());
  const auto &turns = rows->turns(cosine, sine);
  const auto &[slots, starts] = rows->places(keys.size(2));
  auto all_keys = by_position(keys), all_values = by_position(values);
  at::Tensor queries;
  if (runs_on_device(CT_ATTENTION, qkv)) {
    queries = turn_into_caches(qkv, turns, all_keys, all_values, slots, heads);
  } else {
    const auto parts = turned(qkv, turns, heads, /*is_back=*/false, /*is_ours=*/false)
                           .unflatten(1, {heads.queries + 2 * heads.groups, heads.size})
                           .split_with_sizes({heads.queries, heads.groups, heads.groups}, 1);
    all_keys.index_copy_(0, slots, parts[1]);
    all_values.index_copy_(0, slots, parts[2]);
    queries = parts[0];
  }
  const auto attended = std::get<0>(at::_flash_attention_forward(
      queries, all_keys, all_values, rows->order, starts, 1, keys.size(2), 0.0, /*is_causal=*/false, false,
      std::nullopt, left_of(window), right_of(window), /*seqused_k=*/rows->ends));
  return attended.reshape({qkv.size(0), heads.queries * heads.size});
}

}  // namespace ct
