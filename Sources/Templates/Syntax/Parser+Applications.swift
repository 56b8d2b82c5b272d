// What is applied to a value: the arguments of calls, filters and tests.

extension Parser {
  @inline(never)
  mutating func arguments() throws(TemplateError) -> Arguments {
    let at = current.at
    var result = Arguments()
    try expect(.leftParenthesis)
    var isFirst = true
    while !isAt(.rightParenthesis) {
      if !isFirst {
        try expect(.comma)
        if isAt(.rightParenthesis) { break }
      }
      isFirst = false
      try argument(into: &result, at: at)
    }
    advance()
    return result
  }

  @inline(never)
  private mutating func argument(
    into result: inout Arguments, at place: Int
  ) throws(TemplateError) {
    let disordered = syntaxError("the arguments are in no valid order", at: place)
    if skip(.multiply) {
      guard result.spread == nil && result.spreadKeywords == nil else { throw disordered }
      result.spread = try expression()
    } else if skip(.power) {
      guard result.spreadKeywords == nil else { throw disordered }
      result.spreadKeywords = try expression()
    } else if case .name(let name) = current.kind, following.kind == .symbol(.assign) {
      guard result.spreadKeywords == nil else { throw disordered }
      guard !result.keywords.contains(where: { $0.name == name }) else {
        throw syntaxError("the keyword \(name.string) is given twice", at: current.at)
      }
      advance()
      advance()
      result.keywords.append(Arguments.Keyword(name: name, value: try expression()))
    } else {
      guard result.spread == nil, result.spreadKeywords == nil, result.keywords.isEmpty else {
        throw disordered
      }
      result.positional.append(try expression())
    }
  }

  /// A name that may contain dots, as filters and tests have.
  @inline(never)
  private mutating func dottedName() throws(TemplateError) -> String {
    var result = try name().string
    while skip(.dot) { result += "." + (try name().string) }
    return result
  }

  /// `value` through one filter after the other; without a value, the text of a block.
  mutating func filterChain(
    of value: Expression?, startsInline: Bool
  ) throws(TemplateError) -> Expression {
    var result = value
    var isInline = startsInline
    repeat {
      if !isInline { try expect(.pipe) }
      isInline = false
      let at = current.at
      let name = try dottedName()
      let arguments = isAt(.leftParenthesis) ? try arguments() : Arguments()
      if let filter = Filter(rawValue: name) {
        result = try make(.filter(result, filter, arguments), at: at)
      } else if Filter.refused.contains(name) {
        throw unsupported("the filter \(name)", at: at)
      } else {
        result = try missing("there is no filter \(name)", at: at)
      }
    } while isAt(.pipe)
    guard let result else { throw expected("a filter") }
    return result
  }

  @inline(never)
  mutating func test(of value: Expression) throws(TemplateError) -> Expression {
    let at = current.at
    advance()
    let isNegated = skip("not")
    let name = try dottedName()
    var arguments = Arguments()
    switch current.kind {
    case .symbol(.leftParenthesis): arguments = try self.arguments()
    case .name("else"), .name("or"), .name("and"): break
    case .name("is"): throw syntaxError("tests cannot be chained", at: current.at)
    case .name, .string, .integer, .double, .symbol(.leftBracket), .symbol(.leftBrace):
      arguments.positional = [try postfixes(of: try primary())]
    default: break
    }
    let result: Expression
    if let test = Test(rawValue: name) {
      result = try make(.test(value, test, arguments), at: at)
    } else {
      result = try missing("there is no test \(name)", at: at)
    }
    return isNegated ? try make(.unary(.not, result), at: at) : result
  }

  /// Stands for a filter or test that does not exist: an error when it is reached, and at once
  /// where nothing guards it.
  @inline(never)
  private mutating func missing(
    _ reason: String, at place: Int
  ) throws(TemplateError) -> Expression {
    if !isGuarded { unknown.append(syntaxError(reason, at: place)) }
    return try make(.missing(reason), at: place)
  }
}
