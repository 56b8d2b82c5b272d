// Linear layers that read the same input, as one product whose weights stay packed; for C callers
// through ckernels_linear.h, and for the kernels that have a layer inside.
#pragma once
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <ATen/core/ivalue.h>

#include <vector>

#include "ckernels_linear.h"
#include "Panels.hpp"

/// The layers' weights are leaves, shared with whoever made them: the values are read where they
/// are, and gradients are added into their `.grad`.
///
/// Counted by reference, so that a graph that waits for its backward keeps it alive; a CTLinear *
/// stands for one count. c10::intrusive_ptr<CTLinear>::unsafe_reclaim_from_nonowning takes another.
struct CTLinear : torch::CustomClassHolder {
  /// `biases` has an undefined tensor where a layer has none. `is_eight_bit` as in ckernels_linear.h.
  CTLinear(std::vector<at::Tensor> weights, std::vector<at::Tensor> biases, at::ScalarType compute,
           bool is_eight_bit);

  int64_t inputs() const { return weights.front().size(1); }
  int64_t outputs() const { return rows; }
  at::ScalarType type() const { return compute; }
  /// Whether it has its weights in eight bits: then it learns nothing, and has no other products than `forward`.
  bool is_eight_bit() const { return in_eight_bits; }

  /// Whether the kernel is on and can read this input and these weights. The functions of packed
  /// weights below need it.
  bool uses_kernel(const at::Tensor &x) const;
  /// Whether gradients may be written into the leaves: what was computed gets its own from autograd.
  bool ownsLeaves() const;
  /// Whether any weight or bias wants a gradient.
  bool learns() const;
  /// Weights and biases, without the undefined: what a graph has to know of.
  std::vector<at::Tensor> leaves() const;

  /// x · Wᵀ + b in float32, into rows `ldo` apart. x is [N, inputs] of the compute type.
  void forward(const at::Tensor &x, float *out, int64_t ldo);
  /// The same as a new tensor of `type`.
  at::Tensor forward(const at::Tensor &x, at::ScalarType type);
  /// dy · W, [N, inputs] of the compute type.
  at::Tensor input_gradient(const at::Tensor &dy);
  /// Adds dyᵀ · x to the weights' gradients and the sums of dy to the biases', where they want any.
  void add_weight_gradient(const at::Tensor &dy, const at::Tensor &x);

  /// All weights under each other in the compute type, made by operators that autograd follows.
  at::Tensor fused_weight() const { return fused_weight(compute); }
  /// The same in another type.
  at::Tensor fused_weight(at::ScalarType type) const;
  /// The biases likewise, zeros where a layer has none; undefined when no layer has one.
  at::Tensor fused_bias() const;
  /// The same outside autograd, made once and kept until a leaf changes; in float32 where products of the
  /// compute type are emulated, so that they are not widened anew for every product.
  const at::Tensor &keptWeight();
  const at::Tensor &keptBias();
  /// Adds dyᵀ · x and the sums of dy to the leaves' gradients, by libtorch's operators.
  void addGradientByOperators(const at::Tensor &dy, const at::Tensor &x);

  /// Drops what is packed.
  void forget();

 private:
  /// Where leaves lie and how often they were written.
  using State = std::vector<std::pair<const void *, uint32_t>>;
  static State state_of(const std::vector<at::Tensor> &leaves);

  /// Something made of leaves, and what they were when it was made.
  struct Packed {
    at::Tensor memory;
    State state;
    bool is_of(const std::vector<at::Tensor> &leaves) const;
    /// Takes memory where there is none; whether it has to be filled.
    bool is_stale(const std::vector<at::Tensor> &leaves, int64_t bytes);
  };

  bool is_half() const { return compute == at::kBFloat16; }
  /// The weights' rows, one layer's under the other's.
  ct::Rows weight_rows() const;
  /// Panels for x · Wᵀ, and for dy · W, of so many rows: kept ones, or such as `once` holds.
  const char *forward_panels(int64_t rows, at::Tensor &once);
  const char *backward_panels(int64_t rows, at::Tensor &once);
  template <typename Fill>
  const char *panels(Packed &kept, int64_t size, int64_t rows, at::Tensor &once, const Fill &fill);
  /// The biases in float32; NULL where there is none.
  const float *packed_bias();
  void run(const at::Tensor &x, char *out, int64_t stride, bool half);
  void run_in_eight_bits(const at::Tensor &x, char *out, int64_t stride, bool half);
  at::Tensor input_gradient_in_blocks(const at::Tensor &dy);

  std::vector<at::Tensor> weights, biases;
  at::ScalarType compute;
  bool in_eight_bits;
  int64_t rows = 0;
  Packed columns, lines, bias, joined, joinedBias;
};

namespace ct {

/// x · Wᵀ + b of a layer in eight bits, [N, outputs] of `type`, by libtorch's operators: the kernel's numbers to
/// their bits, slowly.
at::Tensor eight_bits_by_operators(const CTLinear *self, const at::Tensor &x, at::ScalarType type);
/// x · Wᵀ + b in float32, [N, outputs], by libtorch's operators and outside autograd.
at::Tensor logits_by_operators(CTLinear *self, const at::Tensor &x);

}  // namespace ct
