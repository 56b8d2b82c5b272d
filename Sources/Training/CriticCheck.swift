// What a critic expects against what then comes, at chosen places of responses: the gauge of a critic
// for tasks whose values nobody knows.

/// A place in a response: what the critic expects there, and what continuations from there got.
public struct CriticPlace: Codable, Equatable, Sendable {
  /// Which response, from 0.
  public var response: Int
  /// The tokens of the response before it.
  public var tokens: Int
  /// The tokens of the whole response.
  public var length: Int
  /// The critic's value.
  public var value: Double
  /// The rewards of the continuations that were sampled from there and graded.
  public var rewards: [Double]

  /// Puts a place together.
  public init(response: Int, tokens: Int, length: Int, value: Double, rewards: [Double]) {
    (self.response, self.tokens, self.length) = (response, tokens, length)
    (self.value, self.rewards) = (value, rewards)
  }

  /// The mean reward: an unbiased estimate of the true value.
  var mean: Double { rewards.reduce(0, +) / Double(rewards.count) }

  /// The variance of that mean, estimated without bias from at least two rewards.
  var noise: Double {
    let mean = mean
    let squares = rewards.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return squares / Double(rewards.count - 1) / Double(rewards.count)
  }
}

/// A critic's error, by estimates that the noise of sampled continuations does not bias.
///
/// With v the critic's value, m the mean of M rewards, and s²/M the estimated variance of m, at every place:
///
///     bias         mean of v − m
///     error        mean of (v − m)² − s²/M
///     spread       variance of m over the places, less the mean of s²/M
///     shown        Σ Δv·Δm / Σ (Δm² − s²/M − s'²/M), over neighboring places of one response
///
/// Source: continuations from a prefix as estimates of its value, VinePPO, arXiv:2410.01679, sec. 4; the
/// corrections follow from E(v − m)² = (v − V)² + Var(m).
public struct CriticCheck: Codable, Equatable, Sendable {
  /// The places, response by response, in order.
  public let places: [CriticPlace]

  /// Takes the places; those with less than two rewards are left out.
  public init(_ places: [CriticPlace]) { self.places = places.filter { $0.rewards.count >= 2 } }

  /// The critic's figures over some places.
  public struct Figures: Codable, Equatable, Sendable {
    /// How many places.
    public var places: Int
    /// The mean value.
    public var expected: Double
    /// The mean reward of the continuations.
    public var realized: Double
    /// The mean squared error of the value.
    public var error: Double
    /// The variance of the true values over the places.
    public var spread: Double

    /// Value less reward in the mean.
    public var bias: Double { expected - realized }
    /// The share of the true values' variance that the critic explains; nil where they do not differ.
    public var explained: Double? { spread > 0 ? 1 - error / spread : nil }
  }

  /// The figures of all places; nil where there are none.
  public var whole: Figures? { Self.figures(places) }

  /// The figures by tenths of the response, 1 to 10; tenths without a place are left out.
  public var tenths: [(tenth: Int, figures: Figures)] {
    (1...10).compactMap { tenth in
      let some = places.filter { 10 * $0.tokens / max(1, $0.length) + 1 == tenth }
      return Self.figures(some).map { (tenth, $0) }
    }
  }

  /// The variance of all rewards: what an error is compared with.
  public var rewardVariance: Double {
    let rewards = places.flatMap(\.rewards)
    let mean = rewards.reduce(0, +) / Double(max(1, rewards.count))
    return rewards.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, rewards.count))
  }

  /// The share of the true change between neighboring places that the critic shows; nil where no change
  /// stands out of the noise.
  public var shown: Double? {
    var (crossed, squared) = (0.0, 0.0)
    for (one, other) in zip(places, places.dropFirst()) where one.response == other.response {
      let change = other.mean - one.mean
      crossed += change * (other.value - one.value)
      squared += change * change - one.noise - other.noise
    }
    return squared > 0 ? crossed / squared : nil
  }

  private static func figures(_ places: [CriticPlace]) -> Figures? {
    guard !places.isEmpty else { return nil }
    func mean(_ number: (CriticPlace) -> Double) -> Double {
      places.reduce(0) { $0 + number($1) } / Double(places.count)
    }
    let noise = mean(\.noise)
    let realized = mean(\.mean)
    let squares = mean { ($0.value - $0.mean) * ($0.value - $0.mean) }
    // Of one place there is no variance; of several, the estimate without bias.
    let around = mean { ($0.mean - realized) * ($0.mean - realized) }
    let spread =
      places.count > 1 ? around * Double(places.count) / Double(places.count - 1) - noise : 0
    return Figures(
      places: places.count, expected: mean(\.value), realized: realized,
      error: max(0, squares - noise), spread: max(0, spread))
  }
}
