// Advantages against the other responses to the same prompt, and the whitening of a whole batch.

/// How a reward is compared with its group's.
public enum GroupComparison: Equatable, Sendable {
  /// r - mean. Source: Dr. GRPO, arXiv:2503.20783.
  case mean
  /// (r - mean) / (standard deviation + ε). Source: GRPO, arXiv:2402.03300, sec. 4.1.2.
  case meanAndDeviation(Deviation = .sample)
  /// r - mean of the others = (r - mean)·n/(n-1). Source: RLOO, arXiv:2402.14740.
  case leaveOneOut

  /// Which standard deviation.
  public enum Deviation: Equatable, Sendable {
    /// Over n - 1, as verl and TRL compute it; the paper does not say.
    case sample
    /// Over n.
    case population
  }
}

/// What keeps a group's standard deviation away from zero; verl's value.
public let groupDeviationFloor = 1e-6

/// Compares the rewards of one prompt's responses with each other.
///
/// A group of one has nothing to be compared with: its advantage is 0, as in a group whose rewards
/// are all equal.
///
/// - Parameters:
///   - rewards: one a response.
///   - comparison: with what.
/// - Returns: one advantage a response, the same for all its tokens.
public func groupAdvantages(_ rewards: [Double], against comparison: GroupComparison) -> [Double] {
  guard let first = rewards.first, rewards.contains(where: { $0 != first }) else {
    return [Double](repeating: 0, count: rewards.count)
  }
  let count = Double(rewards.count)
  let mean = rewards.reduce(0, +) / count
  let scale: Double
  switch comparison {
  case .mean: scale = 1
  case .leaveOneOut: scale = count / (count - 1)
  case .meanAndDeviation(let deviation):
    let squares = rewards.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let divisor = deviation == .sample ? count - 1 : count
    scale = 1 / ((squares / divisor).squareRoot() + groupDeviationFloor)
  }
  return rewards.map { ($0 - mean) * scale }
}

/// What is added to the variance when whitening; verl's value.
public let whiteningFloor = 1e-8

/// Shifts and scales all numbers together to mean 0 and variance 1.
///
///     (A - mean) / √(var + 1e-8)      over every token of every list, var over n - 1
///
/// Numbers that are all equal, or one alone, become 0.
///
/// Source: the masked whitening of verl and TRL; VAPO does not whiten.
///
/// - Parameter episodes: the advantages of every trained episode of the batch.
/// - Returns: the same shape.
public func whitened(_ episodes: [[Float]]) -> [[Float]] {
  let count = episodes.reduce(0) { $0 + $1.count }
  let mean = episodes.joined().reduce(0.0) { $0 + Double($1) } / Double(max(count, 1))
  let squares = episodes.joined().reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
  let isFlat = Set(episodes.joined()).count < 2
  let scale = isFlat ? 0 : 1 / (squares / Double(count - 1) + whiteningFloor).squareRoot()
  return episodes.map { episode in episode.map { Float((Double($0) - mean) * scale) } }
}
