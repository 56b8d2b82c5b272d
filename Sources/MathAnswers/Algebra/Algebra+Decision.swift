// Whether a value is zero, and which sign it has. Exact first: a normal form without terms is zero.
// Then bounds: a value that lies away from zero is not zero. Last, for numbers made of roots, how
// close to zero such a number can be without being zero.

import BigInt

extension Algebra {
  private static let precisions = [128, 512, Limits.precision]

  /// Whether a value is zero; nothing where that cannot be shown.
  func isZero(_ value: Quotient) throws(MathAnswerError) -> Bool? {
    if value.numerator.isZero { return true }
    let numerator = try cleared(value.numerator)
    if numerator.isZero { return true }
    let imaginary = try number(of: .imaginary)
    guard numerator.generators.contains(imaginary) else { return try isZero(real: numerator) }
    let (real, other) = try parts(of: numerator)
    guard let first = try isZero(real: real), let second = try isZero(real: other) else {
      return nil
    }
    return first && second
  }

  private func isZero(real value: Polynomial) throws(MathAnswerError) -> Bool? {
    if value.isZero { return true }
    if value.generators.allSatisfy(isIndependent) { return false }
    let isConstant = !value.generators.contains(where: isUnknown)
    let separation = isConstant ? try separation(of: value) : nil
    for precision in Self.precisions.prefix(isConstant ? 3 : 2) {
      for point in 0..<(isConstant ? 1 : 6) {
        var sample = Sample(precision: precision, point: point)
        guard let enclosure = try enclosure(value, &sample) else { continue }
        if !enclosure.holdsZero { return false }
        // Closer to zero than a number of this kind can be without being zero.
        if let separation, enclosure.bits < precision - separation { return true }
      }
    }
    return nil
  }

  /// Whether different polynomials in a generator have different values.
  private func isIndependent(_ number: Int) -> Bool {
    switch generators[number] {
    case .variable, .application, .imaginary: true
    case .prime(let prime): prime < 4_000_000
    default: false
    }
  }

  /// The sign of a constant.
  ///
  /// - Throws: `MathAnswerError.unparsable` if it has unknowns or i in it, or is too close to zero.
  func sign(of value: Quotient) throws(MathAnswerError) -> Int {
    if value.numerator.isZero { return 0 }
    if let number = value.rational { return number.isNegative ? -1 : 1 }
    let imaginary = try number(of: .imaginary)
    guard !value.generators.contains(where: { isUnknown($0) || $0 == imaginary }) else {
      throw .unparsable("the sign of an unknown value")
    }
    for precision in Self.precisions {
      var sample = Sample(precision: precision, point: 0)
      if let enclosure = try enclosure(value, &sample), let sign = enclosure.sign { return sign }
    }
    guard try isZero(value) == true else { throw .unparsable("the sign of an unclear value") }
    return 0
  }

  /// The largest integer that is not above a constant.
  func floor(of value: Quotient) throws(MathAnswerError) -> BigInt {
    var nearest: BigInt?
    for precision in Self.precisions {
      var sample = Sample(precision: precision, point: 0)
      guard let enclosure = try enclosure(value, &sample) else { break }
      let low = enclosure.lower.halved(precision)
      let high = enclosure.upper.halved(precision)
      if low == high { return low }
      nearest = high
    }
    guard let nearest, try isZero(subtract(value, Quotient(Rational(nearest)))) == true else {
      throw .unparsable("a rounded value that is unclear")
    }
    return nearest
  }

  // MARK: - How close to zero

  /// An algebraic number as a quotient of algebraic integers: the logarithms to base 2 of bounds on
  /// all conjugates of the two.
  private struct Size {
    var above: Double
    var below: Double

    static let one = Size(above: 0, below: 0)

    func times(_ other: Size) -> Size {
      Size(above: above + other.above, below: below + other.below)
    }

    func plus(_ other: Size) -> Size {
      Size(
        above: max(above + other.below, other.above + below) + 1, below: below + other.below)
    }

