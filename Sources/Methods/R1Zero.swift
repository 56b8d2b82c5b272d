// DeepSeek-R1-Zero's training: GRPO from a base model, with rewards by rule.

/// R1-Zero: GRPO with a lighter tie to the reference model.
///
///     credit, policy    as ``GRPO``, with β = 0.001
///     reference         the policy of 400 rollouts ago at most: renewed that often
///
/// ε stays 0.2: the paper states one (10) only for the first stage of R1, not for R1-Zero. Its
/// rewards by rule and its 16 responses a prompt belong to a recipe.
///
/// Source: arXiv:2501.12948 and its version in Nature.
public enum R1Zero {
  /// Makes a bundle this method's.
  public static func apply(to bundle: inout MethodSettings) {
    GRPO.apply(to: &bundle)
    bundle.policy.klLossCoefficient = 0.001
    bundle.algorithm.referenceSyncSteps = 400
    bundle.algorithm.preset = .r1Zero
  }
}
