// Turns tokens into the tree, by the grammar of Jinja's own parser. This file holds what all rules
// share: looking at tokens, counting depth, numbering names.

/// Reads one template.
struct Parser {
  /// Deeper nesting of statements and brackets is refused, and so are higher expressions.
  static let deepest = 200

  let source: Source
  private let tokens: [Token]
  private var place = 0
  private var depth = 0
  private let stack = StackGuard()

  /// The numbers of the names, and the names by number.
  private var ids: [Text: Int] = [:]
  private(set) var names: [Text] = []
  /// The names read inside each macro that is open, for its special names.
  var namesRead: [Set<Int>] = []
  /// The loops open in this macro, for `break`, and in all, for the name `loop`.
  var openLoops = 0
  var openLoopsInAll = 0
  /// Whether what is read may never be reached, so that an unknown filter waits for its turn.
  var isGuarded = false
  /// Whether a generation block was met.
  var hasGenerations = false
  /// Unknown filters and tests that stand where they are always reached.
  var unknown: [TemplateError] = []

  init(_ source: Source) throws(TemplateError) {
    self.source = source
    tokens = try Lexer.tokens(of: source)
  }

  /// The statements of the whole template.
  mutating func template() throws(TemplateError) -> [Statement] {
    let body = try statements(until: [])
    if let first = unknown.first { throw first }
    return body
  }

  // MARK: Tokens

  var current: Token { tokens[place] }
  var following: Token { tokens[min(place + 1, tokens.count - 1)] }

  mutating func advance() {
    if place < tokens.count - 1 { place += 1 }
  }

  func isAt(_ symbol: Symbol) -> Bool { current.kind == .symbol(symbol) }
  func isAt(_ word: Text) -> Bool { current.kind == .name(word) }

  mutating func skip(_ symbol: Symbol) -> Bool {
    guard isAt(symbol) else { return false }
    advance()
    return true
  }

  mutating func skip(_ word: Text) -> Bool {
    guard isAt(word) else { return false }
    advance()
    return true
  }

  mutating func expect(_ symbol: Symbol) throws(TemplateError) {
    guard skip(symbol) else { throw expected(symbol.rawValue) }
  }

  mutating func expect(_ word: Text) throws(TemplateError) {
    guard skip(word) else { throw expected(word.string) }
  }

  mutating func expect(_ kind: Token.Kind) throws(TemplateError) {
    guard current.kind == kind else { throw expected(Token(kind: kind, at: 0).shown) }
    advance()
  }

  mutating func name() throws(TemplateError) -> Text {
    guard case .name(let name) = current.kind else { throw expected("a name") }
    advance()
    return name
  }

  // MARK: Errors, depth and names

  func expected(_ what: String) -> TemplateError {
    syntaxError("\(what) is expected, not \(current.shown)", at: current.at)
  }

  func syntaxError(_ reason: String, at place: Int) -> TemplateError {
    source.error(.syntax, reason, at: place)
  }

  func unsupported(_ what: String, at place: Int) -> TemplateError {
    source.error(.unsupported, what, at: place)
  }

  /// Goes one level down; the caller comes up again with `rise`.
  mutating func descend() throws(TemplateError) {
    depth += 1
    if depth > Self.deepest || stack.isSpent { throw tooDeep(at: current.at) }
  }

  mutating func rise() { depth -= 1 }

  private func tooDeep(at place: Int) -> TemplateError {
    source.error(.limit, "statements or expressions nested too deeply", at: place)
  }

  /// An expression, unless it is too high.
  func make(_ form: Expression.Form, at place: Int) throws(TemplateError) -> Expression {
    let expression = Expression(form, at: place)
    guard expression.height <= Self.deepest else { throw tooDeep(at: place) }
    return expression
  }

  mutating func id(of name: Text) -> Int {
    if let id = ids[name] { return id }
    ids[name] = names.count
    names.append(name)
    return names.count - 1
  }
}
