// How much of the returns' spread the critic accounts for: over all tokens, along the response,
// and by length.

/// The share of the returns' variance that the values explain.
public struct ExplainedVariance: Codable, Equatable, Sendable {
  /// 1 for a perfect critic, 0 for a constant one, negative for one worse than a constant; 0 where
  /// it is not defined.
  public var value: Double
  /// False where the returns do not vary: there is nothing to explain.
  public var isDefined: Bool
  /// The number of tokens.
  public var count: Int
  /// The mean of the values.
  public var meanValue: Double
  /// The mean of the returns.
  public var meanReturn: Double
}

/// What keeps the denominator of the explained variance away from zero; verl's value.
public let explainedVarianceFloor = 1e-5

/// The explained variance of values against returns.
///
///     1 - var(R - V) / (var(R) + 1e-5)      variances over n - 1
///
/// Source: verl's `critic/vf_explained_var`.
///
/// - Parameters:
///   - values: `[N]`, the critic's estimates.
///   - returns: `[N]`, what it is taught.
/// - Returns: the share, or an undefined one where the returns do not vary.
public func explainedVariance(values: [Float], returns: [Float]) -> ExplainedVariance {
  precondition(values.count == returns.count, "\(values.count) values, \(returns.count) returns")
  let truth = moments(returns.lazy.map(Double.init))
  let error = moments(zip(returns, values).lazy.map { Double($0) - Double($1) })
  let isDefined = returns.contains { $0 != returns.first }
  return ExplainedVariance(
    value: isDefined ? 1 - error.variance / (truth.variance + explainedVarianceFloor) : 0,
    isDefined: isDefined, count: values.count, meanValue: truth.mean - error.mean,
    meanReturn: truth.mean)
}

/// The explained variance of each tenth of the responses.
///
/// - Parameters:
///   - values: `[T]` an episode.
///   - returns: `[T]` an episode.
///   - parts: into how many equal parts a response is cut; ten for deciles.
/// - Returns: one a part; token t of T belongs to part ⌊parts·t/T⌋.
public func explainedVarianceByPosition(
  values: [[Float]], returns: [[Float]], parts: Int = 10
) -> [ExplainedVariance] {
  var sorted = [(values: [Float], returns: [Float])](repeating: ([], []), count: parts)
  for (estimates, goals) in zip(values, returns) {
    for (t, pair) in zip(estimates, goals).enumerated() {
      let part = parts * t / estimates.count
      sorted[part].values.append(pair.0)
      sorted[part].returns.append(pair.1)
    }
  }
  return sorted.map { explainedVariance(values: $0.values, returns: $0.returns) }
}

/// The explained variance among responses of similar length.
public struct LengthBucket: Codable, Equatable, Sendable {
  /// The shortest length it holds.
  public var from: Int
  /// The longest length it holds; the last bucket's is `Int.max`.
  public var through: Int
  /// The number of responses.
  public var responses: Int
  /// Over the tokens of those responses.
  public var explained: ExplainedVariance
}

/// The explained variance by length.
///
/// - Parameters:
///   - values: `[T]` an episode.
///   - returns: `[T]` an episode.
///   - bounds: the longest length of every bucket but the last, rising.
/// - Returns: one a bucket, empty ones included.
public func explainedVarianceByLength(
  values: [[Float]], returns: [[Float]], bounds: [Int]
) -> [LengthBucket] {
  precondition(bounds == bounds.sorted(), "the bounds of length buckets rise")
  return zip([0] + bounds.map { $0 + 1 }, bounds + [Int.max]).map { from, through in
    let inside = values.indices.filter { (from...through).contains(values[$0].count) }
    return LengthBucket(
      from: from, through: through, responses: inside.count,
      explained: explainedVariance(
        values: inside.flatMap { values[$0] }, returns: inside.flatMap { returns[$0] }))
  }
}

/// Mean and variance over n - 1, in two passes; zero where there are too few numbers.
private func moments(_ numbers: some Collection<Double>) -> (mean: Double, variance: Double) {
  guard !numbers.isEmpty else { return (0, 0) }
  let mean = numbers.reduce(0, +) / Double(numbers.count)
  let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  return (mean, numbers.count > 1 ? squares / Double(numbers.count - 1) : 0)
}
