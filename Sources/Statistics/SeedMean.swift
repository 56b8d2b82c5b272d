// Means over seeds with their t-intervals, and how arms are compared.

/// A mean over seeds, and the interval it lies in.
public struct SeedMean: Equatable, Sendable {
  /// The mean.
  public var mean: Double
  /// The lower end of the 95% interval; the mean where one number gives none.
  public var low: Double
  /// The upper end.
  public var high: Double
  /// How many numbers there were.
  public var count: Int
  /// The chance of a mean at least so far from 0 were the truth 0; nil of one number.
  public var chance: Double?

  /// Whether there were enough numbers for an interval.
  public var hasInterval: Bool { count > 1 }

  /// The mean of numbers, with Student's 95% interval.
  ///
  ///     x̄ ± t(0.05, n − 1) · s/√n
  ///
  /// It holds where the numbers are normal. Numbers that are all alike give an interval of no width, and
  /// a chance of 0, or of 1 where they are all 0.
  ///
  /// Source: Student, Biometrika 6, 1908.
  ///
  /// - Parameter numbers: one a seed; nil where there are none.
  public init?(_ numbers: [Double]) {
    guard !numbers.isEmpty else { return nil }
    count = numbers.count
    let n = Double(count)
    let middle = numbers.reduce(0, +) / n
    (mean, low, high) = (middle, middle, middle)
    guard count > 1 else { return }
    let squares = numbers.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }
    let error = (squares / (n - 1) / n).squareRoot()
    let width = StudentT.critical(tail: 0.05, degrees: n - 1) * error
    (low, high) = (middle - width, middle + width)
    // What rounding makes of numbers that are all alike is no spread.
    if error <= 1e-14 * abs(middle) {
      chance = middle == 0 ? 1 : 0
    } else {
      chance = StudentT.tail(middle / error, degrees: n - 1)
    }
  }
}

/// An arm against the first, seed by seed.
public struct ArmComparison: Equatable, Sendable {
  /// The mean difference: the arm's less the first arm's.
  public var difference: SeedMean
  /// The chance of such a difference were there none, after Holm's correction over the arms of the
  /// study; nil of one seed.
  public var adjusted: Double?

  /// Puts a comparison together.
  public init(difference: SeedMean, adjusted: Double?) {
    (self.difference, self.adjusted) = (difference, adjusted)
  }

  /// Below this a corrected chance counts.
  static let level = 0.05
  /// The least difference that counts, as a share of right answers: five points.
  static let least = 0.05

  /// Whether the arm may be said to differ: the corrected chance is below 0.05, and the difference at
  /// least five points.
  public var isApart: Bool {
    // Five points exactly are five points, whatever rounding makes of them.
    (adjusted ?? 1) < Self.level && abs(difference.mean) >= Self.least - 1e-9
  }
}

/// Chances corrected for their number by Holm's step-down method.
///
/// The smallest of m is multiplied by m, the next by m − 1, and so on; none may fall below one before it,
/// and none exceeds 1.
///
/// Source: Holm, Scand. J. Stat. 6, 1979.
///
/// - Parameter chances: one a comparison; nil for one that is planned and not yet made, which counts
///   among the m.
/// - Returns: the corrected ones in the same order.
package func holm(_ chances: [Double?]) -> [Double?] {
  var adjusted = [Double?](repeating: nil, count: chances.count)
  let known = chances.indices.compactMap { place in chances[place].map { (place, $0) } }
    .sorted { $0.1 < $1.1 }
  var least = 0.0
  for (rank, (place, chance)) in known.enumerated() {
    least = max(least, min(1, chance * Double(chances.count - rank)))
    adjusted[place] = least
  }
  return adjusted
}
