// What stands between the products of a transformer, on a GPU.
#pragma once
#include <ATen/ATen.h>

#include "OnDevice.hpp"

namespace ct {

/// Whether the kernels take a norm of this width: a row's sums of its weight lie in a block's memory.
inline bool norms_on_device(const at::Tensor &x, const at::Tensor &weight) {
  return weight.numel() > 0 && weight.numel() <= 12000 && weight.device() == x.device() &&
         (weight.scalar_type() == at::kFloat || weight.scalar_type() == at::kBFloat16);
}

/// As ct_add_norm, under autograd.
std::pair<at::Tensor, at::Tensor> add_norm_on_device(const at::Tensor &x, const std::optional<at::Tensor> &delta,
                                                     const at::Tensor &weight, double epsilon);
/// As ct_gate, under autograd.
at::Tensor gated_on_device(const at::Tensor &gate_up);
/// Turns rows by their turns, or back, outside autograd.
at::Tensor turn_on_device(const at::Tensor &qkv, const Turns &turns, const CTHeads &heads, bool is_back);
/// Turns rows of decoding by tables' rows; keys and values go to slots of caches [B · capacity, G, K].
/// The turned queries, [B, H, K].
at::Tensor turn_into_caches(const at::Tensor &qkv, const Turns &turns, const at::Tensor &keys,
                            const at::Tensor &values, const at::Tensor &slots, const CTHeads &heads);

}  // namespace ct
