// The smallest expressions: numbers, letters, groups, commands with arguments.

extension Parser {
  mutating func primary() throws(MathAnswerError) -> Expression {
    var isNegative = false
    while kind == .sign("-") || kind == .sign("+") {
      if kind == .sign("-") { isNegative.toggle() }
      advance()
    }
    if isNegative {
      // -2x² is -(2x²).
      let operand = try nested { parser throws(MathAnswerError) in
        try parser.expression(Binding.sideBySide)
      }
      return operand.negated
    }
    if kind == .command("pm") || kind == .command("mp") {
      let isFlipped = kind == .command("mp")
      advance()
      let operand = try nested { parser throws(MathAnswerError) in
        try parser.expression(Binding.sideBySide)
      }
      let sign: [Expression] = isFlipped ? [.number(-1), .plusMinus] : [.plusMinus]
      return .product(sign + [operand])
    }
    return try nested { parser throws(MathAnswerError) in try parser.plainPrimary() }
  }

  private mutating func plainPrimary() throws(MathAnswerError) -> Expression {
    let token = kind
    switch token {
    case .number(let text):
      advance()
      return try number(text)
    case .letter(let name):
      advance()
      return Self.letter(name)
    case .word(let word): return try self.word(word)
    case .text(let text):
      advance()
      return .symbol(text.lowercased())
    case .sign("("), .sign("["): return try group()
    case .sign("{"): return try braces()
    case .command("{"): return try set()
    case .sign("|"): return try bars()
    case .command(let name): return try command(name)
    default: throw .unparsable("unexpected \(spelled)")
    }
  }

  private static func letter(_ name: String) -> Expression {
    switch name {
    case "e": .euler
    case "i": .imaginary
    default: .symbol(name)
    }
  }

  // MARK: - Numbers and words

  private mutating func number(_ text: String) throws(MathAnswerError) -> Expression {
    let (value, isDecimal) = try numeral(text)
    let number = Expression.number(value, isDecimal: isDecimal)
    guard !isDecimal, value.isInteger else { return number }
    // Mixed numbers: 3\frac{1}{2}, and 3 1/2 with a space.
    if kind == .command("frac") {
      let fraction = try plainPrimary()
      guard case .quotient(.number, .number) = fraction else {
        return .product([number, fraction])
      }
      return .sum([number, fraction])
    }
    if isSpaced, case .number(let above) = self.kind, kind(ahead: 1) == .sign("/"),
      case .number(let below) = kind(ahead: 2)
    {
      for _ in 0..<3 { advance() }
      let (top, bottom) = (try numeral(above), try numeral(below))
      return .sum([
        number,
        .quotient(
          .number(top.value, isDecimal: top.isDecimal),
          .number(bottom.value, isDecimal: bottom.isDecimal)),
      ])
    }
    return number
  }

  /// A run of letters: a function, a constant, or a few unknowns side by side.
  private mutating func word(_ word: String) throws(MathAnswerError) -> Expression {
    switch word {
    case "pi", "Pi", "PI":
      advance()
      return .pi
    case "inf", "infty", "infinity", "Infinity", "oo":
      advance()
      return .infinity
    case "sqrt":
      advance()
      return .root(index: 2, try argument(isWhole: true))
    default: break
    }
    if let function = Function(command: word) {
      advance()
      return try apply(function)
    }
    guard word.unicodeScalars.count <= 3, word.allSatisfy(\.isASCII) else {
      throw .unparsable("the word '\(word.prefix(40))'")
    }
    // The last letter goes on as a token, so that what follows belongs to it alone: ab² is a·b².
    let letters = word.map(String.init)
    replace(.letter(letters[letters.count - 1]))
    let last = try nested { parser throws(MathAnswerError) in
      try parser.expression(Binding.power)
    }
    return .product(letters.dropLast().map(Self.letter) + [last])
  }

  // MARK: - Groups

