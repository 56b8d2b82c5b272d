// What autograd and C callers see of CTLinear.
#include <torch/csrc/autograd/custom_function.h>

#include <limits>

#include "EightBit.hpp"
#include "Guard.hpp"
#include "Linear.hpp"
#include "WideProduct.hpp"

using namespace ct;

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The product as one node. The leaves are inputs only so that there is a node where x needs no
/// gradient; what they get is added to their `.grad` in `backward`, and autograd is given nothing.
struct Product : torch::autograd::Function<Product> {
  static at::Tensor forward(AutogradContext *context, const c10::intrusive_ptr<CTLinear> &linear,
                            const at::Tensor &x, at::TensorList leaves) {
    context->saved_data["linear"] = at::IValue::make_capsule(linear);
    context->saved_data["x asks"] = x.requires_grad();
    context->saved_data["leaves"] = static_cast<int64_t>(leaves.size());
    if (linear->learns()) context->save_for_backward({x});
    return linear->forward(x, linear->type());
  }

  static variable_list backward(AutogradContext *context, const variable_list &gradients) {
    auto linear = c10::static_intrusive_pointer_cast<CTLinear>(context->saved_data["linear"].toCapsule());
    const auto dy = gradients[0].contiguous();
    variable_list result(2 + static_cast<size_t>(context->saved_data["leaves"].toInt()));
    if (context->saved_data["x asks"].toBool()) result[1] = linear->input_gradient(dy);
    const auto saved = context->get_saved_variables();
    if (!saved.empty()) linear->add_weight_gradient(dy, saved[0]);
    return result;
  }
};

/// The same by libtorch's operators, on whatever device: the joined weights are kept for all uses
/// until a leaf changes, and gradients are added in the leaves' own type.
struct ProductByOperators : torch::autograd::Function<ProductByOperators> {
  static at::Tensor forward(AutogradContext *context, const c10::intrusive_ptr<CTLinear> &linear,
                            const at::Tensor &x, at::TensorList leaves) {
    context->saved_data["linear"] = at::IValue::make_capsule(linear);
    context->saved_data["x asks"] = x.requires_grad();
    context->saved_data["leaves"] = static_cast<int64_t>(leaves.size());
    // The weight as it was: the layer may have joined another by the time of the backward.
    context->saved_data["weight"] = linear->keptWeight();
    if (linear->learns()) context->save_for_backward({x});
    return narrow_linear(x, linear->keptWeight(), linear->keptBias());
  }

  static variable_list backward(AutogradContext *context, const variable_list &gradients) {
    auto linear = c10::static_intrusive_pointer_cast<CTLinear>(context->saved_data["linear"].toCapsule());
    const auto dy = gradients[0].contiguous();
    variable_list result(2 + static_cast<size_t>(context->saved_data["leaves"].toInt()));
    if (context->saved_data["x asks"].toBool()) {
      result[1] = narrow_product(dy, context->saved_data["weight"].toTensor());
    }
    const auto saved = context->get_saved_variables();
    if (!saved.empty()) linear->addGradientByOperators(dy, saved[0]);
    return result;
  }
};

/// Whole numbers of at most `most` a row, as float64, whose products and sums are exact; and what they stand for.
struct Rounded {
  at::Tensor numbers, scales;
};

Rounded rounded(const at::Tensor &rows, double most) {
  const auto values = rows.detach().to(at::kFloat);
  const auto largest = values.abs().amax(1, /*keepdim=*/true), all = at::full_like(largest, most);
  const auto zeros = at::zeros_like(largest), is_small = largest < eight::least;
  const auto scales = at::where(is_small, zeros, largest / all);
  const auto is_finite = values.isfinite().all(1, /*keepdim=*/true);
  const auto inverse = at::where(is_small, zeros, all / largest);
  return {(values * inverse).round().nan_to_num(0, 0, 0).to(at::kDouble),
          at::where(is_finite, scales, at::full_like(scales, std::numeric_limits<double>::quiet_NaN()))};
}

at::Tensor product_by_operators(CTLinear *self, const at::Tensor &x) {
  if (self->is_eight_bit()) return eight_bits_by_operators(self, x, self->type());
  // What was computed gets its gradient from autograd, which has to see how.
  if (!self->ownsLeaves() || x.dim() != 2 || x.scalar_type() != self->type()) {
    return narrow_linear(x, self->fused_weight(), self->fused_bias());
  }
  const bool records = at::GradMode::is_enabled() && (x.requires_grad() || self->learns());
  if (!records) return narrow_linear(x, self->keptWeight(), self->keptBias());
  const auto leaves = self->leaves();
  return ProductByOperators::apply(c10::intrusive_ptr<CTLinear>::unsafe_reclaim_from_nonowning(self), x,
                                   at::TensorList(leaves));
}

at::Tensor product(CTLinear *self, const at::Tensor &x) {
  if (!self->uses_kernel(x)) return product_by_operators(self, x);
  const bool records = at::GradMode::is_enabled() && (x.requires_grad() || self->learns());
  if (!records) return self->forward(x, self->type());
  const auto leaves = self->leaves();
  return Product::apply(c10::intrusive_ptr<CTLinear>::unsafe_reclaim_from_nonowning(self), x,
                        at::TensorList(leaves));
}

}  // namespace

at::Tensor ct::eight_bits_by_operators(const CTLinear *self, const at::Tensor &x, at::ScalarType type) {
  at::NoGradGuard guard;
  const auto left = rounded(x, static_cast<double>(eight::most_of(self->inputs())));
  const auto right = rounded(self->fused_weight(at::kFloat), 127);
  auto result = left.numbers.mm(right.numbers.t()).to(at::kFloat) * left.scales * right.scales.t();
  const auto bias = self->fused_bias();
  if (bias.defined()) result = result + bias.to(at::kFloat);
  return result.to(type);
}

at::Tensor ct::logits_by_operators(CTLinear *self, const at::Tensor &x) {
  if (self->is_eight_bit()) return eight_bits_by_operators(self, x, at::kFloat);
  if (!self->ownsLeaves() || x.dim() != 2) {
    return narrow_linear(x, self->fused_weight(), self->fused_bias()).to(at::kFloat);
  }
  const auto logits = wide_product(x, self->keptWeight().t());
  return self->keptBias().defined() ? logits + self->keptBias() : logits;
}

CTLinear *ct_linear_make(CTTensor *const *weights, CTTensor *const *biases, int64_t count, CTType compute,
                         bool eight_bit) {
  return guarded_as<CTLinear *>(nullptr, [&] {
    std::vector<at::Tensor> all(count);
    for (int64_t i = 0; i < count && biases; ++i) {
      if (biases[i]) all[i] = in(biases[i]);
    }
    return c10::make_intrusive<CTLinear>(list(weights, count), std::move(all), type(compute), eight_bit)
        .release();
  });
}

void ct_linear_release(CTLinear *self) { c10::intrusive_ptr<CTLinear>::reclaim(self); }

CTTensor *ct_linear_apply(CTLinear *self, const CTTensor *x) {
  return guarded([&] { return product(self, in(x)); });
}

CTTensor *ct_linear_apply_wide(CTLinear *self, const CTTensor *x) {
  return guarded([&] {
    at::NoGradGuard guard;
    if (self->uses_kernel(in(x))) return self->forward(in(x), at::kFloat);
    return logits_by_operators(self, in(x));
  });
}

void ct_linear_forget(CTLinear *self) { self->forget(); }
