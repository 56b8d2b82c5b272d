// The sum of the residual stream and its RMS norm in one pass, and both gradients in another.
#include <torch/csrc/autograd/custom_function.h>

#include "Guard.hpp"
#include "Elements.hpp"
#include "ckernels_fused.h"
#include "DeviceKernels.hpp"
#include "DeviceProgram.hpp"
#include "Gradient.hpp"
#include "Switches.hpp"
#include "Threads.hpp"
#include "Vector.hpp"

using namespace ct;

namespace {

using Pair = std::pair<at::Tensor, at::Tensor>;

Pair plain(const at::Tensor &x, const std::optional<at::Tensor> &delta, const at::Tensor &weight,
           double epsilon) {
  const auto sum = delta ? x + *delta : x;
  return {sum, at::rms_norm(sum, {weight.size(0)}, weight.to(sum.scalar_type()), epsilon)};
}

#if CT_HAS_SIMD

/// One row: sum = x + delta, rounded as it is stored, and the norm of what was stored.
///
/// - Returns: 1 / √(mean sum² + ε).
template <typename Element>
CT_SIMD float norm_row(const Element *x, const Element *delta, const float *weight, float epsilon,
                         Element *sum, Element *normed, int64_t width) {
  __m512 squares = _mm512_setzero_ps();
  for (int64_t i = 0; i < width; i += lanes) {
    const __mmask16 mask = first_lanes(width - i);
    __m512 value = load(x + i, mask);
    if (delta) {
      value = rounded<Element>(_mm512_add_ps(value, load(delta + i, mask)));
      store(sum + i, mask, value);
    }
    squares = _mm512_fmadd_ps(value, value, squares);
  }
  const float scale = 1 / std::sqrt(total(squares) / static_cast<float>(width) + epsilon);
  const __m512 wide = _mm512_set1_ps(scale);
  const Element *from = delta ? sum : x;
  for (int64_t i = 0; i < width; i += lanes) {
    const __mmask16 mask = first_lanes(width - i);
    const __m512 value = _mm512_mul_ps(load(from + i, mask), wide);
    store(normed + i, mask, _mm512_mul_ps(value, load(weight + i, mask)));
  }
  return scale;
}

/// One row of the gradient. With u = sum · scale and g = d_normed · weight:
///
///     d_total = scale · (g - u · mean(g u)) + d_sum      d_weight += d_normed · u
template <typename Element>
CT_SIMD void norm_row_back(const Element *sum, const Element *d_normed, const Element *d_sum,
                             const float *weight, float scale, Element *d_total, float *d_weight,
                             int64_t width) {
  const __m512 wide = _mm512_set1_ps(scale);
  __m512 along = _mm512_setzero_ps();
  for (int64_t i = 0; i < width; i += lanes) {
    const __mmask16 mask = first_lanes(width - i);
    const __m512 u = _mm512_mul_ps(load(sum + i, mask), wide);
    const __m512 product = _mm512_mul_ps(load(d_normed + i, mask), u);
    if (d_weight) store(d_weight + i, mask, _mm512_add_ps(load(d_weight + i, mask), product));
    along = _mm512_fmadd_ps(product, load(weight + i, mask), along);
  }
  if (!d_total) return;
  const __m512 mean = _mm512_set1_ps(total(along) / static_cast<float>(width));
  for (int64_t i = 0; i < width; i += lanes) {
    const __mmask16 mask = first_lanes(width - i);
    const __m512 u = _mm512_mul_ps(load(sum + i, mask), wide);
    const __m512 g = _mm512_mul_ps(load(d_normed + i, mask), load(weight + i, mask));
    __m512 value = _mm512_mul_ps(wide, _mm512_fnmadd_ps(u, mean, g));
    if (d_sum) value = _mm512_add_ps(value, load(d_sum + i, mask));
    store(d_total + i, mask, value);
  }
}

/// Adds the threads' sums, in their order, to a weight's gradient.
template <typename Element>
CT_SIMD void gather(const std::vector<float> &partial, int threads, Element *gradient, bool is_fresh,
                      int64_t width) {
  for (int64_t i = 0; i < width; i += lanes) {
    const __mmask16 mask = first_lanes(width - i);
    __m512 sum = is_fresh ? _mm512_setzero_ps() : load(gradient + i, mask);
    for (int thread = 0; thread < threads; ++thread) {
      sum = _mm512_add_ps(sum, load(partial.data() + thread * width + i, mask));
    }
    store(gradient + i, mask, sum);
  }
}

int64_t grain(int64_t width) { return 1 + 16384 / (width + 1); }

/// The weight as the model would use it, rounded to the type of the computation.
at::Tensor used(const at::Tensor &weight, const at::Tensor &x) {
  return weight.detach().to(x.scalar_type()).to(at::kFloat).contiguous();
}

template <typename Element>
void norm(const at::Tensor &x, const at::Tensor &delta, const at::Tensor &weight, double epsilon,
          at::Tensor &sum, at::Tensor &normed, at::Tensor &scales) {
  const int64_t width = weight.size(0);
  const auto factors = used(weight, x);
  const auto *from = elements<Element>(x);
  const auto *more = delta.defined() ? elements<Element>(delta) : nullptr;
  const auto *factor = elements<float>(factors);
  auto *stream = more ? sum.mutable_data_ptr<Element>() : nullptr;
  auto *to = normed.mutable_data_ptr<Element>();
  auto *scale = scales.mutable_data_ptr<float>();
  shared(scales.numel(), grain(width), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t start = row * width;
      scale[row] = norm_row(from + start, more ? more + start : nullptr, factor, static_cast<float>(epsilon),
                            more ? stream + start : nullptr, to + start, width);
    }
  });
}

