// Runs statements. A body runs in the scope it is given; those bodies that Jinja compiles to a
// frame of their own (loops, with, captures, macros) get a fresh scope, an if statement does not.

/// How a body ended.
enum Flow {
  case done
  /// `break` was met.
  case left
  /// `continue` was met.
  case skipped
}

extension Renderer {
  func execute(_ body: [Statement], in scope: Scope) throws(TemplateError) -> Flow {
    for statement in body {
      let flow = try execute(statement, in: scope)
      if flow != .done { return flow }
    }
    return .done
  }

  @inline(never)
  private func execute(_ statement: Statement, in scope: Scope) throws(TemplateError) -> Flow {
    try step(at: statement.at)
    switch statement.form {
    case .text(let text): try write(text)
    case .output(let expressions): try print(expressions, in: scope)
    case .branch(let branches, let otherwise):
      return try execute(branches, otherwise: otherwise, in: scope)
    case .loop(let loop): return try execute(loop, in: scope)
    case .assign(let target, let expression):
      try assign(target, expression, at: statement.at, in: scope)
    case .capture(let target, let filter, let body):
      return try capture(body, filter: filter, into: target, in: scope)
    case .macro(let macro): try define(macro, in: scope)
    case .call(let macro, let callee, let arguments):
      try call(callee, arguments, with: macro, at: statement.at, in: scope)
    case .filter(let filter, let body): return try execute(body, through: filter, in: scope)
    case .with(let bindings, let body): return try execute(body, with: bindings, in: scope)
    case .generation(let body):
      try generation { () throws(TemplateError) in
        _ = try execute(body, in: Scope(in: scope))
      }
    case .leave: return .left
    case .skip: return .skipped
    }
    return .done
  }

  @inline(never)
  private func print(_ expressions: [Expression], in scope: Scope) throws(TemplateError) {
    for expression in expressions {
      let value = try evaluate(expression, in: scope)
      place = expression.at
      try write(try string(of: value))
    }
  }

  @inline(never)
  private func execute(
    _ branches: [Branch], otherwise: [Statement], in scope: Scope
  ) throws(TemplateError) -> Flow {
    for branch in branches where try truth(of: try evaluate(branch.test, in: scope)) {
      return try execute(branch.body, in: scope)
    }
    return try execute(otherwise, in: scope)
  }

  // MARK: Assignments

  @inline(never)
  private func assign(
    _ target: Target, _ expression: Expression, at start: Int, in scope: Scope
  ) throws(TemplateError) {
    try checkNamespaces(of: target, in: scope)
    let value = try evaluate(expression, in: scope)
    place = start
    try assign(value, to: target, in: scope)
  }

  /// Refuses attributes of anything that is no namespace, before anything is assigned.
  @inline(never)
  private func checkNamespaces(of target: Target, in scope: Scope) throws(TemplateError) {
    switch target {
    case .name: break
    case .attribute(let id, _): _ = try namespace(id, in: scope)
    case .tuple(let targets):
      for target in targets { try checkNamespaces(of: target, in: scope) }
    }
  }

  @inline(never)
  private func namespace(_ id: Int, in scope: Scope) throws(TemplateError) -> Namespace {
    guard case .namespace(let namespace) = try value(of: id, in: scope) else {
      throw failure("\(template.names[id].string) is no namespace, its attributes cannot be set")
    }
    return namespace
  }

  func assign(_ value: Value, to target: Target, in scope: Scope) throws(TemplateError) {
    switch target {
    case .name(let id): scope.set(id, value)
    case .attribute(let id, let name):
      let namespace = try namespace(id, in: scope)
      try checkAttributeName(name)
      try allocate(64)
      namespace.attributes.set(value, for: .text(name), spelled: .string(name))
    case .tuple(let targets):
      let parts = try items(of: value, for: "unpacking", limit: targets.count + 1)
      guard parts.count == targets.count else {
        throw failure("\(targets.count) values are expected, there are \(parts.count)")
      }
      for (part, target) in zip(parts, targets) { try assign(part, to: target, in: scope) }
    }
  }

  /// Refuses names with an underscore in front, as transformers' namespace does.
  func checkAttributeName(_ name: Text) throws(TemplateError) {
    if name.bytes.first == Ascii.underscore {
      throw failure("a namespace takes no attribute with an underscore in front: \(name.string)")
    }
  }

