// Gradients.
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
CTStatus ct_set_grad(CTTensor *self, const CTTensor *gradient) {
  return attempted([&] { in(self).mutable_grad() = in(gradient).detach(); });
}

CTTensor *ct_detach(const CTTensor *self) {
  return guarded([&] { return in(self).detach(); });
}
CTStatus ct_backward(const CTTensor *self, const CTTensor *gradient) {
  return attempted([&] { in(self).backward(gradient ? in(gradient) : at::Tensor()); });
}
bool ct_grad_enabled(void) { return at::GradMode::is_enabled(); }
void ct_set_grad_enabled(bool on) { at::GradMode::set_enabled(on); }
