// VAPO's seven techniques, each of which can be taken away alone: the rows of the paper's table 1.

/// One of the seven.
public enum Technique: String, NamedChoice {
  /// The critic learns from a fixed policy first.
  case valuePretraining = "value-pretraining"
  /// The critic's λ is 1, whatever the policy's.
  case decoupledGAE = "decoupled-gae"
  /// The policy's λ grows with the response.
  case lengthAdaptiveGAE = "length-adaptive-gae"
  /// Every token of the step weighs the same.
  case tokenLevelLoss = "token-level-loss"
  /// The ratio may rise further than it may fall.
  case clipHigher = "clip-higher"
  /// Correct responses are imitated.
  case positiveExampleLoss = "positive-example-loss"
  /// A prompt is answered several times.
  case groupSampling = "group-sampling"

  /// The λ of vanilla PPO, for policy and critic.
  ///
  /// Source: VAPO, arXiv:2504.05118, sec. 5.1.
  static let vanillaLambda = 0.95

  /// Puts what vanilla PPO does in the technique's place and leaves the rest alone.
  ///
  /// Without decoupled GAE the critic's λ is vanilla PPO's and the policy's stays as it is;
  /// without length-adaptive GAE the policy's is.
  public func remove(from bundle: inout MethodSettings) {
    switch self {
    case .valuePretraining: bundle.valuePretraining = false
    case .decoupledGAE: bundle.algorithm.criticLambda = Self.vanillaLambda
    case .lengthAdaptiveGAE:
      bundle.algorithm.policyLambda.form = .fixed
      bundle.algorithm.policyLambda.lam = Self.vanillaLambda
    case .tokenLevelLoss: bundle.policy.aggregation = .sequenceMeanTokenMean
    case .clipHigher: bundle.policy.clipRatioHigh = bundle.policy.clipRatioLow
    case .positiveExampleLoss: bundle.algorithm.positiveLossCoefficient = 0
    case .groupSampling: bundle.groupSampling = false
    }
  }
}
