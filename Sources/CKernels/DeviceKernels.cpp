// The doors of our GPU kernels, and their places in autograd.
#include "DeviceKernels.hpp"

#include <torch/csrc/autograd/custom_function.h>

#include "DeviceProgram.hpp"

namespace ct {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// A pointer to a tensor's memory as a kernel's argument; NULL for an undefined one.
const void *memory(const at::Tensor &tensor) { return tensor.defined() ? tensor.const_data_ptr() : nullptr; }

/// Blocks that fill a GPU several times, for kernels that walk.
constexpr int64_t walking_blocks = 4096;
/// Blocks of the norm's backward, each of which sums its rows' gradients of the weight by itself.
constexpr int64_t summing_blocks = 528;

struct Normed {
  at::Tensor sum, normed, scales;
};

Normed normed(const at::Tensor &x, const at::Tensor &delta, const at::Tensor &weight, double epsilon) {
  const int64_t rows = x.numel() / weight.size(0);
  Normed result{delta.defined() ? at::empty_like(x) : x, at::empty_like(x),
                at::empty({rows}, x.options().dtype(at::kFloat))};
  const void *from = memory(x), *more = memory(delta), *factors = memory(weight);
  const void *sum = memory(result.sum), *to = memory(result.normed), *scales = memory(result.scales);
  const float small = static_cast<float>(epsilon);
  const int width = static_cast<int>(weight.size(0));
  launch(x, std::string("norm_") + letter(x) + letter(weight), rows, 0,
         {&from, &more, &factors, &small, &sum, &to, &scales, &width});
  return result;
}

struct NormOnDevice : torch::autograd::Function<NormOnDevice> {
  static variable_list forward(AutogradContext *context, const at::Tensor &x, const at::Tensor &weight,
                               const std::optional<at::Tensor> &delta, double epsilon) {
    context->set_materialize_grads(false);
    const auto [sum, norm, scales] = normed(x, delta.value_or(at::Tensor()), weight, epsilon);
    context->save_for_backward({sum, weight, scales});
    if (delta) return {sum, norm};
    return {norm};
  }

  static variable_list backward(AutogradContext *context, const variable_list &gradients) {
    const auto saved = context->get_saved_variables();
    const auto &sum = saved[0], &weight = saved[1], &scales = saved[2];
    const bool has_delta = gradients.size() == 2;
    const auto d_sum = has_delta && gradients[0].defined() ? gradients[0].contiguous() : at::Tensor();
    if (!gradients.back().defined()) return {d_sum, {}, has_delta ? d_sum : at::Tensor(), {}};
    const auto d_normed = gradients.back().contiguous();
    const auto d_total = at::empty_like(sum);
    const int rows = static_cast<int>(scales.numel()), width = static_cast<int>(weight.size(0));
    const int64_t blocks = std::min<int64_t>(rows, summing_blocks);
    const bool moves_weight = context->needs_input_grad(1);
    const auto partial = moves_weight ? at::empty({blocks, width}, scales.options()) : at::Tensor();
    const void *from = memory(sum), *above = memory(d_normed), *beside = memory(d_sum), *factors = memory(weight);
    const void *scale = memory(scales), *to = memory(d_total), *sums = memory(partial);
    launch(sum, std::string("norm_back_") + letter(sum) + letter(weight), blocks, moves_weight ? 4 * width : 0,
           {&from, &above, &beside, &factors, &scale, &to, &sums, &width, &rows});
    return {d_total, moves_weight ? partial.sum(0).to(weight.scalar_type()) : at::Tensor(),
            has_delta ? d_total : at::Tensor(), {}};
  }
};

at::Tensor gated(const at::Tensor &gate_up) {
  auto shape = gate_up.sizes().vec();
  shape.back() /= 2;
  const auto result = at::empty(shape, gate_up.options());
  const int width = static_cast<int>(shape.back());
  const int64_t rows = width > 0 ? result.numel() / width : 0;
  const void *from = memory(gate_up), *to = memory(result);
  launch(gate_up, std::string("gate_") + letter(gate_up), std::min(walking_blocks, (rows * width + 255) / 256), 0,
         {&from, &to, &rows, &width});
  return result;
}

struct GateOnDevice : torch::autograd::Function<GateOnDevice> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &gate_up) {
    context->save_for_backward({gate_up});
    return gated(gate_up);
  }

  static variable_list backward(AutogradContext *context, const variable_list &gradients) {
    const auto gate_up = context->get_saved_variables()[0];
    const auto d_out = gradients[0].contiguous();
    const auto result = at::empty_like(gate_up);
    const int width = static_cast<int>(d_out.size(-1));
    const int64_t rows = width > 0 ? d_out.numel() / width : 0;
    const void *from = memory(gate_up), *above = memory(d_out), *to = memory(result);
    launch(gate_up, std::string("gate_back_") + letter(gate_up),
           std::min(walking_blocks, (rows * width + 255) / 256), 0, {&from, &above, &to, &rows, &width});
    return {result};
  }
};

