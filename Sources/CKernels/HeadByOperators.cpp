// Log-probabilities of given tokens by libtorch's operators, on whatever device: output layer,
// softmax, choice and entropy a block of rows at a time, so that there never are float32 logits of
// all tokens. The backward makes each block's logits again: that costs one product more and keeps
// nothing but two numbers a token.
//
//     d logits = (d log π · (1[target] - p) - d H · p · (log p + H)) / temperature
#include <torch/csrc/autograd/custom_function.h>

#include "Guard.hpp"
#include "HeadByOperators.hpp"
#include "WideProduct.hpp"

namespace ct {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// How many rows of logits are made at once: a gibibyte of them on a GPU, 64 MB elsewhere.
int64_t block_rows(const at::Tensor &hidden, int64_t vocabulary) {
  const int64_t numbers = hidden.is_cuda() ? int64_t{1} << 28 : int64_t{1} << 24;
  return std::max<int64_t>(16, numbers / std::max<int64_t>(1, vocabulary));
}

/// Calls `body` with the first row and the number of rows of every block.
template <typename Body>
void by_blocks(const at::Tensor &hidden, int64_t vocabulary, const Body &body) {
  const int64_t count = hidden.size(0), most = block_rows(hidden, vocabulary);
  for (int64_t first = 0; first < count; first += most) body(first, std::min(most, count - first));
}

/// The logarithms of all probabilities of the rows from `first` on, [rows, V] float32.
at::Tensor log_probs_of(CTLinear *head, const at::Tensor &hidden, double temperature, const Masks &masks,
                        int64_t first) {
  auto logits = logits_by_operators(head, hidden);
  if (masks.any()) logits.masked_fill_(masks.left_out(first, hidden.size(0), hidden.device()), no_chance);
  if (temperature != 1) logits.div_(temperature);
  return at::log_softmax(logits, -1);
}

/// [P] float32 each; entropies only where they are wanted.
TokenLogProbs scored(CTLinear *head, const at::Tensor &hidden, const at::Tensor &targets, double temperature,
                     const Masks &masks, bool entropy) {
  const at::NoGradGuard guard;
  const auto options = hidden.options().dtype(at::kFloat);
  TokenLogProbs result{at::empty({hidden.size(0)}, options),
                       entropy ? at::empty({hidden.size(0)}, options) : at::Tensor()};
  by_blocks(hidden, head->outputs(), [&](int64_t first, int64_t length) {
    const auto all = log_probs_of(head, hidden.narrow(0, first, length), temperature, masks, first);
    const auto chosen = all.gather(-1, targets.narrow(0, first, length).unsqueeze(-1));
    result.log_probs.narrow(0, first, length).copy_(chosen.squeeze(-1));
    // A probability of zero has no part in the sum, whatever its logarithm.
    if (entropy) result.entropies.narrow(0, first, length).copy_(-at::xlogy(all.exp(), all.exp()).sum(-1));
  });
  return result;
}

struct Scored : torch::autograd::Function<Scored> {
  static variable_list forward(AutogradContext *context, const at::Tensor &hidden, at::TensorList leaves,
                               const c10::intrusive_ptr<CTLinear> &head, const at::Tensor &targets,
                               double temperature, const Masks &masks, bool entropy) {
    context->set_materialize_grads(false);
    const auto result = scored(head.get(), hidden, targets, temperature, masks, entropy);
    context->save_for_backward({hidden, targets});
    auto &data = context->saved_data;
    data["head"] = at::IValue::make_capsule(head);
    data["leaves"] = static_cast<int64_t>(leaves.size());
    data["temperature"] = temperature;
    if (masks.any()) {
      const Masks own = masks.owned();
      data["words"] = own.words();
      data["starts"] = own.starts();
    }
    // A copy: an output that its own node holds would never be freed.
    if (entropy) data["entropies"] = result.entropies.clone();
    return {result.log_probs, entropy ? result.entropies : at::empty({0}, result.log_probs.options())};
  }

