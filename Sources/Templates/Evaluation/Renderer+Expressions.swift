// Computes expressions. Each kind has a function of its own that is never inlined, because one frame
// for all of them would hold everything that any of them needs, at every level of nesting.

extension Renderer {
  @inline(never)
  func evaluate(_ expression: Expression, in scope: Scope) throws(TemplateError) -> Value {
    try step(at: expression.at)
    switch expression.form {
    case .literal(let literal): return value(of: literal)
    case .name(let id): return try value(of: id, in: scope)
    case .list, .tuple, .mapping: return try collection(expression, in: scope)
    case .unary, .binary, .concatenation: return try computed(expression, in: scope)
    case .both, .either, .comparison, .conditional: return try decided(expression, in: scope)
    case .attribute, .item, .slice: return try part(expression, in: scope)
    case .call, .filter, .test, .missing: return try applied(expression, in: scope)
    }
  }

  // MARK: The kinds in groups

  @inline(never)
  private func collection(
    _ expression: Expression, in scope: Scope
  ) throws(TemplateError) -> Value {
    switch expression.form {
    case .list(let items): try checked(.list(try evaluate(items, in: scope)))
    case .tuple(let items): try checked(.tuple(try evaluate(items, in: scope)))
    case .mapping(let members): try mapping(members, in: scope)
    default: .none
    }
  }

  @inline(never)
  private func computed(
    _ expression: Expression, in scope: Scope
  ) throws(TemplateError) -> Value {
    switch expression.form {
    case .unary(let sign, let operand):
      try unary(sign, operand, at: expression.at, in: scope)
    case .binary(let operation, let left, let right):
      try binary(operation, left, right, at: expression.at, in: scope)
    case .concatenation(let parts): try concatenation(of: parts, in: scope)
    default: .none
    }
  }

  @inline(never)
  private func decided(
    _ expression: Expression, in scope: Scope
  ) throws(TemplateError) -> Value {
    switch expression.form {
    case .both(let left, let right): try either(left, right, endsWhen: false, in: scope)
    case .either(let left, let right): try either(left, right, endsWhen: true, in: scope)
    case .comparison(let first, let operands): try comparison(first, operands, in: scope)
    case .conditional(let test, let then, let otherwise):
      try conditional(test, then, otherwise, in: scope)
    default: .none
    }
  }

  @inline(never)
  private func part(_ expression: Expression, in scope: Scope) throws(TemplateError) -> Value {
    switch expression.form {
    case .attribute(let whole, let name):
      try attribute(name, of: whole, at: expression.at, in: scope)
    case .item(let whole, let index): try item(index, of: whole, at: expression.at, in: scope)
    case .slice(let whole, let bounds): try slice(whole, bounds, at: expression.at, in: scope)
    default: .none
    }
  }

  @inline(never)
  private func applied(_ expression: Expression, in scope: Scope) throws(TemplateError) -> Value {
    switch expression.form {
    case .call(let callee, let arguments):
      return try call(callee, arguments, at: expression.at, in: scope)
    case .filter(let operand, let filter, let arguments):
      return try apply(filter, to: operand, arguments, at: expression.at, in: scope)
    case .test(let operand, let test, let arguments):
      return try apply(test, to: operand, arguments, at: expression.at, in: scope)
    case .missing(let reason): throw failure(reason)
    default: return .none
    }
  }

  // MARK: Each kind

  @inline(never)
  private func value(of literal: Literal) -> Value {
    switch literal {
    case .none: .none
    case .bool(let bool): .bool(bool)
    case .int(let int): .int(int)
    case .double(let double): .double(double)
    case .string(let text): .string(text)
    }
  }

  @inline(never)
  private func evaluate(_ items: [Expression], in scope: Scope) throws(TemplateError) -> [Value] {
    try allocate(items: items.count)
    var values: [Value] = []
    for item in items { values.append(try evaluate(item, in: scope)) }
    return values
  }

  @inline(never)
  private func mapping(
    _ members: [MappingMember], in scope: Scope
  ) throws(TemplateError) -> Value {
    try allocate(items: members.count * 3)
    var builder = Mapping.Builder()
    for member in members {
      let name = try evaluate(member.key, in: scope)
      let value = try evaluate(member.value, in: scope)
      builder.set(value, for: try key(name), spelled: name)
    }
    return try checked(.mapping(builder.build()))
  }

  @inline(never)
  private func unary(
    _ sign: Unary, _ operand: Expression, at start: Int, in scope: Scope
  ) throws(TemplateError) -> Value {
    let value = try evaluate(operand, in: scope)
    place = start
    switch sign {
    case .not: return .bool(!(try truth(of: value)))
    case .minus: return try negated(value)
    case .plus: return try number(value)
    }
  }

  @inline(never)
  private func binary(
    _ operation: Binary, _ left: Expression, _ right: Expression, at start: Int, in scope: Scope
  ) throws(TemplateError) -> Value {
    let first = try evaluate(left, in: scope)
    let second = try evaluate(right, in: scope)
    place = start
    return try checked(try arithmetic(operation, first, second))
  }

  @inline(never)
  private func concatenation(
    of parts: [Expression], in scope: Scope
  ) throws(TemplateError) -> Value {
    var result = Text()
    for part in parts {
      let text = try string(of: try evaluate(part, in: scope))
      try allocate(text.bytes.count)
      result.bytes += text.bytes
    }
    return .string(result)
  }

