// Products of bfloat16 on CPUs that have none. libtorch takes oneDNN's where there is AVX-512, which needs no
// instructions of bfloat16's own; on other x86 CPUs it goes number by number, at a tenth of float32's speed.
// There the numbers are widened, multiplied and summed in float32, and rounded once, as oneDNN does.
#pragma once
#include <ATen/ATen.h>

namespace ct {

/// Whether libtorch multiplies numbers of this type one by one here.
inline bool is_emulated(at::ScalarType type, at::Device device = at::kCPU) {
#if defined(__x86_64__)
  static const bool has_products = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
                                   __builtin_cpu_supports("avx512dq");
  return type == at::kBFloat16 && device.is_cpu() && !has_products;
#else
  return false;
#endif
}

/// The same numbers in a type that this machine multiplies fast.
inline at::Tensor widened(const at::Tensor &matrix) {
  return matrix.defined() && is_emulated(matrix.scalar_type(), matrix.device()) ? matrix.to(at::kFloat) : matrix;
}

/// a · b in the type of a; b may be widened already.
inline at::Tensor narrow_product(const at::Tensor &a, const at::Tensor &b) {
  return at::matmul(widened(a), widened(b)).to(a.scalar_type());
}

/// x · wᵀ + b in the type of x; w and b may be widened already, b may be undefined.
inline at::Tensor narrow_linear(const at::Tensor &x, const at::Tensor &w, const at::Tensor &b) {
  const auto bias = b.defined() ? std::optional<at::Tensor>(widened(b)) : std::nullopt;
  return at::linear(widened(x), widened(w), bias).to(x.scalar_type());
}

}  // namespace ct
