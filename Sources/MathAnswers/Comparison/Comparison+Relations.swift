// Equations and inequalities, against one another and against plain values.

import BigInt

extension Comparison {
  /// The verdict where at least one side is a relation or several; nothing where none is.
  func compareRelations(_ gold: Value, _ answer: Value) throws(MathAnswerError) -> Equivalence? {
    switch (gold, answer) {
    case (.system(let first, let joint), .system(let second, let other)):
      if let verdict = try compareSolutions(gold, answer) { return verdict }
      // A comma between conditions on several unknowns means "and".
      guard (joint == .any) == (other == .any) else { return .different }
      return try compare(inAnyOrder: first, second)
    case (.system, _), (_, .system): return try compareSolutions(gold, answer) ?? .different
    case (
      .relation(let left, let leftSigns, let hasName),
      .relation(let right, let rightSigns, let otherHasName)
    ):
      if leftSigns == [.member] || rightSigns == [.member] {
        return try compareMembers(gold, answer)
      }
      let areEquations = leftSigns.allSatisfy { $0 == .equal }
      guard areEquations == rightSigns.allSatisfy({ $0 == .equal }) else {
        return try compareSolutions(gold, answer) ?? .different
      }
      if areEquations {
        guard let first = try ends(left, hasName), let second = try ends(right, otherHasName) else {
          return .different
        }
        return try compareEquations(first, second)
      }
      return try compareInequalities(gold, answer)
    case (.relation(let sides, let signs, let hasName), _):
      if signs == [.member] { return try compare(sides[1], answer) }
      guard signs.allSatisfy({ $0 == .equal }) else {
        return try compareSolutions(gold, answer) ?? .different
      }
      // 2x + z = 1 is not answered by 1, but x = 1 and 3 - 2 = 1 are.
      guard hasName || sides.allSatisfy(isConstant) else { return .different }
      return try compare(results(hasName ? Array(sides.dropFirst()) : sides), answer)
    case (_, .relation(let sides, let signs, let hasName)):
      if signs == [.member] { return try compare(gold, sides[1]) }
      guard signs.allSatisfy({ $0 == .equal }) else {
        return try compareSolutions(gold, answer) ?? .different
      }
      // Where a number is asked for, m + n = 7 says what the sum is.
      let isNamed = hasName || gold.quotient?.rational != nil && isTotal(sides[0])
      for result in try results(isNamed ? Array(sides.dropFirst()) : sides) {
        // x = x + 1 names nothing.
        if hasName, speaksOfItself(sides[0], result) { return .different }
        let verdict = try compare(gold, result)
        if verdict != .different { return verdict }
      }
      return .different
    default: return nil
    }
  }

  /// Whether any of some values is the answer.
  private func compare(
    _ gold: [Value], _ answer: Value
  ) throws(MathAnswerError) -> Equivalence {
    for value in gold {
      let verdict = try compare(value, answer)
      if verdict != .different { return verdict }
    }
    return .different
  }

  /// Whether a name occurs in what it is said to be.
  private func speaksOfItself(_ name: Value, _ result: Value) -> Bool {
    guard let name = name.quotient, let result = result.quotient else { return false }
    return !name.generators.isDisjoint(with: result.generators.filter(algebra.isUnknown))
  }

  /// Whether a value is the sum of several unknowns, each once: m + n.
  private func isTotal(_ value: Value) -> Bool {
    guard let quotient = value.quotient, quotient.isPolynomial,
      quotient.numerator.terms.count > 1
    else { return false }
    return quotient.numerator.terms.allSatisfy { term in
      guard let unknown = term.monomial.factors.first?.generator else { return false }
      return term.coefficient == .one && term.monomial == Monomial(unknown)
        && algebra.isUnknown(unknown)
    }
  }

  private func isConstant(_ value: Value) -> Bool {
    value.quotient.map { !$0.generators.contains(where: algebra.isUnknown) } ?? false
  }

  // MARK: - Chains that work something out

