// The statements: what stands between {% and %}.

extension Parser {
  /// Statements up to one of `ends`, which stays the current token; up to the end of the template
  /// when there are none.
  mutating func statements(until ends: [Text]) throws(TemplateError) -> [Statement] {
    try descend()
    defer { rise() }
    var body: [Statement] = []
    while true {
      let at = current.at
      switch current.kind {
      case .text(let text):
        advance()
        body.append(Statement(form: .text(text), at: at))
      case .variableBegin:
        advance()
        body.append(Statement(form: .output([try tuple()]), at: at))
        try expect(.variableEnd)
      case .blockBegin:
        advance()
        if case .name(let name) = current.kind, ends.contains(name) { return body }
        body.append(try statement())
        try expect(.blockEnd)
      case .end:
        guard ends.isEmpty else { throw expected(ends.map(\.string).joined(separator: " or ")) }
        return body
      default: throw expected("text or a tag")
      }
    }
  }

  /// The body of a statement: a block's end, statements, and one of `ends`.
  @inline(never)
  private mutating func body(until ends: Text...) throws(TemplateError) -> [Statement] {
    _ = skip(.colon)
    try expect(.blockEnd)
    return try statements(until: ends)
  }

  @inline(never)
  private mutating func body(closedBy end: Text) throws(TemplateError) -> [Statement] {
    let body = try body(until: end)
    advance()
    return body
  }

  @inline(never)
  private mutating func statement() throws(TemplateError) -> Statement {
    let at = current.at
    let word = try name()
    guard let keyword = Keyword(rawValue: word.string) else {
      throw syntaxError("\(word.string) is no statement", at: at)
    }
    let form: Statement.Form
    switch keyword {
    case .if: form = try ifStatement()
    case .for: form = try forStatement(at: at)
    case .set: form = try setStatement()
    case .macro: form = try macroStatement()
    case .call: form = try callStatement(at: at)
    case .filter:
      let filter = try unguarded { parser throws(TemplateError) in
        try parser.filterChain(of: nil, startsInline: true)
      }
      form = .filter(filter, try openBody(closedBy: "endfilter"))
    case .with: form = try withStatement()
    case .print: form = try printStatement()
    case .generation:
      hasGenerations = true
      form = .generation(try closedBody("endgeneration").body)
    case .break, .continue:
      guard openLoops > 0 else { throw syntaxError("\(word.string) outside of a loop", at: at) }
      form = keyword == .break ? .leave : .skip
    case .include, .import, .from, .extends, .block, .autoescape:
      throw unsupported("the statement \(word.string)", at: at)
    }
    return Statement(form: form, at: at)
  }

  /// A body that is a function of its own: `break` cannot leave it, and its special names are its.
  @inline(never)
  private mutating func closedBody(
    _ end: Text
  ) throws(TemplateError) -> (body: [Statement], namesRead: Set<Int>) {
    let outside = (openLoops, isGuarded)
    openLoops = 0
    isGuarded = false
    namesRead.append([])
    let body = try body(closedBy: end)
    (openLoops, isGuarded) = outside
    let read = namesRead.removeLast()
    if !namesRead.isEmpty { namesRead[namesRead.count - 1].formUnion(read) }
    return (body, read)
  }

  /// A body in which an unknown filter is an error at once.
  @inline(never)
  private mutating func openBody(closedBy end: Text) throws(TemplateError) -> [Statement] {
    try unguarded { parser throws(TemplateError) in try parser.body(closedBy: end) }
  }

  /// Reads what is reached whenever the statement is.
  @inline(never)
  private mutating func unguarded<Part>(
    _ read: (inout Parser) throws(TemplateError) -> Part
  ) throws(TemplateError) -> Part {
    let outside = isGuarded
    isGuarded = false
    defer { isGuarded = outside }
    return try read(&self)
  }

  @inline(never)
  private mutating func ifStatement() throws(TemplateError) -> Statement.Form {
    let outside = isGuarded
    isGuarded = true
    defer { isGuarded = outside }
    var branches: [Branch] = []
    repeat {
      let test = try tuple(allowsConditional: false)
      branches.append(Branch(test: test, body: try body(until: "elif", "else", "endif")))
    } while skip("elif")
    var otherwise: [Statement] = []
    if skip("else") { otherwise = try body(until: "endif") }
    advance()
    return .branch(branches, otherwise: otherwise)
  }

  @inline(never)
  private mutating func forStatement(at place: Int) throws(TemplateError) -> Statement.Form {
    openLoopsInAll += 1
    defer { openLoopsInAll -= 1 }
    let target = try target()
    try expect("in")
    let items = try tuple(allowsConditional: false)
    return try unguarded { parser throws(TemplateError) in
      let condition = parser.skip("if") ? try parser.expression() : nil
      if parser.isAt("recursive") {
        throw parser.unsupported("a recursive loop", at: parser.current.at)
      }
      parser.openLoops += 1
      let body = try parser.body(until: "endfor", "else")
      parser.openLoops -= 1
      var otherwise: [Statement] = []
      if parser.skip("else") { otherwise = try parser.body(until: "endfor") }
      parser.advance()
      return .loop(
        Loop(target: target, items: items, condition: condition, body: body, otherwise: otherwise))
    }
  }

