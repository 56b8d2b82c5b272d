// Going through values: what can be iterated, how long it is, whether it is true.

extension Renderer {
  /// Python's truth.
  func truth(of value: Value) throws(TemplateError) -> Bool {
    switch value {
    case .undefined, .none: false
    case .bool(let bool): bool
    case .int(let int): int != 0
    case .double(let double): double != 0
    case .string(let text), .safe(let text): !text.isEmpty
    case .list(let items), .tuple(let items): !items.values.isEmpty
    case .mapping(let mapping): !mapping.keys.isEmpty
    case .view(let view): !view.mapping.keys.isEmpty
    case .range(let range): range.count > 0
    case .loop(let loop): try loop.length() != 0
    case .lazy, .namespace, .function: true
    }
  }

  /// Python's `len`, nil for what has none until it was gone through.
  func knownLength(of value: Value) throws(TemplateError) -> Int? {
    switch value {
    case .undefined: return 0
    case .string(let text), .safe(let text):
      try look(at: text.bytes.count)
      return text.length
    case .list(let items), .tuple(let items): return items.values.count
    case .mapping(let mapping): return mapping.keys.count
    case .view(let view): return view.mapping.keys.count
    case .range(let range): return range.count
    case .loop(let loop): return try loop.length()
    case .none, .bool, .int, .double, .lazy, .namespace, .function: return nil
    }
  }

  /// The items of `value`, all at once; after `limit` of them the rest is left.
  func items(
    of value: Value, for purpose: String, limit: Int = .max
  ) throws(TemplateError) -> [Value] {
    switch value {
    case .undefined: return []
    case .list(let items), .tuple(let items):
      try work(1 + items.values.count / 16)
      return items.values
    case .mapping(let mapping):
      try work(1 + mapping.keys.count / 16)
      return mapping.keys
    case .view(let view):
      try allocate(items: view.mapping.keys.count)
      return view.values
    case .range(let range):
      try allocate(items: range.count)
      return range.values
    case .string(let text), .safe(let text):
      try allocate(items: text.bytes.count * 2)
      return text.characters.map(Value.string)
    case .lazy(let lazy):
      var result: [Value] = []
      while result.count < limit, let item = try lazy.next() {
        try allocate(items: 1)
        result.append(item)
      }
      return result
    case .loop: throw error(.unsupported, "going through the variable loop")
    case .none, .bool, .int, .double, .namespace, .function:
      throw failure("\(purpose) needs something to go through, not \(value.typeName)")
    }
  }

  /// The items of `value`, one after the other.
  func iterator(of value: Value) throws(TemplateError) -> LazyItems {
    if case .lazy(let items) = value { return items }
    if case .range(let range) = value {
      var place = 0
      return LazyItems(depth: 0) { () throws(TemplateError) -> Value? in
        guard place < range.count else { return nil }
        defer { place += 1 }
        return .int(range[place])
      }
    }
    let items = try items(of: value, for: "a loop")
    var place = 0
    return LazyItems(depth: value.depth) { () throws(TemplateError) -> Value? in
      guard place < items.count else { return nil }
      defer { place += 1 }
      return items[place]
    }
  }
}
