// The third pass: tokens to a tree, by precedence climbing.
//
//     list       relations between , ; and or
//     relation   sums between = < > ≤ ≥ ≠ ∈
//     sum        products between + - ±, and sets between ∪ ∩ \
//     product    factors between · / and side by side; side by side binds more tightly
//     factor     powers, factorials, percent and degrees behind a primary

/// Reads tokens.
struct Parser {
  private var tokens: [Token]
  private(set) var place = 0
  private var depth = 0
  private var wraps = 0
  private var bits = 0
  /// Whether a colon or a bar ends the expression, as it does before the condition of a set.
  var stopsAtCondition = false
  /// How many absolute values are open: a bar closes the last of them.
  var openBars = 0
  /// How the elements of the last list were put together.
  var joint = Joint.unsaid
  /// Whether a function's name ends the expression: sin x cos x is a product.
  var stopsAtFunctions = false

  /// Reads a whole answer.
  static func expression(_ tokens: [Token]) throws(MathAnswerError) -> Expression {
    var parser = Parser(tokens: tokens)
    let elements = try parser.list()
    guard parser.kind == .end else { throw .unparsable("unexpected \(parser.spelled)") }
    guard let first = elements.first else { throw .empty }
    return elements.count == 1 ? first : parser.joined(elements)
  }

  private init(tokens: [Token]) { self.tokens = tokens }

  // MARK: - Tokens

  var kind: Token.Kind { place < tokens.count ? tokens[place].kind : .end }
  var isSpaced: Bool { place < tokens.count && tokens[place].isSpaced }

  func kind(ahead: Int) -> Token.Kind {
    place + ahead < tokens.count ? tokens[place + ahead].kind : .end
  }

  mutating func advance() { place += 1 }

  mutating func take(_ kind: Token.Kind) -> Bool {
    guard self.kind == kind else { return false }
    place += 1
    return true
  }

  mutating func expect(_ kind: Token.Kind) throws(MathAnswerError) {
    guard take(kind) else { throw .unparsable("\(spelled) where something else belongs") }
  }

  /// Puts another token in the place of the next one.
  mutating func replace(_ kind: Token.Kind) { tokens[place].kind = kind }

  /// The next token in words.
  var spelled: String {
    switch kind {
    case .number(let text), .letter(let text), .word(let text): "'\(text.prefix(20))'"
    case .text(let text): "the words '\(text.prefix(20))'"
    case .command(let name): "\\\(name.prefix(20))"
    case .sign(let sign): "'\(sign)'"
    case .rowEnd: "the end of a row"
    case .end: "the end"
    }
  }

  // MARK: - Bounds

  /// Reads one level deeper.
  mutating func nested<Result>(
    _ body: (inout Parser) throws(MathAnswerError) -> Result
  ) throws(MathAnswerError) -> Result {
    depth += 1
    guard depth <= Limits.nesting else {
      throw .tooLarge("nested more than \(Limits.nesting) deep")
    }
    let result = try body(&self)
    depth -= 1
    return result
  }

  /// Counts what is put around an expression that has been read.
  mutating func wrapped(_ expression: Expression) throws(MathAnswerError) -> Expression {
    wraps += 1
    guard wraps <= Limits.nesting else {
      throw .tooLarge("more than \(Limits.nesting) powers, factorials and the like")
    }
    return expression
  }

  /// The value of a numeral, if all numerals together are not too long.
  mutating func numeral(
    _ text: String
  ) throws(MathAnswerError) -> (value: Rational, isDecimal: Bool) {
    let number = try NumberText.value(of: text)
    bits += number.value.bits
    guard bits <= 4 * Limits.bits else {
      throw .tooLarge("numbers of more than \(Limits.bits) digits altogether")
    }
    return number
  }

  func checked(_ elements: [Expression]) throws(MathAnswerError) -> [Expression] {
    guard elements.count <= Limits.elements else {
      throw .tooLarge("more than \(Limits.elements) elements")
    }
    return elements
  }

