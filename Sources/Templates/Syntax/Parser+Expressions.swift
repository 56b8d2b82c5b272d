// Expressions, by climbing precedences: or, and, not, comparisons, + and -, ~, * and its kin, **.

extension Parser {
  static let constants: [Text: Literal] = [
    "true": .bool(true), "True": .bool(true), "false": .bool(false), "False": .bool(false),
    "none": .none, "None": .none,
  ]

  var isAtTupleEnd: Bool {
    switch current.kind {
    case .variableEnd, .blockEnd, .symbol(.rightParenthesis): true
    default: false
    }
  }

  /// One expression, or several with commas between them.
  mutating func tuple(
    allowsConditional: Bool = true, isInParentheses: Bool = false
  ) throws(TemplateError) -> Expression {
    let at = current.at
    var items: [Expression] = []
    var isTuple = false
    while true {
      if isAtTupleEnd { break }
      items.append(try expression(allowsConditional: allowsConditional))
      guard skip(.comma) else { break }
      isTuple = true
    }
    if let only = items.first, !isTuple { return only }
    if items.isEmpty && !isInParentheses { throw expected("an expression") }
    return try make(.tuple(items), at: at)
  }

  mutating func expression(allowsConditional: Bool = true) throws(TemplateError) -> Expression {
    try descend()
    defer { rise() }
    let unknownBefore = unknown.count
    var value = try operators(.or)
    guard allowsConditional, isAt("if") else { return value }
    unknown.removeSubrange(unknownBefore...)
    let outside = isGuarded
    isGuarded = true
    defer { isGuarded = outside }
    while skip("if") {
      let test = try operators(.or)
      let otherwise = skip("else") ? try expression() : nil
      value = try make(.conditional(test, then: value, otherwise: otherwise), at: value.at)
    }
    return value
  }

  /// How tightly an operator binds.
  private enum Precedence: Int {
    case or, and, not, comparison, sum, concatenation, product, power, unary

    var next: Precedence { Precedence(rawValue: rawValue + 1) ?? .unary }
  }

  private enum InfixOperator {
    case or, and, concatenation
    case comparison(Comparison, words: Int)
    case arithmetic(Binary)
  }

  /// The operator at the current token.
  private var infixOperator: (Precedence, InfixOperator)? {
    switch current.kind {
    case .name("or"): (.or, .or)
    case .name("and"): (.and, .and)
    case .name("in"): (.comparison, .comparison(.contained, words: 1))
    case .name("not"):
      following.kind == .name("in") ? (.comparison, .comparison(.notContained, words: 2)) : nil
    case .symbol(let symbol):
      switch symbol {
      case .equal: (.comparison, .comparison(.equal, words: 1))
      case .notEqual: (.comparison, .comparison(.notEqual, words: 1))
      case .less: (.comparison, .comparison(.less, words: 1))
      case .lessOrEqual: (.comparison, .comparison(.lessOrEqual, words: 1))
      case .greater: (.comparison, .comparison(.greater, words: 1))
      case .greaterOrEqual: (.comparison, .comparison(.greaterOrEqual, words: 1))
      case .add: (.sum, .arithmetic(.add))
      case .subtract: (.sum, .arithmetic(.subtract))
      case .tilde: (.concatenation, .concatenation)
      case .multiply: (.product, .arithmetic(.multiply))
      case .divide: (.product, .arithmetic(.divide))
      case .floorDivide: (.product, .arithmetic(.floorDivide))
      case .remainder: (.product, .arithmetic(.remainder))
      case .power: (.power, .arithmetic(.power))
      default: nil
      }
    default: nil
    }
  }

  @inline(never)
  private mutating func operators(_ minimum: Precedence) throws(TemplateError) -> Expression {
    let at = current.at
    var left: Expression
    if minimum.rawValue <= Precedence.not.rawValue && skip("not") {
      try descend()
      defer { rise() }
      left = try make(.unary(.not, try operators(.not)), at: at)
    } else {
      left = try unary(allowsFilters: true)
    }
    while let (precedence, infix) = infixOperator, precedence.rawValue >= minimum.rawValue {
      switch infix {
      case .or:
        advance()
        left = try make(.either(left, try operators(precedence.next)), at: at)
      case .and:
        advance()
        left = try make(.both(left, try operators(precedence.next)), at: at)
      case .concatenation: left = try concatenation(from: left)
      case .comparison: left = try comparison(from: left)
      case .arithmetic(let binary):
        advance()
        left = try make(.binary(binary, left, try operators(precedence.next)), at: at)
      }
    }
    return left
  }

  @inline(never)
  private mutating func concatenation(from first: Expression) throws(TemplateError) -> Expression {
    var parts = [first]
    while skip(.tilde) { parts.append(try operators(.product)) }
    return try make(.concatenation(parts), at: first.at)
  }

  @inline(never)
  private mutating func comparison(from first: Expression) throws(TemplateError) -> Expression {
    var operands: [Operand] = []
    while case .comparison(let comparison, let words)? = infixOperator?.1 {
      for _ in 0..<words { advance() }
      operands.append(Operand(comparison: comparison, value: try operators(.sum)))
    }
    return try make(.comparison(first, operands), at: first.at)
  }

