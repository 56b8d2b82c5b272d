// The workshop of one comparison: it knows what the generators stand for, computes with polynomials
// in them, and counts the work. Both answers are worked out in the same workshop, so that equal
// generators have equal numbers.
//
// The normal form: rational coefficients; primes, π, e and variables under rational exponents;
// i to the power 0 or 1. Products of different roots of primes are linearly independent over the
// rationals (Besicovitch 1940), so that in these generators a polynomial is zero only if it has no
// terms. In the others (roots of sums, logarithms, sines) a polynomial without terms is zero, and
// one with terms may be: `Algebra+Decision` looks further.

import BigInt

/// What the powers in a monomial are of.
indirect enum Generator: Hashable {
  /// An unknown.
  case variable(String)
  /// An integer above 1, prime if it is small; its exponent is from 0 to 1, unless it is enormous.
  case prime(BigInt)
  /// The half circumference of the unit circle.
  case pi
  /// The base of the natural logarithm.
  case euler
  /// The imaginary unit.
  case imaginary
  /// -1; it occurs only under `power`.
  case minusOne
  /// What stands under a root; its exponent is from 0 to 1.
  case radicand(Polynomial)
  /// A generator to the power of a monomial, like 2^n.
  case power(of: Int, Monomial)
  /// A function of which no more is known than its name.
  case application(String, [Quotient])
  /// The value of a function that has no simpler form.
  case function(Function, [Quotient])
}

/// Computes with polynomials and quotients, within limits.
final class Algebra {
  /// What is left to spend.
  var fuel: Fuel
  /// What each number stands for.
  private(set) var generators: [Generator] = []
  private var numbers: [Generator: Int] = [:]
  /// π at the precisions asked for so far.
  var knownPi: [Int: Enclosure] = [:]

  init(fuel: Fuel = Fuel()) { self.fuel = fuel }

  /// The number of a generator, a new one if it is not known.
  func number(of generator: Generator) throws(MathAnswerError) -> Int {
    if let known = numbers[generator] { return known }
    if case .function(let function, let arguments) = generator,
      let same = try known(function, of: arguments)
    {
      return same
    }
    guard generators.count < Limits.generators else {
      throw .tooLarge("more than \(Limits.generators) different unknowns, roots and functions")
    }
    generators.append(generator)
    numbers[generator] = generators.count - 1
    return generators.count - 1
  }

  /// A generator as a polynomial.
  func polynomial(_ generator: Generator, _ exponent: Exponent = .one) throws(MathAnswerError)
    -> Polynomial
  {
    Polynomial(Monomial(try number(of: generator), exponent))
  }

  /// A generator as a quotient.
  func value(_ generator: Generator) throws(MathAnswerError) -> Quotient {
    Quotient(try polynomial(generator))
  }

  /// A known value of the function at arguments that are equal though written otherwise.
  private func known(
    _ function: Function, of arguments: [Quotient]
  ) throws(MathAnswerError) -> Int? {
    guard !arguments.allSatisfy(\.isPolynomial) else { return nil }
    for (number, generator) in generators.enumerated() {
      guard case .function(function, let others) = generator, others.count == arguments.count
      else { continue }
      var isSame = true
      for (argument, other) in zip(arguments, others) where isSame {
        isSame = try subtract(argument, other).numerator.isZero
      }
      if isSame { return number }
    }
    return nil
  }

  // MARK: - Polynomials

