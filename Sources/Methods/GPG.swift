// Group policy gradient: the plain objective, without surrogate, clip, critic or reference.

import Torch

/// GPG: REINFORCE against the group's mean.
///
///     credit    A = α·(r - mean), α = responses / responses of groups whose rewards differ
///     policy    -Σ w·A·log π, every token weighing the same; no KL
///
/// Groups whose rewards are all equal have no gradient but count in the mean; α makes up for them.
/// verl's `gpg` counts nonzero rewards in its α instead, which is another number wherever wrong
/// responses in mixed groups have a reward of 0.
///
/// Source: arXiv:2504.02546, F_norm = 1.
public enum GPG {
  /// The policy gradient itself.
  static let loss = PolicyLoss { tokens, settings in
    let weights = tokens.surrogateWeights
    let advantages = tokens.columns[.advantage]
    // Nothing is clipped: bounds that no ratio reaches.
    let still = clippedSurrogateLoss(
      logProbs: tokens.logProbs.detached(), oldLogProbs: tokens.columns[.oldLogProb],
      advantages: advantages, weights: weights, clip: ClipRange(low: 1, high: 1e30))
    return SurrogateLoss(
      loss: -weightedSum(advantages * tokens.logProbs, weights), statistics: still.statistics)
  }

  /// Each response against its group's mean, scaled up for groups that say nothing.
  static let credit = CreditRule.grouped(
    scale: { batch in
      let saying = batch.groups.filter { members in
        let sums = members.map { batch.rewards[$0].reduce(0.0) { $0 + Double($1) } }
        return sums.contains { $0 != sums[0] }
      }
      let count = saying.reduce(0) { $0 + $1.count }
      return count > 0 ? Double(batch.graded.count) / Double(count) : 1
    }, against: { _ in .mean })

  /// Makes a bundle this method's.
  public static func apply(to bundle: inout MethodSettings) {
    bundle.clear()
    bundle.algorithm.advantageEstimator = .gpg
    bundle.policy.surrogate.mode = .gpg
    bundle.policy.aggregation = .tokenMean
    bundle.algorithm.preset = .gpg
  }
}
