// Exponentials, logarithms and angles of enclosures, by series over integers. Every series runs with
// spare bits behind the precision, so that its rounding errors, a few units for each of some
// hundred terms and doubled by each doubling, stay below one unit of the result.

import BigInt

extension RealArithmetic {
  private static let spare = 64
  /// Angles and exponents above this many bits before the point are not worked out.
  private static let largest = 12

  /// π, by Machin's formula π/4 = 4·arctan(1/5) - arctan(1/239).
  var pi: Enclosure {
    let bits = precision + Self.spare
    let value = 4 * (4 * Self.arctangent(inverse: 5, bits) - Self.arctangent(inverse: 239, bits))
    return around(value, bits)
  }

  /// e to the power of a value.
  func exponential(_ value: Enclosure) throws(MathAnswerError) -> Enclosure {
    let (low, high) = (try exponential(value.lower), try exponential(value.upper))
    return Enclosure(lower: low.lower, upper: high.upper)
  }

  private func exponential(_ value: BigInt) throws(MathAnswerError) -> Enclosure {
    guard value.magnitude.bitWidth <= precision + Self.largest else {
      throw .tooLarge("an exponential of a number above \(1 << Self.largest)")
    }
    // e^x is e^(x/2^halvings) squared as many times; the result has 1.5·x bits before the point.
    let halvings = 24
    let whole = Int(value.magnitude >> precision) * 3 / 2
    let bits = precision + whole + Self.spare + halvings
    let small = (value << (bits - precision)) >> halvings
    var (sum, term) = (BigInt(1) << bits, BigInt(1) << bits)
    var step = 1
    while !term.isZero, step < 2_000 {
      term = ((term * small) >> bits) / BigInt(step)
      sum += term
      step += 1
    }
    for _ in 0..<halvings { sum = (sum * sum) >> bits }
    return around(sum, bits)
  }

  /// The natural logarithm; nothing if the value may be zero or less.
  func logarithm(_ value: Enclosure) throws(MathAnswerError) -> Enclosure? {
    guard value.lower > 0 else { return nil }
    let (low, high) = (logarithm(value.lower), logarithm(value.upper))
    return Enclosure(lower: low.lower, upper: high.upper)
  }

  private func logarithm(_ value: BigInt) -> Enclosure {
    // x = m·2^k with m from 1 to 2: ln x = 2·artanh((m-1)/(m+1)) + k·ln 2.
    let bits = precision + Self.spare
    let k = value.magnitude.bitWidth - 1 - precision
    let shift = bits - precision - k
    let m = shift >= 0 ? value << shift : value >> -shift
    let one = BigInt(1) << bits
    let ratio = ((m - one) << bits) / (m + one)
    let square = (ratio * ratio) >> bits
    let two = 2 * Self.oddSeries(one / 3, square: one / 9, alternating: false, bits)
    let value = 2 * Self.oddSeries(ratio, square: square, alternating: false, bits)
    return around(value + BigInt(k) * two, bits)
  }

  /// Sine and cosine; both change by no more than their angle does.
  func sineAndCosine(_ angle: Enclosure) throws(MathAnswerError) -> (Enclosure, Enclosure) {
    guard angle.bits <= precision + Self.largest else {
      throw .tooLarge("the sine of a number above \(1 << Self.largest)")
    }
    let middle = (angle.lower + angle.upper).halved(1)
    let radius = (angle.upper - angle.lower + 2) >> 1
    // Halved until small, then doubled back: each doubling makes errors four times as large.
    let halvings = Self.largest + 4
    let bits = precision + Self.spare + 2 * halvings
    let small = (middle << (bits - precision)) >> halvings
    let one = BigInt(1) << bits
    let square = (small * small) >> bits
    var (sine, cosine) = (BigInt(0), BigInt(0))
    var (odd, even) = (small, one)
    var step = 1
    while step < 2_000, !even.isZero || !odd.isZero {
      cosine += even
      sine += odd
      even = -((even * square) >> bits) / BigInt(2 * step * (2 * step - 1))
      odd = -((odd * square) >> bits) / BigInt(2 * step * (2 * step + 1))
      step += 1
    }
    for _ in 0..<halvings {
      (sine, cosine) = ((2 * sine * cosine) >> bits, ((2 * cosine * cosine) >> bits) - one)
    }
    let sines = around(sine, bits)
    let cosines = around(cosine, bits)
    return (
      Enclosure(lower: sines.lower - radius, upper: sines.upper + radius),
      Enclosure(lower: cosines.lower - radius, upper: cosines.upper + radius)
    )
  }

  /// The arctangent; it changes by no more than its argument does.
  func arctangent(_ value: Enclosure) -> Enclosure {
    let bits = precision + Self.spare
    let one = BigInt(1) << bits
    let middle = (value.lower + value.upper).halved(1)
    let radius = (value.upper - value.lower + 2) >> 1
    var small = BigInt(middle.magnitude) << Self.spare
    let isSteep = small > one
    if isSteep { small = (one << bits) / small }
    for _ in 0..<3 {
      // arctan x is 2·arctan(x/(1 + √(1 + x²))).
      let root = BigInt((BigUInt(1) << (2 * bits) + (small * small).magnitude).squareRoot())
      small = (small << bits) / (one + root)
    }
    let square = (small * small) >> bits
    var angle = 8 * Self.oddSeries(small, square: square, alternating: true, bits)
    if isSteep {
      let quarter = 4 * Self.arctangent(inverse: 5, bits) - Self.arctangent(inverse: 239, bits)
      angle = 2 * quarter - angle
    }
    let result = around(middle.sign == .minus ? -angle : angle, bits)
    return Enclosure(lower: result.lower - radius, upper: result.upper + radius)
  }

  /// The sum of x ± x³/3 + x⁵/5 ± ….
  private static func oddSeries(
    _ value: BigInt, square: BigInt, alternating: Bool, _ bits: Int
  ) -> BigInt {
    var (sum, power) = (BigInt(0), value)
    var step = 1
    while !power.isZero, step < 20_000 {
      let isSubtracted = alternating && step % 4 == 3
      sum += isSubtracted ? -power / BigInt(step) : power / BigInt(step)
      // Towards zero, so that the powers of a negative number end too.
      let next = (power * square).magnitude >> bits
      power = power.sign == .minus ? -BigInt(next) : BigInt(next)
      step += 2
    }
    return sum
  }

  private static func arctangent(inverse: Int, _ bits: Int) -> BigInt {
    let one = BigInt(1) << bits
    return oddSeries(
      one / BigInt(inverse), square: one / BigInt(inverse * inverse), alternating: true, bits)
  }

  /// The enclosure of a number known to half a unit, given with more bits.
  private func around(_ value: BigInt, _ bits: Int) -> Enclosure {
    let floor = value.halved(bits - precision)
    return Enclosure(lower: floor - 1, upper: floor + 2)
  }
}
