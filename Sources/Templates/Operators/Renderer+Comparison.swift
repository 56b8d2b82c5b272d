// Comparisons: equality between any two values, order between values of a kind, and membership.

extension Renderer {
  func holds(
    _ comparison: Comparison, _ left: Value, _ right: Value
  ) throws(TemplateError) -> Bool {
    switch comparison {
    case .equal: try equal(left, right)
    case .notEqual: !(try equal(left, right))
    case .less: try isLess(left, right, "<")
    case .greater: try isLess(right, left, ">")
    case .lessOrEqual: try isLessOrEqual(left, right, "<=")
    case .greaterOrEqual: try isLessOrEqual(right, left, ">=")
    case .contained: try contains(right, left)
    case .notContained: !(try contains(right, left))
    }
  }

  /// Whether two values are equal.
  ///
  /// Every pair that is visited is paid for: two lists that hold one list twice, many levels deep,
  /// are small to make and hold a pair for every path through them.
  func equal(_ left: Value, _ right: Value) throws(TemplateError) -> Bool {
    try work(1)
    switch (left, right) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.string(let first), .string(let second)), (.safe(let first), .safe(let second)),
      (.string(let first), .safe(let second)), (.safe(let first), .string(let second)):
      try look(at: min(first.bytes.count, second.bytes.count))
      return first == second
    case (.list(let first), .list(let second)), (.tuple(let first), .tuple(let second)):
      guard first.values.count == second.values.count else { return false }
      for (one, other) in zip(first.values, second.values) where !(try equal(one, other)) {
        return false
      }
      return true
    case (.mapping(let first), .mapping(let second)): return try equal(first, second)
    case (.range(let first), .range(let second)):
      return first.count == second.count
        && (first.count == 0 || first.start == second.start)
        && (first.count < 2 || first.step == second.step)
    case (.view, .view): throw error(.unsupported, "comparing views of mappings")
    case (.namespace(let first), .namespace(let second)): return first === second
    case (.lazy(let first), .lazy(let second)): return first === second
    case (.loop(let first), .loop(let second)): return first === second
    case (.function(let first), .function(let second)): return first === second
    case (.double(let first), .double(let second)): return first == second
    case (.double(let first), _): return right.integer.map { first == Double(exactly: $0) } ?? false
    case (_, .double(let second)):
      return left.integer.map { second == Double(exactly: $0) } ?? false
    default:
      guard let first = left.integer, let second = right.integer else { return false }
      return first == second
    }
  }

  private func equal(_ left: Mapping, _ right: Mapping) throws(TemplateError) -> Bool {
    guard left.keys.count == right.keys.count else { return false }
    for (name, value) in zip(left.keys, left.values) {
      guard let other = right.value(for: try key(name)), try equal(value, other) else {
        return false
      }
    }
    return true
  }

  // MARK: Order

  func isLess(
    _ left: Value, _ right: Value, _ sign: String
  ) throws(TemplateError) -> Bool {
    try work(1)
    if let first = left.text, let second = right.text {
      try look(at: min(first.bytes.count, second.bytes.count))
      return first < second
    }
    switch (left, right) {
    case (.list(let first), .list(let second)), (.tuple(let first), .tuple(let second)):
      for (one, other) in zip(first.values, second.values) where !(try equal(one, other)) {
        return try isLess(one, other, sign)
      }
      return first.values.count < second.values.count
    case (.double(let first), .double(let second)): return first < second
    case (.double(let first), _):
      if let second = right.integer { return first < Double(second) }
    case (_, .double(let second)):
      if let first = left.integer { return Double(first) < second }
    default:
      if let first = left.integer, let second = right.integer { return first < second }
    }
    if case .undefined(let undefined) = left { throw failure(undefined.reason) }
    if case .undefined(let undefined) = right { throw failure(undefined.reason) }
    if case .view = left { throw error(.unsupported, "comparing views of mappings") }
    throw failure("\(left.typeName) and \(right.typeName) have no order for \(sign)")
  }

  private func isLessOrEqual(
    _ left: Value, _ right: Value, _ sign: String
  ) throws(TemplateError) -> Bool {
    // A number that is none is neither less nor equal, so the second question is asked always.
    if try isLess(left, right, sign) { return true }
    return try equal(left, right)
  }

  // MARK: Membership

  func contains(_ container: Value, _ value: Value) throws(TemplateError) -> Bool {
    switch container {
    case .undefined: return false
    case .string(let text), .safe(let text):
      guard let needle = value.text else {
        throw failure("a string contains strings, not \(value.typeName)")
      }
      try look(at: text.bytes.count + needle.bytes.count)
      return text.contains(needle)
    case .mapping(let mapping): return mapping.value(for: try key(value)) != nil
    case .view(let view) where view.kind == .keys:
      return view.mapping.value(for: try key(value)) != nil
    case .list(let items), .tuple(let items):
      for item in items.values where try equal(item, value) {
        return true
      }
      return false
    case .range, .lazy, .view:
      let items = try iterator(of: container)
      while let item = try items.next() {
        if try equal(item, value) { return true }
      }
      return false
    case .loop: throw error(.unsupported, "going through the variable loop")
    case .none, .bool, .int, .double, .namespace, .function:
      throw failure("\(container.typeName) contains nothing")
    }
  }
}
