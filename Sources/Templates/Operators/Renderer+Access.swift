// Attributes, items and slices, with the sandbox's rules: an attribute is looked for first as a
// method and then as a key, an item the other way round, and what does not exist is undefined.

extension Renderer {
  /// `value.name`.
  func attribute(_ name: Text, of value: Value) throws(TemplateError) -> Value {
    if case .undefined(let undefined) = value { throw failure(undefined.reason) }
    if let found = try ownAttribute(name, of: value) { return found }
    if case .mapping(let mapping) = value, let found = mapping.value(for: .text(name)) {
      return found
    }
    return missing(name.string, in: value)
  }

  /// `value[index]`.
  func item(_ index: Value, of value: Value) throws(TemplateError) -> Value {
    switch value {
    case .undefined(let undefined): throw failure(undefined.reason)
    case .mapping(let mapping):
      if let key = try keyIfHashable(index), let found = mapping.value(for: key) { return found }
    case .list(let items), .tuple(let items):
      if let index = index.integer, let place = place(index, in: items.values.count) {
        return items.values[place]
      }
    case .range(let range):
      if let index = index.integer, let place = place(index, in: range.count) {
        return .int(range[place])
      }
    case .string(let text), .safe(let text):
      if let index = index.integer {
        try look(at: text.bytes.count)
        if let place = place(index, in: text.length) {
          let start = text.byteOffset(ofCharacter: place)
          let end = Text.next(after: start, in: text.bytes)
          let character = Text(bytes: text.bytes[start..<end])
          if case .safe = value { return .safe(character) }
          return .string(character)
        }
      }
    case .none, .bool, .int, .double, .view, .lazy, .namespace, .loop, .function: break
    }
    if let name = index.text, let found = try ownAttribute(name, of: value) { return found }
    return missing(index.text?.string ?? "the item", in: value)
  }

  private func place(_ index: Int, in count: Int) -> Int? {
    let place = index < 0 ? index + count : index
    return (0..<count).contains(place) ? place : nil
  }

  private func missing(_ name: String, in value: Value) -> Value {
    .undefined(Undefined(reason: "\(value.typeName) has no attribute \(name)"))
  }

  /// What Python's `getattr` finds; nil when it finds nothing.
  private func ownAttribute(_ name: Text, of value: Value) throws(TemplateError) -> Value? {
    switch value {
    case .namespace(let namespace): return namespace.attributes.value(for: .text(name))
    case .loop(let loop): return try attribute(name, of: loop)
    case .function(let function): return attribute(name, of: function)
    case .tuple(let items) where items.isGroup:
      if name == "grouper" { return items.values[0] }
      if name == "list" { return items.values[1] }
    default: break
    }
    if name.hasPrefix("__") && name.hasSuffix("__") && PythonNames.ofObjects.contains(name) {
      return .undefined(Undefined(reason: "the attribute \(name.string) is not safe"))
    }
    let names = PythonNames.attributes(of: value)
    guard names.contains(name) else { return nil }
    if PythonNames.changing(value).contains(name) {
      return .undefined(Undefined(reason: "\(name.string) would change a \(value.typeName)"))
    }
    return .function(Function(.method(of: value, name: name)))
  }

  private func attribute(_ name: Text, of loop: LoopState) throws(TemplateError) -> Value? {
    guard let attribute = LoopAttribute(rawValue: name.string) else { return nil }
    switch attribute {
    case .index0: return .int(loop.index0)
    case .index: return .int(loop.index0 + 1)
    case .first: return .bool(loop.index0 == 0)
    case .last: return .bool(try loop.peek() == nil)
    case .length: return .int(try loop.length())
    case .revindex: return .int(try loop.length() - loop.index0)
    case .revindex0: return .int(try loop.length() - loop.index0 - 1)
    case .depth: return .int(1)
    case .depth0: return .int(0)
    case .previtem:
      return loop.previous ?? .undefined(Undefined(reason: "there is no previous item"))
    case .nextitem:
      return try loop.peek() ?? .undefined(Undefined(reason: "there is no next item"))
    case .cycle, .changed: return .function(Function(.method(of: .loop(loop), name: name)))
    }
  }

