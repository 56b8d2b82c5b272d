// The gated activation: silu(gate) · up, read from one product's rows and written in one pass, and
// so its gradient.
#include <torch/csrc/autograd/custom_function.h>

#include "Guard.hpp"
#include "Elements.hpp"
#include "ckernels_fused.h"
#include "DeviceKernels.hpp"
#include "DeviceProgram.hpp"
#include "Switches.hpp"
#include "Threads.hpp"
#include "Vector.hpp"

using namespace ct;

namespace {

at::Tensor plain(const at::Tensor &gate_up) {
  const auto halves = gate_up.chunk(2, -1);
  return at::silu(halves[0]) * halves[1];
}

#if CT_HAS_SIMD

/// One row: silu(gate) · up.
template <typename Element>
CT_SIMD void gate_row(const Element *gate, const Element *up, Element *out, int64_t width) {
  for (int64_t i = 0; i < width; i += lanes) {
    const __mmask16 mask = first_lanes(width - i);
    const __m512 g = load(gate + i, mask);
    store(out + i, mask, _mm512_mul_ps(_mm512_mul_ps(g, sigmoid(g)), load(up + i, mask)));
  }
}

/// One row of the gradient. silu'(g) = σ(g) (1 + g (1 - σ(g))).
template <typename Element>
CT_SIMD void gate_row_back(const Element *gate, const Element *up, const Element *d_out, Element *d_gate,
                             Element *d_up, int64_t width) {
  const __m512 one = _mm512_set1_ps(1);
  for (int64_t i = 0; i < width; i += lanes) {
    const __mmask16 mask = first_lanes(width - i);
    const __m512 g = load(gate + i, mask), d = load(d_out + i, mask);
    const __m512 s = sigmoid(g);
    const __m512 slope = _mm512_mul_ps(s, _mm512_fmadd_ps(g, _mm512_sub_ps(one, s), one));
    store(d_gate + i, mask, _mm512_mul_ps(_mm512_mul_ps(d, load(up + i, mask)), slope));
    store(d_up + i, mask, _mm512_mul_ps(d, _mm512_mul_ps(g, s)));
  }
}

/// Rows a thread takes at least: fewer are not worth waking it.
int64_t grain(int64_t width) { return 1 + 16384 / (width + 1); }

template <typename Element>
void gate(const at::Tensor &gate_up, at::Tensor &out) {
  const int64_t width = out.size(-1);
  const auto *from = elements<Element>(gate_up);
  auto *to = out.mutable_data_ptr<Element>();
  shared(width ? out.numel() / width : 0, grain(width), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      gate_row(from + 2 * row * width, from + (2 * row + 1) * width, to + row * width, width);
    }
  });
}

template <typename Element>
void gate_back(const at::Tensor &gate_up, const at::Tensor &d_out, at::Tensor &d_gate_up) {
  const int64_t width = d_out.size(-1);
  const auto *from = elements<Element>(gate_up), *above = elements<Element>(d_out);
  auto *to = d_gate_up.mutable_data_ptr<Element>();
  shared(width ? d_out.numel() / width : 0, grain(width), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t first = 2 * row * width, second = first + width;
      gate_row_back(from + first, from + second, above + row * width, to + first, to + second, width);
    }
  });
}

at::Tensor forward_of(const at::Tensor &gate_up) {
  auto shape = gate_up.sizes().vec();
  shape.back() /= 2;
  auto out = at::empty(shape, gate_up.options());
  gate_up.scalar_type() == at::kFloat ? gate<float>(gate_up, out) : gate<at::BFloat16>(gate_up, out);
  return out;
}

struct Gate : torch::autograd::Function<Gate> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &gate_up) {
    context->save_for_backward({gate_up});
    return forward_of(gate_up);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context,
                                                 torch::autograd::variable_list gradients) {
    const auto gate_up = context->get_saved_variables()[0];
    const auto above = gradients[0].contiguous();
    auto result = at::empty_like(gate_up);
    gate_up.scalar_type() == at::kFloat ? gate_back<float>(gate_up, above, result)
                                        : gate_back<at::BFloat16>(gate_up, above, result);
    return {result};
  }
};

#endif

at::Tensor gated(const at::Tensor &gate_up) {
  TORCH_CHECK(gate_up.dim() > 0 && gate_up.size(-1) % 2 == 0, "gate and up are not of one width");
#if CT_HAS_SIMD
  if (uses(CT_ELEMENTWISE) && fits(gate_up)) {
    const auto rows = gate_up.contiguous();
    return at::GradMode::is_enabled() && rows.requires_grad() ? Gate::apply(rows) : forward_of(rows);
  }
#endif
  if (runs_on_device(CT_ELEMENTWISE, gate_up)) return gated_on_device(gate_up);
  return plain(gate_up);
}

}  // namespace

CTTensor *ct_gate(const CTTensor *gate_up) {
  return guarded([&] { return gated(in(gate_up)); });
}
