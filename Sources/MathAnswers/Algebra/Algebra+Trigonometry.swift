// Sines and cosines. Angles that are parts of π have exact values for the usual parts; sums and
// whole multiples of unknown angles are expanded, so that sin 2x is 2·sin x·cos x.

import BigInt

extension Algebra {
  /// The sine of an angle.
  func sine(_ angle: Quotient) throws(MathAnswerError) -> Quotient { try turn(angle).sine }

  /// The cosine of an angle.
  func cosine(_ angle: Quotient) throws(MathAnswerError) -> Quotient { try turn(angle).cosine }

  private struct Turn {
    var sine: Quotient
    var cosine: Quotient
  }

  private func turn(_ angle: Quotient) throws(MathAnswerError) -> Turn {
    guard angle.isPolynomial else { return try plainTurn(angle) }
    if angle.generators.contains(try number(of: .imaginary)) {
      throw .unparsable("a sine or cosine of a complex number")
    }
    let pi = try number(of: .pi)
    var result = Turn(sine: .zero, cosine: .one)
    for term in angle.numerator.terms {
      let next: Turn
      if term.monomial == Monomial(pi) {
        next = try turn(parts: term.coefficient)
      } else {
        next = try multipleTurn(term)
      }
      result = try sum(result, next)
    }
    return result
  }

  private func sum(_ left: Turn, _ right: Turn) throws(MathAnswerError) -> Turn {
    Turn(
      sine: try add(
        try multiply(left.sine, right.cosine), try multiply(left.cosine, right.sine)),
      cosine: try subtract(
        try multiply(left.cosine, right.cosine), try multiply(left.sine, right.sine)))
  }

  /// Sine and cosine as generators of their own.
  private func plainTurn(_ angle: Quotient) throws(MathAnswerError) -> Turn {
    let cosine = try value(.function(.cosine, [angle]))
    return Turn(sine: try value(.function(.sine, [angle])), cosine: cosine)
  }

  /// Of an angle like 3x/2, which is three times x/2.
  private func multipleTurn(_ term: Polynomial.Term) throws(MathAnswerError) -> Turn {
    let part = Rational(1, term.coefficient.denominator)
    let single = try plainTurn(Quotient(Polynomial(term.monomial, part)))
    let count = term.coefficient.numerator
    guard count.magnitude <= 12 else {
      return try plainTurn(Quotient(Polynomial(term.monomial, term.coefficient)))
    }
    var result = Turn(sine: .zero, cosine: .one)
    for _ in 0..<Int(count.magnitude) { result = try sum(result, single) }
    if count.sign == .minus { result.sine = result.sine.negated }
    return result
  }

  /// Of a number of half turns.
  private func turn(parts: Rational) throws(MathAnswerError) -> Turn {
    // Down to a full turn, then to a half, then to a quarter.
    var rest = parts - Rational((parts * .half).floor * 2)
    var (sineSign, cosineSign) = (false, false)
    if !(rest < .one) {
      rest = rest - .one
      (sineSign, cosineSign) = (true, true)
    }
    if .half < rest {
      rest = .one - rest
      cosineSign.toggle()
    }
    let sine = try quarterSine(rest)
    let cosine = try quarterSine(.half - rest)
    return Turn(
      sine: sineSign ? sine.negated : sine, cosine: cosineSign ? cosine.negated : cosine)
  }

  /// The sine of a number of half turns, from none to a half.
  private func quarterSine(_ parts: Rational) throws(MathAnswerError) -> Quotient {
    if let known = try knownSine(parts) { return known }
    let angle = Polynomial(Monomial(try number(of: .pi)), parts)
    return try value(.function(.sine, [Quotient(angle)]))
  }

  private func knownSine(_ parts: Rational) throws(MathAnswerError) -> Quotient? {
    guard parts.denominator <= 12 else { return nil }
    /// (a·√b + c·√d)/4
    func sum(_ a: Int, _ b: Int, _ c: Int, _ d: Int) throws(MathAnswerError) -> Quotient {
      let first = try multiply(Quotient(Rational(a, 4)), try squareRoot(b))
      return try add(first, try multiply(Quotient(Rational(c, 4)), try squareRoot(d)))
    }
    /// √(a + b·√c)/d
    func nested(_ a: Int, _ b: Int, _ c: Int, _ d: Int) throws(MathAnswerError) -> Quotient {
      let inner = try multiply(Quotient(Rational(b)), try squareRoot(c))
      let root = try root(of: try add(Quotient(Rational(a)), inner), index: 2)
      return try multiply(Quotient(Rational(1, d)), root)
    }
    switch (Int(parts.numerator), Int(parts.denominator)) {
    case (0, _): return .zero
    case (1, 2): return .one
    case (1, 6): return Quotient(.half)
    case (1, 4): return try sum(2, 2, 0, 1)
    case (1, 3): return try sum(2, 3, 0, 1)
    case (1, 12): return try sum(1, 6, -1, 2)
    case (5, 12): return try sum(1, 6, 1, 2)
    case (1, 10): return try sum(1, 5, -1, 1)
    case (3, 10): return try sum(1, 5, 1, 1)
    case (1, 5): return try nested(10, -2, 5, 4)
    case (2, 5): return try nested(10, 2, 5, 4)
    case (1, 8): return try nested(2, -1, 2, 2)
    case (3, 8): return try nested(2, 1, 2, 2)
    default: return nil
    }
  }

  private func squareRoot(_ number: Int) throws(MathAnswerError) -> Quotient {
    try root(of: Quotient(Rational(number)), index: 2)
  }

  /// The inverse functions, exact for the values of the usual angles.
  func inverseTrigonometric(
    _ function: Function, _ argument: Quotient
  ) throws(MathAnswerError) -> Quotient {
    let pi = try value(.pi)
    if !argument.generators.contains(where: isUnknown) {
      for (above, below) in Self.usualAngles {
        let angle = try multiply(pi, Quotient(Rational(above, below)))
        guard function != .arctangent || (above, below) != (1, 2) else { continue }
        let wanted =
          function == .arctangent
          ? try divide(try sine(angle), try cosine(angle)) : try sine(angle)
        for (isNegative, candidate) in [(false, wanted), (true, wanted.negated)]
        where try isZero(try subtract(argument, candidate)) == true {
          let signed = isNegative ? angle.negated : angle
          guard function == .arccosine else { return signed }
          return try subtract(try multiply(pi, Quotient(.half)), signed)
        }
      }
      if function != .arctangent, try sign(of: try subtract(try magnitude(of: argument), .one)) > 0
      {
        throw .undefined("\(function.rawValue) of a number above 1")
      }
    }
    if function == .arccosine {
      // arccos is π/2 - arcsin.
      let sine = try value(.function(.arcsine, [argument]))
      return try subtract(try multiply(pi, Quotient(.half)), sine)
    }
    // Both functions are odd: one sign of the argument stands for both.
    if let first = argument.numerator.terms.first, first.coefficient.isNegative {
      return try value(.function(function, [argument.negated])).negated
    }
    return try value(.function(function, [argument]))
  }

  private static let usualAngles = [
    (0, 1), (1, 2), (1, 3), (1, 4), (1, 6), (1, 12), (5, 12), (1, 10), (3, 10), (1, 5), (2, 5),
    (1, 8), (3, 8),
  ]
}