  /// The ends of a chain: x = 2 + 3 = 5 gives x and 5, x = √2 ≈ 1.41 gives x and √2.
  ///
  /// Nothing if the steps contradict one another.
  private func ends(_ sides: [Value], _ hasName: Bool) throws(MathAnswerError) -> [Value]? {
    guard hasName, sides.count > 2 else { return sides }
    guard let result = try results(Array(sides.dropFirst())).first else { return nil }
    return [sides[0], result]
  }

  /// What a chain comes to: its last side, or nothing where the sides are not equal.
  ///
  /// Where the last side is a rounded number, the one before comes first.
  private func results(_ sides: [Value]) throws(MathAnswerError) -> [Value] {
    var exact = sides
    guard let last = exact.popLast() else { return [] }
    guard let before = exact.last else { return [last] }
    for side in exact.dropLast() {
      guard try compare(side, before) == .equal else { return [] }
    }
    if try compare(before, last) == .equal { return [last] }
    return try isRounded(last, of: before) ? [before, last] : []
  }

  /// Whether a decimal is a number rounded, or cut, to its last digit.
  private func isRounded(_ rounded: Value, of exact: Value) throws(MathAnswerError) -> Bool {
    guard case .scalar(let scalar) = rounded, scalar.isDecimal,
      let number = scalar.quotient.rational, !number.isZero, let value = exact.quotient,
      !value.generators.contains(where: algebra.isUnknown)
    else { return false }
    var unit = Rational.one
    while unit.denominator % number.denominator != 0 {
      unit = unit * Rational(1, 10)
      guard unit.denominator.bitWidth < 128 else { return false }
    }
    guard let exact = try decimal(value) else { return false }
    let distance = (exact - number).magnitude
    return distance < unit && distance < number.magnitude * Rational(1, 20)
  }

  private func compareMembers(_ gold: Value, _ answer: Value) throws(MathAnswerError) -> Equivalence
  {
    guard case .relation(let left, [.member], _) = gold,
      case .relation(let right, [.member], _) = answer
    else { return try compareSolutions(gold, answer) ?? .different }
    return try compare(inOrder: left, right)
  }

  // MARK: - Equations

  /// Two equations are the same if one difference of the sides is a multiple of the other.
  private func compareEquations(
    _ gold: [Value], _ answer: [Value]
  ) throws(MathAnswerError) -> Equivalence {
    guard gold.count == answer.count else { return .different }
    if try compare(inOrder: gold, answer) == .equal {
      // sin²x + cos²x = 1 comes to 1 = 1, and is answered by nothing that is written otherwise.
      return try compare(gold[0], gold[1]) == .equal ? .different : .equal
    }
    if try areNamesOfOneFunction(gold[0], answer[0]), gold.count == 2, !isConstant(gold[1]) {
      return try compare(gold[1], answer[1])
    }
    var verdict = Equivalence.equal
    for place in gold.indices.dropFirst() {
      let next = try compareEquation(
        (gold[place - 1], gold[place]), (answer[place - 1], answer[place]))
      if next == .different { return .different }
      if next != .equal { verdict = next }
    }
    return verdict
  }

  /// Whether one is y and the other a function of an unknown: y = 2x and f(x) = 2x.
  private func areNamesOfOneFunction(_ gold: Value, _ answer: Value) throws(MathAnswerError) -> Bool
  {
    func kind(_ value: Value) -> (isFunction: Bool, isY: Bool) {
      guard let quotient = value.quotient, quotient.isPolynomial,
        quotient.numerator.terms.count == 1,
        let only = quotient.generators.first, quotient.generators.count == 1
      else { return (false, false) }
      switch algebra.generators[only] {
      case .variable(let name): return (false, name == "y")
      case .application(_, let arguments): return (arguments.count == 1, false)
      default: return (false, false)
      }
    }
    let (first, second) = (kind(gold), kind(answer))
    return first.isFunction && second.isY || first.isY && second.isFunction
  }

