// The parts of the sections `actor` and `critic` that say what is minimized. Names are verl's.

public import Records

/// The section `actor.policy_loss`.
public struct SurrogateSettings: Codable, Equatable, Sendable {
  /// What the surrogate is.
  public var mode = PolicyLossMode.vanilla

  /// The defaults: PPO's.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case mode = "loss_mode"
  }
}

/// What the policy minimizes (part of section `actor`).
public struct PolicyLossSettings: Codable, Equatable, Sendable {
  /// What the surrogate is.
  public var surrogate = SurrogateSettings()
  /// ε_low: a token whose ratio has fallen below 1 less this gets no gradient that lowers it further.
  public var clipRatioLow = 0.2
  /// ε_high: a token whose ratio has risen above 1 plus this gets no gradient that raises it further; above
  /// ε_low it is DAPO's clip-higher.
  public var clipRatioHigh = 0.28
  /// c of the dual clip: the most that the ratio of a token with a negative advantage may count; 0 is off.
  public var clipRatioC = 0.0
  /// What the loss averages over.
  public var aggregation = LossAggregation.tokenMean
  /// The weight of the entropy bonus; 0 is off.
  public var entropyCoefficient = 0.0
  /// The weight of the loss that keeps a mixture's experts evenly used; 0 is off.
  public var routerBalanceCoefficient = 0.0
  /// Whether the divergence from the reference model is part of the loss.
  public var usesKLLoss = false
  /// What that divergence weighs in the loss.
  public var klLossCoefficient = 0.001
  /// How that divergence is estimated from a token's log-probabilities, d their difference.
  public var klLossType = DivergenceEstimator.k3

  /// The defaults: VAPO's.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case surrogate = "policy_loss"
    case clipRatioLow = "clip_ratio_low"
    case clipRatioHigh = "clip_ratio_high"
    case clipRatioC = "clip_ratio_c"
    case aggregation = "loss_agg_mode"
    case entropyCoefficient = "entropy_coeff"
    case routerBalanceCoefficient = "router_aux_loss_coef"
    case usesKLLoss = "use_kl_loss"
    case klLossCoefficient = "kl_loss_coef"
    case klLossType = "kl_loss_type"
  }

  /// How far the ratio may move.
  public var clip: ClipRange {
    ClipRange(
      low: clipRatioLow, high: clipRatioHigh, dual: clipRatioC == 0 ? .infinity : clipRatioC)
  }

  /// What is wrong with these settings.
  public var problems: [SettingsProblem] {
    var rules = Rules()
    for (key, value) in [
      ("clip_ratio_low", clipRatioLow), ("clip_ratio_high", clipRatioHigh),
      ("entropy_coeff", entropyCoefficient), ("kl_loss_coef", klLossCoefficient),
      ("router_aux_loss_coef", routerBalanceCoefficient),
    ] {
      rules.require(value >= 0, key, "must not be negative, is \(value)")
    }
    rules.require(
      clipRatioC == 0 || clipRatioC > 1, "clip_ratio_c",
      "must be above 1, or 0 for none, is \(clipRatioC)")
    return rules.problems
  }
}

/// What the critic minimizes (part of section `critic`).
public struct ValueLossSettings: Codable, Equatable, Sendable {
  /// How far a value may move from the old one before clipping; 0 is off.
  public var clipRange = 0.0
  /// What the loss averages over.
  public var aggregation = LossAggregation.tokenMean

  /// The defaults: VAPO's.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case clipRange = "cliprange_value"
    case aggregation = "loss_agg_mode"
  }

  /// The range as ``valueLoss(values:returns:oldValues:weights:range:)`` takes it.
  public var range: Double { clipRange == 0 ? .infinity : clipRange }

  /// What is wrong with these settings.
  public var problems: [SettingsProblem] {
    var rules = Rules()
    rules.require(clipRange >= 0, "cliprange_value", "must not be negative, is \(clipRange)")
    return rules.problems
  }
}