template <typename Element>
void norm_back(const at::Tensor &sum, const at::Tensor &d_normed, const at::Tensor &d_sum,
               const at::Tensor &weight, const at::Tensor &scales, at::Tensor &d_total, bool moves_weight) {
  const int64_t width = weight.size(0), rows = scales.numel();
  const auto factors = used(weight, sum);
  const auto *from = elements<Element>(sum), *above = elements<Element>(d_normed);
  const auto *beside = d_sum.defined() ? elements<Element>(d_sum) : nullptr;
  const auto *factor = elements<float>(factors);
  const auto *scale = elements<float>(scales);
  auto *to = d_total.defined() ? d_total.mutable_data_ptr<Element>() : nullptr;
  const int most = static_cast<int>(std::clamp<int64_t>(rows / grain(width), 1, thread_count()));
  std::vector<float> partial(moves_weight ? most * width : 0, 0.0F);
  on_threads(most, [&](int thread, int threads) {
    float *mine = moves_weight ? partial.data() + thread * width : nullptr;
    for (int64_t row = rows * thread / threads; row < rows * (thread + 1) / threads; ++row) {
      const int64_t start = row * width;
      norm_row_back(from + start, above + start, beside ? beside + start : nullptr, factor, scale[row],
                    to ? to + start : nullptr, mine, width);
    }
  });
  if (!moves_weight) return;
  const Gradient gradient(weight);
  if (weight.scalar_type() == at::kFloat) {
    gather(partial, most, gradient.tensor.mutable_data_ptr<float>(), gradient.is_fresh, width);
  } else {
    gather(partial, most, gradient.tensor.mutable_data_ptr<at::BFloat16>(), gradient.is_fresh, width);
  }
}

/// Fills `scales` too, which the gradient needs.
Pair forward_of(const at::Tensor &x, const at::Tensor &delta, const at::Tensor &weight, double epsilon,
                at::Tensor &scales) {
  scales = at::empty({x.numel() / weight.size(0)}, x.options().dtype(at::kFloat));
  at::Tensor sum = delta.defined() ? at::empty_like(x) : x;
  at::Tensor normed = at::empty_like(x);
  x.scalar_type() == at::kFloat ? norm<float>(x, delta, weight, epsilon, sum, normed, scales)
                                : norm<at::BFloat16>(x, delta, weight, epsilon, sum, normed, scales);
  return {sum, normed};
}

