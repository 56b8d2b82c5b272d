// What can be wrong with an answer, and how much of one is looked at. A policy under pressure writes
// answers that are meant to hang or to exhaust whoever reads them, so every size is bounded before
// anything is computed with it, and all work is counted.

/// Why a text cannot be used as a mathematical answer.
public enum MathAnswerError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Nothing is left once spaces and dressing are taken away.
  case empty
  /// The text does not read as mathematics, nor as words.
  case unparsable(String)
  /// It is longer, deeper or larger than is looked at, or working it out takes too long.
  case tooLarge(String)
  /// It reads well and has no value, like a division by zero.
  case undefined(String)

  /// The error in words.
  public var description: String {
    switch self {
    case .empty: "the answer is empty"
    case .unparsable(let reason): "not an answer that can be read: \(reason)"
    case .tooLarge(let reason): "too large: \(reason)"
    case .undefined(let reason): "without a value: \(reason)"
    }
  }
}

/// What two answers are to one another.
public enum Equivalence: Equatable, Sendable {
  /// They are the same, by exact arithmetic or by the rule for decimals.
  case equal
  /// They are certainly not the same.
  case different
  /// Neither could be shown within the limits; never to be taken for equal.
  case undecided(String)

  /// Whether they are the same.
  public var isEqual: Bool { self == .equal }
}

/// How much of an answer is looked at.
///
/// Crossing any of these ends in `MathAnswerError.tooLarge`.
package enum Limits {
  /// The longest text, in bytes.
  package static let text = 4096
  /// How deep brackets, roots, fractions and powers may stand in one another.
  package static let nesting = 64
  /// The bits of any numerator or denominator: about twelve thousand digits.
  static let bits = 40_000
  /// The largest exponent, either way.
  static let exponent = 1_000_000_000
  /// The largest denominator of an exponent, and the largest index of a root.
  static let rootIndex = 1_000
  /// The terms of one polynomial.
  static let terms = 1_000
  /// The products of terms in one multiplication.
  static let products = 20_000
  /// The elements of a list, and the entries of a matrix.
  static let elements = 512
  /// The distinct variables, roots and function values in one comparison.
  static let generators = 64
  /// The bits behind the point in numerical work.
  static let precision = 2_048
  /// The units of work for reading one answer, or for one comparison.
  package static let fuel = 80_000
}

/// A counted amount of work.
///
/// Counting steps gives the same verdict on a slow machine as on a fast one, which a clock does not.
struct Fuel {
  private(set) var left: Int

  init(_ amount: Int = Limits.fuel) { left = amount }

  /// Takes some, or ends the work.
  mutating func spend(_ amount: Int) throws(MathAnswerError) {
    guard amount <= left else {
      left = 0
      throw .tooLarge("it takes more work than is spent on one answer")
    }
    left -= amount
  }
}
