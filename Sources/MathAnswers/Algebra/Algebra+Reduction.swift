// What makes powers of generators simpler: √2·√2 is 2, i·i is -1, cos² is 1 - sin².

import BigInt

extension Algebra {
  /// A monomial as number · factor · simpler monomial.
  struct Reduced {
    var monomial: Monomial
    var coefficient: Rational
    var factor: Polynomial
  }

  /// Whether an exponent has left its range.
  ///
  /// Asked for every product of terms, hence cheap.
  func needsReduction(_ monomial: Monomial) -> Bool {
    monomial.factors.contains { factor in
      switch generators[factor.generator] {
      case .prime, .radicand: factor.exponent < .zero || factor.exponent >= .one
      case .imaginary: factor.exponent != .one
      case .power(let base, _): generators[base] == .minusOne && factor.exponent != .one
      case .function(.cosine, _): factor.exponent.isInteger && factor.exponent > .one
      default: false
      }
    }
  }

  /// Brings every exponent back into its range.
  func reduce(_ monomial: Monomial) throws(MathAnswerError) -> Reduced {
    var result = Reduced(monomial: .unit, coefficient: .one, factor: .one)
    var kept: [Monomial.Factor] = []
    for factor in monomial.factors {
      var exponent = factor.exponent
      switch generators[factor.generator] {
      case .prime(let prime):
        exponent = try takeWhole(of: prime, exponent, into: &result.coefficient)
      case .imaginary:
        guard exponent.isInteger else { throw .unparsable("a root of i") }
        let turns = (exponent.numerator % 4 + 4) % 4
        if turns >= 2 { result.coefficient = -result.coefficient }
        exponent = try Exponent(turns % 2)
      case .radicand(let radicand):
        let whole = exponent.floor
        guard whole >= 0 else { throw .unparsable("a root in a denominator of this kind") }
        if whole > 0 {
          result.factor = try multiply(result.factor, try power(radicand, whole))
          exponent = try exponent.plus(Exponent(-whole))
        }
      case .power(let base, _) where generators[base] == .minusOne && exponent.isInteger:
        exponent = try Exponent((exponent.numerator % 2 + 2) % 2)
      case .function(.cosine, let arguments) where exponent.isInteger && exponent > .one:
        let sine = try polynomial(.function(.sine, arguments), Exponent(2))
        let square = try add(.one, sine.negated)
        result.factor = try multiply(result.factor, try power(square, exponent.numerator / 2))
        exponent = try Exponent(exponent.numerator % 2)
      default: break
      }
      if exponent != .zero { kept.append(.init(generator: factor.generator, exponent: exponent)) }
    }
    result.monomial = Monomial(factors: kept)
    return result
  }

  /// Moves the whole part of a prime's exponent into the coefficient, unless that is enormous: then
  /// the power stays as it is written, and only the same power is known to be equal to it.
  private func takeWhole(
    of prime: BigInt, _ exponent: Exponent, into coefficient: inout Rational
  ) throws(MathAnswerError) -> Exponent {
    let whole = exponent.floor
    guard whole != 0, whole.magnitude <= Limits.bits,
      Int(whole.magnitude) * prime.magnitude.bitWidth <= Limits.bits
    else { return exponent }
    let power = BigInt(prime.power(Int(whole.magnitude)))
    try fuel.spend(1 + power.magnitude.bitWidth / 8)
    let number = whole > 0 ? Rational(power) : Rational(1, power)
    try fuel.spend(Rational.cost(coefficient, number))
    coefficient = try bounded(coefficient * number)
    return try exponent.plus(Exponent(-whole))
  }

  /// The polynomial times whatever makes the exponents of its cosines positive, so that those of
  /// equal value have equal terms.
  func cleared(_ value: Polynomial) throws(MathAnswerError) -> Polynomial {
    var lowest: [Int: Exponent] = [:]
    for factor in value.terms.flatMap(\.monomial.factors) where factor.exponent < .zero {
      if case .function(.cosine, _) = generators[factor.generator] {
        lowest[factor.generator] = min(lowest[factor.generator] ?? .zero, factor.exponent)
      }
    }
    var result = value
    for (generator, exponent) in lowest.sorted(by: { $0.key < $1.key }) {
      let inverse = try exponent.times(Exponent(-1))
      result = try multiply(result, Polynomial(Monomial(generator, inverse)))
    }
    return result
  }
}
