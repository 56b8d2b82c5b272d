// Methods of lists, mappings and the like; strings have a file of their own.

extension Renderer {
  @inline(never)
  func callMethod(
    _ name: Text, of receiver: Value, _ arguments: CallValues
  ) throws(TemplateError) -> Value {
    switch receiver {
    case .string(let text):
      guard let method = StringMethod(rawValue: name.string) else { break }
      return try call(method, of: text, arguments)
    case .mapping(let mapping):
      guard let method = MappingMethod(rawValue: name.string) else { break }
      return try call(method, of: mapping, arguments)
    case .list(let items), .tuple(let items):
      guard let method = ListMethod(rawValue: name.string) else { break }
      return try call(method, of: receiver, items.values, arguments)
    case .loop(let loop): return try call(name, of: loop, arguments)
    case .function(let function):
      if case .cycler(let cycler) = function.kind { return try call(name, of: cycler, arguments) }
    case .double(let double):
      if name == "is_integer" { return .bool(double.isFinite && double == double.rounded()) }
    default: break
    }
    throw error(.unsupported, "the method \(name.string) of \(receiver.typeName)")
  }

  private func call(
    _ method: MappingMethod, of mapping: Mapping, _ arguments: CallValues
  ) throws(TemplateError) -> Value {
    guard arguments.keywords.isEmpty else { throw failure("\(method) takes no keywords") }
    if method == .get {
      let values = try bind(arguments, ["key", "default"], required: 1, to: "get")
      return mapping.value(for: try key(values[0] ?? .none)) ?? values[1] ?? .none
    }
    guard arguments.positional.isEmpty else { throw failure("\(method) takes no arguments") }
    switch method {
    case .get, .copy: return .mapping(mapping)
    case .keys: return .view(View(kind: .keys, mapping: mapping))
    case .values: return .view(View(kind: .values, mapping: mapping))
    case .items: return .view(View(kind: .items, mapping: mapping))
    }
  }

  private func call(
    _ method: ListMethod, of list: Value, _ items: [Value], _ arguments: CallValues
  ) throws(TemplateError) -> Value {
    guard arguments.keywords.isEmpty else { throw failure("\(method) takes no keywords") }
    switch method {
    case .copy: return list
    case .count, .index:
      let values = try bind(arguments, ["value"], required: 1, to: "\(method)")
      var count = 0
      for (place, item) in items.enumerated() where try equal(item, values[0] ?? .none) {
        if method == .index { return .int(place) }
        count += 1
      }
      guard method == .count else { throw failure("the list does not hold the value") }
      return .int(count)
    }
  }

  private func call(
    _ name: Text, of loop: LoopState, _ arguments: CallValues
  ) throws(TemplateError) -> Value {
    guard arguments.keywords.isEmpty else { throw failure("\(name.string) takes no keywords") }
    let values = arguments.positional
    if name == "cycle" {
      guard !values.isEmpty else { throw failure("cycle needs an item") }
      return values[max(loop.index0, 0) % values.count]
    }
    if let last = loop.lastChanged, try equal(.tuple(last), .tuple(values)) { return .bool(false) }
    loop.lastChanged = values
    return .bool(true)
  }

  private func call(
    _ name: Text, of cycler: Cycler, _ arguments: CallValues
  ) throws(TemplateError) -> Value {
    _ = try bind(arguments, [], required: 0, to: name.string)
    if name == "reset" {
      cycler.place = 0
      return .none
    }
    defer { cycler.place = (cycler.place + 1) % cycler.items.count }
    return cycler.items[cycler.place]
  }
}

private enum MappingMethod: String { case get, keys, values, items, copy }

private enum ListMethod: String { case count, index, copy }