struct AddNorm : torch::autograd::Function<AddNorm> {
  /// Gives the norm, and before it the sum where there is a delta.
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext *context,
                                                const at::Tensor &x, const at::Tensor &weight,
                                                const std::optional<at::Tensor> &delta, double epsilon) {
    context->set_materialize_grads(false);
    at::Tensor scales;
    const auto [sum, normed] = forward_of(x, delta.value_or(at::Tensor()), weight, epsilon, scales);
    context->save_for_backward({sum, weight, scales});
    if (delta) return {sum, normed};
    return {normed};
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    const auto saved = context->get_saved_variables();
    const auto &sum = saved[0], &weight = saved[1], &scales = saved[2];
    const bool has_delta = gradients.size() == 2;
    const at::Tensor d_sum = has_delta && gradients[0].defined() ? gradients[0].contiguous() : at::Tensor();
    at::Tensor d_total = d_sum;
    if (const auto &d_normed = gradients.back(); d_normed.defined()) {
      const bool moves_x = context->needs_input_grad(0) || (has_delta && context->needs_input_grad(2));
      d_total = moves_x ? at::empty_like(sum) : at::Tensor();
      const auto above = d_normed.contiguous();
      const bool moves_weight = context->needs_input_grad(1);
      if (sum.scalar_type() == at::kFloat) {
        norm_back<float>(sum, above, d_sum, weight, scales, d_total, moves_weight);
      } else {
        norm_back<at::BFloat16>(sum, above, d_sum, weight, scales, d_total, moves_weight);
      }
    }
    return {d_total, at::Tensor(), has_delta ? d_total : at::Tensor(), at::Tensor()};
  }
};

#endif

Pair add_norm(const at::Tensor &x, const std::optional<at::Tensor> &delta, const at::Tensor &weight,
              double epsilon) {
#if CT_HAS_SIMD
  // A weight that is made of others has no gradient of its own to add to.
  if (uses(CT_ELEMENTWISE) && fits(x) && fits(weight) && weight.is_leaf() && weight.numel() > 0) {
    TORCH_CHECK(weight.dim() == 1 && x.dim() > 0 && x.size(-1) == weight.size(0), "a norm's weight of another width");
    TORCH_CHECK(!delta || (delta->sizes() == x.sizes() && delta->scalar_type() == x.scalar_type()),
                "two summands of different shapes or types");
    const auto rows = x.contiguous();
    const auto more = delta ? std::optional(delta->contiguous()) : std::nullopt;
    const bool moves = rows.requires_grad() || weight.requires_grad() || (more && more->requires_grad());
    if (at::GradMode::is_enabled() && moves) {
      const auto results = AddNorm::apply(rows, weight, more, epsilon);
      return {delta ? results.front() : x, results.back()};
    }
    at::Tensor scales;
    return forward_of(rows, more.value_or(at::Tensor()), weight, epsilon, scales);
  }
#endif
  if (norms_on_device(x, weight) && runs_on_device(CT_ELEMENTWISE, x)) {
    return add_norm_on_device(x, delta, weight, epsilon);
  }
  return plain(x, delta, weight, epsilon);
}

}  // namespace

CTStatus ct_add_norm(const CTTensor *x, const CTTensor *delta, const CTTensor *weight, double epsilon,
                     CTTensor **sum, CTTensor **normed) {
  return attempted([&] {
    auto [total, norm] = add_norm(in(x), delta ? std::optional(in(delta)) : std::nullopt, in(weight), epsilon);
    if (sum) *sum = out(std::move(total));
    *normed = out(std::move(norm));
  });
}
