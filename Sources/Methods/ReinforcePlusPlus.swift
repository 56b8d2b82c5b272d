// REINFORCE++: no critic; the whole batch is the yardstick.

import Records

/// REINFORCE++: returns whitened over the batch.
///
///     reward    r at the end, less β·k1 a token, β = `algorithm.kl_coef`
///     credit    A_t = Σ γ^k r_{t+k}, brought to mean 0 and variance 1 over the batch's tokens
///     policy    clipped surrogate, ε = 0.2, every token weighing the same
///     prompts   one response each
///
/// Source: arXiv:2501.03262; verl's `reinforce_plus_plus`.
public enum ReinforcePlusPlus {
  /// The reward to go, whitened.
  static let credit = CreditRule(whitens: true) { batch in
    var credited = batch.uncredited
    for index in batch.graded {
      credited[index].advantages = rewardsToGo(
        batch.rewards[index], discount: batch.settings.gamma)
    }
    return credited
  }

  /// Makes a bundle this method's.
  public static func apply(to bundle: inout MethodSettings) {
    bundle.clear()
    bundle.algorithm.advantageEstimator = .reinforcePlusPlus
    bundle.algorithm.usesKLInReward = true
    bundle.policy.aggregation = .tokenMean
    bundle.groupSampling = false
    bundle.algorithm.preset = .reinforcePlusPlus
  }
}

/// REINFORCE++ with a baseline: less the group's mean, then whitened over the batch.
///
///     credit    A = r - mean, the same for every token, brought to mean 0 and variance 1
///     policy    clipped surrogate, ε = 0.2, + β · KL (k2), every token weighing the same
///
/// The paper states no β; 0.001 is verl's.
///
/// Source: arXiv:2501.03262; verl's `reinforce_plus_plus_baseline`.
public enum ReinforcePlusPlusBaseline {
  /// Each response against its group's mean, whitened.
  static let credit = CreditRule.grouped(whitens: true) { _ in .mean }

  /// Makes a bundle this method's.
  public static func apply(to bundle: inout MethodSettings) {
    bundle.clear()
    bundle.algorithm.advantageEstimator = .reinforcePlusPlusBaseline
    bundle.policy.aggregation = .tokenMean
    bundle.policy.usesKLLoss = true
    bundle.policy.klLossType = .k2
    bundle.algorithm.preset = .reinforcePlusPlusBaseline
  }
}