    /// The k-th root of U/L is the k-th root of U·L^(k-1), over L.
    func raised(to exponent: Exponent) -> Size {
      let times = Double(exponent.numerator.magnitude)
      let index = Double(exponent.denominator)
      let base =
        exponent < .zero
        ? Size(above: below * times, below: above * times)
        : Size(above: above * times, below: below * times)
      return Size(above: (base.above + (index - 1) * base.below) / index, below: base.below)
    }
  }

  /// The bits behind the point at which a number of this kind, if it is not zero, shows.
  ///
  ///     value is 0, or |value| ≥ 1/(u^(D-1)·l)
  ///
  /// where u and l bound the conjugates of numerator and denominator, and D the degree. Source:
  /// Burnikel, Fleischer, Mehlhorn, Schirra, "A strong and easily computable separation bound for
  /// arithmetic expressions involving radicals", Algorithmica 27 (2000).
  private func separation(of value: Polynomial) throws(MathAnswerError) -> Int? {
    var degrees: [Int: Int] = [:]
    guard let size = try size(of: value, &degrees) else { return nil }
    var degree = 1.0
    for (_, factor) in degrees.sorted(by: { $0.key < $1.key }) { degree *= Double(factor) }
    // One bit in a thousand more than computed makes up for the rounding of the logarithms.
    let bits = ((degree - 1) * max(size.above, 0) + max(size.below, 0)) * 1.001 + 8
    return bits < Double(Limits.bits) ? Int(bits) : nil
  }

  private func size(
    of value: Polynomial, _ degrees: inout [Int: Int]
  ) throws(MathAnswerError) -> Size? {
    var sum: Size?
    for term in value.terms {
      var product = Size(
        above: Double(term.coefficient.numerator.magnitude.bitWidth),
        below: term.coefficient.isInteger
          ? 0 : Double(term.coefficient.denominator.magnitude.bitWidth))
      for factor in term.monomial.factors {
        guard let size = try size(of: factor, &degrees) else { return nil }
        product = product.times(size)
      }
      sum = sum?.plus(product) ?? product
    }
    return sum ?? .one
  }

  private func size(
    of factor: Monomial.Factor, _ degrees: inout [Int: Int]
  ) throws(MathAnswerError) -> Size? {
    let generator = factor.generator
    // Several roots of one number lie in the field of the root whose index they all divide.
    let known = degrees[generator] ?? 1
    switch generators[generator] {
    case .prime(let prime):
      degrees[generator] = Self.leastMultiple(known, factor.exponent.denominator)
      return Size(above: Double(prime.magnitude.bitWidth), below: 0).raised(to: factor.exponent)
    case .radicand(let radicand):
      degrees[generator] = Self.leastMultiple(known, factor.exponent.denominator)
      return try size(of: radicand, &degrees)?.raised(to: factor.exponent)
    case .function(.sine, let arguments), .function(.cosine, let arguments):
      // Twice the sine of k·π/n is an algebraic integer and at most 2. All of them for one n lie
      // in one field of a degree of at most 2n, which is kept under a number no generator has.
      let pi = try number(of: .pi)
      guard factor.exponent.isInteger, factor.exponent > .zero, arguments[0].isPolynomial,
        arguments[0].numerator.terms.count == 1,
        arguments[0].numerator.terms[0].monomial == Monomial(pi),
        arguments[0].numerator.terms[0].coefficient.denominator < 1_000
      else { return nil }
      let parts = 2 * Int(arguments[0].numerator.terms[0].coefficient.denominator)
      degrees[-1] = Self.leastMultiple(degrees[-1] ?? 1, parts)
      return Size(above: 1, below: 1).raised(to: factor.exponent)
    default: return nil
    }
  }

  private static func leastMultiple(_ left: Int, _ right: Int) -> Int {
    var (a, b) = (left, right)
    while b != 0 { (a, b) = (b, a % b) }
    return left / a * right
  }
}
