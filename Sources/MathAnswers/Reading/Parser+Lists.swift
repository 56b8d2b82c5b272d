// Elements between separators: lists, and conditions that hold together or one of which does.

import BigInt

extension Parser {
  /// Elements up to whatever closes the list; none at all is a list as well.
  mutating func list() throws(MathAnswerError) -> [Expression] {
    var elements: [Expression] = []
    var said: Set<Joint> = []
    defer { joint = said.count == 1 ? said.first ?? .unsaid : .unsaid }
    while true {
      guard startsExpression else {
        guard elements.isEmpty else { throw .unparsable("a list that ends with a separator") }
        return []
      }
      if kind == .command("ldots"), elements.count > 1 {
        advance()
        elements.append(try rest(of: elements))
      } else {
        let element = try relation()
        // {5 \\choose 2}
        elements.append(
          take(.command("choose"))
            ? .function(.binomial, [element, try expression(0)]) : element)
      }
      guard isSeparator else { return try checked(Self.filled(elements)) }
      let isWord = isConnective
      note(&said)
      advance()
      // 1, 2, and 3 has two separators in a row.
      if !isWord, isConnective {
        note(&said)
        advance()
      }
    }
  }

  /// What three dots leave out: 1, 2, …, 10 in steps of one size, up to the next element.
  private mutating func rest(of elements: [Expression]) throws(MathAnswerError) -> Expression {
    guard isSeparator, case .number(let before, _) = elements[elements.count - 2],
      case .number(let last, _) = elements[elements.count - 1]
    else { throw .unparsable("dots that leave out what is not known") }
    let steps = zip(elements, elements.dropFirst()).map { pair -> Rational? in
      guard case .number(let left, _) = pair.0, case .number(let right, _) = pair.1 else {
        return nil
      }
      return right - left
    }
    let step = last - before
    guard steps.allSatisfy({ $0 == step }), !step.isZero else {
      throw .unparsable("dots behind numbers that are not in steps of one size")
    }
    return .ellipsis(step)
  }

  /// A list with what its dots leave out.
  private static func filled(_ elements: [Expression]) throws(MathAnswerError) -> [Expression] {
    guard elements.contains(where: { if case .ellipsis = $0 { true } else { false } }) else {
      return elements
    }
    var result: [Expression] = []
    for (place, element) in elements.enumerated() {
      guard case .ellipsis(let step) = element else {
        result.append(element)
        continue
      }
      guard place + 1 < elements.count, case .number(let end, _) = elements[place + 1],
        case .number(let start, _)? = result.last,
        let count = ((end - start) * Rational(step.denominator, step.numerator)).smallInteger,
        (1...Limits.elements).contains(count)
      else { throw .unparsable("dots that lead nowhere") }
      for index in 1..<max(count, 1) {
        result.append(.number(start + step * Rational(index), isDecimal: false))
      }
    }
    return result
  }

  /// Keeps which word stands between two elements.
  private func note(_ said: inout Set<Joint>) {
    switch kind {
    case .word("and"): said.insert(.all)
    case .word("or"): said.insert(.any)
    case .word: said.formUnion([.all, .any])
    default: break
    }
  }

  /// Several elements: conditions on unknowns, or a list.
  func joined(_ all: [Expression]) -> Expression {
    let elements = joint == .any ? Self.spread(all) : Self.withoutDomains(Self.spread(all))
    if elements.count == 1 { return elements[0] }
    let areConditions = elements.allSatisfy { element in
      if case .relation = element { true } else { false }
    }
    // x = 3 or y = 2 gives no value to either.
    let names = Set(elements.compactMap(\.leftSide))
    let isChoice = joint == .any && names.count > 1
    return areConditions && (isChoice || elements.contains(where: \.isInequality))
      ? .system(elements, joint) : .sequence(.none, elements)
  }

  /// x ≠ 0, 1 as x ≠ 0, x ≠ 1.
  private static func spread(_ elements: [Expression]) -> [Expression] {
    guard case .relation(let sides, [.unequal]) = elements[0] else { return elements }
    return elements.map { element in
      switch element {
      case .relation: element
      default: .relation([sides[0], element], [.unequal])
      }
    }
  }

  /// Without "k ∈ ℤ", where k is the counter of a formula; a condition on k is another one with it.
  private static func withoutDomains(_ elements: [Expression]) -> [Expression] {
    guard !elements.contains(where: \.isInequality) else { return elements }
    let rest = elements.filter { element in
      guard case .relation(let sides, [.member]) = element, case .symbol = sides[0] else {
        return true
      }
      switch sides[1] {
      // What is no part of the formula is no counter of it: 5, x ∈ ℤ.
      case .namedSet, .reals:
        return !elements.contains {
          $0 != element && !$0.symbols.isDisjoint(with: sides[0].symbols)
        }
      default: return true
      }
    }
    return rest.isEmpty ? elements : rest
  }

  private var isConnective: Bool {
    [.word("and"), .word("or"), .word("and/or")].contains(kind)
  }

  private var isSeparator: Bool {
    kind == .sign(",") || kind == .sign(";") || isConnective
  }

  /// Whether the next token can begin an expression.
  private var startsExpression: Bool {
    switch kind {
    case .end, .rowEnd, .sign(")"), .sign("]"), .sign("}"), .sign("&"), .command("}"): false
    default: true
    }
  }

  /// A number with the modulus that follows: 7 is 2 modulo 5, and no plain number.
  private mutating func residue(_ value: Expression) throws(MathAnswerError) -> Expression {
    let modulus = try argument(isWhole: true)
    guard case .number(let number, _) = value, case .number(let size, _) = modulus,
      number.isInteger, size.isInteger, !size.isNegative, !size.isZero
    else { return .application("mod", [value, modulus]) }
    let rest = number - size * Rational((number * Rational(1, size.numerator)).floor)
    return .application("mod", [.number(rest, isDecimal: false), modulus])
  }

  mutating func relation() throws(MathAnswerError) -> Expression {
    // An answer may begin with ≈ or =.
    if place == 0, kind == .command("approx") || kind == .sign("=") { advance() }
    var sides = [try expression(0)]
    var signs: [Relation] = []
    while let sign = relationSign {
      advance()
      if sign == .equal, kind == .sign("=") { advance() }
      signs.append(sign)
      sides.append(try expression(0))
    }
    if take(.command("pmod")) { sides.append(try residue(sides.removeLast())) }
    return signs.isEmpty ? sides[0] : .relation(try checked(sides), signs)
  }
}
