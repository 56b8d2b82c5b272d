// Values of polynomials between two bounds, with unknowns replaced by fixed numbers.

import BigInt

/// Where and how exactly values are worked out.
struct Sample {
  /// The bits behind the point.
  let precision: Int
  /// Which fixed numbers stand for the unknowns.
  let point: Int
  /// What is known so far, by generator and exponent.
  var known: [Monomial.Factor: Enclosure] = [:]
  /// The same for quotients would be rare; π is worked out once.
  var arithmetic: RealArithmetic { RealArithmetic(precision: precision) }
}

extension Algebra {
  /// The value of a quotient; nothing where there is none, or where a divisor may be zero.
  func enclosure(
    _ value: Quotient, _ sample: inout Sample
  ) throws(MathAnswerError) -> Enclosure? {
    guard let above = try enclosure(value.numerator, &sample) else { return nil }
    if value.isPolynomial { return above }
    guard let below = try enclosure(value.denominator, &sample) else { return nil }
    try spendNumerics(sample, bits: max(above.bits, below.bits))
    return try sample.arithmetic.divide(above, below)
  }

  /// The value of a polynomial without i.
  func enclosure(
    _ value: Polynomial, _ sample: inout Sample
  ) throws(MathAnswerError) -> Enclosure? {
    let arithmetic = sample.arithmetic
    var sum = Enclosure(lower: 0, upper: 0)
    for term in value.terms {
      var product = arithmetic.enclosure(term.coefficient)
      for factor in term.monomial.factors {
        guard let value = try enclosure(factor, &sample) else { return nil }
        try spendNumerics(sample, bits: value.bits + product.bits)
        product = try arithmetic.multiply(product, value)
      }
      sum = arithmetic.add(sum, product)
    }
    return sum
  }

  private func enclosure(
    _ factor: Monomial.Factor, _ sample: inout Sample
  ) throws(MathAnswerError) -> Enclosure? {
    if let known = sample.known[factor] { return known }
    let arithmetic = sample.arithmetic
    guard let base = try enclosure(ofGenerator: factor.generator, &sample) else { return nil }
    let exponent = factor.exponent
    let times = Int(exponent.numerator.magnitude)
    guard times <= Limits.bits else { throw .tooLarge("a power too long to be worked out") }
    try spendNumerics(sample, bits: base.bits * 2, times: 2 + times.bitWidth)
    var value = try arithmetic.power(base, times)
    if exponent.denominator > 1 {
      try spendNumerics(sample, bits: sample.precision * exponent.denominator, times: 8)
      guard let root = try arithmetic.root(value, index: exponent.denominator) else { return nil }
      value = root
    }
    if exponent.numerator < 0 {
      guard let inverse = try arithmetic.divide(arithmetic.enclosure(.one), value) else {
        return nil
      }
      value = inverse
    }
    sample.known[factor] = value
    return value
  }

  private func enclosure(
    ofGenerator number: Int, _ sample: inout Sample
  ) throws(MathAnswerError) -> Enclosure? {
    let arithmetic = sample.arithmetic
    switch generators[number] {
    case .prime(let prime): return arithmetic.enclosure(Rational(prime))
    case .variable, .application: return arithmetic.enclosure(Self.stand(in: number, sample.point))
    case .imaginary, .minusOne: return nil
    case .pi: return try pi(sample)
    case .euler:
      try spendNumerics(sample, bits: sample.precision, times: 25)
      return try arithmetic.exponential(arithmetic.enclosure(.one))
    case .radicand(let value): return try enclosure(value, &sample)
    case .power(let base, let exponent):
      guard let bottom = try enclosure(ofGenerator: base, &sample),
        let top = try enclosure(Polynomial(exponent), &sample)
      else { return nil }
      try spendNumerics(sample, bits: sample.precision, times: 75)
      guard let logarithm = try arithmetic.logarithm(bottom) else { return nil }
      return try arithmetic.exponential(try arithmetic.multiply(logarithm, top))
    case .function(let function, let arguments):
      var values: [Enclosure] = []
      for argument in arguments {
        guard let value = try enclosure(argument, &sample) else { return nil }
        values.append(value)
      }
      return try enclosure(of: function, values, sample)
    }
  }

  private func enclosure(
    of function: Function, _ values: [Enclosure], _ sample: Sample
  ) throws(MathAnswerError) -> Enclosure? {
    let arithmetic = sample.arithmetic
    try spendNumerics(sample, bits: sample.precision, times: 50)
    switch function {
    case .sine: return try arithmetic.sineAndCosine(values[0]).0
    case .cosine: return try arithmetic.sineAndCosine(values[0]).1
    case .logarithm: return try arithmetic.logarithm(values[0])
    case .arctangent: return arithmetic.arctangent(values[0])
    case .arcsine:
      // arcsin x is 2·arctan(x/(1 + √(1 - x²))).
      let one = arithmetic.enclosure(.one)
      let square = try arithmetic.multiply(values[0], values[0])
      guard let root = try arithmetic.root(arithmetic.add(one, square.negated), index: 2),
        let tangent = try arithmetic.divide(values[0], arithmetic.add(one, root))
      else { return nil }
      let half = arithmetic.arctangent(tangent)
      return arithmetic.add(half, half)
    case .power:
      guard let logarithm = try arithmetic.logarithm(values[0]) else { return nil }
      return try arithmetic.exponential(try arithmetic.multiply(logarithm, values[1]))
    default: return nil
    }
  }

  private func pi(_ sample: Sample) throws(MathAnswerError) -> Enclosure {
    if let known = knownPi[sample.precision] { return known }
    try spendNumerics(sample, bits: sample.precision, times: 15)
    let value = sample.arithmetic.pi
    knownPi[sample.precision] = value
    return value
  }

  /// The number that stands for an unknown: of a size from 1 to 3, and of no simple kind.
  ///
  /// The first two points are positive, as logarithms need, the others of both signs: |x| is not x.
  private static func stand(in unknown: Int, _ point: Int) -> Rational {
    // The mixing step of a splitmix generator, on what tells unknowns and points apart.
    var bits = UInt64(unknown) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(point) &* 0xD1B5_4A32_D192_ED03
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    let isNegative = point > 1 && bits % 2 == 1
    let size = BigInt(1 << 31 + Int(bits >> 32))
    return Rational(isNegative ? -size : size, BigInt(1 << 31))
  }

  /// Pays for products of numbers of so many bits.
  private func spendNumerics(
    _ sample: Sample, bits: Int, times: Int = 1
  ) throws(MathAnswerError) {
    let words = (bits + sample.precision) / 64 + 1
    try fuel.spend(times * (1 + words * words / 64))
  }
}
