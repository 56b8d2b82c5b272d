// Matrix products, attention, and the layers libtorch has as one call.
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
CTTensor *ct_embedding(const CTTensor *weight, const CTTensor *ids) {
  return guarded([&] { return at::embedding(in(weight), in(ids)); });
}
CTTensor *ct_attention(const CTTensor *query, const CTTensor *key, const CTTensor *value,
                       const CTTensor *mask, bool causal, bool grouped) {
  return guarded([&] {
    return at::scaled_dot_product_attention(
        in(query), in(key), in(value), mask ? std::optional<at::Tensor>(in(mask)) : std::nullopt,
        /*dropout_p=*/0.0, causal, /*scale=*/std::nullopt, grouped);
  });
}
CTTensor *ct_rms_norm(const CTTensor *self, const CTTensor *weight, double epsilon) {
  return guarded([&] {
    return at::rms_norm(in(self), {in(weight).size(0)}, in(weight), epsilon);
  });
}
