// The YAML face of PolicyLambda: flat, every key always present, one of them saying which of the
// others count.

public import Records

/// The λ of the policy's advantages (`algorithm.lam_policy`).
public struct PolicyLambdaSettings: Codable, Equatable, Sendable {
  /// The forms of ``PolicyLambda``.
  public enum Form: String, NamedChoice {
    /// `lam` for every response.
    case fixed
    /// 1 - 1/(α·l), from 0 up: the paper's.
    case lengthAdaptive = "length-adaptive"
    /// The same with a horizon of at least min(l, 1/α).
    case lengthAdaptiveFloor = "length-adaptive-floor"
    /// `short` up to `length` tokens, `long` beyond.
    case threshold
    /// `short` up to the batch's `quantile` of lengths, `long` beyond.
    case thresholdQuantile = "threshold-quantile"
    /// q^(1/(l-1)).
    case endpointWeight = "endpoint-weight"
  }

  /// How λ depends on the length of a response.
  public var form = Form.lengthAdaptive
  /// λ of `fixed`.
  ///
  /// 0.95: VAPO's vanilla PPO, arXiv:2504.05118, sec. 5.1.
  public var lam = 0.95
  /// α of the length-adaptive forms.
  ///
  /// 0.05: arXiv:2504.05118, sec. 5.1; 20/l puts λ = 0.95 at l tokens.
  public var alpha = 0.05
  /// The longest response that is short, of `threshold`.
  public var length = 100
  /// The share of responses that is short, of `threshold-quantile`: 0.5 is the median.
  public var quantile = 0.5
  /// λ of short responses.
  public var short = 0.95
  /// λ of long responses.
  public var long = 0.99
  /// q of `endpoint-weight`: how much of the last reward reaches the first token.
  public var q = 0.5

  /// The defaults: the paper's form and α.
  public init() {}

  /// The λ these settings stand for.
  public var policyLambda: PolicyLambda {
    switch form {
    case .fixed: .fixed(lam)
    case .lengthAdaptive: .lengthAdaptive(alpha: alpha)
    case .lengthAdaptiveFloor: .lengthAdaptiveFloor(alpha: alpha)
    case .threshold: .threshold(length: length, short: short, long: long)
    case .thresholdQuantile: .thresholdQuantile(quantile, short: short, long: long)
    case .endpointWeight: .endpointWeight(q)
    }
  }

  /// What is wrong with these settings.
  public var problems: [SettingsProblem] {
    var rules = Rules()
    for (key, value) in [
      ("lam", lam), ("quantile", quantile), ("short", short), ("long", long), ("q", q),
    ] {
      rules.require((0...1).contains(value), "lam_policy.\(key)", "must lie in 0...1, is \(value)")
    }
    rules.require(alpha > 0, "lam_policy.alpha", "must be above 0, is \(alpha)")
    rules.require(length >= 0, "lam_policy.length", "must not be negative, is \(length)")
    return rules.problems
  }
}
