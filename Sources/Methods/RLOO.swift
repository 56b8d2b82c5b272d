// REINFORCE leave-one-out: each response against the mean of the others.

/// RLOO: a whole response is one action, and the group's other responses are its baseline.
///
///     reward    r - β·Σ log π_old/π_ref, β = `algorithm.kl_coef`
///     credit    A = R - mean of the others' R, the same for every token
///     policy    -Σ A·log π summed over the response, a mean over responses
///
/// The paper runs on policy, where PPO's clip does nothing; there is none here.
///
/// Source: arXiv:2402.14740, sec. 2 and 3.
public enum RLOO {
  /// Each response against the mean of its group's others.
  static let credit = CreditRule.grouped { _ in .leaveOneOut }

  /// Makes a bundle this method's.
  public static func apply(to bundle: inout MethodSettings) {
    bundle.clear()
    bundle.algorithm.advantageEstimator = .rloo
    bundle.algorithm.usesKLInReward = true
    bundle.policy.surrogate.mode = .gpg
    bundle.policy.aggregation = .sequenceMeanTokenSum
    bundle.algorithm.preset = .rloo
  }
}
