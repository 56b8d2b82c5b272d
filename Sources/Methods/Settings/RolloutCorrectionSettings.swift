// What is done about a rollout that the trainer's policy would not have sampled just so.

public import Records

/// The section `algorithm.rollout_correction`; names and meanings are verl's where it has them.
public struct RolloutCorrectionSettings: Codable, Equatable, Sendable {
  /// How tokens are weighted (`rollout_is`).
  public enum Weighting: String, NamedChoice {
    /// Not at all.
    case none
    /// By π_old/μ, truncated.
    case token
  }

  /// What is left out (`rollout_rs`).
  public enum Rejection: String, NamedChoice {
    /// Nothing.
    case none
    /// Tokens whose ratio lies outside the bounds.
    case token
    /// Responses whose ratios' geometric mean lies outside the bounds.
    case geometric
  }

  /// How tokens are weighted; where nobody says, `token` with servers, rollouts drawn ahead and weights of eight bits.
  public var weighting = Weighting.none
  /// C, the most a token's weight may be.
  public var weightCap = 2.0
  /// What is left out.
  public var rejection = Rejection.none
  /// The largest ratio that stays.
  public var rejectionUpper = 2.0
  /// The smallest ratio that stays; 0 for one over the largest, as in verl.
  public var rejectionLower = 0.0

  /// The defaults: no correction.
  public init() {}

  /// Whether anything is corrected.
  public var isOn: Bool { weighting != .none || rejection != .none }

  enum CodingKeys: String, CodingKey {
    case weighting = "rollout_is"
    case weightCap = "rollout_is_threshold"
    case rejection = "rollout_rs"
    case rejectionUpper = "rollout_rs_threshold"
    case rejectionLower = "rollout_rs_threshold_lower"
  }

  /// What is wrong with these settings.
  public var problems: [SettingsProblem] {
    var rules = Rules()
    rules.require(
      weightCap > 0, "rollout_correction.rollout_is_threshold", "must be above 0, is \(weightCap)")
    rules.require(
      rejectionUpper >= 1, "rollout_correction.rollout_rs_threshold",
      "must be at least 1, is \(rejectionUpper)")
    rules.require(
      (0...1).contains(rejectionLower), "rollout_correction.rollout_rs_threshold_lower",
      "must lie in 0...1, is \(rejectionLower)")
    return rules.problems
  }
}
