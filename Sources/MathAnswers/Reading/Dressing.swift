// What stands around an answer and is not part of its value: units behind it, words of hedging or
// of counting. Only units are taken off; anything that says more than a unit leaves the answer
// unread, so that "5 is wrong" is not 5.

/// Takes the unit off the end of an answer.
enum Dressing {
  /// Tokens without their unit, and the unit.
  static func undressed(_ tokens: [Token]) -> (tokens: [Token], unit: Unit) {
    var tokens = Quantities.plain(tokens)
    while let last = tokens.last, last.kind == .sign(",") || last.kind == .sign(";") {
      tokens.removeLast()
    }
    let count = tokens.count
    let isPound = tokens.contains { $0.kind == .command("currency:pound") }
    let isEuro = tokens.contains { $0.kind == .command("currency:euro") }
    tokens.removeAll { $0.isCurrency }
    let isMoney = tokens.count < count
    if let base = baseMark(&tokens) { return (tokens, base) }
    if let (values, unit) = list(tokens) { return (values, unit) }
    if let (value, unit) = withoutUnit(tokens) {
      // Degrees of heat are no angle.
      return (unit.isTemperature ? withoutDegrees(value) : value, unit)
    }
    if isMoney {
      return (tokens, Unit(named: isPound ? "lb" : isEuro ? "euro" : "dollar"))
    }
    switch tokens.last?.kind {
    case .command("circ"): return (tokens, Unit(named: "degree"))
    case .sign("}") where tokens.dropLast().last?.kind == .command("circ"):
      return (tokens, Unit(named: "degree"))
    case .sign("%"): return (tokens, Unit(named: "percent"))
    default: return (tokens, .none)
    }
  }

  /// Several numbers, each with the same unit, and the unit: 3 cm, 4 cm.
  private static func list(_ tokens: [Token]) -> (tokens: [Token], unit: Unit)? {
    var depth = 0
    var pieces: [ArraySlice<Token>] = []
    var separators: [Token] = []
    var start = 0
    for (place, token) in tokens.enumerated() {
      switch token.kind {
      case .sign("("), .sign("["), .sign("{"), .command("{"): depth += 1
      case .sign(")"), .sign("]"), .sign("}"), .command("}"): depth -= 1
      case .sign(","), .sign(";"), .word("and"), .word("or"):
        guard depth == 0 else { continue }
        // 1, 2, and 3 has two separators in a row.
        if place == start, let last = separators.last, last.kind == .sign(",") {
          separators[separators.count - 1] = token
        } else {
          pieces.append(tokens[start..<place])
          separators.append(token)
        }
        start = place + 1
      default: break
      }
    }
    guard !pieces.isEmpty, pieces.count < Limits.elements else { return nil }
    pieces.append(tokens[start...])
    var result: [Token] = []
    var unit: Unit?
    for (place, piece) in pieces.enumerated() {
      guard let (value, own) = withoutUnit(Array(piece)), own == unit ?? own else { return nil }
      unit = own
      result += own.isTemperature ? withoutDegrees(value) : value
      if place < separators.count { result.append(separators[place]) }
    }
    return unit.map { (result, $0) }
  }

  private static func withoutDegrees(_ tokens: [Token]) -> [Token] {
    let kinds = tokens.map(\.kind)
    for mark: [Token.Kind] in [
      [.sign("^"), .command("circ")], [.sign("^"), .sign("{"), .command("circ"), .sign("}")],
      [.command("circ")],
    ] where kinds.count > mark.count && kinds.suffix(mark.count).elementsEqual(mark) {
      return tokens.dropLast(mark.count)
    }
    return tokens
  }

  /// The tokens before the longest run of unit words at the end that leaves something before it.
  private static func withoutUnit(_ all: [Token]) -> (tokens: [Token], unit: Unit)? {
    let tokens = Quantities.withoutBrackets(all)
    var start = tokens.count
    while start > 1 {
      if isUnitPiece(tokens, start - 1) {
        start -= 1
      } else if let power = unitPower(tokens, endingAt: start), isUnitPiece(tokens, power - 1) {
        start = power - 1
      } else {
        break
      }
    }
    // A unit begins with a word and stands behind a number.
    while start < tokens.count,
      start == 0 || !isUnitWord(tokens, start) || !isValueEnd(tokens[start - 1].kind)
    {
      start += 1
    }
    guard start < tokens.count else { return nil }
    // Behind a formula with unknowns a letter is one more of them: \\pi r^2 h.
    if case .letter(let letter) = tokens[start].kind, !isIdeographic(letter) {
      let isPlain = if case .number = tokens[start - 1].kind { true } else { false }
      guard isPlain || isDegree(tokens[..<start]),
        !tokens[..<start].contains(where: { names($0.kind) })
      else { return nil }
    }
    let words = tokens[start...].map { token -> String in
      switch token.kind {
      case .text(let text): " " + text
      case .word(let word): " " + word
      case .letter(let letter): " " + letter
      case .number(let text): text
      case .sign(let sign) where "^/-{}".unicodeScalars.contains(sign): String(sign)
      default: ""
      }
    }
    guard let unit = try? Unit(reading: words.joined()) else { return nil }
    return (Array(tokens[..<start]), unit)
  }

