// How the price of leaving the reference moves with the divergence that it meets.

import Records

/// The YAML section `algorithm.kl_ctrl`: whether `algorithm.kl_coef` stays as it is, or is steered
/// toward a divergence.
public struct KLControlSettings: Codable, Equatable, Sendable {
  /// How the coefficient moves.
  public enum Kind: String, Codable, Sendable, CaseIterable {
    /// Not at all.
    case fixed
    /// Up where the divergence is above the target, down where it is below.
    case adaptive
  }

  /// How the coefficient moves.
  public var kind = Kind.fixed
  /// The divergence to be kept, in nats a token.
  public var target = 0.1
  /// The responses over which a full error moves the coefficient by a fifth of itself.
  public var horizon = 10_000

  /// The defaults, which are verl's.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case kind = "type"
    case target = "target_kl"
    case horizon
  }

  /// The coefficient after a rollout.
  ///
  ///     β′ = β · (1 + clip(KL / target − 1, −0.2, 0.2) · n / horizon)
  ///
  /// Source: Fine-Tuning Language Models from Human Preferences, arXiv:1909.08593, sec. 2.2.
  ///
  /// - Parameters:
  ///   - coefficient: β, as this rollout paid it.
  ///   - divergence: the rollout's, in nats a token.
  ///   - responses: n, those of the rollout.
  /// - Returns: β′; β itself where it is fixed.
  public func coefficient(
    after coefficient: Double, divergence: Double, responses: Int
  ) -> Double {
    guard kind == .adaptive else { return coefficient }
    let error = min(max(divergence / target - 1, -0.2), 0.2)
    return coefficient * (1 + error * Double(responses) / Double(horizon))
  }
}
