// DeepSeek-R1-Zero's training: GRPO from a base model, with rewards by rule.

/// R1-Zero: GRPO with a lighter tie to the reference model.
///
///     credit, policy    as ``GRPO``, with β = 0.001
///
/// ε stays 0.2: the paper states one (10) only for the first stage of R1, not for R1-Zero. Its
/// rewards by rule, its 16 answers a prompt and its renewal of the reference model every 400 steps
/// belong to a recipe.
///
/// Source: arXiv:2501.12948 and its version in Nature.
public enum R1Zero {
  /// Makes a bundle this method's.
  public static func apply(to bundle: inout MethodSettings) {
    GRPO.apply(to: &bundle)
    bundle.policy.klLossCoefficient = 0.001
    bundle.algorithm.preset = .r1Zero
  }
}