  private func compareEquation(
    _ gold: (Value, Value), _ answer: (Value, Value)
  ) throws(MathAnswerError) -> Equivalence {
    guard let left = try difference(gold), let right = try difference(answer) else {
      return try compare(inOrder: [gold.0, gold.1], [answer.0, answer.1])
    }
    // What always holds is equal to nothing but itself.
    guard !left.isZero, !right.isZero else { return .different }
    if try algebra.ratio(of: left, to: right) != nil { return .equal }
    return try isMultiple(left, right)
  }

  /// What an equation sets to zero: the numerator of the difference, without what divides it.
  private func difference(_ sides: (Value, Value)) throws(MathAnswerError) -> Polynomial? {
    guard let first = sides.0.quotient, let second = sides.1.quotient else { return nil }
    let difference = try algebra.subtract(first, second)
    return try algebra.withoutInverses(difference.numerator)
  }

  /// Whether one polynomial is a constant that is no rational number times the other: √2·x = 2.
  private func isMultiple(
    _ left: Polynomial, _ right: Polynomial
  ) throws(MathAnswerError) -> Equivalence {
    guard let first = left.terms.first else { return .different }
    let shape = unknownPart(of: first.monomial)
    guard let a = try coefficient(of: shape, in: left),
      let b = try coefficient(of: shape, in: right)
    else { return .different }
    let difference = try algebra.add(
      try algebra.multiply(left, b), try algebra.multiply(right, a).negated)
    switch try algebra.isZero(Quotient(difference)) {
    case true: return .equal
    case false: return .different
    case nil: return .undecided("two equations that look different")
    }
  }

  private func unknownPart(of monomial: Monomial) -> Monomial {
    Monomial(factors: monomial.factors.filter { algebra.isUnknown($0.generator) })
  }

  private func coefficient(
    of shape: Monomial, in value: Polynomial
  ) throws(MathAnswerError) -> Polynomial? {
    var sum = Polynomial.zero
    for term in value.terms where unknownPart(of: term.monomial) == shape {
      let rest = term.monomial.factors.filter { !algebra.isUnknown($0.generator) }
      sum = try algebra.add(sum, Polynomial(Monomial(factors: rest), term.coefficient))
    }
    return sum.isZero ? nil : sum
  }

  // MARK: - Inequalities

  private func compareInequalities(_ gold: Value, _ answer: Value) throws(MathAnswerError)
    -> Equivalence
  {
    guard case .relation(let left, let leftSigns, _) = gold,
      case .relation(let right, let rightSigns, _) = answer
    else { return .different }
    if leftSigns == rightSigns, try compare(inOrder: left, right) == .equal { return .equal }
    let turned = (Array(right.reversed()), rightSigns.reversed().map(\.flipped))
    if leftSigns == turned.1, try compare(inOrder: left, turned.0) == .equal { return .equal }
    if let verdict = try compareSolutions(gold, answer) { return verdict }
    guard leftSigns.count == 1, rightSigns.count == 1,
      let first = left[0].quotient, let second = left[1].quotient,
      let third = right[0].quotient, let fourth = right[1].quotient
    else { return .different }
    let difference = try algebra.subtract(first, second)
    let other = try algebra.subtract(third, fourth)
    guard difference.denominator == other.denominator,
      difference.generators.contains(where: algebra.isUnknown),
      let ratio = try algebra.ratio(of: difference.numerator, to: other.numerator)
    else { return .different }
    return leftSigns[0] == (ratio.isNegative ? rightSigns[0].flipped : rightSigns[0])
      ? .equal : .different
  }
}

extension Algebra {
  /// A polynomial times whatever makes its negative exponents positive, as an equation allows.
  func withoutInverses(_ value: Polynomial) throws(MathAnswerError) -> Polynomial {
    var lowest: [Int: Exponent] = [:]
    for factor in value.terms.flatMap(\.monomial.factors) where factor.exponent < .zero {
      lowest[factor.generator] = min(lowest[factor.generator] ?? .zero, factor.exponent)
    }
    var result = value
    for (generator, exponent) in lowest.sorted(by: { $0.key < $1.key }) {
      let inverse = try exponent.times(Exponent(-1))
      result = try multiply(result, Polynomial(Monomial(generator, inverse)))
    }
    return result
  }
}
