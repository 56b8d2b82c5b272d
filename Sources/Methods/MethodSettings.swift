// Everything that makes a method the method it is, in one bundle that its page fills in. Numbers
// of the task's scale (rates, batch sizes, lengths, group sizes) are not in here.

/// The settings that a method's page decides.
public struct MethodSettings: Equatable, Sendable {
  /// How rewards become credit.
  public var algorithm = AlgorithmSettings()
  /// What the policy minimizes.
  public var policy = PolicyLossSettings()
  /// What the critic minimizes.
  public var value = ValueLossSettings()
  /// Whether the critic learns from a fixed policy before the policy moves.
  public var valuePretraining = true
  /// Whether a prompt is answered several times; otherwise as many prompts are drawn as there
  /// would be responses.
  public var groupSampling = true
  /// Whether long responses pay the soft overlong penalty.
  public var overlongBuffer = false

  /// The defaults: VAPO's.
  public init() {}

  /// A bundle of settings read elsewhere.
  public init(
    algorithm: AlgorithmSettings, policy: PolicyLossSettings, value: ValueLossSettings,
    valuePretraining: Bool, groupSampling: Bool, overlongBuffer: Bool
  ) {
    self.algorithm = algorithm
    self.policy = policy
    self.value = value
    self.valuePretraining = valuePretraining
    self.groupSampling = groupSampling
    self.overlongBuffer = overlongBuffer
  }

  /// A method by name, less some of VAPO's techniques.
  public init(_ preset: Preset, without removed: [Technique] = []) {
    preset.apply(to: &self)
    for technique in removed { technique.remove(from: &self) }
  }

  /// Whether the method has a critic.
  public var usesCritic: Bool { algorithm.advantageEstimator.rule.usesCritic }

  /// Whether the method needs the reference model's log-probabilities.
  public var usesReference: Bool { algorithm.usesKLInReward || policy.usesKLLoss }

  /// Takes every technique and extra term away, so that a page states only what its method has
  /// and nothing of a former method stays.
  mutating func clear() {
    algorithm.gamma = 1
    algorithm.rewardBaseline = .none
    algorithm.whitensAdvantages = false
    algorithm.usesKLInReward = false
    algorithm.referenceSyncSteps = 0
    algorithm.filterGroups.enable = false
    algorithm.overlongFiltering = false
    algorithm.positiveLossCoefficient = 0
    algorithm.selfImitation.enable = false
    algorithm.bootstrapsTruncated = false
    algorithm.criticLambda = 1
    algorithm.policyLambda.form = .fixed
    algorithm.policyLambda.lam = 1
    algorithm.dividesByDeviation = true
    policy.surrogate.mode = .vanilla
    policy.clipRatioLow = 0.2
    policy.clipRatioHigh = 0.2
    policy.clipRatioC = 0
    policy.entropyCoefficient = 0
    policy.usesKLLoss = false
    policy.klLossCoefficient = 0.001
    policy.klLossType = .k3
    value.clipRange = 0
    value.aggregation = .tokenMean
    valuePretraining = false
    groupSampling = true
    overlongBuffer = false
  }
}
