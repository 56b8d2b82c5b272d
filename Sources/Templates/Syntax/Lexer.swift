// Cuts a template into tokens, deciding which white space around the tags counts: "-" strips to
// the last visible character, "+" keeps, and with neither a tag alone on its line takes the line's
// indentation and its newline along (lstrip_blocks and trim_blocks, as transformers sets them).

/// Reads tokens off a template's source.
struct Lexer {
  private let source: Source
  private let bytes: [UInt8]
  private var place = 0
  private var tokens: [Token] = []
  /// Whether what was read last ended with a newline.
  private var isAtLineStart = true

  private init(_ source: Source) {
    self.source = source
    bytes = source.bytes
  }

  static func tokens(of source: Source) throws(TemplateError) -> [Token] {
    var lexer = Lexer(source)
    while lexer.place < lexer.bytes.count { try lexer.readTextAndTag() }
    lexer.tokens.append(Token(kind: .end, at: lexer.bytes.count))
    return lexer.tokens
  }

  private func syntaxError(_ reason: String, at place: Int) -> TemplateError {
    source.error(.syntax, reason, at: place)
  }

  private func byte(at place: Int) -> UInt8? { place < bytes.count ? bytes[place] : nil }

  private func matches(_ spelling: StaticString, at place: Int) -> Bool {
    spelling.withUTF8Buffer { wanted in
      place + wanted.count <= bytes.count
        && bytes[place..<(place + wanted.count)].elementsEqual(wanted)
    }
  }

  /// The first visible byte at or after `place`.
  private func skippingSpace(from place: Int) -> Int {
    var place = place
    while place < bytes.count {
      let next = Text.next(after: place, in: bytes)
      guard Whitespace.isSpace(bytes[place..<next]) else { break }
      place = next
    }
    return place
  }

  // MARK: Text

  private mutating func readTextAndTag() throws(TemplateError) {
    let start = place
    guard let tag = nextTag(from: start) else {
      addText(start..<bytes.count, sign: nil, stripsLine: false)
      place = bytes.count
      return
    }
    let sign = byte(at: tag + 2).flatMap { $0 == Ascii.minus || $0 == Ascii.plus ? $0 : nil }
    let inside = tag + 2 + (sign == nil ? 0 : 1)
    let isVariable = bytes[tag + 1] == Ascii.leftBrace
    if bytes[tag + 1] == Ascii.percent, let raw = rawBegin(from: inside) {
      addText(start..<tag, sign: sign, stripsLine: true)
      isAtLineStart = bytes[raw - 1] == Ascii.newline
      place = raw
      try readRaw(from: tag)
      return
    }
    addText(start..<tag, sign: sign, stripsLine: !isVariable)
    isAtLineStart = false
    place = inside
    switch bytes[tag + 1] {
    case Ascii.hash: try readComment(from: tag)
    case Ascii.percent:
      tokens.append(Token(kind: .blockBegin, at: tag))
      try readCode(isBlock: true)
    default:
      tokens.append(Token(kind: .variableBegin, at: tag))
      try readCode(isBlock: false)
    }
  }

  private func nextTag(from start: Int) -> Int? {
    var place = start
    while place + 1 < bytes.count {
      if bytes[place] == Ascii.leftBrace {
        let second = bytes[place + 1]
        if second == Ascii.leftBrace || second == Ascii.percent || second == Ascii.hash {
          return place
        }
      }
      place += 1
    }
    return nil
  }

  private mutating func addText(_ range: Range<Int>, sign: UInt8?, stripsLine: Bool) {
    var text = Text(bytes: bytes[range])
    if sign == Ascii.minus {
      text = text.stripped(.whitespace, .end)
    } else if sign == nil && stripsLine {
      let line = text.bytes.lastIndex(of: Ascii.newline).map { $0 + 1 } ?? 0
      if line > 0 || isAtLineStart,
        Text(bytes: text.bytes[line...]).stripped(.whitespace, .start).isEmpty
      {
        text.bytes.removeSubrange(line...)
      }
    }
    if !text.isEmpty { tokens.append(Token(kind: .text(text), at: range.lowerBound)) }
  }

  // MARK: Raw blocks and comments

  /// The end of `raw %}` when that is what stands at `place`.
  private func rawBegin(from place: Int) -> Int? {
    let word = skippingSpace(from: place)
    guard matches("raw", at: word) else { return nil }
    let end = skippingSpace(from: word + 3)
    if matches("-%}", at: end) { return skippingSpace(from: end + 3) }
    return matches("%}", at: end) ? end + 2 : nil
  }

  private mutating func readRaw(from tag: Int) throws(TemplateError) {
    var candidate = place
    while candidate + 1 < bytes.count {
      guard matches("{%", at: candidate) else {
        candidate += 1
        continue
      }
      let sign = byte(at: candidate + 2).flatMap {
        $0 == Ascii.minus || $0 == Ascii.plus ? $0 : nil
      }
      let word = skippingSpace(from: candidate + 2 + (sign == nil ? 0 : 1))
      if matches("endraw", at: word), let end = blockEnd(at: skippingSpace(from: word + 6)) {
        addText(place..<candidate, sign: sign, stripsLine: true)
        finish(at: end)
        return
      }
      candidate += 1
    }
    throw syntaxError("raw is not closed by endraw", at: tag)
  }

