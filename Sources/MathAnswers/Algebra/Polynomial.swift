// Sums of products of powers, over the rationals. What the powers are of (variables, primes under
// roots, values of functions) is known to `Algebra`; here they are numbers.
//
//     3·√2·x² - 1/2     two terms; the first is 3 · g0^(1/2) · g1^2

/// A product of powers of generators, in the order of their numbers; no exponent is zero.
struct Monomial: Hashable, Comparable, Sendable {
  /// One power.
  struct Factor: Hashable, Sendable {
    let generator: Int
    let exponent: Exponent
  }

  let factors: [Factor]

  static let unit = Monomial(factors: [])

  init(factors: [Factor]) { self.factors = factors }

  init(_ generator: Int, _ exponent: Exponent = .one) {
    factors = exponent == .zero ? [] : [Factor(generator: generator, exponent: exponent)]
  }

  var isUnit: Bool { factors.isEmpty }

  func exponent(of generator: Int) -> Exponent {
    factors.first { $0.generator == generator }?.exponent ?? .zero
  }

  /// The product without the power of one generator.
  func without(_ generator: Int) -> Monomial {
    Monomial(factors: factors.filter { $0.generator != generator })
  }

  /// The product, exponents added.
  func times(_ other: Monomial) throws(MathAnswerError) -> Monomial {
    if isUnit { return other }
    if other.isUnit { return self }
    var result: [Factor] = []
    result.reserveCapacity(factors.count + other.factors.count)
    var (i, j) = (0, 0)
    while i < factors.count || j < other.factors.count {
      if j == other.factors.count
        || (i < factors.count && factors[i].generator < other.factors[j].generator)
      {
        result.append(factors[i])
        i += 1
      } else if i == factors.count || other.factors[j].generator < factors[i].generator {
        result.append(other.factors[j])
        j += 1
      } else {
        let sum = try factors[i].exponent.plus(other.factors[j].exponent)
        if sum != .zero {
          result.append(Factor(generator: factors[i].generator, exponent: sum))
        }
        i += 1
        j += 1
      }
    }
    return Monomial(factors: result)
  }

  /// Every exponent multiplied.
  func raised(to power: Exponent) throws(MathAnswerError) -> Monomial {
    guard power != .zero else { return .unit }
    var result: [Factor] = []
    for factor in factors {
      let exponent = try factor.exponent.times(power)
      result.append(Factor(generator: factor.generator, exponent: exponent))
    }
    return Monomial(factors: result)
  }

  static func < (left: Monomial, right: Monomial) -> Bool {
    for (a, b) in zip(left.factors, right.factors) where a != b {
      if a.generator != b.generator { return a.generator < b.generator }
      return a.exponent < b.exponent
    }
    return left.factors.count < right.factors.count
  }
}

/// A sum of terms, in the order of their monomials; no coefficient is zero.
///
/// The order is fixed, so that the same work is done on every machine and in every run.
struct Polynomial: Hashable, Sendable {
  /// A monomial times a number.
  struct Term: Hashable, Sendable {
    let monomial: Monomial
    let coefficient: Rational
  }

  let terms: [Term]

  static let zero = Polynomial(terms: [])
  static let one = Polynomial(.one)

  /// Takes terms that are in order already.
  init(terms: [Term]) { self.terms = terms }

  init(_ value: Rational) {
    terms = value.isZero ? [] : [Term(monomial: .unit, coefficient: value)]
  }

  init(_ monomial: Monomial, _ coefficient: Rational = .one) {
    terms = coefficient.isZero ? [] : [Term(monomial: monomial, coefficient: coefficient)]
  }

  init(_ sums: [Monomial: Rational]) {
    terms = sums.filter { !$0.value.isZero }
      .map { Term(monomial: $0.key, coefficient: $0.value) }
      .sorted { $0.monomial < $1.monomial }
  }

  var isZero: Bool { terms.isEmpty }

  /// The value, if it is a rational number.
  var rational: Rational? {
    if terms.isEmpty { return .zero }
    guard terms.count == 1, terms[0].monomial.isUnit else { return nil }
    return terms[0].coefficient
  }

  /// Every generator that occurs.
  var generators: Set<Int> {
    var result: Set<Int> = []
    for term in terms { for factor in term.monomial.factors { result.insert(factor.generator) } }
    return result
  }

  var negated: Polynomial {
    Polynomial(
      terms: terms.map { Term(monomial: $0.monomial, coefficient: -$0.coefficient) })
  }
}

/// A polynomial over a polynomial that is not zero.
///
/// A denominator of one term is always 1: its monomial is folded into the numerator, where
/// exponents may be negative.
struct Quotient: Hashable, Sendable {
  let numerator: Polynomial
  let denominator: Polynomial

  static let zero = Quotient(.zero)
  static let one = Quotient(.one)

  init(_ numerator: Polynomial, over denominator: Polynomial = .one) {
    self.numerator = numerator
    self.denominator = numerator.isZero ? .one : denominator
  }

  init(_ value: Rational) { self.init(Polynomial(value)) }

  var isPolynomial: Bool { denominator == .one }

  /// The value, if it is a rational number.
  var rational: Rational? { isPolynomial ? numerator.rational : nil }

  /// Every generator that occurs.
  var generators: Set<Int> { numerator.generators.union(denominator.generators) }

  var negated: Quotient { Quotient(numerator.negated, over: denominator) }
}