  @inline(never)
  private mutating func unary(allowsFilters: Bool) throws(TemplateError) -> Expression {
    let at = current.at
    var value: Expression
    if isAt(.subtract) || isAt(.add) {
      let sign = isAt(.subtract) ? Unary.minus : .plus
      advance()
      try descend()
      defer { rise() }
      value = try make(.unary(sign, try unary(allowsFilters: false)), at: at)
    } else {
      value = try primary()
    }
    value = try postfixes(of: value)
    return allowsFilters ? try filtersAndTests(of: value) : value
  }

  @inline(never)
  mutating func primary() throws(TemplateError) -> Expression {
    let at = current.at
    switch current.kind {
    case .name(let name):
      advance()
      if let literal = Self.constants[name] { return try make(.literal(literal), at: at) }
      let id = id(of: name)
      if !namesRead.isEmpty { namesRead[namesRead.count - 1].insert(id) }
      return try make(.name(id), at: at)
    case .string(var text):
      advance()
      while case .string(let more) = current.kind {
        text.bytes += more.bytes
        advance()
      }
      return try make(.literal(.string(text)), at: at)
    case .integer(let integer):
      advance()
      return try make(.literal(.int(integer)), at: at)
    case .double(let double):
      advance()
      return try make(.literal(.double(double)), at: at)
    case .symbol(.leftParenthesis):
      advance()
      let value = try tuple(isInParentheses: true)
      try expect(.rightParenthesis)
      return value
    case .symbol(.leftBracket): return try list()
    case .symbol(.leftBrace): return try mapping()
    default: throw syntaxError("\(current.shown) is unexpected", at: at)
    }
  }

  @inline(never)
  private mutating func list() throws(TemplateError) -> Expression {
    let at = current.at
    advance()
    var items: [Expression] = []
    while !isAt(.rightBracket) {
      if !items.isEmpty {
        try expect(.comma)
        if isAt(.rightBracket) { break }
      }
      items.append(try expression())
    }
    advance()
    return try make(.list(items), at: at)
  }

  @inline(never)
  private mutating func mapping() throws(TemplateError) -> Expression {
    let at = current.at
    advance()
    var members: [MappingMember] = []
    while !isAt(.rightBrace) {
      if !members.isEmpty {
        try expect(.comma)
        if isAt(.rightBrace) { break }
      }
      let key = try expression()
      try expect(.colon)
      members.append(MappingMember(key: key, value: try expression()))
    }
    advance()
    return try make(.mapping(members), at: at)
  }

  // MARK: What follows a value

  @inline(never)
  mutating func postfixes(of value: Expression) throws(TemplateError) -> Expression {
    var value = value
    while true {
      switch current.kind {
      case .symbol(.dot): value = try attribute(of: value)
      case .symbol(.leftBracket): value = try subscripted(value)
      case .symbol(.leftParenthesis): value = try call(of: value)
      default: return value
      }
    }
  }

  @inline(never)
  private mutating func filtersAndTests(of value: Expression) throws(TemplateError) -> Expression {
    var value = value
    while true {
      switch current.kind {
      case .symbol(.pipe): value = try filterChain(of: value, startsInline: false)
      case .name("is"): value = try test(of: value)
      case .symbol(.leftParenthesis): value = try call(of: value)
      default: return value
      }
    }
  }

  @inline(never)
  private mutating func attribute(of value: Expression) throws(TemplateError) -> Expression {
    let at = current.at
    advance()
    let token = current
    advance()
    switch token.kind {
    case .name(let name): return try make(.attribute(value, name), at: at)
    case .integer(let index):
      return try make(.item(value, try make(.literal(.int(index)), at: token.at)), at: at)
    default: throw syntaxError("a name or a number is expected after the dot", at: token.at)
    }
  }

  @inline(never)
  private mutating func subscripted(_ value: Expression) throws(TemplateError) -> Expression {
    let at = current.at
    advance()
    var items: [Expression] = []
    var bounds: SliceBounds?
    while !isAt(.rightBracket) {
      if !items.isEmpty || bounds != nil { try expect(.comma) }
      let start = isAt(.colon) ? nil : try expression()
      if isAt(.colon) {
        guard items.isEmpty && bounds == nil else {
          throw syntaxError("a slice stands alone", at: at)
        }
        bounds = try slice(from: start)
      } else if let start {
        items.append(start)
      }
    }
    advance()
    if let bounds {
      guard items.isEmpty else { throw syntaxError("a slice stands alone", at: at) }
      return try make(.slice(value, bounds), at: at)
    }
    if let only = items.first, items.count == 1 { return try make(.item(value, only), at: at) }
    return try make(.item(value, try make(.tuple(items), at: at)), at: at)
  }

  @inline(never)
  private mutating func slice(from start: Expression?) throws(TemplateError) -> SliceBounds {
    var bounds = SliceBounds(start: start)
    advance()
    if !isAt(.colon) && !isAt(.rightBracket) && !isAt(.comma) { bounds.stop = try expression() }
    if skip(.colon), !isAt(.rightBracket) && !isAt(.comma) { bounds.step = try expression() }
    return bounds
  }

  @inline(never)
  private mutating func call(of value: Expression) throws(TemplateError) -> Expression {
    let at = current.at
    return try make(.call(value, try arguments()), at: at)
  }
}
