// Group-relative policy optimization: no critic; the other responses are the yardstick.

/// GRPO: each response against its group.
///
///     credit    A = (r - mean)/(standard deviation + 1e-6) over the responses to one prompt,
///               the same for every token of the response
///     policy    clipped surrogate, ε = 0.2, each response weighing the same, + β · KL (k3),
///               β = 0.04
///
/// Source: DeepSeekMath, arXiv:2402.03300, eq. 3 and 4; β from its sec. 4.2. It states neither ε nor
/// which standard deviation: 0.2 is PPO's, and n - 1 is what verl and TRL compute.
public enum GRPO {
  /// Each response against its group, divided by the group's deviation where the settings say so.
  static let credit = CreditRule.grouped {
    $0.dividesByDeviation ? .meanAndDeviation() : .mean
  }

  /// Makes a bundle this method's.
  public static func apply(to bundle: inout MethodSettings) {
    bundle.clear()
    bundle.algorithm.advantageEstimator = .grpo
    bundle.policy.aggregation = .sequenceMeanTokenMean
    bundle.policy.usesKLLoss = true
    bundle.policy.klLossCoefficient = 0.04
    bundle.policy.klLossType = .k3
    bundle.algorithm.preset = .grpo
  }
}
