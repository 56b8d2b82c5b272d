// Value-based augmented PPO: the method this program is named after.

/// VAPO: PPO with a critic, made to survive long responses by seven techniques.
///
///     1 value pretraining     the critic learns from a fixed policy first          (VC-PPO)
///     2 decoupled GAE         λ = 1 for the critic, another λ for the policy        (VC-PPO)
///     3 length-adaptive GAE   λ_policy = 1 - 1/(α·l), α = 0.05
///     4 token-level loss      every token of the step weighs the same
///     5 clip-higher           ε_low = 0.2, ε_high = 0.28
///     6 positive examples     + μ · negative log-likelihood of correct responses, μ = 0.1
///     7 group sampling        many responses to few prompts; no baseline comes from the group
///
/// No KL term, no whitening, no value clip. This α suits responses of thousands of tokens: up to 1/α
/// tokens λ is 0, so a recipe with short responses sets its own (20/l puts λ = 0.95 at l tokens).
/// Clip-higher acts only where a rollout serves several optimizer steps.
///
/// Source: arXiv:2504.05118, sec. 4 and 5.1. Techniques 1 and 2 are ``VCPPO``'s; each can be taken
/// away by ``Technique``.
public enum VAPO {
  /// Makes a bundle this method's.
  public static func apply(to bundle: inout MethodSettings) {
    VCPPO.apply(to: &bundle)
    bundle.algorithm.policyLambda.form = .lengthAdaptive
    bundle.algorithm.policyLambda.alpha = 0.05
    bundle.policy.aggregation = .tokenMean
    bundle.policy.clipRatioHigh = 0.28
    bundle.algorithm.positiveLossCoefficient = 0.1
    bundle.groupSampling = true
    bundle.algorithm.preset = .vapo
  }
}