  /// The mark of a number's base, 101_2, as a unit.
  private static func baseMark(_ tokens: inout [Token]) -> Unit? {
    for count in [1, 3] where tokens.count >= count + 2 {
      let start = tokens.count - count - 1
      guard tokens[start].kind == .sign("_"), case .number = tokens[start - 1].kind else {
        continue
      }
      let inner = count == 1 ? tokens[start + 1] : tokens[start + 2]
      guard case .number(let base) = inner.kind, start == 1 || start == 2 else { continue }
      if count == 3 {
        guard tokens[start + 1].kind == .sign("{"), tokens[start + 3].kind == .sign("}") else {
          continue
        }
      }
      tokens.removeSubrange(start...)
      return Unit(named: "base \(base)")
    }
    return nil
  }

  /// Where the power at the end of a unit starts: cm^2, cm^{2}, s^{-2}.
  private static func unitPower(_ tokens: [Token], endingAt end: Int) -> Int? {
    if end >= 3, case .number = tokens[end - 1].kind, tokens[end - 2].kind == .sign("^") {
      return end - 2
    }
    guard end >= 5, tokens[end - 1].kind == .sign("}"), case .number = tokens[end - 2].kind else {
      return nil
    }
    let sign = tokens[end - 3].kind == .sign("-") ? 1 : 0
    let start = end - 4 - sign
    return start >= 1 && tokens[start].kind == .sign("^") && tokens[start + 1].kind == .sign("{")
      ? start : nil
  }

  /// A token that may stand inside a unit.
  private static func isUnitPiece(_ tokens: [Token], _ place: Int) -> Bool {
    isUnitWord(tokens, place)
      || [.sign("/"), .sign("*")].contains(tokens[place].kind) && place + 1 < tokens.count
  }

  private static func isUnitWord(_ tokens: [Token], _ place: Int) -> Bool {
    switch tokens[place].kind {
    case .text: true
    case .word(let word):
      Unit.isName(word.lowercased()) || isIdeographic(word)
        || (word.count >= 4 && Function(command: word) == nil && word.lowercased() != "sqrt"
          && tokens[place].isSpaced)
    case .letter(let letter):
      tokens[place].isSpaced && place > 0 && tokens[place - 1].kind != .command("pi")
        && ["m", "g", "s", "h", "L", "l", "N", "J", "W", "V", "K"].contains(letter)
        || ["C", "F"].contains(letter) && place > 0 && isDegree(tokens[..<place])
        || place > 0 && tokens[place - 1].kind == .sign("/")
          && ["m", "s", "h", "L"].contains(letter)
        || isIdeographic(letter)
    default: false
    }
  }

  /// Whether a token is, or has, an unknown.
  private static func names(_ kind: Token.Kind) -> Bool {
    switch kind {
    case .letter, .word, .text: true
    default: false
    }
  }

  /// Whether a word is in Chinese, Japanese or Korean: 个, 元, 円.
  private static func isIdeographic(_ word: String) -> Bool {
    word.unicodeScalars.allSatisfy { (0x3040...0xD7FF).contains($0.value) }
  }

  private static func isDegree(_ tokens: ArraySlice<Token>) -> Bool {
    tokens.suffix(2).contains { $0.kind == .command("circ") }
  }

  /// Whether a value can end with a token.
  private static func isValueEnd(_ kind: Token.Kind) -> Bool {
    switch kind {
    case .number, .sign("}"), .sign(")"), .sign("%"), .command("circ"), .command("pi"): true
    default: false
    }
  }
}

extension Token {
  /// Whether it is the sign of a currency.
  fileprivate var isCurrency: Bool {
    if case .command(let name) = kind { name.hasPrefix("currency") } else { false }
  }
}
