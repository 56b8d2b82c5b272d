// The exact value of every state of locks.

/// The chance to end right from a state, for a policy that writes what is true and whose doors are safe
/// with one and the same chance, independently.
///
///     V(0, s) = 1 if s ≥ 0, else 0
///     V(f, s) = q · V(f − 1, min(s + 1, highest)) + (1 − q) · V(f − 1, max(s − 1, lowest))
public struct LocksValues: Sendable {
  private let lowest: Int
  private let scores: Int
  private let values: [Double]

  /// Works out all states.
  ///
  /// - Parameters:
  ///   - rules: the task's; the work is `longest` × its scores.
  ///   - safeShare: q, the share of safe doors, from 0 to 1.
  public init(_ rules: LocksRules, safeShare: Double) {
    let scores = LocksRules.highest - rules.lowest + 1
    var values: [Double] = (rules.lowest...LocksRules.highest).map { $0 >= 0 ? 1 : 0 }
    values.reserveCapacity(scores * (rules.longest + 1))
    for left in 1...rules.longest {
      for score in rules.lowest...LocksRules.highest {
        let row = (left - 1) * scores - rules.lowest
        let (up, down) = (
          values[row + rules.score(score, after: true)],
          values[row + rules.score(score, after: false)]
        )
        values.append(safeShare * up + (1 - safeShare) * down)
      }
    }
    (lowest, self.scores) = (rules.lowest, scores)
    self.values = values
  }

  /// The chance of a state.
  ///
  /// - Parameters:
  ///   - left: the steps left.
  ///   - score: the score now.
  /// - Returns: from 0 to 1.
  public subscript(left: Int, score: Int) -> Double { values[left * scores + score - lowest] }
}
