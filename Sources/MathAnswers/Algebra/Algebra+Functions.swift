// Functions: exact values where there are some, else a generator of their own.

import BigInt

/// The functions that have a name of their own in the normal form, and those that come down to them.
enum Function: String, Hashable, Sendable, CaseIterable {
  case sine = "sin"
  case cosine = "cos"
  case tangent = "tan"
  case cotangent = "cot"
  case secant = "sec"
  case cosecant = "csc"
  case arcsine = "arcsin"
  case arccosine = "arccos"
  case arctangent = "arctan"
  case hyperbolicSine = "sinh"
  case hyperbolicCosine = "cosh"
  case hyperbolicTangent = "tanh"
  case logarithm = "ln"
  case decimalLogarithm = "log"
  case exponential = "exp"
  case turn = "cis"
  case magnitude = "abs"
  case floor
  case ceiling = "ceil"
  case factorial
  case binomial = "binom"
  case power = "pow"
  case greatestDivisor = "gcd"
  case leastMultiple = "lcm"
  case maximum = "max"
  case minimum = "min"
}

extension Function {
  /// Whether it has a meaning for so many arguments.
  fileprivate func takes(_ count: Int) -> Bool {
    switch self {
    case .greatestDivisor, .leastMultiple, .maximum, .minimum: true
    case .binomial, .power: count == 2
    case .decimalLogarithm: count <= 2
    default: count == 1
    }
  }
}

extension Algebra {
  /// The value of a function.
  func apply(_ function: Function, _ arguments: [Quotient]) throws(MathAnswerError) -> Quotient {
    guard let first = arguments.first, function.takes(arguments.count) else {
      throw .unparsable("\(function.rawValue) of \(arguments.count) arguments")
    }
    try fuel.spend(10)
    switch function {
    case .sine: return try sine(first)
    case .cosine: return try cosine(first)
    case .tangent: return try divide(try sine(first), try cosine(first))
    case .cotangent: return try divide(try cosine(first), try sine(first))
    case .secant: return try divide(.one, try cosine(first))
    case .cosecant: return try divide(.one, try sine(first))
    case .arcsine, .arccosine, .arctangent: return try inverseTrigonometric(function, first)
    case .hyperbolicSine, .hyperbolicCosine, .hyperbolicTangent:
      return try hyperbolic(function, first)
    case .logarithm: return try logarithm(first)
    case .decimalLogarithm:
      let base = arguments.count > 1 ? arguments[1] : Quotient(Rational(10))
      return try divide(try logarithm(first), try logarithm(base))
    case .turn: return try power(value(.euler), multiply(value(.imaginary), first))
    case .exponential: return try power(try value(.euler), first)
    case .magnitude: return try magnitude(of: first)
    case .floor, .ceiling: return try rounded(function, first)
    case .factorial: return try factorial(first)
    case .binomial: return try binomial(arguments)
    case .power: return try power(first, arguments[arguments.count - 1])
    case .greatestDivisor, .leastMultiple: return try divisors(function, arguments)
    case .maximum, .minimum:
      var best = first
      for other in arguments.dropFirst() {
        let sign = try sign(of: try subtract(other, best))
        if (sign > 0) == (function == .maximum) { best = other }
      }
      return best
    }
  }

  /// The natural logarithm: of a product of positive numbers the sum of their logarithms.
  func logarithm(_ value: Quotient) throws(MathAnswerError) -> Quotient {
    if value.numerator.isZero { throw .undefined("the logarithm of zero") }
    guard value.isPolynomial, value.numerator.terms.count == 1 else {
      return try self.value(.function(.logarithm, [value]))
    }
    let term = value.numerator.terms[0]
    guard !term.coefficient.isNegative else {
      guard value.generators.contains(where: isUnknown) else {
        throw .unparsable("the logarithm of a negative number")
      }
      return try self.value(.function(.logarithm, [value]))
    }
    var result = Quotient.zero
    for factor in try primeFactors(of: term.coefficient) {
      result = try add(result, try logarithm(of: factor))
    }
    var rest: [Monomial.Factor] = []
    for factor in term.monomial.factors {
      if isPositive(factor.generator) {
        result = try add(result, try logarithm(of: factor))
      } else {
        rest.append(factor)
      }
    }
    if !rest.isEmpty {
      let unsure = Quotient(Polynomial(Monomial(factors: rest)))
      result = try add(result, try self.value(.function(.logarithm, [unsure])))
    }
    return result
  }

  private func logarithm(of factor: Monomial.Factor) throws(MathAnswerError) -> Quotient {
    let exponent = Quotient(factor.exponent.rational)
    switch generators[factor.generator] {
    case .euler: return exponent
    case .power(let base, let power):
      let inner = try logarithm(of: .init(generator: base, exponent: .one))
      return try multiply(exponent, try multiply(Quotient(Polynomial(power)), inner))
    case .radicand(let radicand):
      return try multiply(
        exponent, try self.value(.function(.logarithm, [Quotient(radicand)])))
    default:
      let plain = Quotient(Polynomial(Monomial(factor.generator)))
      return try multiply(exponent, try value(.function(.logarithm, [plain])))
    }
  }

