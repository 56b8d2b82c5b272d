// Quantities put into plain numbers before the parser reads them: 6 million, 2 hours 30 minutes,
// 63° 45', 9 (apples), 80 \frac{km}{h}, 2 to 1. A pass over tokens each; nothing is looked at twice.

/// Rewrites tokens of quantities.
enum Quantities {
  /// The tokens with magnitudes and sums of quantities as calculations.
  static func plain(_ tokens: [Token]) -> [Token] {
    var result = feet(withoutUnitFractions(splitTexts(withoutBraces(tokens))))
    result = magnified(result)
    result = sexagesimal(result)
    return compound(result)
  }

  /// `9 (apples)` without its brackets, where only words stand in them.
  static func withoutBrackets(_ tokens: [Token]) -> [Token] {
    guard tokens.last?.kind == .sign(")"),
      let open = tokens.lastIndex(where: { $0.kind == .sign("(") }), open > 0
    else { return tokens }
    let inside = tokens[(open + 1)..<(tokens.count - 1)]
    guard !inside.isEmpty, inside.allSatisfy({ longWord($0.kind) != nil }) else { return tokens }
    return Array(tokens[..<open]) + inside.map(spaced)
  }

  /// Tokens without braces around all of them, as `\\text{4:30 p.m.}` leaves them.
  private static func withoutBraces(_ tokens: [Token]) -> [Token] {
    guard tokens.count > 2, tokens[0].kind == .sign("{"), tokens.last?.kind == .sign("}") else {
      return tokens
    }
    let inside = tokens.dropFirst().dropLast()
    let hasOthers = inside.contains { $0.kind == .sign("{") || $0.kind == .sign("}") }
    return hasOthers ? tokens : Array(inside)
  }

  /// A word of several letters, or a text.
  private static func longWord(_ kind: Token.Kind) -> String? {
    switch kind {
    case .text(let text): text
    case .word(let word) where word.count >= 4: word
    default: nil
    }
  }

  private static func word(_ kind: Token.Kind) -> String? {
    switch kind {
    case .text(let word), .word(let word), .letter(let word): word.lowercased()
    default: nil
    }
  }

  private static func isNumber(_ kind: Token.Kind) -> Bool {
    if case .number = kind { true } else { false }
  }

  private static func token(_ kind: Token.Kind) -> Token { Token(kind: kind, isSpaced: true) }

  private static func number(_ value: Rational) -> [Token] {
    let above = token(.number(String(value.numerator)))
    if value.isInteger { return [above] }
    return [
      token(.sign("(")), above, token(.sign("/")), token(.number(String(value.denominator))),
      token(.sign(")")),
    ]
  }

  // MARK: - Passes

  /// Texts of several words behind a number word by word, and "to" between two numbers as a ratio.
  private static func splitTexts(_ tokens: [Token]) -> [Token] {
    var result: [Token] = []
    for (place, next) in tokens.enumerated() {
      let isBehind = result.last.map { isNumber($0.kind) } ?? false
      let isBefore = place + 1 < tokens.count && isNumber(tokens[place + 1].kind)
      if word(next.kind) == "cent", result.count > 1, word(result[result.count - 1].kind) == "per",
        isNumber(result[result.count - 2].kind)
      {
        result[result.count - 1] = token(.sign("%"))
      } else if isBehind, isBefore, word(next.kind) == "to" {
        result.append(token(.sign(":")))
      } else if isBehind, case .text(let text) = next.kind, text.contains(" ") {
        result += text.split(separator: " ").map { word in
          token(["and", "or"].contains(word) ? .word(String(word)) : .text(String(word)))
        }
      } else {
        result.append(next)
      }
    }
    return result
  }

  private static let magnitudes = [
    "hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12,
  ]

  /// Six million as a product.
  private static func magnified(_ tokens: [Token]) -> [Token] {
    var result: [Token] = []
    for next in tokens {
      guard let last = result.last, isNumber(last.kind), let word = word(next.kind) else {
        result.append(next)
        continue
      }
      var digits = magnitudes[word].map { "1" + String(repeating: "0", count: $0) }
      if word == "dozen" { digits = "12" }
      guard let digits else {
        result.append(next)
        continue
      }
      result.removeLast()
      result += [
        token(.sign("(")), last, token(.sign("*")), token(.number(digits)), token(.sign(")")),
      ]
    }
    return result
  }

