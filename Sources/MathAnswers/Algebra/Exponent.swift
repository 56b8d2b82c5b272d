// The exponents of monomials: small fractions, so that a square root is a power like any other.

import BigInt

/// A fraction of machine integers in lowest terms, bounded so that products cannot overflow.
struct Exponent: Hashable, Comparable, Sendable {
  let numerator: Int
  let denominator: Int

  static let zero = Exponent(whole: 0)
  static let one = Exponent(whole: 1)

  private init(whole: Int) {
    numerator = whole
    denominator = 1
  }

  init(_ numerator: Int, _ denominator: Int = 1) throws(MathAnswerError) {
    precondition(denominator != 0, "an exponent over zero")
    var (a, b) = (numerator.magnitude, denominator.magnitude)
    while b != 0 { (a, b) = (b, a % b) }
    let divisor = max(Int(clamping: a), 1)
    let sign = denominator < 0 ? -1 : 1
    self.numerator = sign * (numerator / divisor)
    self.denominator = sign * (denominator / divisor)
    guard self.numerator.magnitude <= Limits.exponent else {
      throw .tooLarge("an exponent has more than nine digits")
    }
    guard self.denominator <= Limits.rootIndex else {
      throw .tooLarge("a root of an index above \(Limits.rootIndex)")
    }
  }

  init(_ value: Rational) throws(MathAnswerError) {
    guard value.numerator.magnitude <= Limits.exponent else {
      throw .tooLarge("an exponent has more than nine digits")
    }
    guard value.denominator <= Limits.rootIndex else {
      throw .tooLarge("a root of an index above \(Limits.rootIndex)")
    }
    try self.init(Int(value.numerator), Int(value.denominator))
  }

  var rational: Rational { Rational(BigInt(numerator), BigInt(denominator)) }
  var isInteger: Bool { denominator == 1 }

  /// The largest integer that is not larger.
  var floor: Int {
    let quotient = numerator / denominator
    return numerator < 0 && numerator % denominator != 0 ? quotient - 1 : quotient
  }

  // Both parts of an exponent are below 2^30, so that the products below fit easily.
  func plus(_ other: Exponent) throws(MathAnswerError) -> Exponent {
    try Exponent(
      numerator * other.denominator + other.numerator * denominator,
      denominator * other.denominator)
  }

  func times(_ other: Exponent) throws(MathAnswerError) -> Exponent {
    try Exponent(numerator * other.numerator, denominator * other.denominator)
  }

  static func < (left: Exponent, right: Exponent) -> Bool {
    left.numerator * right.denominator < right.numerator * left.denominator
  }
}