  @inline(never)
  private mutating func setStatement() throws(TemplateError) -> Statement.Form {
    let target = try target(allowsAttributes: true)
    if skip(.assign) { return .assign(target, try tuple()) }
    let filter = try unguarded { parser throws(TemplateError) in
      parser.isAt(.pipe) ? try parser.filterChain(of: nil, startsInline: false) : nil
    }
    return .capture(target, filter: filter, try openBody(closedBy: "endset"))
  }

  @inline(never)
  private mutating func withStatement() throws(TemplateError) -> Statement.Form {
    var bindings: [Binding] = []
    while current.kind != .blockEnd {
      if !bindings.isEmpty { try expect(.comma) }
      // The names of a with statement are parameters, so that even `loop` may be one.
      let outside = openLoopsInAll
      openLoopsInAll = 0
      let target = try target()
      openLoopsInAll = outside
      try expect(.assign)
      bindings.append(Binding(target: target, value: try expression()))
    }
    return .with(bindings, try openBody(closedBy: "endwith"))
  }

  @inline(never)
  private mutating func printStatement() throws(TemplateError) -> Statement.Form {
    var expressions: [Expression] = []
    while current.kind != .blockEnd {
      if !expressions.isEmpty { try expect(.comma) }
      expressions.append(try expression())
    }
    return .output(expressions)
  }

  // MARK: Macros

  @inline(never)
  private mutating func macroStatement() throws(TemplateError) -> Statement.Form {
    let name = try name()
    return .macro(try macro(named: name, parameters: try signature(), closedBy: "endmacro"))
  }

  @inline(never)
  private mutating func callStatement(at place: Int) throws(TemplateError) -> Statement.Form {
    let parameters = isAt(.leftParenthesis) ? try signature() : []
    let call = try expression()
    guard case .call(let callee, let arguments) = call.form else {
      throw syntaxError("call needs a call", at: place)
    }
    let macro = try macro(named: "caller", parameters: parameters, closedBy: "endcall")
    return .call(macro, callee, arguments)
  }

  @inline(never)
  private mutating func signature() throws(TemplateError) -> [Macro.Parameter] {
    var parameters: [Macro.Parameter] = []
    try expect(.leftParenthesis)
    while !isAt(.rightParenthesis) {
      if !parameters.isEmpty { try expect(.comma) }
      let at = current.at
      let name = try name()
      let id = id(of: name)
      if parameters.contains(where: { $0.id == id }) {
        throw syntaxError("two parameters are called \(name.string)", at: at)
      }
      let fallback =
        skip(.assign)
        ? try unguarded { parser throws(TemplateError) in try parser.expression() } : nil
      if fallback == nil && parameters.last?.fallback != nil {
        throw syntaxError("\(name.string) needs a default after one that has it", at: at)
      }
      parameters.append(Macro.Parameter(id: id, name: name, fallback: fallback))
    }
    advance()
    return parameters
  }

  @inline(never)
  private mutating func macro(
    named name: Text, parameters: [Macro.Parameter], closedBy end: Text
  ) throws(TemplateError) -> Macro {
    let at = current.at
    let (body, read) = try closedBody(end)
    let caller = id(of: "caller")
    let usesCaller = read.contains(caller)
    if usesCaller, let own = parameters.first(where: { $0.id == caller }), own.fallback == nil {
      throw syntaxError("the parameter caller needs a default", at: at)
    }
    let special = { (id: Int) -> Int? in
      read.contains(id) && !parameters.contains { $0.id == id } ? id : nil
    }
    return Macro(
      name: name, id: id(of: name), parameters: parameters, body: body, callerID: special(caller),
      argumentsID: special(id(of: "varargs")), keywordsID: special(id(of: "kwargs")))
  }

  // MARK: Targets

  /// What an assignment or a loop writes to.
  mutating func target(allowsAttributes: Bool = false) throws(TemplateError) -> Target {
    var targets: [Target] = []
    var isTuple = false
    while true {
      if isTuple && isAtTupleEnd { break }
      targets.append(try singleTarget(allowsAttributes: allowsAttributes))
      guard skip(.comma) else { break }
      isTuple = true
    }
    return isTuple ? .tuple(targets) : targets[0]
  }

  @inline(never)
  private mutating func singleTarget(allowsAttributes: Bool) throws(TemplateError) -> Target {
    try descend()
    defer { rise() }
    let at = current.at
    if skip(.leftParenthesis) { return try targetInParentheses() }
    let name = try name()
    if Self.constants[name] != nil { throw syntaxError("\(name.string) cannot be set", at: at) }
    if allowsAttributes && skip(.dot) { return .attribute(of: id(of: name), try self.name()) }
    if name == "loop" && openLoopsInAll > 0 {
      throw syntaxError("loop cannot be set inside a loop", at: at)
    }
    return .name(id(of: name))
  }

  @inline(never)
  private mutating func targetInParentheses() throws(TemplateError) -> Target {
    var targets: [Target] = []
    var isTuple = false
    while !isAt(.rightParenthesis) {
      targets.append(try singleTarget(allowsAttributes: false))
      guard skip(.comma) else { break }
      isTuple = true
    }
    try expect(.rightParenthesis)
    return isTuple || targets.isEmpty ? .tuple(targets) : targets[0]
  }
}

/// The words that begin a statement.
private enum Keyword: String {
  case `if`, `for`, set, macro, call, filter, with, print, generation, `break`, `continue`
  case include, `import`, from, extends, block, autoescape
}