/// Starts the kernel that turns; without caches everything goes to `result`.
void turn(const at::Tensor &qkv, const at::Tensor &result, const Turns &turns, const at::Tensor &keys,
          const at::Tensor &values, const at::Tensor &slots, const CTHeads &heads, float sign) {
  const void *from = memory(qkv), *to = memory(result), *cosine = memory(turns.cosine), *sine = memory(turns.sine);
  const void *key = memory(keys), *value = memory(values), *slot = memory(slots);
  const int queries = static_cast<int>(heads.queries), groups = static_cast<int>(heads.groups);
  const int size = static_cast<int>(heads.size);
  launch(qkv, std::string("turn_") + letter(qkv), qkv.size(0), 0,
         {&from, &to, &cosine, &sine, &key, &value, &slot, &queries, &groups, &size, &sign});
}

}  // namespace

std::pair<at::Tensor, at::Tensor> add_norm_on_device(const at::Tensor &x, const std::optional<at::Tensor> &delta,
                                                     const at::Tensor &weight, double epsilon) {
  TORCH_CHECK(weight.dim() == 1 && x.dim() > 0 && x.size(-1) == weight.size(0), "a norm's weight of another width");
  TORCH_CHECK(!delta || (delta->sizes() == x.sizes() && delta->scalar_type() == x.scalar_type()),
              "two summands of different shapes or types");
  const auto rows = x.contiguous(), factors = weight.contiguous();
  const auto more = delta ? std::optional(delta->contiguous()) : std::nullopt;
  if (!at::GradMode::is_enabled()) {
    auto result = normed(rows, more.value_or(at::Tensor()), factors, epsilon);
    return {result.sum, result.normed};
  }
  const auto results = NormOnDevice::apply(rows, factors, more, epsilon);
  return {delta ? results.front() : x, results.back()};
}

at::Tensor gated_on_device(const at::Tensor &gate_up) {
  const auto rows = gate_up.contiguous();
  return at::GradMode::is_enabled() ? GateOnDevice::apply(rows) : gated(rows);
}

at::Tensor turn_on_device(const at::Tensor &qkv, const Turns &turns, const CTHeads &heads, bool is_back) {
  const auto rows = qkv.contiguous();
  const auto result = at::empty_like(rows);
  turn(rows, result, turns, {}, {}, {}, heads, is_back ? -1.0F : 1.0F);
  return result;
}

at::Tensor turn_into_caches(const at::Tensor &qkv, const Turns &turns, const at::Tensor &keys,
                            const at::Tensor &values, const at::Tensor &slots, const CTHeads &heads) {
  const auto queries = at::empty({qkv.size(0), heads.queries, heads.size}, qkv.options());
  turn(qkv.contiguous(), queries, turns, keys, values, slots, heads, 1.0F);
  return queries;
}

}  // namespace ct
