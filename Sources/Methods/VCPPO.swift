// Value-calibrated PPO: why PPO fails on long responses, and the two repairs that VAPO keeps.

/// VC-PPO: PPO whose critic is taught first, and taught the whole return.
///
///     credit    GAE twice: λ = 0.95 for the policy, λ = 1 for the critic
///     critic    pretrained on returns of a fixed policy
///     rest      as ``PPO``
///
/// A critic started from a reward model scores early tokens too low, and λ = 0.95 over a long
/// response leaves nothing of the last reward; the two repairs answer the two findings.
///
/// Source: arXiv:2503.01491.
public enum VCPPO {
  /// Makes a bundle this method's.
  public static func apply(to bundle: inout MethodSettings) {
    PPO.apply(to: &bundle)
    bundle.valuePretraining = true
    bundle.algorithm.criticLambda = 1
    bundle.algorithm.preset = .vcPPO
  }
}
