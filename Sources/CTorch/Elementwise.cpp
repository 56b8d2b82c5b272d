// One number in, one number out, for every place of a tensor.
#include "Guard.hpp"

using namespace ct;

CTTensor *ct_add(const CTTensor *self, const CTTensor *other) {
  return guarded([&] { return at::add(in(self), in(other)); });
}
CTTensor *ct_sub(const CTTensor *self, const CTTensor *other) {
  return guarded([&] { return at::sub(in(self), in(other)); });
}
CTTensor *ct_mul(const CTTensor *self, const CTTensor *other) {
  return guarded([&] { return at::mul(in(self), in(other)); });
}
CTTensor *ct_div(const CTTensor *self, const CTTensor *other) {
  return guarded([&] { return at::div(in(self), in(other)); });
}
CTTensor *ct_add_scalar(const CTTensor *self, double other) {
  return guarded([&] { return at::add(in(self), other); });
}
CTTensor *ct_mul_scalar(const CTTensor *self, double other) {
  return guarded([&] { return at::mul(in(self), other); });
}
CTTensor *ct_pow_scalar(const CTTensor *self, double exponent) {
  return guarded([&] { return at::pow(in(self), exponent); });
}
CTTensor *ct_neg(const CTTensor *self) {
  return guarded([&] { return at::neg(in(self)); });
}
CTTensor *ct_exp(const CTTensor *self) {
  return guarded([&] { return at::exp(in(self)); });
}
CTTensor *ct_expm1(const CTTensor *self) {
  return guarded([&] { return at::expm1(in(self)); });
}
CTTensor *ct_log(const CTTensor *self) {
  return guarded([&] { return at::log(in(self)); });
}
CTTensor *ct_sqrt(const CTTensor *self) {
  return guarded([&] { return at::sqrt(in(self)); });
}
CTTensor *ct_abs(const CTTensor *self) {
  return guarded([&] { return at::abs(in(self)); });
}
CTTensor *ct_sin(const CTTensor *self) {
  return guarded([&] { return at::sin(in(self)); });
}
CTTensor *ct_cos(const CTTensor *self) {
  return guarded([&] { return at::cos(in(self)); });
}
CTTensor *ct_silu(const CTTensor *self) {
  return guarded([&] { return at::silu(in(self)); });
}
CTTensor *ct_gelu_tanh(const CTTensor *self) {
  return guarded([&] { return at::gelu(in(self), "tanh"); });
}
CTTensor *ct_clamp(const CTTensor *self, double low, double high) {
  return guarded([&] { return at::clamp(in(self), low, high); });
}
CTTensor *ct_minimum(const CTTensor *self, const CTTensor *other) {
  return guarded([&] { return at::minimum(in(self), in(other)); });
}
CTTensor *ct_maximum(const CTTensor *self, const CTTensor *other) {
  return guarded([&] { return at::maximum(in(self), in(other)); });
}
CTTensor *ct_where(const CTTensor *condition, const CTTensor *yes, const CTTensor *no) {
  return guarded([&] { return at::where(in(condition), in(yes), in(no)); });
}
CTTensor *ct_masked_fill(const CTTensor *self, const CTTensor *mask, double value) {
  return guarded([&] { return at::masked_fill(in(self), in(mask), value); });
}
CTTensor *ct_equal(const CTTensor *self, const CTTensor *other) {
  return guarded([&] { return at::eq(in(self), in(other)); });
}
CTTensor *ct_less(const CTTensor *self, const CTTensor *other) {
  return guarded([&] { return at::lt(in(self), in(other)); });
}
CTTensor *ct_less_equal(const CTTensor *self, const CTTensor *other) {
  return guarded([&] { return at::le(in(self), in(other)); });
}
CTTensor *ct_less_scalar(const CTTensor *self, double other) {
  return guarded([&] { return at::lt(in(self), other); });
}
CTTensor *ct_greater_scalar(const CTTensor *self, double other) {
  return guarded([&] { return at::gt(in(self), other); });
}
CTTensor *ct_logical_and(const CTTensor *self, const CTTensor *other) {
  return guarded([&] { return at::logical_and(in(self), in(other)); });
}
CTTensor *ct_logical_not(const CTTensor *self) {
  return guarded([&] { return at::logical_not(in(self)); });
}
CTTensor *ct_is_finite(const CTTensor *self) {
  return guarded([&] { return at::isfinite(in(self)); });
}
