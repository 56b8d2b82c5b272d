// Exact rational numbers. Sizes are checked by who computes with them: nothing here is bounded, and
// nothing here divides by zero unless asked to.

import BigInt

/// A fraction in lowest terms, its denominator positive.
struct Rational: Hashable, Sendable {
  let numerator: BigInt
  let denominator: BigInt

  static let zero = Rational(0)
  static let one = Rational(1)
  static let half = Rational(1, 2)

  init(_ value: BigInt) {
    numerator = value
    denominator = 1
  }

  init(_ value: Int) { self.init(BigInt(value)) }

  init(_ numerator: Int, _ denominator: Int) { self.init(BigInt(numerator), BigInt(denominator)) }

  /// Reduces to lowest terms; the denominator is not zero.
  init(_ numerator: BigInt, _ denominator: BigInt) {
    precondition(!denominator.isZero, "a rational number over zero")
    if denominator == 1 {
      self.numerator = numerator
      self.denominator = 1
      return
    }
    let divisor = Rational.commonDivisor(numerator.magnitude, denominator.magnitude)
    let sign: BigInt = denominator.sign == .minus ? -1 : 1
    self.numerator = sign * numerator / BigInt(divisor)
    self.denominator = BigInt(denominator.magnitude / divisor)
  }

  var isZero: Bool { numerator.isZero }
  var isNegative: Bool { numerator.sign == .minus && !numerator.isZero }
  var isInteger: Bool { denominator == 1 }
  var magnitude: Rational { isNegative ? -self : self }

  /// The bits of the larger of the two.
  var bits: Int { max(numerator.magnitude.bitWidth, denominator.magnitude.bitWidth) }

  /// The value, if it is an integer of at most 62 bits.
  var smallInteger: Int? {
    guard denominator == 1, numerator.magnitude.bitWidth <= 62 else { return nil }
    return Int(numerator)
  }

  /// The largest integer that is not larger.
  var floor: BigInt {
    let (quotient, remainder) = numerator.quotientAndRemainder(dividingBy: denominator)
    return remainder.sign == .minus && !remainder.isZero ? quotient - 1 : quotient
  }

  /// One over the number, which is not zero.
  var reciprocal: Rational { Rational(denominator, numerator) }

  static prefix func - (value: Rational) -> Rational {
    Rational(reduced: -value.numerator, value.denominator)
  }

  static func + (left: Rational, right: Rational) -> Rational {
    if left.denominator == right.denominator {
      return Rational(left.numerator + right.numerator, left.denominator)
    }
    return Rational(
      left.numerator * right.denominator + right.numerator * left.denominator,
      left.denominator * right.denominator)
  }

  static func - (left: Rational, right: Rational) -> Rational { left + -right }

  static func * (left: Rational, right: Rational) -> Rational {
    if left == .one { return right }
    if right == .one { return left }
    return Rational(left.numerator * right.numerator, left.denominator * right.denominator)
  }

  static func < (left: Rational, right: Rational) -> Bool { (left - right).isNegative }

  /// The power, from 0.
  ///
  /// Powers of numbers without a common divisor have none either.
  func power(_ exponent: Int) -> Rational {
    Rational(reduced: numerator.power(exponent), denominator.power(exponent))
  }

  /// What `+` or `*` of two such numbers costs, in units of work.
  static func cost(_ left: Rational, _ right: Rational) -> Int {
    let words = (left.bits + right.bits) / 64 + 1
    let isWhole = left.denominator == 1 && right.denominator == 1
    return isWhole ? 1 + words * words / 16 : 2 + 4 * words * words
  }

  /// Euclid's algorithm: two divisions shorten long numbers faster than many shifts.
  private static func commonDivisor(_ left: BigUInt, _ right: BigUInt) -> BigUInt {
    var (large, small) = (left, right)
    while small.bitWidth > 64 { (large, small) = (small, large % small) }
    if small.isZero { return large }
    var (a, b) = (UInt(small), UInt(large % small))
    while b != 0 { (a, b) = (b, a % b) }
    return BigUInt(a)
  }

  private init(reduced numerator: BigInt, _ denominator: BigInt) {
    self.numerator = numerator
    self.denominator = denominator
  }
}

/// The largest integer whose power `index` is not above `value`.
func integerRoot(_ value: BigUInt, index: Int) -> BigUInt {
  if index == 1 || value < 2 { return value }
  if index == 2 { return value.squareRoot() }
  guard index < value.bitWidth else { return 1 }
  // Newton's steps from above come down to the answer and stop there.
  var guess = BigUInt(1) << ((value.bitWidth + index - 1) / index)
  while true {
    let next = (guess * BigUInt(index - 1) + value / guess.power(index - 1)) / BigUInt(index)
    if next >= guess { return guess }
    guess = next
  }
}