  private func hyperbolic(
    _ function: Function, _ argument: Quotient
  ) throws(MathAnswerError) -> Quotient {
    let up = try power(try value(.euler), argument)
    let down = try power(try value(.euler), argument.negated)
    let sine = try multiply(Quotient(.half), try subtract(up, down))
    let cosine = try multiply(Quotient(.half), try add(up, down))
    switch function {
    case .hyperbolicSine: return sine
    case .hyperbolicCosine: return cosine
    default: return try divide(sine, cosine)
    }
  }

  private func rounded(
    _ function: Function, _ argument: Quotient
  ) throws(MathAnswerError) -> Quotient {
    if argument.generators.contains(where: isUnknown) {
      return try value(.function(function, [argument]))
    }
    let sign: Quotient = function == .floor ? .one : .one.negated
    let floor: BigInt
    if let number = argument.rational {
      floor = function == .floor ? number.floor : (-number).floor
    } else {
      floor = try self.floor(of: try multiply(sign, argument))
    }
    return try multiply(sign, Quotient(Rational(floor)))
  }

  private func factorial(_ argument: Quotient) throws(MathAnswerError) -> Quotient {
    guard let number = argument.rational else { return try symbolicFactorial(argument) }
    guard number.isInteger, !number.isNegative else {
      throw .undefined("the factorial of a number that is not 0, 1, 2, …")
    }
    guard let count = number.smallInteger, count <= 3_200 else {
      throw .tooLarge("the factorial of a number above 3200")
    }
    var result = BigInt(1)
    for factor in stride(from: 2, through: count, by: 1) {
      try fuel.spend(1 + result.bitWidth / 512)
      result *= BigInt(factor)
    }
    return Quotient(try bounded(Rational(result)))
  }

  /// (n + 2)! as n!·(n + 1)·(n + 2), so that n! and n·(n - 1)! have one form.
  private func symbolicFactorial(_ argument: Quotient) throws(MathAnswerError) -> Quotient {
    let shift = argument.isPolynomial ? argument.numerator.terms.first { $0.monomial.isUnit } : nil
    guard let steps = shift?.coefficient.smallInteger, steps.magnitude <= 16 else {
      return try value(.function(.factorial, [argument]))
    }
    let plain = try subtract(argument, Quotient(Rational(steps)))
    var result = try value(.function(.factorial, [plain]))
    for step in stride(from: 1, through: steps, by: 1) {
      result = try multiply(result, try add(plain, Quotient(Rational(step))))
    }
    for step in stride(from: 0, to: -steps, by: 1) {
      result = try divide(result, try subtract(plain, Quotient(Rational(step))))
    }
    return result
  }

  /// The binomial coefficient of n over a small number, as a product over its factorial.
  private func binomial(
    of above: Quotient, over count: Int
  ) throws(MathAnswerError) -> Quotient {
    var result = Quotient.one
    for step in 0..<count {
      let factor = try subtract(above, Quotient(Rational(step)))
      result = try multiply(result, try multiply(factor, Quotient(Rational(1, step + 1))))
    }
    return result
  }

  private func binomial(_ arguments: [Quotient]) throws(MathAnswerError) -> Quotient {
    if arguments.count == 2, arguments[0].rational == nil,
      let count = arguments[1].rational?.smallInteger, (0...12).contains(count)
    {
      return try binomial(of: arguments[0], over: count)
    }
    guard arguments.count == 2, let above = arguments[0].rational, let below = arguments[1].rational
    else { return try value(.function(.binomial, arguments)) }
    guard above.isInteger, !above.isNegative, below.isInteger else {
      throw .undefined("a binomial coefficient of other numbers than 0, 1, 2, …")
    }
    guard !below.isNegative, below.numerator <= above.numerator else { return .zero }
    guard
      let steps = Rational(min(below.numerator, above.numerator - below.numerator)).smallInteger,
      steps <= 4_000
    else { throw .tooLarge("a binomial coefficient of more than 4000 factors") }
    var result = BigInt(1)
    for step in stride(from: 0, to: steps, by: 1) {
      try fuel.spend(1 + result.bitWidth / 128)
      result = result * (above.numerator - BigInt(step)) / BigInt(step + 1)
      _ = try bounded(Rational(result))
    }
    return Quotient(Rational(result))
  }

  private func divisors(
    _ function: Function, _ arguments: [Quotient]
  ) throws(MathAnswerError) -> Quotient {
    var result: BigUInt?
    for argument in arguments {
      guard let number = argument.rational, number.isInteger else {
        return try value(.function(function, arguments))
      }
      let next = number.numerator.magnitude
      guard let known = result else {
        result = next
        continue
      }
      try fuel.spend(16 * Rational.cost(Rational(BigInt(known)), number))
      let common = known.greatestCommonDivisor(with: next)
      if function == .greatestDivisor {
        result = common
      } else {
        result = common.isZero ? 0 : known / common * next
      }
      _ = try bounded(Rational(BigInt(result ?? 0)))
    }
    return Quotient(Rational(BigInt(result ?? 0)))
  }
}
