// f(x) and n(n + 1) look alike. A letter that usually names a function is one; any letter is where
// nobody would write a product: before a number, as in y(0), or before several arguments.

extension Parser {
  /// Letters that name functions, and never stand before brackets as factors.
  private static let always: Set<String> = ["f", "g", "F", "G", "P"]
  /// Letters that name functions of a letter; before a sum they are heights and chances.
  private static let ofLetters: Set<String> = ["h", "H", "p", "q", "Q", "u", "v", "w", "y"]

  /// Whether a name, with its primes and indices, is one of a function.
  static func isFunctionName(_ name: String) -> Bool {
    always.contains(String(name.prefix(1))) && !(name.dropFirst().first?.isLetter ?? false)
      || name.contains("∘")
  }

  /// A function at what stands in the brackets that follow; nothing where it is a product.
  mutating func application(of name: Expression) throws(MathAnswerError) -> Expression? {
    guard case .symbol(let name) = name else { return nil }
    let isFunction = Self.isFunctionName(name)
    guard isFunction || takesOnly(ofLetters: Self.ofLetters.contains(String(name.prefix(1)))) else {
      return nil
    }
    advance()
    let outer = (stopsAtFunctions, stopsAtCondition, openBars)
    // P(A | B)
    let isChance = name == "P"
    (stopsAtFunctions, stopsAtCondition, openBars) = (false, isChance, 0)
    var arguments = try nested { parser throws(MathAnswerError) in try parser.list() }
    if isChance, take(.sign("|")) {
      arguments.append(.symbol("|"))
      arguments += try nested { parser throws(MathAnswerError) in try parser.list() }
    }
    (stopsAtFunctions, stopsAtCondition, openBars) = outer
    try expect(.sign(")"))
    guard !arguments.isEmpty else { throw .unparsable("empty brackets") }
    if name == "C", arguments.count == 2 { return .function(.binomial, arguments) }
    return try wrapped(.application(name, arguments))
  }

  /// Whether the brackets hold a number, or several arguments; a single letter where that is enough.
  private func takesOnly(ofLetters: Bool) -> Bool {
    switch (kind(ahead: 1), kind(ahead: 2)) {
    case (.number, .sign(")")), (.number, .sign(",")), (.letter, .sign(",")): true
    case (.letter, .sign(")")): ofLetters
    default: false
    }
  }

  /// An exponent as a part of a name.
  static func spelled(_ exponent: Expression) -> String {
    switch exponent {
    case .number(let value, _): "\(value.numerator)/\(value.denominator)"
    case .symbol(let name): name
    default: "\(exponent)"
    }
  }
}

extension Expression {
  /// What a relation is about.
  var leftSide: Expression? {
    if case .relation(let sides, _) = self { sides[0] } else { nil }
  }

  /// Whether it says more, or less, than that two things are equal.
  var isInequality: Bool {
    guard case .relation(_, let signs) = self else { return false }
    return signs.contains { $0 != .equal && $0 != .member }
  }
}

extension Parser {
  /// The rows of `cases`: equations that hold together, or values and their conditions.
  mutating func cases() throws(MathAnswerError) -> Expression {
    var rows: [Expression] = []
    while !take(.command("end:cases")) {
      if take(.rowEnd) { continue }
      var cells: [Expression] = []
      repeat {
        while case .text(let text) = kind, Self.conditionWords.contains(text.lowercased()) {
          advance()
        }
        while kind == .sign(",") { advance() }
        guard kind != .rowEnd, kind != .command("end:cases") else { break }
        cells.append(try relation())
        while kind == .sign(",") { advance() }
      } while take(.sign("&"))
      guard let first = cells.first, rows.count < Limits.elements else {
        throw .unparsable("a case without a value")
      }
      rows.append(cells.count == 1 ? first : .sequence(.round, cells))
    }
    guard !rows.isEmpty else { throw .empty }
    joint = .all
    if rows.allSatisfy({ if case .relation = $0 { true } else { false } }) { return joined(rows) }
    return .sequence(.curly, rows)
  }

  private static let conditionWords: Set<String> = [
    "if", "for", "when", "where", "otherwise", "and",
  ]
}
