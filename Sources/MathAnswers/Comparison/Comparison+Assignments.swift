// Several unknowns and their values: x = 3, y = 2. Each value belongs to its name, so that 2, 3 is
// another answer; (3, 2) gives them in the order of the names.

extension Comparison {
  /// Names and their values.
  private struct Assignments {
    var names: [Quotient]
    var values: [Value]
  }

  /// The verdict where the gold answer gives values to several unknowns; nothing where it does not.
  func compareAssignments(_ gold: Value, _ answer: Value) throws(MathAnswerError) -> Equivalence? {
    guard let first = assignments(gold) else { return try compareOrdered(gold, answer) }
    if let second = assignments(answer) {
      guard first.names.count == second.names.count else { return .different }
      var verdict = Equivalence.equal
      for (name, value) in zip(first.names, first.values) {
        guard let place = second.names.firstIndex(of: name) else { return .different }
        let next = try compare(value, second.values[place])
        if next == .different { return .different }
        if next != .equal { verdict = next }
      }
      return verdict
    }
    switch answer {
    case .sequence(.round, let values): return try compare(inOrder: first.values, values)
    case .matrix(let rows) where rows.allSatisfy({ $0.count == 1 }):
      return try compare(
        inOrder: first.values, rows.map { .scalar(Scalar(quotient: $0[0])) })
    case .sequence(_, let values) where areOneLetter(first.names):
      return try compare(inAnyOrder: first.values, values)
    default: return .different
    }
  }

  /// A pair against named values: they are given in the order of their names, however written.
  private func compareOrdered(_ gold: Value, _ answer: Value) throws(MathAnswerError)
    -> Equivalence?
  {
    guard case .sequence(.round, let values) = gold else { return nil }
    if let named = assignments(answer) {
      let order = named.names.indices.sorted { spelled(named.names[$0]) < spelled(named.names[$1]) }
      return try compare(inOrder: values, order.map { named.values[$0] })
    }
    // x = 3 or x = 2 is no pair.
    guard case .sequence(.none, let elements) = answer else { return nil }
    let areNamed = elements.contains { element in
      if case .relation = element { true } else { false }
    }
    return areNamed ? .different : nil
  }

  private func spelled(_ name: Quotient) -> String {
    guard let only = name.generators.first, case .variable(let text) = algebra.generators[only]
    else {
      return ""
    }
    return text
  }

  /// x = 3, y = 2, or (x, y) = (3, 2), with names that differ.
  private func assignments(_ value: Value) -> Assignments? {
    var result = Assignments(names: [], values: [])
    switch value {
    case .sequence(let brackets, let elements)
    where (brackets == .none || brackets == .curly) && elements.count > 1:
      for element in elements {
        guard case .relation(let sides, let signs, hasName: true) = element,
          signs == [.equal], let name = sides[0].quotient
        else { return nil }
        result.names.append(name)
        result.values.append(sides[1])
      }
    case .relation(let sides, [.equal], hasName: true):
      guard case .sequence(.round, let names) = sides[0],
        case .sequence(.round, let values) = sides[1], names.count == values.count
      else { return nil }
      result.names = names.compactMap(\.quotient)
      result.values = values
      guard result.names.count == names.count else { return nil }
    default: return nil
    }
    return Set(result.names).count == result.names.count ? result : nil
  }

  /// Whether the names are one letter with several indices: x_1 and x_2 are two values of x.
  private func areOneLetter(_ names: [Quotient]) -> Bool {
    let letters = names.map { name -> Substring? in
      guard let only = name.generators.first, name.generators.count == 1,
        case .variable(let spelled) = algebra.generators[only],
        let index = spelled.firstIndex(of: "_")
      else { return nil }
      return spelled[..<index]
    }
    return Set(letters).count == 1 && letters[0] != nil
  }
}
