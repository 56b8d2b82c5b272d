// What scores of any size are made into before training: normalized by all that were seen so far, and
// clipped. Reward models give numbers of any mean and spread, which the critic would have to learn.

public import Records

/// The running mean and spread of scores.
///
/// Saved with the run, so that a resumed one goes on with the same numbers. Source: B. P. Welford,
/// Note on a method for calculating corrected sums of squares and products, 1962.
public struct ScoreMoments: Codable, Equatable, Sendable {
  /// How many scores were seen.
  public private(set) var count = 0
  /// Their mean.
  public private(set) var mean = 0.0
  /// The sum of the squared distances from it.
  public private(set) var squares = 0.0

  /// No scores.
  public init() {}

  /// Their standard deviation, over their number; 0 before there are two.
  public var deviation: Double { count < 2 ? 0 : (squares / Double(count)).squareRoot() }

  /// Counts one more.
  public mutating func add(_ score: Double) {
    count += 1
    let distance = score - mean
    mean += distance / Double(count)
    squares += distance * (score - mean)
  }

  /// A score as its distance from the mean, in standard deviations; 0 where all are the same.
  public func normalized(_ score: Double) -> Double {
    let deviation = deviation
    return deviation > 1e-8 ? (score - mean) / deviation : 0
  }
}

extension RewardSettings {
  /// A score within `clip_range`.
  func clipped(_ score: Double) -> Double {
    guard clipRange.count == 2 else { return score }
    return min(max(score, clipRange[0]), clipRange[1])
  }

  /// Gives the episodes of a rollout their normalized rewards, where the settings ask for them.
  ///
  /// - Parameters:
  ///   - episodes: The graded rollout; what was not graded keeps its reward of 0.
  ///   - moments: What was seen before, and with this rollout afterwards.
  /// - Returns: The episodes with their rewards: normalized score, clipped, and penalties.
  public func normalized(
    _ episodes: [GradedEpisode], by moments: inout ScoreMoments
  ) -> [GradedEpisode] {
    guard normalize else { return episodes }
    for episode in episodes where episode.verdict.isGraded { moments.add(Double(episode.score)) }
    return episodes.map { episode in
      guard episode.verdict.isGraded else { return episode }
      var shaped = episode
      let score = clipped(moments.normalized(Double(episode.score)))
      shaped.reward = Float(score) + episode.penalty
      return shaped
    }
  }
}
