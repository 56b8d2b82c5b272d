// Group sequence policy optimization: one ratio a response, not one a token.

import Torch

/// GSPO: GRPO whose ratio, and hence whose clip, is the whole response's.
///
///     credit    as ``GRPO``
///     policy    clipped surrogate of s = (π(y)/π_old(y))^(1/|y|), ε_low = 3·10⁻⁴, ε_high = 4·10⁻⁴,
///               each response weighing the same; no KL
///
/// Every token's ratio is sg[s]·π_t/sg[π_t]: the value is s, and the gradient of a response is that of
/// s, s·A/|y|·Σ ∇log π_t. So advantages may differ within a response (the paper's GSPO-token). The
/// bounds are this small because s is a mean over the response.
///
/// Source: arXiv:2507.18071, eq. 5, 7 and 14; its bounds are those of sec. 5.1.
public enum GSPO {
  /// The clipped surrogate of sequence ratios.
  static let loss = PolicyLoss(readsSequences: true) { tokens, settings in
    guard let sequences = tokens.sequenceLogRatios else {
      preconditionFailure("GSPO reads the ratios of whole responses")
    }
    return clippedSurrogateLoss(
      logRatios: sequences + tokens.logProbs - tokens.logProbs.detached(),
      advantages: tokens.columns[.advantage], weights: tokens.surrogateWeights,
      clip: settings.clip)
  }

  /// Makes a bundle this method's.
  public static func apply(to bundle: inout MethodSettings) {
    GRPO.apply(to: &bundle)
    bundle.policy.surrogate.mode = .gspo
    bundle.policy.clipRatioLow = 3e-4
    bundle.policy.clipRatioHigh = 4e-4
    bundle.policy.usesKLLoss = false
    bundle.policy.klLossCoefficient = 0.001
    bundle.algorithm.preset = .gspo
  }
}
