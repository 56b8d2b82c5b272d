// The section `algorithm` of a configuration: how rewards become credit. Names are verl's where
// verl has one. Every key is always written; none is optional.

public import Records

/// What is taken from the rewards before generalized advantages (`reward_baseline`).
///
/// The critic is taught the same rewards as the policy, so that the two stay about one quantity.
public enum RewardBaseline: String, NamedChoice {
  /// Nothing: the paper's.
  case none
  /// The group's mean.
  case groupMean = "group-mean"
  /// The group's mean, and divided by its standard deviation.
  case groupMeanDeviation = "group-mean-std"
}

/// Which prompts' groups reach the policy (`algorithm.filter_groups`).
public struct GroupFilterSettings: Codable, Equatable, Sendable {
  /// Whether groups whose responses do not differ are dropped: dynamic sampling.
  public var enable = false
  /// By what they must differ.
  public var metric = GroupMetric.accuracy
  /// How many rollouts may be drawn to fill one step before it goes on with fewer groups.
  public var maxGenerationBatches = 10

  /// The defaults: no filter.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case enable, metric
    case maxGenerationBatches = "max_num_gen_batches"
  }
}

/// Self-imitation from a replay buffer (`algorithm.self_imitation`).
///
/// Source: arXiv:1806.05635. Of its authors' code these are kept: β = 0.01, a buffer of 100,000
/// steps, priority exponent 0.6, at least 100 steps before the first replay, advantages of at most
/// 1 and a divisor of at least 64. These are not: they replay 512 steps four times a rollout, here 32
/// whole responses once; they start the importance exponent at 0.1, here 1; they weigh the whole
/// with 0.1 beside PPO and add an entropy bonus, and share PPO's optimizer and moments.
public struct SelfImitationSettings: Codable, Equatable, Sendable {
  /// Whether it runs.
  public var enable = false
  /// The weight of self-imitation as a whole; 0 is off.
  ///
  /// As its updates have AdamW moments of their
  /// own, for which a loss's size means nothing, it scales their learning rates.
  public var coefficient = 1.0
  /// β, the weight of the value loss beside the policy's.
  public var valueCoefficient = 0.01
  /// The most tokens the buffer holds.
  public var capacity = 100_000
  /// How strongly a priority steers the draw: 0 not at all, 1 in proportion.
  public var priorityExponent = 0.6
  /// How strongly the draw's bias is taken back: 0 not at all, 1 wholly.
  public var importanceExponent = 1.0
  /// Episodes an update replays.
  public var batchSize = 32
  /// Updates an optimizer step.
  public var updatesPerStep = 1
  /// Tokens the buffer must hold before the first replay.
  public var minimumTokens = 100
  /// The most a token's R - V counts.
  public var maximumAdvantage = 1.0
  /// The least number of tokens an update's loss is divided by.
  public var minimumNormalizer = 64

  /// The defaults: off.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case enable, capacity
    case coefficient = "coef"
    case valueCoefficient = "value_coef"
    case priorityExponent = "priority_exponent"
    case importanceExponent = "importance_exponent"
    case batchSize = "batch_size"
    case updatesPerStep = "updates_per_step"
    case minimumTokens = "min_tokens"
    case maximumAdvantage = "max_advantage"
    case minimumNormalizer = "min_normalizer"
  }
}

/// The section `algorithm`.
///
/// verl's one `lam` is ``criticLambda`` and a fixed ``policyLambda`` set to the same number.
public struct AlgorithmSettings: Codable, Equatable, Sendable {
  /// Which method's page the defaults come from; see ``Preset``.
  public var preset = Preset.vapo
  /// How the reward becomes advantages.
  public var advantageEstimator = AdvantageEstimator.gae
  /// γ, what a reward is multiplied by for every token that it is away; 1 discounts nothing.
  public var gamma = 1.0
  /// λ of the returns that teach the critic; 1 makes them the reward to go.
  public var criticLambda = 1.0
  /// λ of the advantages that move the policy.
  public var policyLambda = PolicyLambdaSettings()
  /// What is taken from the rewards before `gae`; the group estimators have their own.
  public var rewardBaseline = RewardBaseline.none
  /// Whether `grpo` divides by the group's standard deviation.
  public var dividesByDeviation = true
  /// Whether the batch's advantages are brought to mean 0 and variance 1.
  public var whitensAdvantages = false
  /// Whether a divergence from the reference model is taken from the rewards.
  public var usesKLInReward = false
  /// The price of that divergence, in rewards a nat.
  public var klCoefficient = 0.001
  /// How the price moves.
  public var klControl = KLControlSettings()
  /// How that divergence is estimated from a token's log-probabilities, d their difference.
  public var klPenalty = DivergenceEstimator.k1
  /// Rollouts after which the policy as it then is becomes the reference; 0 keeps the first.
  public var referenceSyncSteps = 0
  /// Dynamic sampling.
  public var filterGroups = GroupFilterSettings()
  /// Whether the policy leaves out responses that were cut off.
  public var overlongFiltering = false
  /// μ, the weight of imitating the batch's correct responses; 0 is off.
  public var positiveLossCoefficient = 0.1
  /// Imitation from a replay buffer.
  public var selfImitation = SelfImitationSettings()
  /// Whether a response that was cut off is worth what the critic expects after it, instead of
  /// its score.
  public var bootstrapsTruncated = false
  /// What is done about the rollout's distribution not being the trainer's.
  public var rolloutCorrection = RolloutCorrectionSettings()

