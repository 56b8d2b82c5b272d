// What the policy minimizes. Every loss is a weighted sum over the flat axis P of a micro-batch's
// response tokens. The weights hold the averaging and its denominator, counted over the whole
// optimizer step, so that cutting the step into micro-batches does not change its gradient.

public import Torch

/// Σ w·x over the tokens that count; a token of weight 0 adds 0 whatever it holds.
///
/// The selection comes before the product, in value and in gradient: infinity or not-a-number at
/// a token that does not count stays there.
///
/// - Parameters:
///   - terms: `[P]`.
///   - weights: `[P]`, no gradient.
/// - Returns: `[]`.
func weightedSum(_ terms: Tensor, _ weights: Tensor) -> Tensor {
  (terms.filled(0, where: weights.greater(than: 0).not()) * weights).sum()
}

/// How far the probability ratio may move before the surrogate stops rewarding it.
public struct ClipRange: Equatable, Sendable {
  /// ε_low: a ratio below `1 - low` is no longer rewarded for falling.
  public var low: Double
  /// ε_high: a ratio above `1 + high` is no longer rewarded for rising; beyond ``low`` it is
  /// "clip-higher".
  public var high: Double
  /// c: tokens of negative advantage lose at most c·|A|; infinity is no such bound.
  public var dual: Double

  /// The bounds of a ratio.
  public init(low: Double, high: Double, dual: Double = .infinity) {
    precondition(dual > 1, "a dual clip at \(dual) would flatten ratios of one")
    self.low = low
    self.high = high
    self.dual = dual
  }
}

/// A clipped surrogate with what is worth knowing about it.
public struct SurrogateLoss {
  /// `[]`, this micro-batch's share of the loss.
  public var loss: Tensor
  /// What happened at the tokens, as sums.
  public var statistics: SurrogateStatistics
}

/// Sums over the tokens that count, without gradient; divide by their number over the whole step.
public struct SurrogateStatistics {
  /// `[]`, tokens of negative advantage whose ratio fell below 1 - ε_low.
  public var clippedLow: Tensor
  /// `[]`, tokens of positive advantage whose ratio rose above 1 + ε_high.
  public var clippedHigh: Tensor
  /// `[]`, tokens of negative advantage whose ratio rose above c.
  public var clippedDual: Tensor
  /// `[]`, Σ (old - new), the k1 estimate of KL(old ‖ new): verl's `ppo_kl`.
  public var divergenceK1: Tensor
  /// `[]`, Σ (ratio - 1 - log ratio), the k3 estimate of the same, never negative.
  public var divergenceK3: Tensor
  /// `[]`, tokens that count.
  public var tokens: Tensor
  /// What happened at every token.
  public var trace: SurrogateTrace
}

/// What a surrogate had at each token, without gradient.
public struct SurrogateTrace {
  /// `[P]`, the ratio before it was clipped; not a number where a token does not count.
  public var ratios: Tensor
  /// `[P]`, the bound that held a token's gain: -1 the lower, 1 the upper, 2 the dual, 0 none.
  public var clips: Tensor
}

/// The bound on |log ratio| before the exponential; verl's value.
public let logRatioBound = 20.0

/// The clipped surrogate of policy optimization.
///
///     ratio = exp(clamp(log π - log π_old, ±bound))
///     gain = min(ratio·A, clip(ratio, 1-ε_low, 1+ε_high)·A)
///     gain = max(gain, c·A) where A < 0
///     loss = -Σ w·gain
///
/// Source: PPO, arXiv:1707.06347, eq. 7; two bounds: DAPO, arXiv:2503.14476, eq. 8; the dual clip:
/// arXiv:1912.09729, eq. 5.
///
/// - Parameters:
///   - logProbs: `[P]`, under the policy being trained. Carries the gradient.
///   - oldLogProbs: `[P]`, under the policy that generated the tokens.
///   - advantages: `[P]`.
///   - weights: `[P]`, the tokens' weights; see ``LossAggregation``.
///   - clip: how far the ratio may move.
///   - bound: the bound on the log-ratio; infinity for none.
/// - Returns: the loss and its statistics.
public func clippedSurrogateLoss(
  logProbs: Tensor, oldLogProbs: Tensor, advantages: Tensor, weights: Tensor, clip: ClipRange,
  bound: Double = logRatioBound
) -> SurrogateLoss {
  clippedSurrogateLoss(
    logRatios: logProbs - oldLogProbs.detached(), advantages: advantages, weights: weights,
    clip: clip, bound: bound)
}

/// The clipped surrogate of ratios that are given by their logarithms, `[P]`, with the gradient.
func clippedSurrogateLoss(
  logRatios: Tensor, advantages: Tensor, weights: Tensor, clip: ClipRange,
  bound: Double = logRatioBound
) -> SurrogateLoss {
  let counts = weights.greater(than: 0)
  let logRatio = logRatios.filled(0, where: counts.not()).clamped(to: -bound...bound)
  let ratio = logRatio.exp()  // [P], 1 where the token does not count
  let clipped = ratio.clamped(to: 1 - clip.low...1 + clip.high)
  var gain = minimum(ratio * advantages, clipped * advantages)
  let isBad = advantages.less(than: 0)
  if clip.dual.isFinite {
    gain = maximum(gain, advantages * clip.dual).selected(where: isBad, otherwise: gain)
  }
  let statistics = withoutGradient {
    func marked(_ condition: Tensor) -> Tensor { condition.and(counts).to(.float32) }
    let still = logRatio.detached()
    let low = marked(ratio.less(than: 1 - clip.low).and(isBad))
    let high = marked(ratio.greater(than: 1 + clip.high).and(advantages.greater(than: 0)))
    let dual = clip.dual.isFinite ? marked(ratio.greater(than: clip.dual).and(isBad)) : nil
    return SurrogateStatistics(
      clippedLow: low.sum(), clippedHigh: high.sum(),
      clippedDual: dual?.sum() ?? Tensor.zeros([], device: ratio.device),
      divergenceK1: (-still).sum(), divergenceK3: (still.expm1() - still).sum(),
      tokens: marked(counts).sum(),
      trace: SurrogateTrace(
        ratios: ratio.detached().filled(.nan, where: counts.not()),
        clips: dual.map { high - low + $0 * 2 } ?? high - low))
  }
  return SurrogateLoss(loss: -weightedSum(gain, weights), statistics: statistics)
}

/// Imitation: the negative log-likelihood of tokens worth repeating.
///
///     loss = -Σ w·log π
///
/// VAPO weighs the tokens of correct responses with 1/(their number over the whole step) and all
/// others with 0; without a correct response the loss and its gradient are exactly zero.
///
/// Source: VAPO, arXiv:2504.05118, eq. 9.
///
/// - Parameters:
///   - logProbs: `[P]`, under the policy being trained. Carries the gradient.
///   - weights: `[P]`.
/// - Returns: `[]`, this micro-batch's share of the loss.
public func imitationLoss(logProbs: Tensor, weights: Tensor) -> Tensor {
  -weightedSum(logProbs, weights)
}

/// The entropy bonus as a loss: add it with a positive coefficient and entropy is kept up.
///
///     loss = -Σ w·H
///
/// - Parameters:
///   - entropies: `[P]`, of the whole next-token distribution. Carries the gradient.
///   - weights: `[P]`.
/// - Returns: `[]`, this micro-batch's share of the loss.
public func entropyLoss(entropies: Tensor, weights: Tensor) -> Tensor {
  -weightedSum(entropies, weights)
}