  @inline(never)
  private func capture(
    _ body: [Statement], filter: Expression?, into target: Target, in scope: Scope
  ) throws(TemplateError) -> Flow {
    try checkNamespaces(of: target, in: scope)
    let inner = Scope(in: scope)
    let (text, flow) = try capture { () throws(TemplateError) in
      try execute(body, in: inner)
    }
    guard flow == .done else { return flow }
    let value = try filter.map { filter throws(TemplateError) in
      try evaluate(filter, ofBlock: text, in: inner)
    }
    try assign(value ?? .string(text), to: target, in: scope)
    return .done
  }

  @inline(never)
  private func execute(
    _ body: [Statement], through filter: Expression, in scope: Scope
  ) throws(TemplateError) -> Flow {
    let inner = Scope(in: scope)
    let (text, flow) = try capture { () throws(TemplateError) in
      try execute(body, in: inner)
    }
    guard flow == .done else { return flow }
    try writeText(try evaluate(filter, ofBlock: text, in: inner))
    return .done
  }

  @inline(never)
  private func execute(
    _ body: [Statement], with bindings: [Binding], in scope: Scope
  ) throws(TemplateError) -> Flow {
    let inner = Scope(in: scope)
    for binding in bindings {
      try assign(try evaluate(binding.value, in: scope), to: binding.target, in: inner)
    }
    return try execute(body, in: inner)
  }

  // MARK: Loops

  @inline(never)
  private func execute(_ loop: Loop, in scope: Scope) throws(TemplateError) -> Flow {
    let value = try evaluate(loop.items, in: scope)
    place = loop.items.at
    let source = try iterator(of: value)
    var length = try knownLength(of: value)
    var items = source
    if let condition = loop.condition {
      length = nil
      items = LazyItems(depth: source.depth) { () throws(TemplateError) -> Value? in
        while let item = try source.next() {
          try self.iterate()
          let inner = Scope(in: scope)
          try self.assign(item, to: loop.target, in: inner)
          if try self.truth(of: try self.evaluate(condition, in: inner)) { return item }
        }
        return nil
      }
    }
    let state = LoopState(items, length: length)
    defer { state.end() }
    return try execute(loop, over: state, in: scope)
  }

  @inline(never)
  private func execute(
    _ loop: Loop, over state: LoopState, in scope: Scope
  ) throws(TemplateError) -> Flow {
    // Jinja notes at the end of a pass that there was one, so that a pass which `break` or
    // `continue` cuts short does not count.
    var isEmpty = true
    while let item = try state.advance() {
      try iterate()
      let inner = Scope(in: scope)
      if let name = template.loopID { inner.set(name, .loop(state)) }
      place = loop.items.at
      try assign(item, to: loop.target, in: inner)
      let flow = try execute(loop.body, in: inner)
      if flow == .left { break }
      if flow == .done { isEmpty = false }
    }
    return isEmpty ? try execute(loop.otherwise, in: Scope(in: scope)) : .done
  }

  // MARK: Macros

  @inline(never)
  private func define(_ macro: Macro, in scope: Scope) throws(TemplateError) {
    try keep(scope)
    scope.set(macro.id, .function(Function(.macro(MacroClosure(macro: macro, scope: scope)))))
  }

  @inline(never)
  private func call(
    _ callee: Expression, _ arguments: Arguments, with macro: Macro, at start: Int, in scope: Scope
  ) throws(TemplateError) {
    try keep(scope)
    let caller = Value.function(Function(.macro(MacroClosure(macro: macro, scope: scope))))
    let function = try evaluate(callee, in: scope)
    var values = try evaluate(arguments, in: scope)
    guard !values.keywords.contains(where: { $0.name == "caller" }) else {
      throw failure("caller is given twice")
    }
    values.keywords.append((name: "caller", value: caller))
    place = start
    try writeText(try call(function, values))
  }

  /// Writes what a filter block or a call gave, which is never anything but text.
  @inline(never)
  private func writeText(_ value: Value) throws(TemplateError) {
    guard let text = value.text else {
      throw failure("the block gives \(value.typeName), not text")
    }
    try write(text)
  }
}
