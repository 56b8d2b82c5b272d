// Matrix products.
#include "Emulated.hpp"
#include "Guard.hpp"

using namespace ct;

bool ct_emulates_products(CTType kind) { return is_emulated(type(kind)); }

CTTensor *ct_matmul(const CTTensor *self, const CTTensor *other) {
  return guarded([&] { return narrow_product(in(self), in(other)); });
}
CTTensor *ct_linear(const CTTensor *input, const CTTensor *weight, const CTTensor *bias) {
  return guarded([&] {
    return narrow_linear(in(input), in(weight), bias ? in(bias) : at::Tensor());
  });
}
