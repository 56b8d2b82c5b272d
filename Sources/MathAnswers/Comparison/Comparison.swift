// Whether two values are the same answer. The gold answer decides how the other is read: a set is
// given in any order, a pair in its own; `5` may be answered by `x = 5`.

import BigInt

/// Compares values that were worked out in one workshop.
struct Comparison {
  let algebra: Algebra

  /// What the answer is to the gold answer.
  func compare(_ gold: Value, _ answer: Value) throws(MathAnswerError) -> Equivalence {
    try algebra.fuel.spend(2)
    if let verdict = try compareAssignments(gold, answer) { return verdict }
    if let verdict = try compareRelations(gold, answer) { return verdict }
    switch (gold, answer) {
    case (.scalar(let first), .scalar(let second)): return try compare(first, second)
    case (.infinity(let first), .infinity(let second)): return first == second ? .equal : .different
    case (.namedSet(let first), .namedSet(let second)):
      return first == second ? .equal : .different
    case (.matrix(let first), .matrix(let second)): return try compare(first, second)
    case (.matrix(let rows), .sequence(.round, let elements)),
      (.sequence(.round, let elements), .matrix(let rows)):
      guard rows.count == 1 || rows[0].count == 1 else { return .different }
      let entries = rows.flatMap { $0 }.map { Value.scalar(Scalar(quotient: $0)) }
      return try compare(inOrder: entries, elements)
    case (.matrix(let rows), .sequence(.square, let lists)),
      (.sequence(.square, let lists), .matrix(let rows)):
      guard rows.count == lists.count else { return .different }
      var verdict = Equivalence.equal
      for (row, list) in zip(rows, lists) {
        guard case .sequence(.square, let entries) = list else { return .different }
        let next = try compare(inOrder: row.map { .scalar(Scalar(quotient: $0)) }, entries)
        if next == .different { return .different }
        if next != .equal { verdict = next }
      }
      return verdict
    case (.sequence(let first, let left), .sequence(let second, let right)):
      return try compare(first, left, second, right)
    case (.ratio(let first, let isClock), .ratio(let second, _)):
      return try compareRatios(first, second, isClock: isClock)
    case (.ratio(let parts, let isClock), .scalar(let scalar)),
      (.scalar(let scalar), .ratio(let parts, let isClock)):
      return isClock ? .different : try compare(parts, scalar)
    case (.sequence(let brackets, let elements), .scalar),
      (.sequence(let brackets, let elements), .infinity):
      return try compare(only: elements, brackets) { element throws(MathAnswerError) in
        try compare(element, answer)
      }
    case (.scalar, .sequence(let brackets, let elements)),
      (.infinity, .sequence(let brackets, let elements)):
      return try compare(only: elements, brackets) { element throws(MathAnswerError) in
        try compare(gold, element)
      }
    case (
      .interval(let a, let b, let aIsOpen, let bIsOpen),
      .interval(let c, let d, let cIsOpen, let dIsOpen)
    ):
      guard aIsOpen == cIsOpen, bIsOpen == dIsOpen else { return .different }
      return try compare(inOrder: [a, b], [c, d])
    default: return try compareRegions(gold, answer)
    }
  }

  private func compareRegions(_ gold: Value, _ answer: Value) throws(MathAnswerError) -> Equivalence
  {
    guard let left = try algebra.region(of: gold), let right = try algebra.region(of: answer),
      left.isInside == right.isInside
    else { return .different }
    return try compare(
      inOrder: left.marks.map(Value.scalar), right.marks.map(Value.scalar))
  }

  // MARK: - Numbers and expressions

  private func compare(_ gold: Scalar, _ answer: Scalar) throws(MathAnswerError) -> Equivalence {
    let exact = try isEqual(gold.quotient, answer.quotient)
    if gold.isDegrees != answer.isDegrees, gold.quotient.rational == nil, exact == true {
      return .different
    }
    if exact == true { return .equal }
    if gold.isDegrees != answer.isDegrees {
      // π/2 and 90° are one angle.
      let degrees = gold.isDegrees ? gold.quotient : answer.quotient
      let part = try algebra.multiply(degrees, Quotient(Rational(1, 180)))
      let radians = try algebra.multiply(part, try algebra.value(.pi))
      if try isEqual(radians, gold.isDegrees ? answer.quotient : gold.quotient) == true {
        return .equal
      }
    }
    // 50% may be answered by 50, and 50 by 50%.
    if let percentage = gold.percentage, percentage.rational != nil, answer.percentage == nil,
      try isEqual(percentage, answer.quotient) == true
    {
      return .equal
    }
    if let percentage = answer.percentage, percentage.rational != nil, gold.percentage == nil,
      try isEqual(percentage, gold.quotient) == true
    {
      return .equal
    }
    if gold.isDecimal || answer.isDecimal, try isClose(gold.quotient, answer.quotient) {
      return .equal
    }
    return exact == false
      ? .different : .undecided("the difference is neither shown to be zero nor not to be")
  }

  /// A ratio of two parts against a number.
  private func compare(_ parts: [Quotient], _ scalar: Scalar) throws(MathAnswerError) -> Equivalence
  {
    guard parts.count == 2, !parts[1].numerator.isZero else { return .different }
    return try compare(Scalar(quotient: try algebra.divide(parts[0], parts[1])), scalar)
  }

