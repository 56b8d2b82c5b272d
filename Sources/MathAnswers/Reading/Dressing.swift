// What stands around an answer and is not part of its value: units behind it, words of hedging or
// of counting. Only units are taken off; anything that says more than a unit leaves the answer
// unread, so that "5 is wrong" is not 5.

/// Takes the unit off the end of an answer.
enum Dressing {
  /// Tokens without their unit, and the unit in the table's spelling; empty if there is none.
  static func undressed(_ tokens: [Token]) -> (tokens: [Token], unit: String) {
    var tokens = tokens
    while let last = tokens.last, last.kind == .sign(",") || last.kind == .sign(";") {
      tokens.removeLast()
    }
    if let base = baseMark(&tokens) { return (tokens, base) }
    // The unit is the longest run of unit words at the end that leaves something before it.
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
    guard start < tokens.count else { return (tokens, "") }
    let words = tokens[start...].compactMap { token -> String? in
      switch token.kind {
      case .text(let text): text
      case .word(let word): word
      case .letter(let letter): letter
      default: nil
      }
    }
    let unit = words.joined(separator: " ").lowercased()
    guard isPlain(unit) else { return (tokens, "") }
    return (Array(tokens[..<start]), units[unit] ?? "")
  }

  /// The mark of a number's base, 101_2, as a unit.
  private static func baseMark(_ tokens: inout [Token]) -> String? {
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
      return "base \(base)"
    }
    return nil
  }

  /// Where the power at the end of a unit starts: cm^2, cm^{2}.
  private static func unitPower(_ tokens: [Token], endingAt end: Int) -> Int? {
    if end >= 3, case .number = tokens[end - 1].kind, tokens[end - 2].kind == .sign("^") {
      return end - 2
    }
    if end >= 5, tokens[end - 1].kind == .sign("}"), case .number = tokens[end - 2].kind,
      tokens[end - 3].kind == .sign("{"), tokens[end - 4].kind == .sign("^")
    {
      return end - 4
    }
    return nil
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
      units[word.lowercased()] != nil
        || (word.count >= 4 && Function(command: word) == nil && word.lowercased() != "sqrt"
          && tokens[place].isSpaced)
    case .letter(let letter):
      tokens[place].isSpaced
        && ["m", "g", "s", "h", "L", "l", "N", "J", "W", "V", "K"].contains(letter)
        || ["C", "F"].contains(letter) && place > 0 && isDegree(tokens[..<place])
        || place > 0 && tokens[place - 1].kind == .sign("/")
          && ["m", "s", "h", "L"].contains(letter)
    default: false
    }
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

  /// Whether a unit is no more than a few words that neither deny nor hedge.
  private static func isPlain(_ unit: String) -> Bool {
    let words = unit.split { !$0.isLetter }
    return words.count <= 5 && !words.contains { doubts.contains(String($0)) }
  }

  private static let doubts: Set<String> = [
    "not", "no", "isn", "isnt", "wrong", "false", "incorrect", "except", "unless", "if", "either",
    "neither", "nor", "or", "and", "but", "maybe", "perhaps", "possibly", "probably", "mod",
    "modulo", "else", "otherwise", "than", "least", "most", "more", "less", "between", "is", "are",
    "was", "times", "plus", "minus", "thousand", "million", "billion", "trillion", "hundred",
    "dozen", "half", "where", "when", "for", "with", "any", "all", "multiple", "undefined", "base",
  ]

  /// Units that are told apart, under one spelling each.
  static let units: [String: String] = {
    var result: [String: String] = [:]
    for line in spellings {
      for word in line { result[word] = line[0] }
    }
    return result
  }()

  private static let spellings = [
    ["cm", "centimeter", "centimeters", "centimetre", "centimetres", "cms"],
    ["mm", "millimeter", "millimeters", "millimetre", "millimetres"],
    ["m", "meter", "meters", "metre", "metres"],
    ["km", "kilometer", "kilometers", "kilometre", "kilometres"],
    ["in", "inch", "inches"], ["ft", "foot", "feet"], ["yd", "yard", "yards"],
    ["mi", "mile", "miles"], ["g", "gram", "grams"], ["kg", "kilogram", "kilograms", "kgs"],
    ["mg", "milligram", "milligrams"], ["lb", "lbs", "pound", "pounds"], ["oz", "ounce", "ounces"],
    ["s", "sec", "secs", "second", "seconds"], ["min", "mins", "minute", "minutes"],
    ["h", "hr", "hrs", "hour", "hours"], ["day", "days"], ["week", "weeks"], ["month", "months"],
    ["year", "years", "yr", "yrs"], ["l", "liter", "liters", "litre", "litres"],
    ["ml", "milliliter", "milliliters"], ["dollar", "dollars", "usd"], ["cent", "cents"],
    ["radian", "radians", "rad", "rads"], ["degree", "degrees", "deg"], ["c"], ["f"], ["k"],
    ["mph", "miles per hour"], ["km/h", "kmh", "kph"], ["n", "newton", "newtons"],
    ["j", "joule", "joules"], ["w", "watt", "watts"], ["v", "volt", "volts"], ["unit", "units"],
    ["sq"], ["square"], ["cubic"], ["rs"],
  ]
}