  /// The sum.
  func add(_ left: Polynomial, _ right: Polynomial) throws(MathAnswerError) -> Polynomial {
    if left.isZero { return right }
    if right.isZero { return left }
    var result: [Polynomial.Term] = []
    result.reserveCapacity(left.terms.count + right.terms.count)
    var (i, j) = (0, 0)
    while i < left.terms.count, j < right.terms.count {
      let (a, b) = (left.terms[i], right.terms[j])
      if a.monomial == b.monomial {
        try fuel.spend(Rational.cost(a.coefficient, b.coefficient))
        let sum = try bounded(a.coefficient + b.coefficient)
        if !sum.isZero { result.append(.init(monomial: a.monomial, coefficient: sum)) }
        i += 1
        j += 1
      } else if a.monomial < b.monomial {
        result.append(a)
        i += 1
      } else {
        result.append(b)
        j += 1
      }
    }
    result += left.terms[i...]
    result += right.terms[j...]
    try fuel.spend(result.count)
    return try bounded(Polynomial(terms: result))
  }

  /// The product.
  func multiply(_ left: Polynomial, _ right: Polynomial) throws(MathAnswerError) -> Polynomial {
    if left == .one { return right }
    if right == .one { return left }
    guard left.terms.count * right.terms.count <= Limits.products else {
      throw .tooLarge("a product of sums with more than \(Limits.products) terms")
    }
    var sums: [Monomial: Rational] = [:]
    var rest = Polynomial.zero
    for a in left.terms {
      for b in right.terms {
        try fuel.spend(4 + Rational.cost(a.coefficient, b.coefficient))
        var monomial = try a.monomial.times(b.monomial)
        var coefficient = try bounded(a.coefficient * b.coefficient)
        if needsReduction(monomial) {
          let reduced = try reduce(monomial)
          monomial = reduced.monomial
          coefficient = try bounded(coefficient * reduced.coefficient)
          if reduced.factor != .one {
            let product = try multiply(reduced.factor, Polynomial(monomial, coefficient))
            rest = try add(rest, product)
            continue
          }
        }
        let sum = sums[monomial] ?? .zero
        try fuel.spend(Rational.cost(sum, coefficient))
        sums[monomial] = try bounded(sum + coefficient)
      }
    }
    return try add(bounded(Polynomial(sums)), rest)
  }

  /// The power, from 0.
  func power(_ base: Polynomial, _ exponent: Int) throws(MathAnswerError) -> Polynomial {
    if exponent == 0 { return .one }
    if exponent == 1 || base.isZero { return base }
    if base.terms.count > 1 { try checkExpansion(of: base, exponent) }
    var result = Polynomial.one
    var square = base
    var left = exponent
    while true {
      if left % 2 == 1 { result = try multiply(result, square) }
      left /= 2
      if left == 0 { return result }
      square = try multiply(square, square)
    }
  }

  /// Refuses powers whose expansion would have too many terms, before the first is computed.
  private func checkExpansion(of base: Polynomial, _ exponent: Int) throws(MathAnswerError) {
    // Products of roots of numbers come back to few terms, so that their powers stay small.
    var count = 1
    if base.generators.contains(where: isOpen) {
      for step in 1..<base.terms.count where count <= Limits.terms {
        count = count * (min(exponent, Limits.terms) + step) / step
      }
    }
    guard count <= Limits.terms, exponent <= Limits.bits else {
      throw .tooLarge("a power of a sum with more than \(Limits.terms) terms")
    }
  }

  /// Whether powers of a generator are all different, as those of an unknown are.
  private func isOpen(_ number: Int) -> Bool {
    switch generators[number] {
    case .prime, .imaginary, .minusOne: false
    case .variable, .application, .pi, .euler, .radicand, .power, .function: true
    }
  }

  // MARK: - Limits

  /// The number, if it is not too long.
  func bounded(_ value: Rational) throws(MathAnswerError) -> Rational {
    guard value.bits <= Limits.bits else {
      throw .tooLarge("a number of more than \(Limits.bits * 3 / 10) digits")
    }
    return value
  }

  /// The polynomial, if it has not too many terms.
  private func bounded(_ value: Polynomial) throws(MathAnswerError) -> Polynomial {
    guard value.terms.count <= Limits.terms else {
      throw .tooLarge("a sum of more than \(Limits.terms) terms")
    }
    return value
  }
}