  /// The defaults: VAPO's.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case preset, gamma
    case advantageEstimator = "adv_estimator"
    case criticLambda = "lam_critic"
    case policyLambda = "lam_policy"
    case rewardBaseline = "reward_baseline"
    case dividesByDeviation = "norm_adv_by_std_in_grpo"
    case whitensAdvantages = "whiten_advantages"
    case usesKLInReward = "use_kl_in_reward"
    case klCoefficient = "kl_coef"
    case klControl = "kl_ctrl"
    case klPenalty = "kl_penalty"
    case referenceSyncSteps = "ref_model_sync_steps"
    case filterGroups = "filter_groups"
    case overlongFiltering = "overlong_filtering"
    case positiveLossCoefficient = "positive_loss_coef"
    case selfImitation = "self_imitation"
    case bootstrapsTruncated = "value_bootstrap_truncated"
    case rolloutCorrection = "rollout_correction"
  }

  /// What is wrong with these settings.
  public var problems: [SettingsProblem] {
    var rules = Rules()
    rules.require(
      klControl.target > 0, "kl_ctrl.target_kl", "must be above 0, is \(klControl.target)")
    rules.require(
      klControl.horizon >= 1, "kl_ctrl.horizon", "must be at least 1, is \(klControl.horizon)")
    for (key, value) in [("gamma", gamma), ("lam_critic", criticLambda)] {
      rules.require((0...1).contains(value), key, "must lie in 0...1, is \(value)")
    }
    for (key, value) in [
      ("kl_coef", klCoefficient), ("positive_loss_coef", positiveLossCoefficient),
      ("self_imitation.coef", selfImitation.coefficient),
      ("self_imitation.value_coef", selfImitation.valueCoefficient),
      ("self_imitation.priority_exponent", selfImitation.priorityExponent),
      ("self_imitation.importance_exponent", selfImitation.importanceExponent),
      ("self_imitation.max_advantage", selfImitation.maximumAdvantage),
    ] {
      rules.require(value >= 0, key, "must not be negative, is \(value)")
    }
    for (key, value) in [
      ("filter_groups.max_num_gen_batches", filterGroups.maxGenerationBatches),
      ("self_imitation.capacity", selfImitation.capacity),
      ("self_imitation.batch_size", selfImitation.batchSize),
      ("self_imitation.updates_per_step", selfImitation.updatesPerStep),
      ("self_imitation.min_normalizer", selfImitation.minimumNormalizer),
    ] {
      rules.require(value >= 1, key, "must be at least 1, is \(value)")
    }
    rules.require(
      referenceSyncSteps >= 0, "ref_model_sync_steps",
      "must not be negative, is \(referenceSyncSteps)")
    let hasCritic = advantageEstimator.rule.usesCritic
    for (key, needsCritic) in [
      ("self_imitation.enable", selfImitation.enable),
      ("value_bootstrap_truncated", bootstrapsTruncated),
    ] {
      rules.require(hasCritic || !needsCritic, key, "needs a critic, hence adv_estimator: gae")
    }
    rules.require(
      rewardBaseline == .none || !bootstrapsTruncated, "value_bootstrap_truncated",
      "does not go with a reward_baseline")
    rules.require(
      hasCritic || rewardBaseline == .none, "reward_baseline",
      "only gae takes one; \(advantageEstimator.rawValue) has its own")
    return rules.problems + policyLambda.problems + rolloutCorrection.problems
  }
}
