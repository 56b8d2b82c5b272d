// How far a rollout is, and how far it still has to go.

/// How far a rollout is.
public struct GenerationProgress: Sendable {
  /// Responses finished.
  public var finished = 0
  /// All responses asked for.
  public var total: Int
  /// Response tokens sampled so far.
  public var tokens = 0
  /// The tokens of all responses if none ended before its limit.
  public var mostTokens: Int

  /// A rollout that has not begun.
  public init(total: Int, mostTokens: Int) {
    self.total = total
    self.mostTokens = mostTokens
  }

  /// How many tokens all responses will have, by what is known so far.
  ///
  /// Responses that still grow say that theirs is no short one, which a mean over those that have
  /// finished would not hear: tokens sampled over responses finished is the likeliest mean length
  /// where ends come at a constant rate. Before the first end nothing is known but the limit.
  public var expectedTokens: Double {
    guard finished > 0 else { return Double(mostTokens) }
    let expected = Double(total) * Double(tokens) / Double(finished)
    return max(Double(tokens), min(expected, Double(mostTokens)))
  }
}
