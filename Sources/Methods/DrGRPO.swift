// GRPO done right: the same method less the two divisions that bias it.

/// GRPO that divides neither by a response's length nor by the group's deviation.
///
///     credit    A = r - mean
///     policy    clipped surrogate, ε = 0.2, summed over tokens and divided by a constant length;
///               no KL
///
/// Dividing by the length makes long wrong responses cheap; dividing by the deviation makes the
/// easiest and hardest prompts loud.
///
/// Source: arXiv:2503.20783.
public enum DrGRPO {
  /// Makes a bundle this method's.
  public static func apply(to bundle: inout MethodSettings) {
    GRPO.apply(to: &bundle)
    bundle.algorithm.dividesByDeviation = false
    bundle.policy.aggregation = .sequenceMeanTokenSumNorm
    bundle.policy.usesKLLoss = false
    bundle.policy.klLossCoefficient = 0.001
    bundle.algorithm.preset = .drGRPO
  }
}
