// The four operations on quotients. There is no common divisor of polynomials here: two quotients
// are equal when their cross products are, which needs none.

import BigInt

extension Algebra {
  /// The sum.
  func add(_ left: Quotient, _ right: Quotient) throws(MathAnswerError) -> Quotient {
    if left.denominator == right.denominator {
      return Quotient(
        try add(left.numerator, right.numerator), over: left.denominator)
    }
    let numerator = try add(
      multiply(left.numerator, right.denominator), multiply(right.numerator, left.denominator))
    return Quotient(numerator, over: try multiply(left.denominator, right.denominator))
  }

  /// The difference.
  func subtract(_ left: Quotient, _ right: Quotient) throws(MathAnswerError) -> Quotient {
    try add(left, right.negated)
  }

  /// The product.
  func multiply(_ left: Quotient, _ right: Quotient) throws(MathAnswerError) -> Quotient {
    // What cancels at sight is cancelled: continued fractions stay small.
    if left.numerator == right.denominator, !left.isPolynomial || !right.isPolynomial {
      return Quotient(right.numerator, over: left.denominator)
    }
    if left.denominator == right.numerator, !left.isPolynomial || !right.isPolynomial {
      return Quotient(left.numerator, over: right.denominator)
    }
    let numerator = try multiply(left.numerator, right.numerator)
    return try quotient(numerator, try multiply(left.denominator, right.denominator))
  }

  /// The quotient.
  func divide(_ left: Quotient, _ right: Quotient) throws(MathAnswerError) -> Quotient {
    guard !right.numerator.isZero else { throw .undefined("division by zero") }
    if right.isPolynomial { return try quotient(left, by: right.numerator) }
    return try quotient(
      multiply(left.numerator, right.denominator), multiply(left.denominator, right.numerator))
  }

  private func quotient(_ left: Quotient, by right: Polynomial) throws(MathAnswerError)
    -> Quotient
  {
    try quotient(left.numerator, try multiply(left.denominator, right))
  }

  /// A polynomial over another, its denominator folded away if it has one term.
  func quotient(
    _ numerator: Polynomial, _ denominator: Polynomial
  ) throws(MathAnswerError) -> Quotient {
    guard let first = denominator.terms.first else { throw .undefined("division by zero") }
    if denominator == .one { return Quotient(numerator) }
    if denominator.terms.count > 1 {
      try refuseHiddenZero(denominator)
      if let ratio = try ratio(of: numerator, to: denominator) { return Quotient(ratio) }
      // The first coefficient is made 1, so that equal denominators look equal.
      let scale = Polynomial(first.coefficient.reciprocal)
      return Quotient(
        try multiply(numerator, scale), over: try multiply(denominator, scale))
    }
    var inverse = Polynomial(first.coefficient.reciprocal)
    var rest = Polynomial.one
    for factor in first.monomial.factors {
      if case .radicand(let radicand) = generators[factor.generator] {
        // 1/√r is √r/r.
        let exponent = try Exponent.one.plus(factor.exponent.times(Exponent(-1)))
        inverse = try multiply(inverse, Polynomial(Monomial(factor.generator, exponent)))
        rest = try multiply(rest, radicand)
      } else {
        let exponent = try factor.exponent.times(Exponent(-1))
        let reduced = try reduce(Monomial(factor.generator, exponent))
        let one = Polynomial(reduced.monomial, reduced.coefficient)
        inverse = try multiply(inverse, try multiply(one, reduced.factor))
      }
    }
    return try quotient(try multiply(numerator, inverse), rest)
  }

  /// Refuses a divisor that is zero in a way the normal form does not see: over it, everything
  /// would be equal.
  private func refuseHiddenZero(_ divisor: Polynomial) throws(MathAnswerError) {
    guard try isZero(Quotient(divisor)) == false else {
      throw .undefined("a divisor that may be zero")
    }
  }

  /// The number that one polynomial is of another, if it is one.
  func ratio(of left: Polynomial, to right: Polynomial) throws(MathAnswerError) -> Rational? {
    guard left.terms.count == right.terms.count, let first = left.terms.first else { return nil }
    let ratio = first.coefficient * right.terms[0].coefficient.reciprocal
    for (a, b) in zip(left.terms, right.terms) {
      guard a.monomial == b.monomial else { return nil }
      try fuel.spend(Rational.cost(ratio, b.coefficient))
      guard a.coefficient == ratio * b.coefficient else { return nil }
    }
    return ratio
  }
}
