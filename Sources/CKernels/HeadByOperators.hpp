// The output layer's log-probabilities where our kernel does not run.
#pragma once
#include "Linear.hpp"
#include "Masks.hpp"

namespace ct {

/// log π of the targets, [P] float32, and the entropies of the distributions, or undefined.
struct TokenLogProbs {
  at::Tensor log_probs, entropies;
};

/// Log-probabilities of `targets` [P] after `hidden` [P, D] among what counts, by libtorch's operators.
TokenLogProbs log_probs_by_operators(CTLinear *head, const at::Tensor &hidden, const at::Tensor &targets,
                                     double temperature, const Masks &masks, bool entropy);

}  // namespace ct
