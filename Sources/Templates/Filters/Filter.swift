// The filters by name. The ones that make HTML pages or depend on chance are refused by name.

/// A filter.
enum Filter: String, CaseIterable {
  case abs, attr, batch, capitalize, center, count, d, `default`, dictsort, e, escape, first, float
  case forceescape, format, groupby, indent, int, items, join, last, length, list, lower, map, max
  case min, reject, rejectattr, replace, reverse, round, safe, select, selectattr, slice, sort
  case string, sum, title, tojson, trim, truncate, unique, upper, wordcount

  /// The filters that Jinja has and this room has not.
  static let refused: Set<String> = [
    "filesizeformat", "pprint", "random", "striptags", "urlencode", "urlize", "wordwrap",
    "xmlattr",
  ]
}

extension Renderer {
  /// `value | filter(arguments)`.
  func apply(
    _ filter: Filter, to value: Value, _ arguments: CallValues
  ) throws(TemplateError) -> Value {
    switch filter {
    case .capitalize, .center, .format, .indent, .lower, .replace, .string, .title, .trim,
      .truncate, .upper, .wordcount, .escape, .e, .forceescape, .safe, .join:
      try applyText(filter, to: value, arguments)
    case .abs, .float, .int, .round, .sum, .min, .max:
      try applyNumeric(filter, to: value, arguments)
    case .map, .select, .reject, .selectattr, .rejectattr, .unique, .batch, .slice, .items:
      try applyLazy(filter, to: value, arguments)
    case .count, .length, .first, .last, .list, .reverse, .sort, .dictsort, .groupby:
      try applySequence(filter, to: value, arguments)
    case .d, .default: try defaulted(value, arguments)
    case .attr: try attribute(of: value, arguments)
    case .tojson: .string(try json(value, arguments))
    }
  }

  private func defaulted(
    _ value: Value, _ arguments: CallValues
  ) throws(TemplateError) -> Value {
    let values = try bind(arguments, ["default_value", "boolean"], required: 0, to: "default")
    let replacesFalse = try flag(values[1])
    let isTrue = try truth(of: value)
    let isMissing = value.isUndefined || (replacesFalse && !isTrue)
    return isMissing ? values[0] ?? .string(Text()) : value
  }

  private func attribute(
    of value: Value, _ arguments: CallValues
  ) throws(TemplateError) -> Value {
    let values = try bind(arguments, ["name"], required: 1, to: "attr")
    guard let name = values[0]?.text else { throw failure("attr takes a name") }
    guard name.bytes.first != Ascii.underscore else {
      throw error(.unsupported, "attributes with an underscore in front")
    }
    if case .mapping = value, !PythonNames.attributes(of: value).contains(name) {
      return .undefined(Undefined(reason: "dict has no attribute \(name.string)"))
    }
    return try attribute(name, of: value)
  }

  // MARK: What several filters share

  /// The text of a value that a filter reads as a string.
  func soft(_ value: Value) throws(TemplateError) -> Text { try string(of: value) }

  /// A result that is marked safe when its source was.
  func marked(_ text: Text, like source: Value) -> Value {
    if case .safe = source { return .safe(text) }
    return .string(text)
  }

  func flag(_ value: Value?) throws(TemplateError) -> Bool {
    try value.map { value throws(TemplateError) in try truth(of: value) } ?? false
  }

  /// An attribute's path, such as `address.city` or a number.
  struct AttributePath {
    var parts: [Value] = []
    var ignoresCase = false
    var fallback: Value?
  }

  func path(_ value: Value?) throws(TemplateError) -> AttributePath {
    switch value {
    case nil, .some(.none): return AttributePath()
    case .some(let value):
      guard let text = value.text else { return AttributePath(parts: [value]) }
      return AttributePath(
        parts: text.split(separator: ".", limit: .max).map { part in
          part.isAll(\.isDigit) ? Int(part.string).map(Value.int) ?? .string(part) : .string(part)
        })
    }
  }

  func value(at path: AttributePath, of value: Value) throws(TemplateError) -> Value {
    var value = value
    for part in path.parts {
      value = try item(part, of: value)
      if value.isUndefined, let fallback = path.fallback { value = fallback }
    }
    guard path.ignoresCase else { return value }
    return try ignoringCase(value)
  }

  func ignoringCase(_ value: Value) throws(TemplateError) -> Value {
    guard let text = value.text else { return value }
    try allocate(text.bytes.count)
    return .string(text.lowercased)
  }

  /// The items in order, equal ones in the order they came.
  func sorted<Item>(
    _ items: [Item], by precedes: (Item, Item) throws(TemplateError) -> Bool
  ) throws(TemplateError) -> [Item] {
    guard items.count > 1 else { return items }
    let middle = items.count / 2
    let first = try sorted(Array(items[..<middle]), by: precedes)
    let second = try sorted(Array(items[middle...]), by: precedes)
    var result: [Item] = []
    result.reserveCapacity(items.count)
    var place = 0
    for item in first {
      while place < second.count, try precedes(second[place], item) {
        result.append(second[place])
        place += 1
      }
      result.append(item)
    }
    result += second[place...]
    return result
  }
}
