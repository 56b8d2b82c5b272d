// Powers and roots. Unknowns are real, and a square root is not negative: √(x²) is |x|, which is
// kept as the square root of x². Odd roots of negative numbers are negative.

import BigInt

extension Algebra {
  /// Base to the power of exponent.
  func power(_ base: Quotient, _ exponent: Quotient) throws(MathAnswerError) -> Quotient {
    if let number = exponent.rational { return try power(base, number) }
    do throws(MathAnswerError) { return try symbolicPower(base, exponent) } catch {
      // e^{-0.01386 t}: an exponent with a long denominator is kept as it is.
      guard case .tooLarge = error, fuel.left > 0 else { throw error }
      return try value(.function(.power, [base, exponent]))
    }
  }

  /// Base to the power of an exponent with unknowns, or with roots.
  private func symbolicPower(
    _ base: Quotient, _ exponent: Quotient
  ) throws(MathAnswerError) -> Quotient {
    if base.numerator.isZero { throw .undefined("a power of zero with an unknown exponent") }
    if base.rational == .one { return .one }
    guard exponent.isPolynomial, base.isPolynomial || exponent.generators.count < 4 else {
      return try value(.function(.power, [base, exponent]))
    }
    if !base.isPolynomial {
      return try divide(
        power(Quotient(base.numerator), exponent), power(Quotient(base.denominator), exponent))
    }
    var result = Quotient.one
    for term in exponent.numerator.terms {
      result = try multiply(result, try power(base.numerator, term))
    }
    return result
  }

  /// Base to the power of one term: of 2·n, say.
  private func power(
    _ base: Polynomial, _ term: Polynomial.Term
  ) throws(MathAnswerError) -> Quotient {
    if term.monomial.isUnit { return try power(Quotient(base), term.coefficient) }
    guard base.terms.count == 1 else {
      let number = try number(of: .radicand(base))
      return try symbolicPower(of: number, term)
    }
    let single = base.terms[0]
    var result = Quotient.one
    if single.coefficient.isNegative {
      let minusOne = try number(of: .minusOne)
      result = try symbolicPower(of: minusOne, term)
    }
    for factor in try primeFactors(of: single.coefficient.magnitude) + single.monomial.factors {
      let scaled = try bounded(term.coefficient * factor.exponent.rational)
      let power = try symbolicPower(
        of: factor.generator, .init(monomial: term.monomial, coefficient: scaled))
      result = try multiply(result, power)
    }
    return result
  }

  /// A generator to the power of coefficient · monomial.
  private func symbolicPower(
    of generator: Int, _ term: Polynomial.Term
  ) throws(MathAnswerError) -> Quotient {
    if let value = try inverseOfLogarithm(generator, term) { return value }
    if generators[generator] == .euler, let turn = try turn(term) { return turn }
    if case .imaginary = generators[generator] {
      throw .unparsable("a power of i with an unknown exponent")
    }
    let exponent = try Exponent(term.coefficient)
    let power = try number(of: .power(of: generator, term.monomial))
    let reduced = try reduce(Monomial(power, exponent))
    return Quotient(Polynomial(reduced.monomial, reduced.coefficient))
  }

  /// e^(a·ln b) is b^a, and so is 2^(a·ln b/ln 2).
  private func inverseOfLogarithm(
    _ generator: Int, _ term: Polynomial.Term
  ) throws(MathAnswerError) -> Quotient? {
    var rest = term.monomial
    if case .prime = generators[generator] {
      let own = try logarithm(Quotient(Polynomial(Monomial(generator))))
      guard let number = own.numerator.terms.first?.monomial.factors.first?.generator,
        try rest.exponent(of: number) == Exponent(-1)
      else { return nil }
      rest = rest.without(number)
    } else if generators[generator] != .euler {
      return nil
    }
    guard rest.factors.count == 1, rest.factors[0].exponent == .one,
      case .function(.logarithm, let arguments) = generators[rest.factors[0].generator]
    else { return nil }
    return try power(arguments[0], term.coefficient)
  }

