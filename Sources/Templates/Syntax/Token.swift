// The words of a template: text between the tags, and inside them names, literals and operators.

/// One word with the byte of the source where it begins.
struct Token {
  enum Kind: Equatable {
    case text(Text)
    case variableBegin, variableEnd, blockBegin, blockEnd
    case name(Text)
    case string(Text)
    case integer(Int)
    case double(Double)
    case symbol(Symbol)
    case end
  }

  let kind: Kind
  let at: Int

  /// How an error text calls the token.
  var shown: String {
    switch kind {
    case .text: "text"
    case .variableBegin: "{{"
    case .variableEnd: "}}"
    case .blockBegin: "{%"
    case .blockEnd: "%}"
    case .name(let name): name.string
    case .string: "a string"
    case .integer, .double: "a number"
    case .symbol(let symbol): symbol.rawValue
    case .end: "the end of the template"
    }
  }
}

/// The operators and brackets.
enum Symbol: String, CaseIterable {
  case floorDivide = "//"
  case power = "**"
  case equal = "=="
  case notEqual = "!="
  case greaterOrEqual = ">="
  case lessOrEqual = "<="
  case add = "+"
  case subtract = "-"
  case divide = "/"
  case multiply = "*"
  case remainder = "%"
  case tilde = "~"
  case leftBracket = "["
  case rightBracket = "]"
  case leftParenthesis = "("
  case rightParenthesis = ")"
  case leftBrace = "{"
  case rightBrace = "}"
  case greater = ">"
  case less = "<"
  case assign = "="
  case dot = "."
  case colon = ":"
  case pipe = "|"
  case comma = ","
  case semicolon = ";"

  /// The bracket that closes this one.
  var closing: Symbol? {
    switch self {
    case .leftBracket: .rightBracket
    case .leftParenthesis: .rightParenthesis
    case .leftBrace: .rightBrace
    default: nil
    }
  }
}

/// The source of a template, as the lexer reads it and as errors point into it.
struct Source {
  let name: String
  /// With every line end a newline and without the one at the very end.
  let bytes: [UInt8]

  init(_ source: String, name: String) {
    self.name = name
    var bytes: [UInt8] = []
    let raw = Array(source.utf8)
    bytes.reserveCapacity(raw.count)
    for (place, byte) in raw.enumerated() {
      if byte == 0x0A && place > 0 && raw[place - 1] == 0x0D { continue }
      bytes.append(byte == 0x0D ? 0x0A : byte)
    }
    if bytes.last == 0x0A { bytes.removeLast() }
    self.bytes = bytes
  }

  func error(_ kind: TemplateError.Kind, _ reason: String, at place: Int) -> TemplateError {
    let before = bytes[..<min(place, bytes.count)]
    let line = before.reduce(into: 1) { $0 += $1 == 0x0A ? 1 : 0 }
    let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let column = Text(bytes: before[start...]).length + 1
    return TemplateError(kind: kind, reason: reason, template: name, line: line, column: column)
  }
}