  // MARK: - Relations

  var relationSign: Relation? {
    switch kind {
    case .sign("="), .command("approx"), .command("equiv"): .equal
    case .sign("<"): .less
    case .sign(">"): .greater
    case .command("le"): .lessOrEqual
    case .command("ge"): .greaterOrEqual
    case .command("ne"): .unequal
    case .command("in"): .member
    default: nil
    }
  }

  // MARK: - Sums and products

  /// What an operator binds, the tighter the larger.
  enum Binding {
    static let sum = 10
    static let product = 20
    static let sideBySide = 30
    static let power = 40
  }

  /// An expression of operators that bind at least so tightly.
  mutating func expression(_ least: Int) throws(MathAnswerError) -> Expression {
    var left = try primary()
    left = try postfix(left)
    if least <= Binding.sideBySide { left = try sideBySide(left) }
    if least <= Binding.product { left = try product(left) }
    if least <= Binding.sum { left = try sum(left) }
    return left
  }

  private mutating func sum(_ first: Expression) throws(MathAnswerError) -> Expression {
    var terms = [first]
    while true {
      let operation = kind
      switch operation {
      case .sign("+"), .sign("-"), .command("pm"), .command("mp"):
        advance()
        let term = try expression(Binding.product)
        switch operation {
        case .sign("+"): terms.append(term)
        case .sign("-"): terms.append(term.negated)
        case .command("pm"): terms.append(.product([.plusMinus, term]))
        default: terms.append(.product([.number(-1), .plusMinus, term]))
        }
      case .command("cup"), .command("cap"), .command("setminus"):
        let left: Expression = terms.count == 1 ? terms[0] : .sum(terms)
        terms = [try region(left)]
      default:
        return terms.count == 1 ? terms[0] : .sum(try checked(terms))
      }
    }
  }

  /// A chain of one operation on sets; a change of the operation begins another.
  private mutating func region(_ first: Expression) throws(MathAnswerError) -> Expression {
    let sign = kind
    var parts = [first]
    while take(sign) { parts.append(try expression(Binding.product)) }
    let operation: RegionOperation =
      switch sign {
      case .command("cup"): .union
      case .command("cap"): .intersection
      default: .difference
      }
    return try wrapped(.region(operation, try checked(parts)))
  }

  private mutating func product(_ first: Expression) throws(MathAnswerError) -> Expression {
    var factors = [first]
    var isDivided = false
    while true {
      if take(.sign("*")) {
        factors.append(try expression(Binding.sideBySide))
      } else if kind == .sign(":"), !stopsAtCondition, factors.count == 1, !isDivided {
        return try ratio(factors[0])
      } else if take(.sign("/")) {
        let divisor = try expression(Binding.sideBySide)
        if factors.count == 1, !isDivided {
          factors[0] = .quotient(factors[0], divisor)
        } else {
          factors.append(.quotient(.number(1), divisor))
        }
        isDivided = true
      } else {
        return factors.count == 1 ? factors[0] : .product(try checked(factors))
      }
    }
  }

  /// 1:2 is a quotient; more parts are compared as multiples of the first.
  private mutating func ratio(_ first: Expression) throws(MathAnswerError) -> Expression {
    var parts = [first]
    var isClock = false
    while take(.sign(":")) {
      // 4:30 is a time of the day, and 2:3 is none.
      if parts.count == 1, case .number(let minutes) = kind, minutes.utf8.count == 2,
        minutes < "60", case .number(let hours, false) = first, hours.isInteger
      {
        isClock = hours < Rational(25)
      }
      parts.append(try expression(Binding.sideBySide))
    }
    return .ratio(try checked(parts), isClock: isClock && parts.count == 2)
  }

  private mutating func sideBySide(_ first: Expression) throws(MathAnswerError) -> Expression {
    var factors = [first]
    while startsFactor {
      if case .number = kind, case .number = factors[factors.count - 1] {
        throw .unparsable("two numbers side by side")
      }
      if kind == .sign("("), let call = try application(of: factors[factors.count - 1]) {
        factors[factors.count - 1] = try postfix(call)
      } else {
        factors.append(try postfix(try primary()))
      }
    }
    return factors.count == 1 ? factors[0] : .product(try checked(factors))
  }

