// Matrix products.
#include "Guard.hpp"

using namespace ct;

CTTensor *ct_matmul(const CTTensor *self, const CTTensor *other) {
  return guarded([&] { return at::matmul(in(self), in(other)); });
}
CTTensor *ct_linear(const CTTensor *input, const CTTensor *weight, const CTTensor *bias) {
  return guarded([&] {
    return at::linear(in(input), in(weight),
                      bias ? std::optional<at::Tensor>(in(bias)) : std::nullopt);
  });
}
