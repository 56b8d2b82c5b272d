// Decoupled clip and dynamic sampling policy optimization: GRPO for long chains of thought.

/// DAPO: GRPO with four changes and no KL.
///
///     clip-higher         ε_low = 0.2, ε_high = 0.28
///     token-level loss    every token of the step weighs the same
///     dynamic sampling    groups that are all right or all wrong are dropped and drawn anew
///     overlong shaping    cut-off responses leave the policy's loss; long ones pay a soft penalty
///
/// The paper's ladder adds filtering (36) and the soft penalty (41) one after the other, so both
/// are on here.
///
/// Source: arXiv:2503.14476, eq. 8, sec. 3 and table 1.
public enum DAPO {
  /// Makes a bundle this method's.
  public static func apply(to bundle: inout MethodSettings) {
    GRPO.apply(to: &bundle)
    bundle.policy.usesKLLoss = false
    bundle.policy.klLossCoefficient = 0.001
    bundle.policy.clipRatioHigh = 0.28
    bundle.policy.aggregation = .tokenMean
    bundle.algorithm.filterGroups.enable = true
    bundle.algorithm.overlongFiltering = true
    bundle.overlongBuffer = true
    bundle.algorithm.preset = .dapo
  }
}
