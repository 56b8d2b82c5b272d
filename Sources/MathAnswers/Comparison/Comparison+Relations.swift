// Equations and inequalities, against one another and against plain values.

extension Comparison {
  /// The verdict where at least one side is a relation; nothing where none is.
  func compareRelations(_ gold: Value, _ answer: Value) throws(MathAnswerError) -> Equivalence? {
    switch (gold, answer) {
    case (
      .relation(let left, let leftSigns, let hasName),
      .relation(let right, let rightSigns, let otherHasName)
    ):
      if leftSigns == [.member] || rightSigns == [.member] {
        return try compareMembers(gold, answer)
      }
      let areEquations = leftSigns.allSatisfy { $0 == .equal }
      guard areEquations == rightSigns.allSatisfy({ $0 == .equal }) else {
        return try compareSolutions(gold, answer)
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
      if signs.allSatisfy({ $0 == .equal }) {
        // 2x + z = 1 is not answered by 1.
        guard hasName, let ends = try ends(sides, true) else { return .different }
        return try compare(ends[ends.count - 1], answer)
      }
      return try compareSolutions(gold, answer)
    case (_, .relation(let sides, let signs, let hasName)):
      if signs == [.member] { return try compare(gold, sides[1]) }
      if signs.allSatisfy({ $0 == .equal }) {
        guard try areAllEqual(hasName ? Array(sides.dropFirst()) : sides) else { return .different }
        return try compare(gold, sides[sides.count - 1])
      }
      return try compareSolutions(gold, answer)
    default: return nil
    }
  }

  /// The ends of a chain that works something out: x = 2 + 3 = 5 gives x and 5.
  ///
  /// Nothing if the steps contradict one another.
  private func ends(_ sides: [Value], _ hasName: Bool) throws(MathAnswerError) -> [Value]? {
    guard hasName, sides.count > 2 else { return sides }
    guard try areAllEqual(Array(sides.dropFirst())) else { return nil }
    return [sides[0], sides[sides.count - 1]]
  }

  /// Whether a chain of equations says what is true anyway, as 2 + 3 = 5 does.
  private func areAllEqual(_ sides: [Value]) throws(MathAnswerError) -> Bool {
    for side in sides.dropLast() {
      guard try compare(side, sides[sides.count - 1]) == .equal else { return false }
    }
    return true
  }

  private func compareMembers(_ gold: Value, _ answer: Value) throws(MathAnswerError) -> Equivalence
  {
    guard case .relation(let left, [.member], _) = gold,
      case .relation(let right, [.member], _) = answer
    else { return try compareSolutions(gold, answer) }
    return try compare(inOrder: left, right)
  }

  private func compareSolutions(_ gold: Value, _ answer: Value) throws(MathAnswerError)
    -> Equivalence
  {
    guard let left = try region(gold), let right = try region(answer) else { return .different }
    guard left.isInside == right.isInside else { return .different }
    return try compare(inOrder: left.marks.map(Value.scalar), right.marks.map(Value.scalar))
  }

  /// The region of a value; nothing where there is none, or where numbers cannot be ordered.
  private func region(_ value: Value) throws(MathAnswerError) -> Region? {
    do {
      return try algebra.region(of: value)
    } catch .unparsable {
      return nil
    }
  }

  // MARK: - Equations

  /// Two equations are the same if one difference of the sides is a multiple of the other.
  private func compareEquations(
    _ gold: [Value], _ answer: [Value]
  ) throws(MathAnswerError) -> Equivalence {
    guard gold.count == answer.count else { return .different }
    if try compare(inOrder: gold, answer) == .equal { return .equal }
    var verdict = Equivalence.equal
    for place in gold.indices.dropFirst() {
      let next = try compareEquation(
        (gold[place - 1], gold[place]), (answer[place - 1], answer[place]))
      if next == .different { return .different }
      if next != .equal { verdict = next }
    }
    return verdict
  }

  private func compareEquation(
    _ gold: (Value, Value), _ answer: (Value, Value)
  ) throws(MathAnswerError) -> Equivalence {
    guard let left = try difference(gold), let right = try difference(answer) else {
      return try compare(inOrder: [gold.0, gold.1], [answer.0, answer.1])
    }
    guard !left.isZero, !right.isZero else {
      return left.isZero && right.isZero ? .equal : .different
    }
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
    if let first = try region(gold), let second = try region(answer) {
      // The unknown must be the same one.
      guard try sameUnknowns(left, right) else { return .different }
      return first.isInside == second.isInside
        ? try compare(inOrder: first.marks.map(Value.scalar), second.marks.map(Value.scalar))
        : .different
    }
    guard leftSigns.count == 1, rightSigns.count == 1,
      let first = left[0].quotient, let second = left[1].quotient,
      let third = right[0].quotient, let fourth = right[1].quotient
    else { return .different }
    let difference = try algebra.subtract(first, second)
    let other = try algebra.subtract(third, fourth)
    guard difference.denominator == other.denominator,
      let ratio = try algebra.ratio(of: difference.numerator, to: other.numerator)
    else { return .different }
    return leftSigns[0] == (ratio.isNegative ? rightSigns[0].flipped : rightSigns[0])
      ? .equal : .different
  }

  private func sameUnknowns(_ left: [Value], _ right: [Value]) throws(MathAnswerError) -> Bool {
    func unknowns(_ values: [Value]) -> Set<Int> {
      Set(values.flatMap { $0.quotient.map { Array($0.generators) } ?? [] })
        .filter(algebra.isUnknown)
    }
    return unknowns(left) == unknowns(right)
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