  /// e^(i·t) is cos t + i·sin t.
  private func turn(_ term: Polynomial.Term) throws(MathAnswerError) -> Quotient? {
    let imaginary = try number(of: .imaginary)
    guard term.monomial.exponent(of: imaginary) == .one else { return nil }
    let angle = Quotient(Polynomial(term.monomial.without(imaginary), term.coefficient))
    let sine = try multiply(Quotient(Polynomial(Monomial(imaginary))), try sine(angle))
    return try add(try cosine(angle), sine)
  }

  /// Base to the power of a number.
  func power(_ base: Quotient, _ exponent: Rational) throws(MathAnswerError) -> Quotient {
    guard let whole = exponent.smallInteger else {
      guard !exponent.isInteger else { throw .tooLarge("an exponent has more than nine digits") }
      guard exponent.denominator <= Limits.rootIndex else {
        let euler = try value(.euler)
        guard base.rational.map({ !$0.isNegative }) ?? (base == euler) else {
          throw .tooLarge("a root of an index above \(Limits.rootIndex)")
        }
        return try value(.function(.power, [base, Quotient(exponent)]))
      }
      let root = try root(of: base, index: Int(exponent.denominator))
      return try power(root, Rational(exponent.numerator))
    }
    if base.numerator.isZero {
      guard whole > 0 else { throw .undefined("zero to the power of \(whole)") }
      return .zero
    }
    if base == .one { return .one }
    if base.rational == Rational(-1) {
      return whole % 2 == 0 ? .one : base
    }
    guard whole.magnitude <= Limits.exponent else {
      throw .tooLarge("an exponent has more than nine digits")
    }
    if whole < 0 {
      let inverse = try divide(.one, base)
      return try power(inverse, Rational(-whole))
    }
    if base.isPolynomial, base.numerator.terms.count == 1 {
      return try power(base.numerator.terms[0], whole)
    }
    return Quotient(
      try power(base.numerator, whole), over: try power(base.denominator, whole))
  }

  /// A single term to a power from 1.
  private func power(_ term: Polynomial.Term, _ whole: Int) throws(MathAnswerError) -> Quotient {
    let exponent = try Exponent(whole)
    var reduced = try reduce(try term.monomial.raised(to: exponent))
    if (term.coefficient.bits - 1).multipliedReportingOverflow(by: whole).partialValue
      > Limits.bits || whole > Limits.bits
    {
      // Too long to be written out: the primes keep their exponents.
      if term.coefficient.isNegative, whole % 2 == 1 { reduced.coefficient = -reduced.coefficient }
      var monomial = reduced.monomial
      for factor in try primeFactors(of: term.coefficient.magnitude) {
        let raised = Monomial(factor.generator, try factor.exponent.times(exponent))
        monomial = try monomial.times(raised)
      }
      let value = Polynomial(monomial, reduced.coefficient)
      return Quotient(try multiply(value, reduced.factor))
    }
    try fuel.spend(1 + term.coefficient.bits * whole / 64)
    let number = term.coefficient.power(whole)
    try fuel.spend(Rational.cost(number, reduced.coefficient))
    let coefficient = try bounded(number * reduced.coefficient)
    return Quotient(
      try multiply(Polynomial(reduced.monomial, coefficient), reduced.factor))
  }

  // MARK: - Roots

  /// The root of an index from 1.
  func root(of value: Quotient, index: Int) throws(MathAnswerError) -> Quotient {
    guard index >= 1 else { throw .undefined("a root of index \(index)") }
    guard index <= Limits.rootIndex else {
      throw .tooLarge("a root of an index above \(Limits.rootIndex)")
    }
    if index == 1 || value.numerator.isZero { return value }
    if value.isPolynomial { return try root(of: value.numerator, index: index) }
    // N/D is N·D^(n-1)/D^n, and the root of D^n is D or |D|.
    let lifted = try multiply(value.numerator, try power(value.denominator, index - 1))
    let below =
      index % 2 == 0 ? try magnitude(of: Quotient(value.denominator)) : Quotient(value.denominator)
    return try divide(try root(of: lifted, index: index), below)
  }