  @inline(never)
  private func comparison(
    _ first: Expression, _ operands: [Operand], in scope: Scope
  ) throws(TemplateError) -> Value {
    var left = try evaluate(first, in: scope)
    for operand in operands {
      let right = try evaluate(operand.value, in: scope)
      place = first.at
      guard try holds(operand.comparison, left, right) else { return .bool(false) }
      left = right
    }
    return .bool(true)
  }

  @inline(never)
  private func conditional(
    _ test: Expression, _ then: Expression, _ otherwise: Expression?, in scope: Scope
  ) throws(TemplateError) -> Value {
    if try truth(of: try evaluate(test, in: scope)) { return try evaluate(then, in: scope) }
    guard let otherwise else {
      return .undefined(Undefined(reason: "an inline if was false and has no else"))
    }
    return try evaluate(otherwise, in: scope)
  }

  /// Python's `or`, and with `endsWhen` false its `and`.
  @inline(never)
  private func either(
    _ left: Expression, _ right: Expression, endsWhen end: Bool, in scope: Scope
  ) throws(TemplateError) -> Value {
    let value = try evaluate(left, in: scope)
    return try truth(of: value) == end ? value : try evaluate(right, in: scope)
  }

  @inline(never)
  private func attribute(
    _ name: Text, of whole: Expression, at start: Int, in scope: Scope
  ) throws(TemplateError) -> Value {
    let value = try evaluate(whole, in: scope)
    place = start
    return try attribute(name, of: value)
  }

  @inline(never)
  private func item(
    _ index: Expression, of whole: Expression, at start: Int, in scope: Scope
  ) throws(TemplateError) -> Value {
    let value = try evaluate(whole, in: scope)
    let index = try evaluate(index, in: scope)
    place = start
    return try item(index, of: value)
  }

  @inline(never)
  private func slice(
    _ whole: Expression, _ bounds: SliceBounds, at start: Int, in scope: Scope
  ) throws(TemplateError) -> Value {
    let value = try evaluate(whole, in: scope)
    let first = try bounds.start.map { part throws(TemplateError) in try evaluate(part, in: scope) }
    let stop = try bounds.stop.map { part throws(TemplateError) in try evaluate(part, in: scope) }
    let step = try bounds.step.map { part throws(TemplateError) in try evaluate(part, in: scope) }
    place = start
    return try slice(value, from: first, to: stop, by: step)
  }

  @inline(never)
  private func call(
    _ callee: Expression, _ arguments: Arguments, at start: Int, in scope: Scope
  ) throws(TemplateError) -> Value {
    let function = try evaluate(callee, in: scope)
    let values = try evaluate(arguments, in: scope)
    place = start
    return try call(function, values)
  }

  @inline(never)
  private func apply(
    _ filter: Filter, to operand: Expression?, _ arguments: Arguments, at start: Int,
    in scope: Scope
  ) throws(TemplateError) -> Value {
    guard let operand else { throw failure("a filter without a value") }
    let value = try evaluate(operand, in: scope)
    let values = arguments.isEmpty ? CallValues() : try evaluate(arguments, in: scope)
    place = start
    return try checked(try apply(filter, to: value, values))
  }

  /// Applies the filters of a block to its text.
  func evaluate(
    _ chain: Expression, ofBlock text: Text, in scope: Scope
  ) throws(TemplateError) -> Value {
    guard case .filter(let inner, let filter, let arguments) = chain.form else {
      return try evaluate(chain, in: scope)
    }
    let value =
      try inner.map { inner throws(TemplateError) in
        try evaluate(inner, ofBlock: text, in: scope)
      } ?? .string(text)
    let values = try evaluate(arguments, in: scope)
    place = chain.at
    return try checked(try apply(filter, to: value, values))
  }

  @inline(never)
  private func apply(
    _ test: Test, to operand: Expression, _ arguments: Arguments, at start: Int, in scope: Scope
  ) throws(TemplateError) -> Value {
    let value = try evaluate(operand, in: scope)
    let values = arguments.isEmpty ? CallValues() : try evaluate(arguments, in: scope)
    place = start
    return .bool(try passes(value, test, values))
  }

  /// The values of a call's arguments.
  @inline(never)
  func evaluate(_ arguments: Arguments, in scope: Scope) throws(TemplateError) -> CallValues {
    var result = CallValues()
    for argument in arguments.positional {
      result.positional.append(try evaluate(argument, in: scope))
    }
    for keyword in arguments.keywords {
      result.keywords.append((keyword.name, try evaluate(keyword.value, in: scope)))
    }
    if let spread = arguments.spread {
      result.positional += try items(of: try evaluate(spread, in: scope), for: "the spread")
    }
    if let spread = arguments.spreadKeywords {
      guard case .mapping(let mapping) = try evaluate(spread, in: scope) else {
        throw failure("only a mapping can be spread into keywords")
      }
      for (key, value) in zip(mapping.keys, mapping.values) {
        guard let name = key.text, !result.keywords.contains(where: { $0.name == name }) else {
          throw failure("a spread keyword is no name or is given twice")
        }
        result.keywords.append((name, value))
      }
    }
    return result
  }
}