  /// `63^\\circ 45' 30''` as degrees alone.
  private static func sexagesimal(_ tokens: [Token]) -> [Token] {
    let kinds = tokens.map(\.kind)
    guard let circ = kinds.firstIndex(of: .command("circ")) else { return tokens }
    let isBraced = circ + 1 < kinds.count && kinds[circ + 1] == .sign("}")
    let opening = circ - (isBraced ? 2 : 1)
    guard opening == 1, kinds[opening] == .sign("^"), isNumber(kinds[0]) else { return tokens }
    var place = circ + (isBraced ? 2 : 1)
    var sum = [token(.sign("(")), tokens[0]]
    for size in [60, 3600] {
      guard place < kinds.count else { break }
      guard isNumber(kinds[place]) else { return tokens }
      sum += [token(.sign("+")), tokens[place], token(.sign("/")), token(.number(String(size)))]
      place += 1
      // One prime for minutes and two for seconds, with or without ^{…}.
      var primes = 0
      while place < kinds.count, !isNumber(kinds[place]) {
        switch kinds[place] {
        case .sign("'"): primes += 1
        case .sign("^"), .sign("{"), .sign("}"): break
        default: return tokens
        }
        place += 1
      }
      guard primes == (size == 60 ? 1 : 2) else { return tokens }
    }
    guard place == kinds.count, sum.count > 2 else { return tokens }
    return sum + [token(.sign(")")), token(.sign("^")), token(.command("circ"))]
  }

  /// `5'6"` as five feet six inches.
  private static func feet(_ tokens: [Token]) -> [Token] {
    let prime = Token.Kind.sign("'")
    guard tokens.count == 5, isNumber(tokens[0].kind), isNumber(tokens[2].kind),
      [1, 3, 4].allSatisfy({ tokens[$0].kind == prime })
    else { return tokens }
    return [tokens[0], token(.text("feet")), tokens[2], token(.text("inches"))]
  }

  /// Two hours thirty minutes in hours alone.
  private static func compound(_ tokens: [Token]) -> [Token] {
    var parts: [(number: Token, measure: Measure, name: Token)] = []
    var place = 0
    while place < tokens.count {
      if !parts.isEmpty, word(tokens[place].kind) == "and" || tokens[place].kind == .sign(",") {
        place += 1
      }
      guard place + 1 < tokens.count, isNumber(tokens[place].kind),
        let name = word(tokens[place + 1].kind),
        let measure = Measure.spelling[name].flatMap({ Measure.byName[$0] })
          ?? (name == "in" ? Measure.byName["inch"] : nil)
      else { return tokens }
      if let last = parts.last {
        guard last.measure.kind == measure.kind, measure.size < last.measure.size else {
          return tokens
        }
      }
      parts.append((tokens[place], measure, tokens[place + 1]))
      place += 2
    }
    guard parts.count > 1, parts[0].measure.kind != .other else { return tokens }
    var sum = [token(.sign("("))]
    for part in parts {
      if sum.count > 1 { sum.append(token(.sign("+"))) }
      let size =
        part.measure.size
        * Rational(parts[0].measure.size.denominator, parts[0].measure.size.numerator)
      sum += [part.number, token(.sign("*"))] + number(size)
    }
    return sum + [token(.sign(")")), token(parts[0].name.kind)]
  }

  /// `\\frac{km}{h}` behind a number as km/h.
  private static func withoutUnitFractions(_ tokens: [Token]) -> [Token] {
    guard let place = tokens.lastIndex(where: { $0.kind == .command("frac") }), place > 0 else {
      return tokens
    }
    var end = place + 1
    var groups: [[Token]] = []
    while groups.count < 2, end < tokens.count, tokens[end].kind == .sign("{") {
      var depth = 0
      let start = end
      repeat {
        if tokens[end].kind == .sign("{") { depth += 1 }
        if tokens[end].kind == .sign("}") { depth -= 1 }
        end += 1
      } while depth > 0 && end < tokens.count
      guard depth == 0 else { return tokens }
      groups.append(Array(tokens[(start + 1)..<(end - 1)]))
    }
    guard groups.count == 2, end == tokens.count, groups.allSatisfy(isUnit) else { return tokens }
    return tokens[..<place] + groups[0].map(spaced) + [token(.sign("/"))] + groups[1].map(spaced)
  }

  private static func isUnit(_ tokens: [Token]) -> Bool {
    guard let first = tokens.first, let name = word(first.kind), Measure.spelling[name] != nil
    else {
      return false
    }
    return tokens.dropFirst().allSatisfy {
      switch $0.kind {
      case .sign("^"), .sign("{"), .sign("}"), .sign("*"), .number: true
      default: word($0.kind).map { Measure.spelling[$0] != nil } ?? false
      }
    }
  }

  private static func spaced(_ token: Token) -> Token { Token(kind: token.kind, isSpaced: true) }
}
