// The filters that compute their items one at a time, as Python's generators do: what is never
// asked for is never computed, and can be gone through once.

extension Renderer {
  func applyLazy(
    _ filter: Filter, to value: Value, _ arguments: CallValues
  ) throws(TemplateError) -> Value {
    switch filter {
    case .map: return try map(value, arguments)
    case .select, .reject, .selectattr, .rejectattr: return try select(value, arguments, filter)
    case .unique: return try unique(value, arguments)
    case .batch: return try batch(value, arguments)
    case .slice: return try columns(value, arguments)
    default:
      _ = try bind(arguments, [], required: 0, to: "items")
      return try lazily(value, arguments) { renderer throws(TemplateError) in
        if value.isUndefined {
          return LazyItems(depth: 0) { () throws(TemplateError) -> Value? in nil }
        }
        guard case .mapping(let mapping) = value else {
          throw renderer.failure("only a mapping has items, not \(value.typeName)")
        }
        return try renderer.iterator(of: .view(View(kind: .items, mapping: mapping)))
      }
    }
  }

  /// A sequence that is set up when its first item is asked for.
  private func lazily(
    _ value: Value, _ arguments: CallValues,
    _ start: @escaping (Renderer) throws(TemplateError) -> LazyItems
  ) throws(TemplateError) -> Value {
    try allocate(128)
    let depth = arguments.positional.reduce(value.depth) { max($0, $1.depth) } + 1
    let depthOfAll = arguments.keywords.reduce(depth) { max($0, $1.value.depth + 1) }
    var items: LazyItems?
    let at = place
    return .lazy(
      LazyItems(depth: depthOfAll) { [self] () throws(TemplateError) -> Value? in
        try step(at: at)
        let source: LazyItems
        if let items { source = items } else { source = try start(self) }
        items = source
        return try source.next()
      })
  }

  /// The items of `value`, none when it is false, as Jinja's filters ask first.
  private func source(_ value: Value) throws(TemplateError) -> LazyItems {
    guard try truth(of: value) else {
      return LazyItems(depth: 0) { () throws(TemplateError) -> Value? in nil }
    }
    return try iterator(of: value)
  }

  // MARK: Map, select and reject

  private func map(_ value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
    try lazily(value, arguments) { renderer throws(TemplateError) in
      let items = try renderer.source(value)
      guard try renderer.truth(of: value) else { return items }
      var arguments = arguments
      if arguments.positional.isEmpty, let attribute = arguments.take("attribute") {
        var path = try renderer.path(attribute)
        if let fallback = arguments.take("default") {
          if case .none = fallback {} else { path.fallback = fallback }
        }
        guard arguments.keywords.isEmpty else {
          throw renderer.failure("map takes attribute and default")
        }
        return LazyItems(depth: 0) { () throws(TemplateError) -> Value? in
          guard let item = try items.next() else { return nil }
          return try renderer.value(at: path, of: item)
        }
      }
      guard let name = arguments.positional.first?.text else {
        throw renderer.failure("map needs the name of a filter")
      }
      guard let filter = Filter(rawValue: name.string) else {
        let isKnown = Filter.refused.contains(name.string)
        throw renderer.error(
          isKnown ? .unsupported : .failed, "there is no filter \(name.string)")
      }
      arguments.positional.removeFirst()
      return LazyItems(depth: 0) { [arguments] () throws(TemplateError) -> Value? in
        guard let item = try items.next() else { return nil }
        return try renderer.checked(try renderer.apply(filter, to: item, arguments))
      }
    }
  }

