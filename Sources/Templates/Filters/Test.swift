// The tests by name: what can stand after `is`.

/// A test.
enum Test: String, CaseIterable {
  case odd, even, divisibleby, defined, undefined, none, boolean, integer, float, lower, upper
  case string, mapping, number, sequence, iterable, callable, sameas, escaped, filter, test
  case `false`, `true`, `in`
  case eq, equalto, ne, gt, greaterthan, ge, lt, lessthan, le
  case equalSign = "=="
  case notEqualSign = "!="
  case greaterSign = ">"
  case greaterOrEqualSign = ">="
  case lessSign = "<"
  case lessOrEqualSign = "<="

  /// The comparison that the test is, when it is one.
  fileprivate var comparison: Comparison? {
    switch self {
    case .eq, .equalto, .equalSign: .equal
    case .ne, .notEqualSign: .notEqual
    case .gt, .greaterthan, .greaterSign: .greater
    case .ge, .greaterOrEqualSign: .greaterOrEqual
    case .lt, .lessthan, .lessSign: .less
    case .le, .lessOrEqualSign: .lessOrEqual
    case .in: .contained
    default: nil
    }
  }
}

extension Renderer {
  /// `value is test(arguments)`.
  func passes(
    _ value: Value, _ test: Test, _ arguments: CallValues
  ) throws(TemplateError) -> Bool {
    let names: [Text] =
      switch test {
      case .divisibleby: ["num"]
      case .sameas: ["other"]
      case .in: ["seq"]
      default: test.comparison == nil ? [] : ["other"]
      }
    let values = try bind(arguments, names, required: names.count, to: "the test \(test.rawValue)")
    let other = values.first.flatMap(\.self) ?? .none
    if let comparison = test.comparison { return try holds(comparison, value, other) }
    switch test {
    case .odd, .even:
      let remainder = try arithmetic(.remainder, value, .int(2))
      return try equal(remainder, .int(test == .odd ? 1 : 0))
    case .divisibleby: return try equal(try arithmetic(.remainder, value, other), .int(0))
    case .lower: return try soft(value).isLower
    case .upper: return try soft(value).isUpper
    case .sameas: return try isSame(value, other)
    case .filter:
      let name = try nameOfFeature(value)
      return Filter(rawValue: name) != nil || Filter.refused.contains(name)
    case .test: return Test(rawValue: try nameOfFeature(value)) != nil
    default: return hasKind(value, test)
    }
  }

  private func nameOfFeature(_ value: Value) throws(TemplateError) -> String {
    _ = try key(value)
    return value.text?.string ?? ""
  }

  private func hasKind(_ value: Value, _ test: Test) -> Bool {
    switch (test, value) {
    case (.undefined, .undefined), (.none, .none), (.boolean, .bool), (.integer, .int),
      (.float, .double), (.string, .string), (.string, .safe), (.mapping, .mapping),
      (.escaped, .safe), (.true, .bool(true)), (.false, .bool(false)), (.number, .int),
      (.number, .double), (.number, .bool), (.callable, .function), (.callable, .undefined),
      (.callable, .loop), (.iterable, .lazy), (.iterable, .view), (.iterable, .loop):
      true
    case (.defined, .undefined): false
    case (.defined, _): true
    case (.sequence, .string), (.sequence, .safe), (.sequence, .list), (.sequence, .tuple),
      (.sequence, .mapping), (.sequence, .range), (.sequence, .undefined), (.iterable, .string),
      (.iterable, .safe), (.iterable, .list), (.iterable, .tuple), (.iterable, .mapping),
      (.iterable, .range), (.iterable, .undefined):
      true
    default: false
    }
  }

  /// Python's `is`, where it can be told: constants and shared objects.
  private func isSame(_ left: Value, _ right: Value) throws(TemplateError) -> Bool {
    switch (left, right) {
    case (.none, .none): return true
    case (.bool(let first), .bool(let second)): return first == second
    case (.namespace(let first), .namespace(let second)): return first === second
    case (.list(let first), .list(let second)) where first === second: return true
    case (.mapping(let first), .mapping(let second)) where first === second: return true
    case (.none, _), (_, .none), (.bool, _), (_, .bool): return false
    default: throw error(.unsupported, "sameas on \(left.typeName) and \(right.typeName)")
    }
  }
}