  private mutating func readComment(from tag: Int) throws(TemplateError) {
    var end = place
    while !matches("#}", at: end) {
      guard end < bytes.count else { throw syntaxError("the comment is not closed", at: tag) }
      end += 1
    }
    let sign = end > place ? bytes[end - 1] : 0
    end += 2
    if sign == Ascii.minus {
      end = skippingSpace(from: end)
    } else if sign != Ascii.plus && byte(at: end) == Ascii.newline {
      end += 1
    }
    finish(at: end)
  }

  private mutating func finish(at end: Int) {
    isAtLineStart = bytes[end - 1] == Ascii.newline
    place = end
  }

  // MARK: Code

  private func blockEnd(at place: Int) -> Int? {
    if matches("-%}", at: place) { return skippingSpace(from: place + 3) }
    if matches("+%}", at: place) { return place + 3 }
    guard matches("%}", at: place) else { return nil }
    return place + (byte(at: place + 2) == Ascii.newline ? 3 : 2)
  }

  private func variableEnd(at place: Int) -> Int? {
    if matches("-}}", at: place) { return skippingSpace(from: place + 3) }
    return matches("}}", at: place) ? place + 2 : nil
  }

  private mutating func readCode(isBlock: Bool) throws(TemplateError) {
    var open: [Symbol] = []
    while true {
      place = skippingSpace(from: place)
      guard place < bytes.count else { return }
      if open.isEmpty, let end = isBlock ? blockEnd(at: place) : variableEnd(at: place) {
        tokens.append(Token(kind: isBlock ? .blockEnd : .variableEnd, at: place))
        finish(at: end)
        return
      }
      try readWord(&open)
    }
  }

  private mutating func readWord(_ open: inout [Symbol]) throws(TemplateError) {
    let start = place
    if let end = Numerals.doubleEnd(in: bytes, from: start) {
      let digits = String(
        decoding: bytes[start..<end].filter { $0 != Ascii.underscore }, as: UTF8.self)
      guard let value = Double(digits) else {
        throw syntaxError("a number is malformed", at: start)
      }
      add(.double(value), upTo: end)
    } else if let end = Numerals.integerEnd(in: bytes, from: start) {
      guard let value = Numerals.integer(bytes[start..<end]) else {
        throw source.error(.unsupported, "an integer of more than 64 bits", at: start)
      }
      add(.integer(value), upTo: end)
    } else if let end = nameEnd(from: start) {
      let name = Text(bytes: bytes[start..<end])
      guard isIdentifier(name) else { throw syntaxError("\(name.string) is no name", at: start) }
      add(.name(name), upTo: end)
    } else if let end = stringEnd(from: start) {
      let body = Array(bytes[(start + 1)..<(end - 1)])
      add(.string(try StringLiteral.value(of: body, at: start + 1, in: source)), upTo: end)
    } else {
      try readSymbol(&open)
    }
  }

  private mutating func add(_ kind: Token.Kind, upTo end: Int) {
    tokens.append(Token(kind: kind, at: place))
    place = end
  }

  private mutating func readSymbol(_ open: inout [Symbol]) throws(TemplateError) {
    let two = String(decoding: bytes[place..<min(place + 2, bytes.count)], as: UTF8.self)
    let one = String(decoding: bytes[place..<Text.next(after: place, in: bytes)], as: UTF8.self)
    guard let symbol = Symbol(rawValue: two) ?? Symbol(rawValue: one) else {
      throw syntaxError("the character \(one) is unexpected", at: place)
    }
    if let closing = symbol.closing {
      open.append(closing)
    } else if symbol == .rightBrace || symbol == .rightParenthesis || symbol == .rightBracket {
      guard open.popLast() == symbol else {
        throw syntaxError("\(symbol.rawValue) closes nothing", at: place)
      }
    }
    add(.symbol(symbol), upTo: place + symbol.rawValue.utf8.count)
  }

  private func nameEnd(from start: Int) -> Int? {
    var end = start
    while end < bytes.count {
      let next = Text.next(after: end, in: bytes)
      guard let scalar = Text(bytes: bytes[end..<next]).scalars.first,
        scalar == "_" || scalar.isAlphanumeric || scalar.properties.isXIDContinue
      else { break }
      end = next
    }
    return end > start ? end : nil
  }

  private func isIdentifier(_ name: Text) -> Bool {
    let scalars = name.scalars
    guard let first = scalars.first, first == "_" || first.properties.isXIDStart else {
      return false
    }
    return scalars.allSatisfy(\.properties.isXIDContinue)
  }

  private func stringEnd(from start: Int) -> Int? {
    let quote = bytes[start]
    guard quote == Ascii.quote || quote == Ascii.apostrophe else { return nil }
    var end = start + 1
    while end < bytes.count {
      if bytes[end] == quote { return end + 1 }
      end += bytes[end] == Ascii.backslash ? 2 : 1
    }
    return nil
  }
}

/// The bytes with a meaning.
enum Ascii {
  static let newline = UInt8(ascii: "\n")
  static let minus = UInt8(ascii: "-")
  static let plus = UInt8(ascii: "+")
  static let percent = UInt8(ascii: "%")
  static let hash = UInt8(ascii: "#")
  static let leftBrace = UInt8(ascii: "{")
  static let rightBrace = UInt8(ascii: "}")
  static let quote = UInt8(ascii: "\"")
  static let apostrophe = UInt8(ascii: "'")
  static let backslash = UInt8(ascii: "\\")
  static let underscore = UInt8(ascii: "_")
  static let dot = UInt8(ascii: ".")
  static let space = UInt8(ascii: " ")
  static let zero = UInt8(ascii: "0")
}
