// Real numbers between two bounds. Every operation rounds its lower bound down and its upper bound
// up, so that a value which certainly lies above zero is above zero.

import BigInt

/// An interval with bounds in units of 2^-precision; whose precision, the user of it knows.
struct Enclosure: Sendable {
  var lower: BigInt
  var upper: BigInt

  /// Whether zero is one of the values.
  var holdsZero: Bool { lower <= 0 && upper >= 0 }

  /// -1, 0 or 1 where all values have that sign; zero only where there is one value.
  var sign: Int? {
    if lower > 0 { return 1 }
    if upper < 0 { return -1 }
    return lower == 0 && upper == 0 ? 0 : nil
  }

  /// The bits of the longer bound.
  var bits: Int { max(lower.magnitude.bitWidth, upper.magnitude.bitWidth) }

  var negated: Enclosure { Enclosure(lower: -upper, upper: -lower) }
}

/// Arithmetic on enclosures of one precision.
struct RealArithmetic {
  /// The bits behind the point.
  let precision: Int

  /// The longest bound that is computed with.
  static let longest = 3 * (Limits.bits + Limits.precision)

  private var one: BigInt { BigInt(1) << precision }

  /// A rational number.
  func enclosure(_ value: Rational) -> Enclosure {
    let scaled = Rational(value.numerator << precision, value.denominator)
    let floor = scaled.floor
    return Enclosure(lower: floor, upper: scaled.isInteger ? floor : floor + 1)
  }

  func add(_ left: Enclosure, _ right: Enclosure) -> Enclosure {
    Enclosure(lower: left.lower + right.lower, upper: left.upper + right.upper)
  }

  func multiply(_ left: Enclosure, _ right: Enclosure) throws(MathAnswerError) -> Enclosure {
    let products = [
      left.lower * right.lower, left.lower * right.upper, left.upper * right.lower,
      left.upper * right.upper,
    ]
    let lowest = products.reduce(products[0], min)
    let highest = products.reduce(products[0], max)
    return try checked(lowest.halved(precision), highest.halved(precision) + 1)
  }

  /// The quotient; nothing if the divisor may be zero.
  func divide(_ left: Enclosure, _ right: Enclosure) throws(MathAnswerError) -> Enclosure? {
    guard !right.holdsZero else { return nil }
    var (lowest, highest): (BigInt?, BigInt?) = (nil, nil)
    for above in [left.lower, left.upper] {
      for below in [right.lower, right.upper] {
        let floor = Rational(above << precision, below).floor
        lowest = lowest.map { min($0, floor) } ?? floor
        highest = highest.map { max($0, floor + 1) } ?? floor + 1
      }
    }
    return try checked(lowest ?? 0, highest ?? 0)
  }

  /// The power, from 0.
  func power(_ base: Enclosure, _ exponent: Int) throws(MathAnswerError) -> Enclosure {
    var result = Enclosure(lower: one, upper: one)
    var square = base
    var left = exponent
    while left > 0 {
      if left % 2 == 1 { result = try multiply(result, square) }
      left /= 2
      if left > 0 { square = try multiply(square, square) }
    }
    return result
  }

  /// The root of a number that is not negative, or of any number if the index is odd.
  func root(_ value: Enclosure, index: Int) throws(MathAnswerError) -> Enclosure? {
    if index % 2 == 0, value.upper < 0 { return nil }
    guard index <= 64, (value.bits + precision) * index <= 8 * Self.longest else {
      throw .tooLarge("a root of a high index has to be worked out")
    }
    func floor(_ bound: BigInt) -> BigInt {
      let isNegative = bound.sign == .minus
      if isNegative, index % 2 == 0 { return 0 }
      let root = BigInt(integerRoot(bound.magnitude << (precision * (index - 1)), index: index))
      return isNegative ? -root - 1 : root
    }
    return Enclosure(lower: floor(value.lower), upper: floor(value.upper) + 1)
  }

  private func checked(_ lower: BigInt, _ upper: BigInt) throws(MathAnswerError) -> Enclosure {
    guard lower.magnitude.bitWidth <= Self.longest, upper.magnitude.bitWidth <= Self.longest else {
      throw .tooLarge("a number too long to be worked out")
    }
    return Enclosure(lower: lower, upper: upper)
  }
}

extension BigInt {
  /// The number divided by 2^times, rounded down.
  ///
  /// The shift of the library rounds negative numbers towards zero, which would move a lower bound
  /// up.
  func halved(_ times: Int) -> BigInt {
    guard sign == .minus else { return self >> times }
    return -BigInt((magnitude + ((BigUInt(1) << times) - 1)) >> times)
  }
}
