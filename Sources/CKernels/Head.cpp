// From hidden states to log-probabilities of given tokens: output layer, softmax, choice and entropy,
// a block of rows at a time, so that there never are float32 logits of all tokens.
//
// For the gradient the exponentials of all rows are kept in the type of the computation; the
// backward turns them into the gradient of the logits where they lie. In bfloat16 an entry of that
// gradient is off by at most one part in 128 (once rounded as probability, once as gradient), as a
// bfloat16 gradient is; log-probabilities and entropies come from float32 logits.
#include <torch/csrc/autograd/custom_function.h>

#include "Guard.hpp"
#include "Elements.hpp"
#include "ckernels_fused.h"
#include "HeadByOperators.hpp"
#include "Linear.hpp"
#include "Masks.hpp"
#include "Softmax.hpp"
#include "Switches.hpp"
#include "Threads.hpp"

using namespace ct;

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using Pair = std::pair<at::Tensor, at::Tensor>;

#if CT_HAS_SIMD

/// What is computed of every row, [P] each.
struct Rows {
  at::Tensor log_probs, entropies, sums;
  /// exp(z - largest z) of every row, [P, V] of the type of the computation, or undefined.
  at::Tensor kept;
};

/// How many rows of logits are made at once: about 48 MB of them, since every block reads all weights.
int64_t block_rows(int64_t vocabulary) { return std::max<int64_t>(16, (int64_t{12} << 20) / vocabulary); }

template <typename Element>
void forward_of(const at::Tensor &hidden, CTLinear *head, const at::Tensor &targets, double temperature,
                const Masks &masks, Rows &rows) {
  const int64_t count = hidden.size(0), vocabulary = head->outputs();
  const int64_t most = std::min(count, block_rows(vocabulary));
  const auto logits = at::empty({most, vocabulary}, hidden.options().dtype(at::kFloat));
  auto *block = logits.mutable_data_ptr<float>();
  auto *kept = rows.kept.defined() ? rows.kept.mutable_data_ptr<Element>() : nullptr;
  auto *log_probs = rows.log_probs.mutable_data_ptr<float>();
  auto *entropies = rows.entropies.mutable_data_ptr<float>();
  auto *sums = rows.sums.mutable_data_ptr<double>();
  const auto *tokens = elements<int64_t>(targets);
  const float scale = static_cast<float>(1 / temperature);
  for (int64_t first = 0; first < count; first += most) {
    const int64_t length = std::min(most, count - first);
    head->forward(hidden.narrow(0, first, length), block, vocabulary);
    shared(length, 1, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) {
        float *from = block + row * vocabulary;
        const int64_t place = first + row;
        masks.apply(place, from);
        const auto sum = sum_row(from, vocabulary, scale, kept ? kept + place * vocabulary : nullptr);
        log_probs[place] =
            static_cast<float>(static_cast<double>(from[tokens[place]] * scale) - sum.log_normalizer());
        entropies[place] = static_cast<float>(sum.entropy());
        sums[place] = sum.sum;
      }
    });
  }
}

/// Turns what is kept of every row into the gradient of its logits.
template <typename Element>
void backward_of(Rows &rows, const at::Tensor &targets, double temperature, const at::Tensor &d_log_probs,
                 const at::Tensor &d_entropies) {
  const int64_t vocabulary = rows.kept.size(1);
  auto *kept = rows.kept.mutable_data_ptr<Element>();
  const auto *log_probs = elements<float>(rows.log_probs);
  const auto *entropies = elements<float>(rows.entropies);
  const auto *sums = elements<double>(rows.sums);
  const auto *tokens = elements<int64_t>(targets);
  const auto *above = d_log_probs.defined() ? elements<float>(d_log_probs) : nullptr;
  const auto *beside = d_entropies.defined() ? elements<float>(d_entropies) : nullptr;
  shared(rows.kept.size(0), 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      row_back(kept + row * vocabulary, vocabulary, tokens[row], sums[row], log_probs[row], entropies[row],
               above ? above[row] : 0, beside ? beside[row] : 0, 1 / temperature);
    }
  });
}

Rows rows_of(const at::Tensor &hidden, CTLinear *head, const at::Tensor &targets, double temperature,
             const Masks &masks, bool keeps) {
  const int64_t count = hidden.size(0);
  Rows rows{at::empty({count}, hidden.options().dtype(at::kFloat)),
            at::empty({count}, hidden.options().dtype(at::kFloat)),
            at::empty({count}, hidden.options().dtype(at::kDouble)),
            keeps ? at::empty({count, head->outputs()}, hidden.options()) : at::Tensor()};
  hidden.scalar_type() == at::kFloat ? forward_of<float>(hidden, head, targets, temperature, masks, rows)
                                     : forward_of<at::BFloat16>(hidden, head, targets, temperature, masks, rows);
  return rows;
}

