// Clipped importance-sampling policy optimization: the weight is clipped, the gradient never.

import Torch

/// CISPO: REINFORCE whose importance weight is clipped and held fixed, so that every token teaches.
///
///     credit    as ``GRPO``
///     policy    -Σ w·sg[clip(r, 1-ε_low, 1+ε_high)]·A·log π, every token weighing the same; no KL
///     prompts   dynamic sampling and the soft overlong penalty, as ``DAPO``
///
/// ε_low = 1 sets no lower bound, as the paper does. It does not state ε_high; 4, a weight of at most
/// 5, is what TRL takes from ScaleRL.
///
/// Source: MiniMax-M1, arXiv:2506.13585, eq. 4 and 5.
public enum CISPO {
  /// REINFORCE with a clipped weight.
  static let loss = PolicyLoss { tokens, settings in
    let weights = tokens.surrogateWeights
    let advantages = tokens.columns[.advantage]
    // The ratio and what is counted of it are the surrogate's; only the loss is another.
    let surrogate = clippedSurrogateLoss(
      logProbs: tokens.logProbs.detached(), oldLogProbs: tokens.columns[.oldLogProb],
      advantages: advantages, weights: weights, clip: settings.clip)
    let importance = withoutGradient {
      (tokens.logProbs - tokens.columns[.oldLogProb])
        .clamped(to: -logRatioBound...logRatioBound).exp()
        .clamped(to: 1 - settings.clipRatioLow...1 + settings.clipRatioHigh)
    }
    return SurrogateLoss(
      loss: -weightedSum(importance * advantages * tokens.logProbs, weights),
      statistics: surrogate.statistics)
  }

  /// Makes a bundle this method's.
  public static func apply(to bundle: inout MethodSettings) {
    GRPO.apply(to: &bundle)
    bundle.policy.surrogate.mode = .cispo
    bundle.policy.clipRatioLow = 1
    bundle.policy.clipRatioHigh = 4
    bundle.policy.aggregation = .tokenMean
    bundle.policy.usesKLLoss = false
    bundle.policy.klLossCoefficient = 0.001
    bundle.algorithm.filterGroups.enable = true
    bundle.overlongBuffer = true
    bundle.algorithm.preset = .cispo
  }
}
