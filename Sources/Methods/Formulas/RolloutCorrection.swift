// Off-policy weights: what is done about tokens that another distribution produced than the one the
// trainer scores, because an engine rounds differently, filters its choices or has older weights.

import Foundation
public import Records

/// log ρ = log π_old - log μ of every token of a response, held to ±20.
///
/// μ is the distribution that the tokens were sampled from, π_old the trainer's.
public func rolloutLogRatios(_ scored: ScoredEpisode) -> [Double] {
  let sampled = scored.episode.completion.logProbs
  precondition(
    scored.oldLogProbs.count == sampled.count,
    "\(scored.oldLogProbs.count) old log-probabilities, \(sampled.count) of the rollout")
  return zip(scored.oldLogProbs, sampled).map { old, sampled in
    min(max(Double(old) - Double(sampled), -logRatioBound), logRatioBound)
  }
}

extension RolloutCorrectionSettings {
  /// How much every token of a response counts for the policy's gradient: 0 drops it.
  ///
  ///     token TIS        min(ρ, C)
  ///     token mask       0 unless lower ≤ ρ ≤ upper; with TIS and C ≥ upper: IcePop
  ///     geometric mask   all 0 unless lower ≤ exp(mean log ρ) ≤ upper
  ///
  /// A dropped token leaves the denominators of the loss too, unlike in verl's IcePop; a truncated
  /// one stays.
  ///
  /// Source: truncated importance sampling as in verl (`rollout_is`) and ms-swift, C = 2; IcePop, 2025,
  /// bounds 0.5 and 5; sequence masks by the geometric mean, which does not grow with length: verl's
  /// `rollout_rs: geometric`.
  ///
  /// - Parameter scored: an episode that the policy has scored.
  /// - Returns: `[T]`; ones where nothing is corrected.
  public func importance(of scored: ScoredEpisode) -> [Float] {
    guard isOn else { return [Float](repeating: 1, count: scored.episode.length) }
    let logRatios = rolloutLogRatios(scored)
    let mean = logRatios.reduce(0, +) / Double(max(1, logRatios.count))
    return logRatios.map { logRatio in
      switch rejection {
      case .token where !keeps(exp(logRatio)), .geometric where !keeps(exp(mean)): return 0
      default: return weighting == .token ? Float(min(exp(logRatio), weightCap)) : 1
      }
    }
  }

  private func keeps(_ ratio: Double) -> Bool {
    let lower = rejectionLower == 0 ? 1 / rejectionUpper : rejectionLower
    return (lower...rejectionUpper).contains(ratio)
  }
}

/// How far the rollout's distribution was from the trainer's.
public struct RolloutMismatch: Equatable, Sendable {
  /// The mean of |log ρ|.
  public var meanDistance = 0.0
  /// The largest |log ρ|.
  public var largestDistance = 0.0
  /// The k3 estimate of KL(μ ‖ π_old): the mean of ρ - 1 - log ρ.
  public var divergenceK3 = 0.0
  /// The share of tokens whose weight was truncated.
  public var truncated = 0.0
  /// The share of tokens that were dropped.
  public var dropped = 0.0

  /// The mismatch of a rollout, and what a correction makes of it.
  public init(_ episodes: [ScoredEpisode], _ correction: RolloutCorrectionSettings) {
    var tokens = 0.0
    for scored in episodes {
      for (logRatio, factor) in zip(rolloutLogRatios(scored), correction.importance(of: scored)) {
        tokens += 1
        meanDistance += abs(logRatio)
        largestDistance = max(largestDistance, abs(logRatio))
        divergenceK3 += expm1(logRatio) - logRatio
        if factor == 0 { dropped += 1 }
        if correction.weighting == .token && factor > 0 && exp(logRatio) > correction.weightCap {
          truncated += 1
        }
      }
    }
    guard tokens > 0 else { return }
    for part in [\Self.meanDistance, \.divergenceK3, \.truncated, \.dropped] {
      self[keyPath: part] /= tokens
    }
  }
}