  private func root(of value: Polynomial, index: Int) throws(MathAnswerError) -> Quotient {
    let isConstant = !value.generators.contains { isUnknown($0) || generators[$0] == .imaginary }
    let order = index % 2 == 0 && isConstant ? try sign(of: Quotient(value)) : 1
    if order == 0 { return .zero }
    if order < 0 {
      guard index == 2 else { throw .unparsable("an even root of a negative number") }
      let positive = try root(of: value.negated, index: 2)
      return try multiply(try self.value(.imaginary), positive)
    }
    if value.terms.count == 1 { return try root(of: value.terms[0], index: index) }
    // A common factor goes before the root, so that √(8x + 4) is 2·√(2x + 1).
    var content = try content(of: value)
    if index % 2 == 1, value.terms[0].coefficient.isNegative { content = -content }
    let inner = try multiply(value, Polynomial(content.reciprocal))
    let generator = try number(of: .radicand(inner))
    let outer = try root(
      of: Polynomial.Term(monomial: .unit, coefficient: content), index: index)
    return try multiply(outer, Quotient(Polynomial(Monomial(generator, try Exponent(1, index)))))
  }

  /// The root of a single term, factor by factor.
  private func root(of term: Polynomial.Term, index: Int) throws(MathAnswerError) -> Quotient {
    let part = try Exponent(1, index)
    var monomial = Monomial.unit
    for factor in try primeFactors(of: term.coefficient.magnitude) {
      monomial = try monomial.times(Monomial(factor.generator, try factor.exponent.times(part)))
    }
    let isEven = index % 2 == 0
    var held: [Monomial.Factor] = []
    for factor in term.monomial.factors {
      if case .imaginary = generators[factor.generator] { throw .unparsable("a root of i") }
      // Only even roots are known not to be negative.
      let isOddRoot = factor.exponent.denominator % 2 == 1 && isUnknown(factor.generator)
      let isSafe = !isEven || (isPositive(factor.generator) && !isOddRoot)
      if isSafe {
        monomial = try monomial.times(Monomial(factor.generator, try factor.exponent.times(part)))
      } else if factor.exponent.isInteger, factor.exponent.numerator % 2 == 0 {
        let square = Polynomial(Monomial(factor.generator, try Exponent(2)))
        let number = try number(of: .radicand(square))
        let exponent = try factor.exponent.times(Exponent(1, 2 * index))
        monomial = try monomial.times(Monomial(number, exponent))
      } else {
        held.append(factor)
      }
    }
    if held.count == 1, !term.coefficient.isNegative, held[0].exponent.numerator % 2 != 0 {
      // √(x³) has a value only where x is not negative.
      monomial = try monomial.times(
        Monomial(held[0].generator, try held[0].exponent.times(part)))
    } else if !held.isEmpty {
      let sign: Rational = isEven && term.coefficient.isNegative ? Rational(-1) : .one
      let number = try number(of: .radicand(Polynomial(Monomial(factors: held), sign)))
      monomial = try monomial.times(Monomial(number, part))
    }
    let reduced = try reduce(monomial)
    let isFlipped = term.coefficient.isNegative && !isEven
    let coefficient = isFlipped ? -reduced.coefficient : reduced.coefficient
    return Quotient(
      try multiply(Polynomial(reduced.monomial, coefficient), reduced.factor))
  }

  /// The positive number that divides all coefficients and leaves whole ones without a common factor.
  private func content(of value: Polynomial) throws(MathAnswerError) -> Rational {
    var above = value.terms[0].coefficient.numerator.magnitude
    var below = value.terms[0].coefficient.denominator.magnitude
    for term in value.terms.dropFirst() {
      try fuel.spend(8 * Rational.cost(term.coefficient, Rational(BigInt(above), BigInt(below))))
      above = above.greatestCommonDivisor(with: term.coefficient.numerator.magnitude)
      let next = term.coefficient.denominator.magnitude
      below = below / below.greatestCommonDivisor(with: next) * next
    }
    return try bounded(Rational(BigInt(above), BigInt(below)))
  }

