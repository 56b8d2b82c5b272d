// What the critic minimizes. As for the policy: weighted sums over the flat axis P, the weights
// holding the averaging and its denominator over the whole optimizer step.

public import Torch

/// A value loss with what is worth knowing about it.
public struct ValueLoss {
  /// `[]`, this micro-batch's share of the loss.
  public var loss: Tensor
  /// `[]`, tokens that count whose clipped error was the larger; no gradient.
  public var clipped: Tensor
}

/// The squared error against the return, optionally held near the old value.
///
///     loss = Σ w·½·(V - R)²
///     with a range c: loss = Σ w·½·max((V - R)², (V_old + clamp(V - V_old, ±c) - R)²)
///
/// Source: the value clipping of PPO's reference implementation, in verl's form (`cliprange_value`).
///
/// - Parameters:
///   - values: `[P]`, the critic being trained. Carries the gradient.
///   - returns: `[P]`.
///   - oldValues: `[P]`, the critic before the update; used only with a range.
///   - weights: `[P]`, the tokens' weights; see ``LossAggregation``.
///   - range: c; infinity for no clipping.
/// - Returns: the loss and the number of clipped tokens.
public func valueLoss(
  values: Tensor, returns: Tensor, oldValues: Tensor, weights: Tensor, range: Double = .infinity
) -> ValueLoss {
  let free = (values - returns) * (values - returns)
  guard range.isFinite else {
    let none = Tensor.zeros([], device: values.device)
    return ValueLoss(loss: weightedSum(free, weights) * 0.5, clipped: none)
  }
  let held = oldValues.detached() + (values - oldValues.detached()).clamped(to: -range...range)
  let near = (held - returns) * (held - returns)
  let clipped = withoutGradient {
    free.less(than: near).and(weights.greater(than: 0)).to(.float32).sum()
  }
  return ValueLoss(loss: weightedSum(maximum(free, near), weights) * 0.5, clipped: clipped)
}

/// Self-imitation: repeat what once went better than the critic now expects.
///
///     loss = -Σ w·log π·min((R - V)₊, cap)
///
/// Source: Self-Imitation Learning, arXiv:1806.05635, eq. 2; the cap is its authors' code's.
///
/// - Parameters:
///   - logProbs: `[P]`, under the policy being trained, of replayed tokens. Carries the gradient.
///   - returns: `[P]`, what followed when the tokens were first produced.
///   - values: `[P]`, the critic's present estimate; no gradient flows into it.
///   - weights: `[P]`; see ``selfImitationWeights(importance:returns:values:minimum:)``.
///   - cap: the most a token's advantage counts; infinity for no cap.
/// - Returns: `[]`, this micro-batch's share of the loss.
public func selfImitationLoss(
  logProbs: Tensor, returns: Tensor, values: Tensor, weights: Tensor, cap: Double = .infinity
) -> Tensor {
  -weightedSum(logProbs * (returns - values.detached()).clamped(to: 0...cap), weights)
}

/// The value half of self-imitation: raise estimates that were exceeded, never lower one.
///
///     loss = Σ w·½·((R - V)₊)²
///
/// Source: Self-Imitation Learning, arXiv:1806.05635, eq. 3.
///
/// - Parameters:
///   - values: `[P]`, the critic being trained. Carries the gradient.
///   - returns: `[P]`.
///   - weights: `[P]`.
/// - Returns: `[]`, this micro-batch's share of the loss.
public func selfImitationValueLoss(values: Tensor, returns: Tensor, weights: Tensor) -> Tensor {
  let excess = (returns - values).clamped(to: 0 ... .infinity)
  return weightedSum(excess * excess, weights) * 0.5
}

/// The token weights of replayed episodes.
///
///     w = importance / max(minimum, tokens with R > V)
///
/// Source: the authors' code of arXiv:1806.05635, which divides by the useful samples and never by
/// fewer than a minimum.
///
/// - Parameters:
///   - importance: one a replayed episode, correcting its chance of being drawn.
///   - returns: `[T]` an episode.
///   - values: `[T]` an episode, the critic's present estimates.
///   - minimum: the least divisor.
/// - Returns: one weight an episode, for each of its tokens.
public func selfImitationWeights(
  importance: [Double], returns: [[Float]], values: [[Float]], minimum: Int
) -> [Double] {
  precondition(
    importance.count == returns.count && returns.count == values.count,
    "\(importance.count) episodes, \(returns.count) returns, \(values.count) values")
  let useful = zip(returns.joined(), values.joined()).count { $0 > $1 }
  return importance.map { $0 / Double(max(minimum, useful, 1)) }
}
