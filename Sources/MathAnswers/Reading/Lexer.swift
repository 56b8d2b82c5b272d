// The second pass: scalars to tokens. Spacing, sizes of brackets and signs of currency vanish here;
// what a command means is decided by the parser.

/// Cuts an answer into tokens.
struct Lexer {
  private let scalars: [Unicode.Scalar]
  private var place = 0
  private var tokens: [Token] = []
  private var isSpaced = false
  /// How many round, square and set brackets are open: inside them a comma separates elements.
  private var openBrackets = 0
  /// How many texts have been looked into; those within others are looked into again.
  private var texts = 0

  /// The tokens of a cleaned text, without an end mark.
  static func tokens(of scalars: [Unicode.Scalar]) throws(MathAnswerError) -> [Token] {
    var lexer = Lexer(scalars)
    try lexer.run()
    return lexer.tokens
  }

  private init(_ scalars: [Unicode.Scalar]) { self.scalars = scalars }

  private mutating func run() throws(MathAnswerError) {
    while let scalar = peek() {
      switch scalar {
      case " ", "~":
        isSpaced = true
        place += 1
      case "\""
      where isBehindNumber && tokens.count < 10 && tokens.contains { $0.kind == .sign("'") }:
        // 5'6" has two primes at its end.
        place += 1
        emit(.sign("'"))
        emit(.sign("'"))
      case "$", "\"", "¥", "₹": place += 1
      case "€", "£":
        place += 1
        emit(.command(scalar == "€" ? "currency:euro" : "currency:pound"))
      case "\\": try command()
      case "0"..."9": number()
      case ".": dots()
      case "*" where peek(1) == "*":
        place += 2
        emit(.sign("^"))
      case "<" where peek(1) == "=", ">" where peek(1) == "=", "!" where peek(1) == "=":
        place += 2
        emit(.command(scalar == "<" ? "le" : scalar == ">" ? "ge" : "ne"))
      default:
        if scalar.properties.isAlphabetic {
          word()
        } else if let digit = Self.circled(scalar) {
          place += 1
          emit(.text("(\(digit))"))
        } else if "+-*/^_()[]{}|,;:=<>!&'%".unicodeScalars.contains(scalar) {
          if scalar == "(" || scalar == "[" { openBrackets += 1 }
          if scalar == ")" || scalar == "]" { openBrackets -= 1 }
          place += 1
          emit(.sign(scalar))
        } else {
          throw .unparsable("the sign U+\(String(scalar.value, radix: 16, uppercase: true))")
        }
      }
    }
  }

