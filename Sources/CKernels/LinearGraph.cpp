// What autograd and C callers see of CTLinear.
#include <torch/csrc/autograd/custom_function.h>

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

at::Tensor product_by_operators(CTLinear *self, const at::Tensor &x) {
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

at::Tensor ct::logits_by_operators(CTLinear *self, const at::Tensor &x) {
  if (!self->ownsLeaves() || x.dim() != 2) {
    return narrow_linear(x, self->fused_weight(), self->fused_bias()).to(at::kFloat);
  }
  const auto logits = wide_product(x, self->keptWeight().t());
  return self->keptBias().defined() ? logits + self->keptBias() : logits;
}

CTLinear *ct_linear_make(CTTensor *const *weights, CTTensor *const *biases, int64_t count, CTType compute) {
  return guarded_as<CTLinear *>(nullptr, [&] {
    std::vector<at::Tensor> all(count);
    for (int64_t i = 0; i < count && biases; ++i) {
      if (biases[i]) all[i] = in(biases[i]);
    }
    return c10::make_intrusive<CTLinear>(list(weights, count), std::move(all), type(compute)).release();
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
