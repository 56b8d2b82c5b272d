// Proximal policy optimization, as VAPO's paper runs it for its control.

/// PPO: a critic, generalized advantages, a clipped surrogate.
///
///     credit    GAE, λ = 0.95 for policy and critic alike, γ = 1
///     policy    clipped surrogate, ε = 0.2 both ways, each response weighing the same
///     critic    squared error against the λ-return, mean over tokens
///     prompts   one response each
///
/// Source: arXiv:1707.06347; the numbers are those of "Vanilla PPO" in VAPO, arXiv:2504.05118,
/// sec. 5.1 and table 1. The paper names neither a KL term, nor whitening, nor a value clip, nor an
/// average for the value loss; this page has none of the first three and the mean over tokens.
public enum PPO {
  /// Makes a bundle this method's.
  public static func apply(to bundle: inout MethodSettings) {
    bundle.clear()
    bundle.algorithm.advantageEstimator = .gae
    bundle.algorithm.criticLambda = Technique.vanillaLambda
    bundle.algorithm.policyLambda.form = .fixed
    bundle.algorithm.policyLambda.lam = Technique.vanillaLambda
    bundle.policy.aggregation = .sequenceMeanTokenMean
    bundle.groupSampling = false
    bundle.algorithm.preset = .ppo
  }
}
