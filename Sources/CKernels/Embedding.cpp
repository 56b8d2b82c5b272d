// Token ids to rows of a table, cast as they are read; the gradient adds to the table's rows in
// place and has no table of its own.
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "Guard.hpp"
#include "Elements.hpp"
#include "ckernels_fused.h"
#include "Gradient.hpp"
#include "Switches.hpp"
#include "Threads.hpp"
#include "Vector.hpp"

using namespace ct;

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

at::Tensor plain(const at::Tensor &table, const at::Tensor &ids, at::ScalarType compute) {
  return at::embedding(table, ids).to(compute);
}

#if CT_HAS_SIMD

template <typename From, typename To>
CT_SIMD void copy_row(const From *from, To *to, int64_t width) {
  for (int64_t i = 0; i < width; i += lanes) {
    const __mmask16 mask = first_lanes(width - i);
    store(to + i, mask, load(from + i, mask));
  }
}

/// Adds the rows `places` of d_out to one row of the table's gradient, rounding once.
template <typename Element, typename Weight>
CT_SIMD void add_rows(const Element *d_out, const int64_t *places, int64_t count, Weight *gradient, int64_t width) {
  for (int64_t i = 0; i < width; i += lanes) {
    const __mmask16 mask = first_lanes(width - i);
    __m512 sum = load(gradient + i, mask);
    for (int64_t j = 0; j < count; ++j) sum = _mm512_add_ps(sum, load(d_out + places[j] * width + i, mask));
    store(gradient + i, mask, sum);
  }
}

template <typename From, typename To>
void copy_rows(const at::Tensor &table, const at::Tensor &ids, at::Tensor &out) {
  const int64_t width = table.size(1);
  const auto *from = elements<From>(table);
  const auto *names = elements<int64_t>(ids);
  auto *to = out.mutable_data_ptr<To>();
  shared(ids.numel(), 1 + 16384 / (width + 1), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) copy_row(from + names[row] * width, to + row * width, width);
  });
}

void clear(const at::Tensor &tensor) {
  auto *memory = static_cast<char *>(tensor.mutable_data_ptr());
  shared(static_cast<int64_t>(tensor.nbytes()), int64_t{1} << 20,
         [&](int64_t begin, int64_t end) { std::memset(memory + begin, 0, static_cast<size_t>(end - begin)); });
}

/// Every row of the gradient belongs to one thread, and its summands come in the order of the ids.
template <typename Element, typename Weight>
void add_all(const at::Tensor &d_out, const at::Tensor &ids, const at::Tensor &gradient) {
  const int64_t count = ids.numel(), width = gradient.size(1);
  const auto *names = elements<int64_t>(ids);
  std::vector<int64_t> places(count), starts;
  std::iota(places.begin(), places.end(), 0);
  std::stable_sort(places.begin(), places.end(), [&](int64_t a, int64_t b) { return names[a] < names[b]; });
  for (int64_t i = 0; i < count; ++i) {
    if (i == 0 || names[places[i]] != names[places[i - 1]]) starts.push_back(i);
  }
  starts.push_back(count);
  const auto *from = elements<Element>(d_out);
  auto *to = gradient.mutable_data_ptr<Weight>();
  shared(static_cast<int64_t>(starts.size()) - 1, 1 + 16384 / (width + 1), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t *mine = places.data() + starts[i];
      add_rows(from, mine, starts[i + 1] - starts[i], to + names[*mine] * width, width);
    }
  });
}

at::Tensor forward_of(const at::Tensor &table, const at::Tensor &ids, at::ScalarType compute) {
  auto shape = ids.sizes().vec();
  shape.push_back(table.size(1));
  auto out = at::empty(shape, table.options().dtype(compute));
  if (table.scalar_type() == at::kFloat) {
    compute == at::kFloat ? copy_rows<float, float>(table, ids, out) : copy_rows<float, at::BFloat16>(table, ids, out);
  } else {
    compute == at::kFloat ? copy_rows<at::BFloat16, float>(table, ids, out)
                          : copy_rows<at::BFloat16, at::BFloat16>(table, ids, out);
  }
  return out;
}

struct Embedding : torch::autograd::Function<Embedding> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &table, const at::Tensor &ids,
                            at::ScalarType compute) {
    context->save_for_backward({table, ids});
    return forward_of(table, ids, compute);
  }

  static variable_list backward(AutogradContext *context, const variable_list &gradients) {
    const auto saved = context->get_saved_variables();
    const auto &table = saved[0], &ids = saved[1];
    const auto above = gradients[0].contiguous();
    const Gradient gradient(table);
    if (gradient.is_fresh) clear(gradient.tensor);
    const bool wide = above.scalar_type() == at::kFloat;
    if (table.scalar_type() == at::kFloat) {
      wide ? add_all<float, float>(above, ids, gradient.tensor)
           : add_all<at::BFloat16, float>(above, ids, gradient.tensor);
    } else {
      wide ? add_all<float, at::BFloat16>(above, ids, gradient.tensor)
           : add_all<at::BFloat16, at::BFloat16>(above, ids, gradient.tensor);
    }
    return {at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

#endif

at::Tensor embed(const at::Tensor &table, const at::Tensor &ids, at::ScalarType compute) {
#if CT_HAS_SIMD
  const bool is_ours = compute == at::kFloat || compute == at::kBFloat16;
  if (uses(CT_ELEMENTWISE) && is_ours && fits(table) && table.is_leaf() && table.is_contiguous()) {
    TORCH_CHECK(table.dim() == 2 && ids.scalar_type() == at::kLong, "a table of two axes and int64 ids");
    const auto names = ids.contiguous();
    TORCH_CHECK(names.numel() == 0 ||
                    (names.min().item().toLong() >= 0 && names.max().item().toLong() < table.size(0)),
                "an id outside the table");
    return at::GradMode::is_enabled() && table.requires_grad() ? Embedding::apply(table, names, compute)
                                                               : forward_of(table, names, compute);
  }
#endif
  return plain(table, ids, compute);
}

}  // namespace

CTTensor *ct_embed(const CTTensor *table, const CTTensor *ids, CTType compute) {
  return guarded([&] { return embed(in(table), in(ids), type(compute)); });
}