  /// Round or square brackets: (a), (a, b), [a, b).
  private mutating func group() throws(MathAnswerError) -> Expression {
    let isRound = take(.sign("("))
    if !isRound { advance() }
    let outer = (stopsAtFunctions, stopsAtCondition, openBars)
    (stopsAtFunctions, stopsAtCondition, openBars) = (false, false, 0)
    let elements = try list()
    (stopsAtFunctions, stopsAtCondition, openBars) = outer
    let closesRound = kind == .sign(")")
    guard closesRound || kind == .sign("]") else {
      throw .unparsable("\(spelled) where a bracket closes")
    }
    advance()
    guard let first = elements.first else { throw .unparsable("empty brackets") }
    if closesRound == isRound {
      if elements.count == 1 { return first }
      return .sequence(isRound ? .round : .square, elements)
    }
    guard elements.count == 2 else { throw .unparsable("brackets of two kinds") }
    return .interval(first, elements[1], startIsOpen: isRound, endIsOpen: closesRound)
  }

  /// Braces that are not seen.
  private mutating func braces() throws(MathAnswerError) -> Expression {
    advance()
    let outer = (stopsAtFunctions, stopsAtCondition, openBars)
    (stopsAtFunctions, stopsAtCondition, openBars) = (false, false, 0)
    let elements = try list()
    (stopsAtFunctions, stopsAtCondition, openBars) = outer
    try expect(.sign("}"))
    guard let first = elements.first else {
      guard kind != .end else { throw .empty }
      return try plainPrimary()
    }
    return elements.count == 1 ? first : joined(elements)
  }

  /// A set: its elements, or an unknown and its condition.
  private mutating func set() throws(MathAnswerError) -> Expression {
    advance()
    let outer = (stopsAtFunctions, stopsAtCondition, openBars)
    (stopsAtFunctions, stopsAtCondition, openBars) = (false, true, 0)
    let elements = try list()
    (stopsAtFunctions, stopsAtCondition, openBars) = (false, false, 0)
    if kind == .sign("|") || kind == .sign(":"), elements.count == 1 {
      advance()
      let conditions = try list()
      (stopsAtFunctions, stopsAtCondition, openBars) = outer
      try expect(.command("}"))
      guard let first = conditions.first else { throw .unparsable("a set without a condition") }
      let condition = conditions.count == 1 ? first : joined(conditions)
      switch condition {
      case .relation, .system: return condition
      default: throw .unparsable("a set with a condition of this kind")
      }
    }
    (stopsAtFunctions, stopsAtCondition, openBars) = outer
    try expect(.command("}"))
    return .sequence(.curly, elements)
  }

  private mutating func bars() throws(MathAnswerError) -> Expression {
    guard openBars == 0 else { throw .unparsable("bars within bars") }
    advance()
    let outer = (stopsAtFunctions, stopsAtCondition)
    (stopsAtFunctions, stopsAtCondition) = (false, false)
    openBars += 1
    let inside = try expression(0)
    openBars -= 1
    (stopsAtFunctions, stopsAtCondition) = outer
    try expect(.sign("|"))
    return .function(.magnitude, [inside])
  }

  // MARK: - Commands

  private mutating func command(_ name: String) throws(MathAnswerError) -> Expression {
    advance()
    switch name {
    case "pi": return .pi
    case "infty": return .infinity
    case "emptyset": return .sequence(.curly, [])
    case "frac":
      let above = try argument()
      return .quotient(above, try argument())
    case "binom":
      let above = try argument()
      return .function(.binomial, [above, try argument()])
    case "sqrt": return try root()
    case "usqrt": return .root(index: 2, try argument(isWhole: true))
    case "lfloor", "lceil":
      let inside = try expression(0)
      try expect(.command(name == "lfloor" ? "rfloor" : "rceil"))
      return .function(name == "lfloor" ? .floor : .ceiling, [inside])
    case "overline", "vec", "hat": return try argument()
    case "mathbb:R": return .reals
    case let set where set.hasPrefix("mathbb:"): return .namedSet(String(set.dropFirst(7)))
    case let kind where kind.hasPrefix("begin:"): return try matrix(String(kind.dropFirst(6)))
    default:
      guard let function = Function(command: name) else {
        throw .unparsable("the command \\\(name.prefix(40))")
      }
      return try apply(function)
    }
  }