  /// 2:3 is 4:6, but half past four is no other time.
  private func compareRatios(
    _ gold: [Quotient], _ answer: [Quotient], isClock: Bool
  ) throws(MathAnswerError) -> Equivalence {
    guard gold.count == answer.count else { return .different }
    if isClock || gold.contains(where: \.numerator.isZero) {
      return try compare(
        inOrder: gold.map { .scalar(Scalar(quotient: $0)) },
        answer.map { .scalar(Scalar(quotient: $0)) })
    }
    for (first, second) in zip(gold, answer).dropFirst() {
      let left = try algebra.multiply(first, answer[0])
      let right = try algebra.multiply(second, gold[0])
      guard try isEqual(left, right) == true else { return .different }
    }
    return .equal
  }

  private func isEqual(_ left: Quotient, _ right: Quotient) throws(MathAnswerError) -> Bool? {
    if left == right { return true }
    return try algebra.isZero(try algebra.subtract(left, right))
  }

  /// The rule for decimals: equal once both are rounded to six decimals, if the rounding takes away
  /// no more than half a hundredth of the number.
  private func isClose(_ left: Quotient, _ right: Quotient) throws(MathAnswerError) -> Bool {
    guard let first = try decimal(left), let second = try decimal(right) else { return false }
    let million = Rational(1_000_000)
    guard (first * million + .half).floor == (second * million + .half).floor else { return false }
    return !(first.magnitude * Rational(1, 200) < (first - second).magnitude)
  }

  /// A constant to many more decimals than are compared.
  func decimal(_ value: Quotient) throws(MathAnswerError) -> Rational? {
    if let number = value.rational { return number }
    let imaginary = try algebra.number(of: .imaginary)
    guard !value.generators.contains(where: { algebra.isUnknown($0) || $0 == imaginary }) else {
      return nil
    }
    var sample = Sample(precision: 256, point: 0)
    guard let enclosure = try algebra.enclosure(value, &sample),
      enclosure.upper - enclosure.lower < BigInt(1) << 128
    else { return nil }
    return Rational(enclosure.lower, BigInt(1) << sample.precision)
  }

  private func compare(
    _ gold: [[Quotient]], _ answer: [[Quotient]]
  ) throws(MathAnswerError) -> Equivalence {
    guard gold.count == answer.count, gold[0].count == answer[0].count else { return .different }
    return try compare(
      inOrder: gold.flatMap { $0 }.map { .scalar(Scalar(quotient: $0)) },
      answer.flatMap { $0 }.map { .scalar(Scalar(quotient: $0)) })
  }

  // MARK: - Sequences

  private func compare(
    _ first: Brackets, _ gold: [Value], _ second: Brackets, _ answer: [Value]
  ) throws(MathAnswerError) -> Equivalence {
    let goldIsOrdered = first == .round || first == .square
    let answerIsOrdered = second == .round || second == .square
    // Two elements in square brackets are an interval, and nothing else is that interval.
    if (first == .square) != (second == .square), gold.count == 2 { return .different }
    if goldIsOrdered {
      if second == .curly { return .different }
      return try compare(inOrder: gold, answer)
    }
    // A set has no element twice, a list may.
    guard first == .curly || second == .curly else {
      return answerIsOrdered
        ? try compare(inOrder: gold, answer) : try compare(inAnyOrder: gold, answer)
    }
    guard !answerIsOrdered else { return .different }
    return try compare(inAnyOrder: distinct(gold), distinct(answer))
  }

  /// One element may stand without its braces.
  private func compare(
    only elements: [Value], _ brackets: Brackets,
    _ body: (Value) throws(MathAnswerError) -> Equivalence
  ) throws(MathAnswerError) -> Equivalence {
    guard brackets == .none || brackets == .curly else { return .different }
    let elements = brackets == .curly ? distinct(elements) : elements
    return elements.count == 1 ? try body(elements[0]) : .different
  }

  func compare(
    inOrder gold: [Value], _ answer: [Value]
  ) throws(MathAnswerError) -> Equivalence {
    guard gold.count == answer.count else { return .different }
    var verdict = Equivalence.equal
    for (first, second) in zip(gold, answer) {
      let next = try compare(first, second)
      if next == .different { return .different }
      if next != .equal { verdict = next }
    }
    return verdict
  }

  /// Finds a partner for every element.
  func compare(
    inAnyOrder gold: [Value], _ answer: [Value]
  ) throws(MathAnswerError) -> Equivalence {
    guard gold.count == answer.count else { return .different }
    var left = answer
    var rest: [Value] = []
    // Those that are written alike first: they are found at once.
    var places: [Quotient: Int] = [:]
    for (place, value) in answer.enumerated() {
      if let quotient = value.quotient { places[quotient] = place }
    }
    var isTaken = [Bool](repeating: false, count: answer.count)
    for value in gold {
      if let quotient = value.quotient, let place = places[quotient], !isTaken[place] {
        isTaken[place] = true
      } else {
        rest.append(value)
      }
    }
    left = answer.indices.filter { !isTaken[$0] }.map { answer[$0] }
    var doubt: Equivalence?
    for value in rest {
      var partner: Int?
      for (place, other) in left.enumerated() where partner == nil {
        let verdict = try compare(value, other)
        if verdict == .equal { partner = place } else if verdict != .different { doubt = verdict }
      }
      guard let partner else { return doubt ?? .different }
      left.remove(at: partner)
    }
    return .equal
  }

  /// The elements without those that are written like an earlier one.
  private func distinct(_ values: [Value]) -> [Value] {
    var seen: Set<Quotient> = []
    return values.filter { value in value.quotient.map { seen.insert($0).inserted } ?? true }
  }
}