struct Head : torch::autograd::Function<Head> {
  static variable_list forward(AutogradContext *context, const at::Tensor &hidden, at::TensorList leaves,
                               const c10::intrusive_ptr<CTLinear> &head, const at::Tensor &targets,
                               double temperature, const Masks &masks) {
    context->set_materialize_grads(false);
    // The backward needs no masks: what does not count has left a zero.
    auto rows = rows_of(hidden, head.get(), targets, temperature, masks, /*keeps=*/true);
    context->save_for_backward({hidden, targets});
    auto &data = context->saved_data;
    data["head"] = at::IValue::make_capsule(head);
    data["leaves"] = static_cast<int64_t>(leaves.size());
    data["temperature"] = temperature;
    data["kept"] = rows.kept;
    data["sums"] = rows.sums;
    // Copies: an output that its own node holds would never be freed.
    data["log_probs"] = rows.log_probs.clone();
    data["entropies"] = rows.entropies.clone();
    return {rows.log_probs, rows.entropies};
  }

  static variable_list backward(AutogradContext *context, const variable_list &gradients) {
    auto &data = context->saved_data;
    TORCH_CHECK(data.find("kept") != data.end(), "the probabilities are gone: a second backward of one graph");
    Rows rows{data["log_probs"].toTensor(), data["entropies"].toTensor(), data["sums"].toTensor(),
              data["kept"].toTensor()};
    data.erase("kept");
    const auto head = c10::static_intrusive_pointer_cast<CTLinear>(data["head"].toCapsule());
    const auto saved = context->get_saved_variables();
    const auto &hidden = saved[0], &targets = saved[1];
    const auto flat = [](const at::Tensor &tensor) { return tensor.defined() ? tensor.contiguous() : tensor; };
    const double temperature = data["temperature"].toDouble();
    if (hidden.scalar_type() == at::kFloat) {
      backward_of<float>(rows, targets, temperature, flat(gradients[0]), flat(gradients[1]));
    } else {
      backward_of<at::BFloat16>(rows, targets, temperature, flat(gradients[0]), flat(gradients[1]));
    }
    variable_list results(1 + static_cast<size_t>(data["leaves"].toInt()) + 4);
    if (head->learns()) head->add_weight_gradient(rows.kept, hidden);
    if (context->needs_input_grad(0)) results[0] = head->input_gradient(rows.kept);
    return results;
  }
};

#endif

Pair token_log_probs(const at::Tensor &hidden, CTLinear *head, const at::Tensor &targets, double temperature,
                     const CTMasks *raw_masks, bool entropy) {
  TORCH_CHECK(hidden.dim() == 2 && hidden.size(1) == head->inputs(), "hidden states of another width than the head's");
  TORCH_CHECK(targets.dim() == 1 && targets.size(0) == hidden.size(0) && targets.scalar_type() == at::kLong,
              "one int64 target a hidden state");
  TORCH_CHECK(temperature > 0, "a temperature above zero");
  const Masks masks(raw_masks, hidden.size(0), head->outputs());
#if CT_HAS_SIMD
  if (uses(CT_HEAD) && head->uses_kernel(hidden)) {
    const int64_t vocabulary = head->outputs();
    const auto tokens = targets.contiguous();
    TORCH_CHECK(tokens.numel() == 0 ||
                    (tokens.min().item().toLong() >= 0 && tokens.max().item().toLong() < vocabulary),
                "a target outside the vocabulary");
    const auto states = hidden.contiguous();
    if (at::GradMode::is_enabled() && (states.requires_grad() || head->learns())) {
      const auto leaves = head->leaves();
      auto results = Head::apply(states, at::TensorList(leaves),
                                 c10::intrusive_ptr<CTLinear>::unsafe_reclaim_from_nonowning(head), tokens, temperature,
                                 masks);
      return {results[0], results[1]};
    }
    const auto rows = rows_of(states, head, tokens, temperature, masks, /*keeps=*/false);
    return {rows.log_probs, rows.entropies};
  }
#endif
  auto result = log_probs_by_operators(head, hidden, targets, temperature, masks, entropy);
  return {std::move(result.log_probs), std::move(result.entropies)};
}

}  // namespace

CTStatus ct_token_log_probs(const CTTensor *hidden, CTLinear *head, const CTTensor *targets, double temperature,
                            const CTMasks *masks, CTTensor **log_probs, CTTensor **entropies) {
  return attempted([&] {
    auto [chosen, entropy] = 
        token_log_probs(in(hidden), head, in(targets), temperature, masks, entropies != nullptr);
    *log_probs = out(std::move(chosen));
    if (entropies) *entropies = out(std::move(entropy));
  });
}
