// Conditions on one unknown as the set of numbers that satisfy them.

extension Comparison {
  /// A set of numbers, and the unknown whose values they are where one is named.
  private struct Solutions {
    var region: Region
    var unknown: Int?
  }

  /// The verdict on two sets of numbers; nothing where one of the two is none.
  func compareSolutions(_ gold: Value, _ answer: Value) throws(MathAnswerError) -> Equivalence? {
    guard let left = try solutions(of: gold), let right = try solutions(of: answer) else {
      return nil
    }
    if let first = left.unknown, let second = right.unknown, first != second { return .different }
    guard left.region.isInside == right.region.isInside else { return .different }
    return try compare(
      inOrder: left.region.marks.map(Value.scalar), right.region.marks.map(Value.scalar))
  }

  /// Whether a condition holds for every number, or for none; nothing where it depends.
  func whatHolds(_ value: Value) throws(MathAnswerError) -> Bool? {
    if try solutions(of: value) != nil { return nil }
    let region: Region?
    switch value {
    case .system(let conditions, let joint):
      region = try solutions(conditions, joint)?.region
    default: region = try self.region(value)
    }
    return region.map { $0.isInside.contains(true) }
  }

  /// The numbers that satisfy a value.
  ///
  /// Nothing where no number does, or where every number does though it is not said: two conditions
  /// that cannot hold, or that always hold, have nothing in common.
  private func solutions(of value: Value) throws(MathAnswerError) -> Solutions? {
    let solutions: Solutions?
    switch value {
    case .system(let conditions, let joint): solutions = try self.solutions(conditions, joint)
    case .relation(let sides, _, _):
      solutions = try region(value).map { Solutions(region: $0, unknown: unknown(in: sides)) }
    default: return try region(value).map { Solutions(region: $0) }
    }
    guard let solutions, solutions.region.isInside.contains(true) else { return nil }
    return solutions.region.isInside.contains(false) || saysInfinity(value) ? solutions : nil
  }

  private func solutions(
    _ conditions: [Value], _ joint: Joint
  ) throws(MathAnswerError) -> Solutions? {
    var parts: [Solutions] = []
    for condition in conditions {
      guard case .relation(let sides, _, _) = condition, let unknown = unknown(in: sides),
        parts.allSatisfy({ $0.unknown == unknown }), let region = try region(condition)
      else { return nil }
      parts.append(Solutions(region: region, unknown: unknown))
    }
    guard let first = parts.first else { return nil }
    func combined(_ rule: (Bool, Bool) -> Bool) throws(MathAnswerError) -> Solutions {
      var region = first.region
      for part in parts.dropFirst() { region = try algebra.combine(region, part.region, rule) }
      return Solutions(region: region, unknown: first.unknown)
    }
    switch joint {
    case .all: return try combined { $0 && $1 }
    case .any: return try combined { $0 || $1 }
    case .unsaid:
      // A comma means "and", unless nothing satisfies both: x < 1, x > 3.
      let both = try combined { $0 && $1 }
      return both.region.isInside.contains(true) ? both : try combined { $0 || $1 }
    }
  }

  /// The one unknown in the sides of a relation.
  private func unknown(in sides: [Value]) -> Int? {
    let all = Set(sides.flatMap { $0.quotient.map { Array($0.generators) } ?? [] })
      .filter(algebra.isUnknown)
    let variables = Set(
      all.flatMap { number -> Set<Int> in
        // |x| is kept as the square root of x².
        if case .radicand(let inner) = algebra.generators[number] {
          return inner.generators.filter(algebra.isUnknown)
        }
        return [number]
      })
    return variables.count == 1 ? variables.first : nil
  }

  private func saysInfinity(_ value: Value) -> Bool {
    guard case .relation(let sides, _, _) = value else { return false }
    return sides.contains { side in
      if case .infinity = side { true } else { false }
    }
  }

  /// The region of a value; nothing where there is none, or where numbers cannot be ordered.
  private func region(_ value: Value) throws(MathAnswerError) -> Region? {
    do {
      return try algebra.region(of: value)
    } catch .unparsable {
      return nil
    }
  }
}
