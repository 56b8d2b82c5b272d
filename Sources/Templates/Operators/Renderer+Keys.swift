// What a value is in a mapping or a set.

extension Renderer {
  /// What `value` is in a mapping.
  func key(_ value: Value) throws(TemplateError) -> Key {
    guard let key = try keyIfHashable(value) else {
      throw failure("\(value.typeName) cannot be a key")
    }
    return key
  }

  /// The key that `value` is; nil for what Python calls unhashable.
  ///
  /// A key is the value spelled out, so that all of it is paid for: a tuple that holds one tuple
  /// twice, many levels deep, has as many parts as there are paths through it.
  func keyIfHashable(_ value: Value) throws(TemplateError) -> Key? {
    try work(1)
    switch value {
    case .none: return Key.none
    case .undefined: return .undefined
    case .bool(let bool): return .int(bool ? 1 : 0)
    case .int(let int): return .int(int)
    case .double(let double): return Int(exactly: double).map(Key.int) ?? .double(double)
    case .string(let text), .safe(let text):
      try look(at: text.bytes.count)
      return .text(text)
    case .tuple(let items):
      try allocate(items: items.values.count)
      var keys: [Key] = []
      keys.reserveCapacity(items.values.count)
      for item in items.values {
        guard let key = try keyIfHashable(item) else { return nil }
        keys.append(key)
      }
      return .tuple(keys)
    case .namespace(let namespace): return .object(ObjectIdentifier(namespace))
    case .function(let function): return .object(ObjectIdentifier(function))
    case .loop(let loop): return .object(ObjectIdentifier(loop))
    case .lazy(let items): return .object(ObjectIdentifier(items))
    case .range(let range):
      let (start, step) = (range.count > 0 ? range.start : 0, range.count > 1 ? range.step : 0)
      return .range(start: start, step: step, count: range.count)
    case .list, .mapping, .view: return nil
    }
  }
}