  /// The argument of a command: a group, or the next digit or letter.
  mutating func argument(isWhole: Bool = false) throws(MathAnswerError) -> Expression {
    if !isWhole, case .number(let text) = kind, text.utf8.count > 1,
      text.utf8.allSatisfy({ $0 >= 48 && $0 <= 57 })
    {
      replace(.number(String(text.dropFirst())))
      return .number(Int(text.prefix(1)) ?? 0)
    }
    if case .number(let text) = kind {
      advance()
      let (value, isDecimal) = try numeral(text)
      return .number(value, isDecimal: isDecimal)
    }
    return try nested { parser throws(MathAnswerError) in try parser.plainPrimary() }
  }

  private mutating func root() throws(MathAnswerError) -> Expression {
    guard take(.sign("[")) else { return .root(index: 2, try argument()) }
    if case .number(let text) = kind, let index = Int(text) {
      advance()
      try expect(.sign("]"))
      return .root(index: index, try argument())
    }
    let index = try nested { parser throws(MathAnswerError) in try parser.expression(0) }
    try expect(.sign("]"))
    return .power(try argument(), .quotient(.number(1), index))
  }

  /// A function and what it is applied to: sin²x, log_2 8, gcd(4, 6).
  private mutating func apply(_ function: Function) throws(MathAnswerError) -> Expression {
    var function = function
    var base: Expression?
    var power: Expression?
    while true {
      if take(.sign("_")) {
        base = try argument()
      } else if take(.sign("^")) {
        let isNegative = take(.sign("-"))
        let exponent = try argument()
        power = isNegative ? exponent.negated : exponent
      } else {
        break
      }
    }
    if power == .number(-1) {
      let inverse: [Function: Function] = [
        .sine: .arcsine, .cosine: .arccosine, .tangent: .arctangent,
      ]
      guard let other = inverse[function] else { throw .unparsable("an inverse of this kind") }
      (function, power) = (other, nil)
    }
    var arguments = try functionArguments()
    if let base {
      guard function == .decimalLogarithm, arguments.count == 1 else {
        throw .unparsable("an index at a function")
      }
      arguments = [arguments[0], base]
    }
    let value = Expression.function(function, arguments)
    guard let power else { return value }
    return try wrapped(.power(value, power))
  }

  private mutating func functionArguments() throws(MathAnswerError) -> [Expression] {
    if [.sign("("), .sign("["), .sign("{"), .sign("|")].contains(kind) {
      let group = try nested { parser throws(MathAnswerError) in try parser.plainPrimary() }
      if case .sequence(_, let elements) = group { return elements }
      return [group]
    }
    let outer = stopsAtFunctions
    stopsAtFunctions = true
    let argument = try nested { parser throws(MathAnswerError) in
      try parser.expression(Binding.sideBySide)
    }
    stopsAtFunctions = outer
    return [argument]
  }

  private mutating func matrix(_ kind: String) throws(MathAnswerError) -> Expression {
    if kind == "cases" { return try cases() }
    guard
      ["matrix", "pmatrix", "bmatrix", "vmatrix", "Bmatrix", "array", "smallmatrix"]
        .contains(kind)
    else { throw .unparsable("the environment \(kind.prefix(40))") }
    var rows: [[Expression]] = [[]]
    var count = 0
    while true {
      if take(.command("end:\(kind)")) { break }
      if take(.rowEnd) {
        rows.append([])
      } else if take(.sign("&")) {
        continue
      } else {
        rows[rows.count - 1].append(try expression(0))
        count += 1
      }
      guard count <= Limits.elements, rows.count <= Limits.elements else {
        throw .tooLarge("a matrix of more than \(Limits.elements) entries")
      }
    }
    rows.removeAll(where: \.isEmpty)
    guard let width = rows.first?.count, rows.allSatisfy({ $0.count == width }) else {
      throw .unparsable("a matrix with rows of different lengths")
    }
    return .matrix(rows, isDeterminant: kind == "vmatrix")
  }
}
