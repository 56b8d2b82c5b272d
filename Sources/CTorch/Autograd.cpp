// Gradients, and the update that uses them.
#include <ATen/core/grad_mode.h>

#include "Guard.hpp"

using namespace ct;

CTStatus ct_set_requires_grad(CTTensor *self, bool on) {
  return attempted([&] { in(self).set_requires_grad(on); });
}
bool ct_requires_grad(const CTTensor *self) { return in(self).requires_grad(); }

CTTensor *ct_grad(const CTTensor *self) {
  const auto &gradient = in(self).grad();
  if (!gradient.defined()) {
    last_error().clear();
    return nullptr;
  }
  return guarded([&] { return gradient; });
}
void ct_drop_grad(CTTensor *self) { in(self).mutable_grad().reset(); }

CTTensor *ct_detach(const CTTensor *self) {
  return guarded([&] { return in(self).detach(); });
}
CTStatus ct_backward(const CTTensor *self) {
  return attempted([&] { in(self).backward(); });
}
bool ct_grad_enabled(void) { return at::GradMode::is_enabled(); }
void ct_set_grad_enabled(bool on) { at::GradMode::set_enabled(on); }

CTStatus ct_adamw_(CTTensor *const *parameters, CTTensor *const *gradients, CTTensor *const *first,
                   CTTensor *const *second, int64_t count, int64_t step, double rate, double beta1,
                   double beta2, double decay, double epsilon) {
  return attempted([&] {
    at::NoGradGuard guard;
    std::vector<at::Tensor> steps;
    auto values = list(parameters, count);
    for (const auto &value : values) {
      steps.push_back(at::full({}, static_cast<double>(step),
                               at::TensorOptions().dtype(at::kFloat).device(value.device())));
    }
    at::_fused_adamw_(values, list(gradients, count), list(first, count), list(second, count),
                      /*max_exp_avg_sqs=*/{}, steps, rate, beta1, beta2, decay, epsilon,
                      /*amsgrad=*/false, /*maximize=*/false);
  });
}

CTStatus ct_total_norm(CTTensor *const *tensors, int64_t count, double *out) {
  return attempted([&] {
    double sum = 0;
    for (int64_t i = 0; i < count; ++i) {
      auto norm = at::linalg_vector_norm(in(tensors[i]).detach(), 2, at::OptionalIntArrayRef{},
                                         false, at::kDouble)
                      .item()
                      .toDouble();
      sum += norm * norm;
    }
    *out = std::sqrt(sum);
  });
}