  static variable_list backward(AutogradContext *context, const variable_list &gradients) {
    const at::NoGradGuard guard;
    auto &data = context->saved_data;
    const auto head = c10::static_intrusive_pointer_cast<CTLinear>(data["head"].toCapsule());
    const auto saved = context->get_saved_variables();
    const auto &hidden = saved[0], &targets = saved[1];
    const double temperature = data["temperature"].toDouble();
    const Masks masks = data.find("words") == data.end()
                            ? Masks()
                            : Masks(data["words"].toTensor(), data["starts"].toTensor(), head->outputs());
    const auto &above = gradients[0], &beside = gradients[1];
    const bool has_entropy = beside.defined() && data.find("entropies") != data.end();
    const bool asks = context->needs_input_grad(0);
    auto d_hidden = asks ? at::empty_like(hidden) : at::Tensor();
    by_blocks(hidden, head->outputs(), [&](int64_t first, int64_t length) {
      const auto rows = hidden.narrow(0, first, length);
      const auto logarithms = log_probs_of(head.get(), rows, temperature, masks, first);
      auto slopes = logarithms.exp();  // p; becomes the gradient of the logits
      at::Tensor curve;
      if (has_entropy) {
        const auto entropies = data["entropies"].toTensor().narrow(0, first, length).unsqueeze(-1);
        curve = at::xlogy(slopes, slopes).addcmul_(slopes, entropies);
        curve.mul_(beside.narrow(0, first, length).unsqueeze(-1));
      }
      if (above.defined()) {
        const auto places = targets.narrow(0, first, length).unsqueeze(-1);
        slopes.scatter_(-1, places, slopes.gather(-1, places) - 1);
        slopes.mul_(above.narrow(0, first, length).unsqueeze(-1));
        if (has_entropy) slopes.add_(curve);
      } else if (has_entropy) {
        slopes = curve;
      } else {
        slopes.zero_();
      }
      const auto d_logits = slopes.mul_(-1 / temperature).to(hidden.scalar_type());
      if (asks) d_hidden.narrow(0, first, length).copy_(narrow_product(d_logits, head->keptWeight()));
      if (head->learns()) head->addGradientByOperators(d_logits, rows);
    });
    variable_list results(1 + static_cast<size_t>(data["leaves"].toInt()) + 5);
    results[0] = d_hidden;
    return results;
  }
};

/// Under autograd, for a head whose weights are computed.
TokenLogProbs followed(CTLinear *head, const at::Tensor &hidden, const at::Tensor &targets, double temperature,
                       const Masks &masks, bool entropy) {
  auto logits = narrow_linear(hidden, head->fused_weight(), head->fused_bias()).to(at::kFloat);
  if (masks.any()) logits = logits.masked_fill(masks.left_out(0, hidden.size(0), hidden.device()), no_chance);
  if (temperature != 1) logits = logits / temperature;
  const auto log_probs = at::log_softmax(logits, -1);
  return {log_probs.gather(-1, targets.unsqueeze(-1)).squeeze(-1),
          entropy ? -(log_probs.exp() * log_probs).sum(-1) : at::Tensor()};
}

}  // namespace

TokenLogProbs log_probs_by_operators(CTLinear *head, const at::Tensor &hidden, const at::Tensor &targets,
                                     double temperature, const Masks &masks, bool entropy) {
  if (!head->ownsLeaves() || hidden.scalar_type() != head->type()) {
    return followed(head, hidden, targets, temperature, masks, entropy);
  }
  const auto states = hidden.contiguous();
  if (!at::GradMode::is_enabled() || !(states.requires_grad() || head->learns())) {
    return scored(head, states, targets, temperature, masks, entropy);
  }
  const auto leaves = head->leaves();
  auto results = Scored::apply(states, at::TensorList(leaves),
                               c10::intrusive_ptr<CTLinear>::unsafe_reclaim_from_nonowning(head), targets,
                               temperature, masks, entropy);
  return {results[0], entropy ? results[1] : at::Tensor()};
}

}  // namespace ct
