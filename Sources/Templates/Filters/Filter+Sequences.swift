// The filters that make or look at whole sequences.

extension Renderer {
  func applySequence(
    _ filter: Filter, to value: Value, _ arguments: CallValues
  ) throws(TemplateError) -> Value {
    switch filter {
    case .sort: return try sort(value, arguments)
    case .dictsort: return try sortMapping(value, arguments)
    case .groupby: return try group(value, arguments)
    default: _ = try bind(arguments, [], required: 0, to: filter.rawValue)
    }
    switch filter {
    case .count, .length:
      guard let length = try knownLength(of: value) else {
        throw failure("\(value.typeName) has no length")
      }
      return .int(length)
    case .first:
      return try iterator(of: value).next()
        ?? .undefined(Undefined(reason: "there is no first item"))
    case .last: return try last(of: value)
    case .reverse: return try reversed(value)
    default: return .list(try items(of: value, for: "list"))
    }
  }

  private func last(of value: Value) throws(TemplateError) -> Value {
    switch value {
    case .lazy: throw failure("a lazy sequence has no last item; put `| list` before")
    case .range(let range) where range.count > 0: return .int(range[range.count - 1])
    default:
      return try items(of: value, for: "last").last
        ?? .undefined(Undefined(reason: "there is no last item"))
    }
  }

  private func reversed(_ value: Value) throws(TemplateError) -> Value {
    switch value {
    case .string(let text):
      try allocate(text.bytes.count * 9)
      return .string(text.characters.reversed().joined(separator: Text()))
    case .safe: throw error(.unsupported, "the filter reverse on a safe string")
    case .lazy:
      return .list(try items(of: value, for: "reverse").reversed())
    default:
      let items = try items(of: value, for: "reverse")
      var left = items.count
      return .lazy(
        LazyItems(depth: value.depth + 1) { () throws(TemplateError) -> Value? in
          guard left > 0 else { return nil }
          left -= 1
          return items[left]
        })
    }
  }

  // MARK: Sorting

  private func sort(_ value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
    let values = try bind(
      arguments, ["reverse", "case_sensitive", "attribute"], required: 0, to: "sort")
    let isReversed = try flag(values[0])
    let ignoresCase = !(try flag(values[1]))
    var paths: [AttributePath] = []
    if let text = values[2]?.text {
      for part in text.split(separator: ",", limit: .max) { paths.append(try path(.string(part))) }
    } else {
      paths.append(try path(values[2]))
    }
    for place in paths.indices { paths[place].ignoresCase = ignoresCase }
    let items = try items(of: value, for: "sort")
    try allocate(items: items.count * 2)
    var pairs: [(item: Value, key: Value)] = []
    for item in items {
      var keys: [Value] = []
      for path in paths { keys.append(try self.value(at: path, of: item)) }
      pairs.append((item, .list(keys)))
    }
    return .list(try ordered(pairs, isReversed: isReversed))
  }

  /// The items by their keys; in reverse, equal ones still keep their order.
  private func ordered(
    _ pairs: [(item: Value, key: Value)], isReversed: Bool
  ) throws(TemplateError) -> [Value] {
    let result = try sorted(pairs) { first, second throws(TemplateError) in
      isReversed
        ? try isLess(second.key, first.key, "<") : try isLess(first.key, second.key, "<")
    }
    return result.map(\.item)
  }

  private func sortMapping(_ value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
    let values = try bind(
      arguments, ["case_sensitive", "by", "reverse"], required: 0, to: "dictsort")
    let isCaseSensitive = try flag(values[0])
    let by = values[1].map { $0.text ?? "" } ?? "key"
    guard by == "key" || by == "value" else { throw failure("dictsort sorts by key or value") }
    guard case .mapping(let mapping) = value else {
      throw failure("dictsort sorts a mapping, not \(value.typeName)")
    }
    try allocate(items: mapping.keys.count * 4)
    var pairs: [(item: Value, key: Value)] = []
    for (key, value) in zip(mapping.keys, mapping.values) {
      let part = by == "key" ? key : value
      pairs.append((.tuple([key, value]), isCaseSensitive ? part : try ignoringCase(part)))
    }
    return .list(try ordered(pairs, isReversed: try flag(values[2])))
  }

  private func group(_ value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
    let values = try bind(
      arguments, ["attribute", "default", "case_sensitive"], required: 1, to: "groupby")
    var path = try path(values[0])
    if case .some(.none) = values[1] { path.fallback = nil } else { path.fallback = values[1] }
    var foldedPath = path
    foldedPath.ignoresCase = !(try flag(values[2]))
    let items = try items(of: value, for: "groupby")
    try allocate(items: items.count * 3)
    var pairs: [(item: Value, key: Value)] = []
    for item in items { pairs.append((item, try self.value(at: foldedPath, of: item))) }
    let order = try sorted(pairs) { first, second throws(TemplateError) in
      try isLess(first.key, second.key, "<")
    }
    var groups: [(key: Value, items: [Value])] = []
    for pair in order {
      if let last = groups.last, try equal(last.key, pair.key) {
        groups[groups.count - 1].items.append(pair.item)
      } else {
        groups.append((pair.key, [pair.item]))
      }
    }
    var result: [Value] = []
    for group in groups {
      let key = try self.value(at: path, of: group.items[0])
      result.append(.tuple(Items([key, .list(group.items)], isGroup: true)))
    }
    return .list(result)
  }
}