  private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
    place + ahead < scalars.count ? scalars[place + ahead] : nil
  }

  private mutating func emit(_ kind: Token.Kind) {
    tokens.append(Token(kind: kind, isSpaced: isSpaced))
    isSpaced = false
  }

  /// Takes the scalars that follow, if they are these.
  private mutating func take(_ text: String) -> Bool {
    let wanted = text.unicodeScalars
    guard scalars[place...].starts(with: wanted) else { return false }
    place += wanted.count
    return true
  }

  private mutating func letters() -> String {
    var result = String.UnicodeScalarView()
    while let scalar = peek(), scalar.properties.isAlphabetic {
      result.append(scalar)
      place += 1
    }
    return String(result)
  }

  /// A run of letters: one alone stands for an unknown, several may be a word.
  private mutating func word() {
    let word = letters()
    if isBehindNumber, let said = Self.saidOfNumbers(word.lowercased()) ?? halfOfDay(word) {
      emit(said)
    } else {
      emit(word.unicodeScalars.count == 1 ? .letter(word) : .word(word))
    }
  }

  private var isBehindNumber: Bool {
    if case .number? = tokens.last?.kind { true } else { false }
  }

  /// The rest of `a.m.` or `p.m.`.
  private mutating func halfOfDay(_ word: String) -> Token.Kind? {
    guard ["a", "p"].contains(word.lowercased()) else { return nil }
    let start = place
    guard take("."), take("m") || take("M") else {
      place = start
      return nil
    }
    _ = take(".")
    return .text(word.lowercased() + "m")
  }

  /// Words behind a number that are a sign, or a half of the day.
  private static func saidOfNumbers(_ word: String) -> Token.Kind? {
    switch word {
    case "percent", "pct", "per cent": .sign("%")
    case "am", "a.m.", "a.m": .text("am")
    case "pm", "p.m.", "p.m": .text("pm")
    default: nil
    }
  }

  /// The number in a circle: ① to ⑳.
  private static func circled(_ scalar: Unicode.Scalar) -> UInt32? {
    (0x2460...0x2473).contains(scalar.value) ? scalar.value - 0x245F : nil
  }

  private mutating func dots() {
    if peek(1).map(isDigit) == true { return number() }
    var count = 0
    while peek() == "." {
      count += 1
      place += 1
    }
    // One point is the end of a sentence.
    let isAtEnd = peek().map { " $})".unicodeScalars.contains($0) } ?? true
    if count > 1 || !isAtEnd { emit(.command("ldots")) }
  }

  // MARK: - Commands

  private mutating func command() throws(MathAnswerError) {
    place += 1
    guard let first = peek() else { throw .unparsable("a backslash at the end") }
    guard first.properties.isAlphabetic else {
      place += 1
      switch first {
      case ",", ";", ":", "!", " ", ">", "(", ")", "[", "]": isSpaced = true
      case "$": emit(.command("currency"))
      case "#": break
      case "\\": emit(.rowEnd)
      case "{", "}":
        openBrackets += first == "{" ? 1 : -1
        emit(.command(String(first)))
      case "%", "&", "_", "|": emit(.sign(first))
      default: throw .unparsable("the command \\\(first)")
      }
      return
    }
    let name = letters()
    if Self.silent.contains(name) {
      isSpaced = true
      if name == "left" || name == "right", peek() == "." { place += 1 }
    } else if Self.texts.contains(name) {
      try text(name)
    } else if name == "begin" || name == "end" {
      let kind = try group().filter { $0 != "*" }
      if kind == "array", name == "begin" { _ = try group() }
      emit(.command("\(name):\(kind)"))
    } else if name == "color" {
      _ = try group()
    } else if name == "textcolor" {
      _ = try group()
      isSpaced = true
    } else if name == "textcircled" {
      let digit = try group()
      emit(.text("(\(digit))"))
    } else if name == "mathbb" || name == "mathbf" || name == "mathcal" {
      let start = place
      let content = peek() == "{" ? try group() : taken()
      if name != "mathbb", content.unicodeScalars.count > 1 || content.allSatisfy(\.isNumber) {
        // Bold type around more than a letter: the braces stay, as those of a group.
        place = start
        return
      }
      let isSet = name == "mathbb" && ["R", "Z", "N", "Q", "C"].contains(content)
      emit(isSet ? .command("mathbb:\(content)") : .letter(content))
    } else if let sign = Self.signs[name] {
      if sign == "(" { openBrackets += 1 }
      if sign == ")" { openBrackets -= 1 }
      emit(.sign(sign))
    } else if Self.greek.contains(name) || name == "Pr" {
      emit(.letter(name == "Pr" ? "P" : name))
    } else {
      emit(.command(Self.synonyms[name] ?? name))
    }
  }

  /// One scalar after spaces.
  private mutating func taken() -> String {
    while peek() == " " { place += 1 }
    guard let scalar = peek() else { return "" }
    place += 1
    return String(scalar)
  }

  /// What stands between the braces that follow.
  private mutating func group() throws(MathAnswerError) -> String {
    while peek() == " " { place += 1 }
    guard peek() == "{" else { throw .unparsable("a command without braces") }
    var result = String.UnicodeScalarView()
    var depth = 0
    repeat {
      guard let scalar = peek() else { throw .unparsable("a brace that does not close") }
      place += 1
      if scalar == "{" { depth += 1 }
      if scalar == "}" { depth -= 1 }
      if depth > 1 || (depth == 1 && scalar != "{") { result.append(scalar) }
    } while depth > 0
    return String(result)
  }

  /// The content of \text{…}: words, unless there are digits in it.
  private mutating func text(_ name: String) throws(MathAnswerError) {
    while peek() == " " { place += 1 }
    guard peek() == "{" else { return }
    texts += 1
    guard texts <= Limits.nesting else { throw .tooLarge("more than \(Limits.nesting) texts") }
    let start = place
    let content = try group()
    // A backslash before a space or a comma is a space.
    let plain = content.replacing("\\ ", with: " ").replacing("\\,", with: " ")
      .filter { $0 != "{" && $0 != "}" }
    let words = plain.split(whereSeparator: { $0.isWhitespace }).joined(separator: " ")
    let isMath = words.contains { $0.isNumber || "$\\=".contains($0) } && !Self.isUnit(words)
    if isBehindNumber, let said = Self.saidOfNumbers(words.lowercased()) {
      emit(said)
    } else if Self.connectives.contains(words.lowercased()) {
      emit(.word(words.lowercased()))
    } else if words.unicodeScalars.count == 1,
      words.unicodeScalars.allSatisfy(\.properties.isAlphabetic)
    {
      // 2\\text{ m} is two meters, and \\frac{1}{2}\\text{ m} half a one.
      let isBehindValue = isBehindNumber || [.sign("}"), .sign(")")].contains(tokens.last?.kind)
      isSpaced = isSpaced || isBehindNumber
      emit(isBehindValue && Unit.isName(words.lowercased()) ? .text(words) : .letter(words))
    } else if Function(command: words) != nil, name != "text" || words == "cis" {
      emit(.command(words))
    } else if isMath || words.unicodeScalars.allSatisfy({ !$0.properties.isAlphabetic }) {
      // The braces stay, as those of a group.
      place = start
      isSpaced = true
    } else {
      emit(.text(words))
    }
  }

  /// Whether digits occur only as exponents: m/s^2.
  private static func isUnit(_ words: String) -> Bool {
    guard words.first?.isLetter == true, !words.contains("$"), !words.contains("\\") else {
      return false
    }
    var before: Character = " "
    for sign in words {
      if sign.isNumber, before != "^", before != "-" { return false }
      if !sign.isLetter, !sign.isNumber, !" /^-.*·".contains(sign) { return false }
      before = sign
    }
    return words.contains("^")
  }

  // MARK: - Numbers

  private func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  private mutating func digits() -> String {
    var result = ""
    while let digit = peek(), isDigit(digit) {
      result.unicodeScalars.append(digit)
      place += 1
    }
    return result
  }

  private mutating func number() {
    var text = digits()
    if (1...3).contains(text.count), !text.hasPrefix("0") { text += thousands() }
    if text.isEmpty { text = "0" }
    if peek() == ".", peek(1).map(isDigit) == true {
      place += 1
      text += "." + digits()
    } else if peek() == ".", peek(1).map({ "/*+-^".unicodeScalars.contains($0) }) == true {
      // 1./3 has a point without digits.
      place += 1
    }
    if text.contains(".") || scalars[place...].starts(with: ".\\overline".unicodeScalars)
      || scalars[place...].starts(with: ".\\bar".unicodeScalars)
      || scalars[place...].starts(with: ".\\dot".unicodeScalars)
    {
      text += period(after: text)
    }
    text += powerOfTen()
    emit(.number(text))
  }

  /// The digits of the thousands groups that follow.
  private mutating func thousands() -> String {
    let separators =
      openBrackets > 0
      ? ["{,}", "\\,", ",\\! ", ",\\!"] : ["{,}", ",\\! ", ",\\!", "\\,", ",", " "]
    for separator in separators {
      let start = place
      var result = ""
      while take(separator) {
        let group = digits()
        // All groups have three digits, or the separators are something else.
        guard group.count == 3 else {
          result = ""
          break
        }
        result += group
      }
      if !result.isEmpty { return result }
      place = start
    }
    return ""
  }

  /// The repeating digits after a decimal, in round brackets.
  private mutating func period(after text: String) -> String {
    let start = place
    let point = text.contains(".") ? "" : "."
    if !point.isEmpty { place += 1 }
    var repeated = ""
    if take("\\overline") || take("\\bar") {
      repeated = (try? group()) ?? ""
    } else {
      // 0.\dot{1}2\dot{3}: the dots stand over the first and the last digit.
      while take("\\dot") { repeated += ((try? group()) ?? "") + digits() }
    }
    if !repeated.isEmpty, repeated.unicodeScalars.allSatisfy(isDigit) {
      return "\(point)(\(repeated))"
    }
    place = start
    guard take("...") || take("\\ldots") || take("\\dots") || take("\\cdots") else { return "" }
    return NumberText.period(of: text).map { "(\($0))" } ?? ""
  }

  private mutating func powerOfTen() -> String {
    guard peek() == "e" || peek() == "E" else { return "" }
    let start = place
    place += 1
    var sign = ""
    if let next = peek(), next == "+" || next == "-" {
      sign = String(next)
      place += 1
    }
    let exponent = digits()
    guard !exponent.isEmpty, peek()?.properties.isAlphabetic != true, peek() != "." else {
      place = start
      return ""
    }
    return "e\(sign)\(exponent)"
  }
}