  private func attribute(_ name: Text, of function: Function) -> Value? {
    switch function.kind {
    case .macro(let closure):
      if name == "name" { return .string(closure.macro.name) }
      if name == "arguments" { return .tuple(closure.macro.parameters.map { .string($0.name) }) }
      return nil
    case .cycler(let cycler):
      if name == "current" { return cycler.items[cycler.place] }
      guard name == "next" || name == "reset" else { return nil }
      return .function(Function(.method(of: .function(function), name: name)))
    case .joiner, .method, .global: return nil
    }
  }

  // MARK: Slices

  func slice(
    _ value: Value, from start: Value?, to stop: Value?, by step: Value?
  ) throws(TemplateError) -> Value {
    switch value {
    case .list(let items):
      let places = try places(from: start, to: stop, by: step, count: items.values.count)
      try allocate(items: places.count)
      return .list(places.map { items.values[$0] })
    case .tuple(let items):
      let places = try places(from: start, to: stop, by: step, count: items.values.count)
      try allocate(items: places.count)
      return .tuple(places.map { items.values[$0] })
    case .string(let text): return .string(try slice(text, start, stop, step))
    case .safe(let text): return .safe(try slice(text, start, stop, step))
    case .range(let range):
      let places = try places(from: start, to: stop, by: step, count: range.count)
      // Wrapping is harmless: what wraps is the step of one item or the start of none.
      let first = range.start &+ places.start &* range.step
      let step = range.step &* places.step
      return .range(
        Stride(
          start: first, stop: first &+ places.count &* step, step: step, count: places.count))
    case .undefined(let undefined): throw failure(undefined.reason)
    default: throw failure("\(value.typeName) cannot be sliced")
    }
  }

  private func slice(
    _ text: Text, _ start: Value?, _ stop: Value?, _ step: Value?
  ) throws(TemplateError) -> Text {
    try look(at: text.bytes.count)
    let places = try places(from: start, to: stop, by: step, count: text.length)
    try allocate(places.count)
    if places.step == 1 {
      let first = text.byteOffset(ofCharacter: places.start)
      let end = text.byteOffset(ofCharacter: places.start + places.count)
      return Text(bytes: text.bytes[first..<end])
    }
    try allocate(text.bytes.count * 8)
    let characters = text.characters
    return places.map { characters[$0] }.joined(separator: Text())
  }

  /// The places that a slice of `count` items names.
  private struct Places {
    let start: Int
    let step: Int
    let count: Int

    func map<Item>(_ transform: (Int) -> Item) -> [Item] {
      (0..<count).map { transform(start + $0 * step) }
    }
  }

  private func places(
    from start: Value?, to stop: Value?, by step: Value?, count: Int
  ) throws(TemplateError) -> Places {
    let step = try bound(step) ?? 1
    guard step != 0 else { throw failure("the step of a slice is not zero") }
    let lowest = step > 0 ? 0 : -1
    let highest = step > 0 ? count : count - 1
    func clamped(_ bound: Int?, otherwise: Int) -> Int {
      guard var place = bound else { return otherwise }
      if place < 0 { place = place < -count ? lowest : place + count }
      return Swift.min(Swift.max(place, lowest), highest)
    }
    let first = clamped(try bound(start), otherwise: step > 0 ? 0 : count - 1)
    let end = clamped(try bound(stop), otherwise: step > 0 ? count : -1)
    let distance = step > 0 ? end - first : first - end
    let length = distance <= 0 ? 0 : (distance.magnitude - 1) / step.magnitude + 1
    // A step beyond the whole takes one item, and is cut so that no sum overflows.
    let cut = Swift.min(Swift.max(step, -count - 1), count + 1)
    return Places(start: first, step: cut, count: Int(length))
  }

  private func bound(_ value: Value?) throws(TemplateError) -> Int? {
    switch value {
    case nil, .some(.none): return nil
    case .some(let value):
      guard let integer = value.integer else {
        if case .undefined(let undefined) = value { throw failure(undefined.reason) }
        throw failure("the bounds of a slice are integers, not \(value.typeName)")
      }
      return integer
    }
  }
}

/// What a loop tells about itself.
private enum LoopAttribute: String {
  case index, index0, first, last, length, revindex, revindex0, previtem, nextitem, depth, depth0
  case cycle, changed
}