  /// The absolute value.
  func magnitude(of value: Quotient) throws(MathAnswerError) -> Quotient {
    if let number = value.rational { return Quotient(number.magnitude) }
    let imaginary = try number(of: .imaginary)
    if value.generators.contains(imaginary) {
      guard value.isPolynomial else { throw .unparsable("the size of a complex quotient") }
      let (real, other) = try parts(of: value.numerator)
      let square = try add(try multiply(real, real), try multiply(other, other))
      return try root(of: square, index: 2)
    }
    guard value.generators.contains(where: isUnknown) else {
      return try sign(of: value) < 0 ? value.negated : value
    }
    return try root(of: try multiply(value, value), index: 2)
  }

  /// The real part, and what i is multiplied with.
  func parts(of value: Polynomial) throws(MathAnswerError) -> (Polynomial, Polynomial) {
    let imaginary = try number(of: .imaginary)
    let (with, without) = (
      value.terms.filter { $0.monomial.exponent(of: imaginary) != .zero },
      value.terms.filter { $0.monomial.exponent(of: imaginary) == .zero }
    )
    let stripped = Dictionary(
      with.map { ($0.monomial.without(imaginary), $0.coefficient) }, uniquingKeysWith: +)
    return (Polynomial(terms: without), Polynomial(stripped))
  }

  /// The prime factors of a positive number as powers of generators.
  ///
  /// A long factor without small divisors is left as it is.
  func primeFactors(of value: Rational) throws(MathAnswerError) -> [Monomial.Factor] {
    var result = Monomial.unit
    for (part, sign) in [(value.numerator, 1), (value.denominator, -1)] {
      var rest = part.magnitude
      var divisor: UInt = 2
      let last: UInt = rest.bitWidth > 1_024 ? 100 : 2_000
      while rest > 1, divisor < last {
        if BigUInt(divisor) * BigUInt(divisor) > rest { break }
        try fuel.spend(1 + rest.bitWidth / 256)
        var count = 0
        while rest % BigUInt(divisor) == 0 {
          rest /= BigUInt(divisor)
          count += 1
          try fuel.spend(1 + rest.bitWidth / 64)
        }
        if count > 0 {
          let number = try number(of: .prime(BigInt(divisor)))
          result = try result.times(Monomial(number, Exponent(count * sign)))
        }
        divisor += divisor == 2 ? 1 : 2
      }
      if rest > 1 {
        let (base, count) = perfectPower(rest)
        let number = try number(of: .prime(BigInt(base)))
        result = try result.times(Monomial(number, Exponent(count * sign)))
      }
    }
    return result.factors
  }

  private func perfectPower(_ value: BigUInt) -> (BigUInt, Int) {
    // Roots of longer numbers take long, and are of use where somebody wrote 101^{500} out.
    guard (23...2_048).contains(value.bitWidth) else { return (value, 1) }
    for index in [7, 5, 3, 2] where value.bitWidth > 10 * index {
      let root = integerRoot(value, index: index)
      if root.power(index) == value {
        let (base, count) = perfectPower(root)
        return (base, count * index)
      }
    }
    return (value, 1)
  }

  /// Whether a generator's value is known to be positive.
  func isPositive(_ number: Int) -> Bool {
    switch generators[number] {
    case .prime, .pi, .euler: true
    case .radicand: true
    case .power(let base, _): isPositive(base)
    case .variable, .application, .imaginary, .minusOne, .function: false
    }
  }

  /// Whether a value has unknowns in it.
  func isUnknown(_ number: Int) -> Bool {
    switch generators[number] {
    case .variable, .application: true
    case .prime, .pi, .euler, .imaginary, .minusOne: false
    case .radicand(let value): value.generators.contains(where: isUnknown)
    case .power(let base, let exponent):
      isUnknown(base) || exponent.factors.contains { isUnknown($0.generator) }
    case .function(_, let arguments):
      arguments.contains { $0.generators.contains(where: isUnknown) }
    }
  }
}
