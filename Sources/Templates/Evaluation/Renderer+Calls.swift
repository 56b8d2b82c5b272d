// Calls: macros, methods, and the functions every template finds.

extension Renderer {
  @inline(never)
  func call(_ callee: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
    switch callee {
    case .function(let function):
      switch function.kind {
      case .macro(let closure): return try invoke(closure, arguments)
      case .method(let receiver, let name):
        return try checked(try callMethod(name, of: receiver, arguments))
      case .global(let global): return try checked(try call(global, arguments))
      case .joiner(let joiner): return try call(joiner, arguments)
      case .cycler: throw failure("a cycler cannot be called")
      }
    case .undefined(let undefined): throw failure(undefined.reason)
    case .loop: throw failure("only a recursive loop can be called")
    default: throw failure("\(callee.typeName) cannot be called")
    }
  }

  // MARK: Macros

  @inline(never)
  private func invoke(
    _ closure: MacroClosure, _ arguments: CallValues
  ) throws(TemplateError) -> Value {
    let macro = closure.macro
    let scope = Scope(in: closure.scope)
    var keywords = arguments
    var missing: [Macro.Parameter] = []
    for (place, parameter) in macro.parameters.enumerated() {
      if place < arguments.positional.count {
        scope.set(parameter.id, arguments.positional[place])
      } else if let value = keywords.take(parameter.name) {
        scope.set(parameter.id, value)
      } else {
        missing.append(parameter)
        scope.set(
          parameter.id,
          .undefined(Undefined(reason: "the parameter \(parameter.name.string) was not given")))
      }
    }
    try bindSpecials(of: macro, arguments, &keywords, in: scope)
    return try insideMacro { () throws(TemplateError) in
      for parameter in missing {
        guard let fallback = parameter.fallback else { continue }
        scope.set(parameter.id, try evaluate(fallback, in: scope))
      }
      let (text, _) = try capture { () throws(TemplateError) in
        try execute(macro.body, in: scope)
      }
      return .string(text)
    }
  }

  /// Gives a macro its caller and the arguments beyond its parameters, or refuses those.
  @inline(never)
  private func bindSpecials(
    of macro: Macro, _ arguments: CallValues, _ keywords: inout CallValues, in scope: Scope
  ) throws(TemplateError) {
    if let id = macro.callerID {
      let given = keywords.take("caller")
      let caller: Value? = if case .none? = given { nil } else { given }
      scope.set(id, caller ?? .undefined(Undefined(reason: "no caller is defined")))
    }
    if let id = macro.keywordsID {
      var builder = Mapping.Builder()
      for keyword in keywords.keywords {
        builder.set(keyword.value, for: .text(keyword.name), spelled: .string(keyword.name))
      }
      scope.set(id, .mapping(builder.build()))
    } else if let extra = keywords.keywords.first {
      throw failure("the macro \(macro.name.string) has no parameter \(extra.name.string)")
    }
    let rest = Array(arguments.positional.dropFirst(macro.parameters.count))
    if let id = macro.argumentsID {
      scope.set(id, .tuple(rest))
    } else if !rest.isEmpty {
      throw failure(
        "the macro \(macro.name.string) takes \(macro.parameters.count) arguments at most")
    }
  }

  // MARK: Functions

  @inline(never)
  private func call(_ global: Global, _ arguments: CallValues) throws(TemplateError) -> Value {
    switch global {
    case .range: return .range(try range(arguments))
    case .dict: return .mapping(try dictionary(arguments).build())
    case .namespace:
      let attributes = try dictionary(arguments)
      for name in attributes.keys.compactMap(\.text) { try checkAttributeName(name) }
      return try makeNamespace(attributes)
    case .joiner:
      let values = try bind(arguments, ["sep"], required: 0, to: "joiner")
      return .function(Function(.joiner(Joiner(separator: values[0] ?? .text(", ")))))
    case .cycler:
      guard arguments.keywords.isEmpty, !arguments.positional.isEmpty else {
        throw failure("cycler takes one item or more")
      }
      return .function(Function(.cycler(Cycler(items: arguments.positional))))
    case .raiseException:
      let values = try bind(arguments, ["message"], required: 1, to: "raise_exception")
      throw error(.raised, try string(of: values[0] ?? .none).string)
    case .timeNow:
      let values = try bind(arguments, ["format"], required: 1, to: "strftime_now")
      guard let format = values[0]?.text else { throw failure("strftime_now takes a string") }
      return .string(try formatted(now, by: format))
    case .lipsum: throw error(.unsupported, "the function lipsum")
    }
  }