  /// Whether the next token begins a factor that needs no sign before it.
  private var startsFactor: Bool {
    switch kind {
    case .number, .letter, .text, .sign("("), .sign("{"), .sign("["): true
    case .word(let word):
      !["and", "or", "and/or"].contains(word)
        && !(stopsAtFunctions && Function(command: word) != nil)
    case .sign("|"): openBars == 0 && !stopsAtCondition
    case .command(let name):
      [
        "frac", "sqrt", "usqrt", "pi", "infty", "binom", "lfloor", "lceil", "overline", "vec",
        "hat",
      ]
      .contains(name) || name.hasPrefix("begin:")
        || (!stopsAtFunctions && Function(command: name) != nil)
    default: false
    }
  }

  // MARK: - Behind a primary

  private mutating func postfix(_ first: Expression) throws(MathAnswerError) -> Expression {
    var base = first
    while true {
      switch kind {
      case .sign("!"):
        advance()
        base = try wrapped(.function(.factorial, [base]))
      case .sign("%"), .command("%"):
        advance()
        base = try wrapped(.percent(base))
      case .command("circ"):
        advance()
        if case .symbol(let name) = base, case .letter(let inner) = kind {
          // f ∘ g is neither f·g nor g·f.
          advance()
          base = .symbol("\(name)∘\(inner)")
        } else {
          base = try wrapped(.degrees(base))
        }
      case .sign("'"):
        advance()
        guard case .symbol(let name) = base else { throw .unparsable("a prime behind no letter") }
        base = .symbol(name + "'")
      case .sign("_"):
        advance()
        guard case .symbol(let name) = base else { throw .unparsable("an index behind no letter") }
        base = .symbol(name + "_" + (try index()))
      case .sign("^"):
        advance()
        base = try raised(base)
      default: return base
      }
    }
  }

  private mutating func raised(_ base: Expression) throws(MathAnswerError) -> Expression {
    let isBraced = kind == .sign("{") && kind(ahead: 2) == .sign("}")
    if kind == .command("circ") || (isBraced && kind(ahead: 1) == .command("circ")) {
      place += isBraced ? 3 : 1
      return try wrapped(.degrees(base))
    }
    let exponent = try nested { parser throws(MathAnswerError) in try parser.exponent() }
    if case .symbol(let name) = base, kind == .sign("("), ["f", "g"].contains(name.prefix(1)),
      Self.isFunctionName(name)
    {
      // f^{-1}(x) is the inverse function, f^2(x) f twice.
      return .symbol("\(name)^\(Self.spelled(exponent))")
    }
    if case .symbol(let name) = base, name.hasPrefix("C_"), let below = Int(name.dropFirst(2)) {
      return .function(.binomial, [.number(below), exponent])
    }
    return try wrapped(.power(base, exponent))
  }

  private mutating func exponent() throws(MathAnswerError) -> Expression {
    var isNegative = false
    while true {
      if take(.sign("-")) {
        isNegative.toggle()
      } else if !take(.sign("+")) {
        break
      }
    }
    let exponent = try postfix(try primary())
    return isNegative ? exponent.negated : exponent
  }

  /// What stands after _, as a name.
  private mutating func index() throws(MathAnswerError) -> String {
    var result = ""
    let isBraced = take(.sign("{"))
    repeat {
      switch kind {
      case .number(let text), .letter(let text), .word(let text), .text(let text): result += text
      case .sign(let sign) where isBraced && "+-,*".unicodeScalars.contains(sign):
        result += String(sign)
      default: throw .unparsable("\(spelled) in an index")
      }
      advance()
    } while isBraced && kind != .sign("}")
    if isBraced { try expect(.sign("}")) }
    return result
  }
}