  private func select(
    _ value: Value, _ arguments: CallValues, _ filter: Filter
  ) throws(TemplateError) -> Value {
    try lazily(value, arguments) { renderer throws(TemplateError) in
      let items = try renderer.source(value)
      guard try renderer.truth(of: value) else { return items }
      var arguments = arguments
      var path = AttributePath()
      if filter == .selectattr || filter == .rejectattr {
        guard let attribute = arguments.positional.first else {
          throw renderer.failure("\(filter.rawValue) needs an attribute")
        }
        path = try renderer.path(attribute)
        arguments.positional.removeFirst()
      }
      let wanted = filter == .select || filter == .selectattr
      let test = try renderer.takeTest(&arguments)
      return LazyItems(depth: 0) { [arguments, path] () throws(TemplateError) -> Value? in
        while let item = try items.next() {
          try renderer.iterate()
          let part = try renderer.value(at: path, of: item)
          let passes =
            if let test {
              try renderer.passes(part, test, arguments)
            } else {
              try renderer.truth(of: part)
            }
          if passes == wanted { return item }
        }
        return nil
      }
    }
  }

  /// The test that the first argument names; nil, for plain truth, when there is no argument.
  private func takeTest(_ arguments: inout CallValues) throws(TemplateError) -> Test? {
    guard let name = arguments.positional.first else { return nil }
    guard let text = name.text, let test = Test(rawValue: text.string) else {
      throw failure("there is no test \(name.text?.string ?? name.typeName)")
    }
    arguments.positional.removeFirst()
    return test
  }

  // MARK: Unique, batch and slice

  private func unique(_ value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
    let values = try bind(
      arguments, ["case_sensitive", "attribute"], required: 0, to: "unique")
    return try lazily(value, arguments) { renderer throws(TemplateError) in
      let items = try renderer.iterator(of: value)
      var path = try renderer.path(values[1])
      path.ignoresCase = !(try renderer.flag(values[0]))
      var seen: Set<Key> = []
      return LazyItems(depth: 0) { [path] () throws(TemplateError) -> Value? in
        while let item = try items.next() {
          try renderer.iterate()
          try renderer.allocate(items: 1)
          if seen.insert(try renderer.key(try renderer.value(at: path, of: item))).inserted {
            return item
          }
        }
        return nil
      }
    }
  }

  private func batch(_ value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
    let values = try bind(arguments, ["linecount", "fill_with"], required: 1, to: "batch")
    return try lazily(value, arguments) { renderer throws(TemplateError) in
      let items = try renderer.iterator(of: value)
      var pending: Value?
      return LazyItems(depth: 0) { () throws(TemplateError) -> Value? in
        var line: [Value] = pending.map { [$0] } ?? []
        pending = nil
        while let item = try items.next() {
          try renderer.iterate()
          try renderer.allocate(items: 1)
          if try renderer.equal(.int(line.count), values[0] ?? .none) {
            pending = item
            return .list(line)
          }
          line.append(item)
        }
        guard !line.isEmpty else { return nil }
        switch values[1] {
        case nil, .some(.none): break
        case .some(let fill):
          let missing = try renderer.integer(values[0] ?? .none) - line.count
          try renderer.allocate(items: max(missing, 0))
          line += [Value](repeating: fill, count: max(missing, 0))
        }
        return .list(line)
      }
    }
  }

  private func columns(_ value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
    let values = try bind(arguments, ["slices", "fill_with"], required: 1, to: "slice")
    return try lazily(value, arguments) { renderer throws(TemplateError) in
      let items = try renderer.items(of: value, for: "slice")
      let count = try renderer.integer(values[0] ?? .none)
      let (size, extra) = try renderer.floorDivision(items.count, count)
      var place = 0
      var start = 0
      return LazyItems(depth: 0) { () throws(TemplateError) -> Value? in
        guard place < count else { return nil }
        try renderer.iterate()
        let end = start + size + (place < extra ? 1 : 0)
        var column = Array(items[start..<end])
        try renderer.allocate(items: column.count + 1)
        switch values[1] {
        case nil, .some(.none): break
        case .some(let fill): if place >= extra { column.append(fill) }
        }
        start = end
        place += 1
        return .list(column)
      }
    }
  }
}