  @inline(never)
  private func call(_ joiner: Joiner, _ arguments: CallValues) throws(TemplateError) -> Value {
    _ = try bind(arguments, [], required: 0, to: "a joiner")
    defer { joiner.isUsed = true }
    return joiner.isUsed ? joiner.separator : .string(Text())
  }

  @inline(never)
  private func range(_ arguments: CallValues) throws(TemplateError) -> Stride {
    let values = try arguments.positional.map { value throws(TemplateError) in
      guard let integer = value.integer else {
        throw failure("range takes integers, not \(value.typeName)")
      }
      return integer
    }
    guard arguments.keywords.isEmpty, (1...3).contains(values.count) else {
      throw failure("range takes one to three integers")
    }
    let start = values.count == 1 ? 0 : values[0]
    let stop = values.count == 1 ? values[0] : values[1]
    let step = values.count == 3 ? values[2] : 1
    guard step != 0 else { throw failure("the step of a range is not zero") }
    return try stride(from: start, to: stop, by: step)
  }

  /// The longest range, which is the sandbox's own limit.
  private static let longestRange = 100_000

  func stride(from start: Int, to stop: Int, by step: Int) throws(TemplateError) -> Stride {
    let (distance, overflows) = stop.subtractingReportingOverflow(start)
    guard !overflows, step != .min else { throw error(.limit, "a range beyond 64 bits") }
    let isEmpty = step > 0 ? distance <= 0 : distance >= 0
    let count = isEmpty ? 0 : (distance.magnitude - 1) / step.magnitude + 1
    guard count <= Self.longestRange else {
      throw error(.limit, "a range of more than \(Self.longestRange) integers")
    }
    return Stride(start: start, stop: stop, step: step, count: Int(count))
  }

  /// What `dict` and `namespace` are made from: a mapping or pairs, and keywords.
  @inline(never)
  private func dictionary(_ arguments: CallValues) throws(TemplateError) -> Mapping.Builder {
    var builder = Mapping.Builder()
    guard arguments.positional.count <= 1 else { throw failure("dict takes one value at most") }
    if let value = arguments.positional.first {
      if case .mapping(let mapping) = value {
        try allocate(items: mapping.keys.count * 3)
        for (name, value) in zip(mapping.keys, mapping.values) {
          builder.set(value, for: try key(name), spelled: name)
        }
      } else {
        for pair in try items(of: value, for: "dict") {
          let parts = try items(of: pair, for: "dict", limit: 3)
          guard parts.count == 2 else { throw failure("dict takes pairs") }
          builder.set(parts[1], for: try key(parts[0]), spelled: parts[0])
        }
      }
    }
    for keyword in arguments.keywords {
      builder.set(keyword.value, for: .text(keyword.name), spelled: .string(keyword.name))
    }
    return builder
  }

  // MARK: Arguments

  /// Puts arguments in the order of `names`.
  ///
  /// - Throws: when there are too many, when one is given twice or has no such name, and when one
  ///   of the first `required` is missing.
  func bind(
    _ arguments: CallValues, _ names: [Text], required: Int, to function: String
  ) throws(TemplateError) -> [Value?] {
    guard arguments.positional.count <= names.count else {
      throw failure("\(function) takes \(names.count) arguments at most")
    }
    var values: [Value?] = arguments.positional
    values += [Value?](repeating: nil, count: names.count - arguments.positional.count)
    for keyword in arguments.keywords {
      guard let place = names.firstIndex(of: keyword.name), values[place] == nil else {
        throw failure("\(function) cannot take the argument \(keyword.name.string)")
      }
      values[place] = keyword.value
    }
    guard values.prefix(required).allSatisfy({ $0 != nil }) else {
      throw failure("\(function) needs \(required) arguments")
    }
    return values
  }
}
