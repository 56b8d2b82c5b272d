// A strict reader for one line of JSON (RFC 8259), with the column in every complaint and limits on
// depth and on the number of values.

/// A cursor over the bytes of a line that is known to be UTF-8.
struct JSONReader {
  private static let depthLimit = 64
  private static let valueLimit = 1_000_000

  private let bytes: ArraySlice<UInt8>
  private var place: Int
  private var values = 0

  private init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    place = bytes.startIndex
  }

  /// The value that the whole line is.
  static func value(of bytes: ArraySlice<UInt8>) throws(LineFault) -> JSONValue {
    var reader = JSONReader(bytes)
    let value = try reader.value(depth: 0)
    reader.skipSpaces()
    guard reader.place == bytes.endIndex else {
      throw reader.fault("expected the end of the line")
    }
    return value
  }

  private mutating func value(depth: Int) throws(LineFault) -> JSONValue {
    skipSpaces()
    values += 1
    guard depth < Self.depthLimit else { throw fault("nested deeper than \(Self.depthLimit)") }
    guard values <= Self.valueLimit else { throw fault("more than \(Self.valueLimit) values") }
    guard place < bytes.endIndex else { throw fault("the line ends where a value is expected") }
    switch bytes[place] {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    default:
      for (word, value) in [
        ("true", JSONValue.bool(true)), ("false", .bool(false)), ("null", .null),
      ]
      where take(word) { return value }
      throw fault("expected a value")
    }
  }

  private mutating func object(depth: Int) throws(LineFault) -> JSONValue {
    place += 1
    var members: [JSONValue.Member] = []
    skipSpaces()
    if take("}") { return .object(members) }
    repeat {
      skipSpaces()
      guard place < bytes.endIndex, bytes[place] == UInt8(ascii: "\"") else {
        throw fault("expected a key in double quotes")
      }
      let key = try string()
      skipSpaces()
      guard take(":") else { throw fault("expected ':'") }
      members.append(.init(key: key, value: try value(depth: depth + 1)))
      skipSpaces()
    } while take(",")
    guard take("}") else { throw fault("expected ',' or '}'") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws(LineFault) -> JSONValue {
    place += 1
    var elements: [JSONValue] = []
    skipSpaces()
    if take("]") { return .array(elements) }
    repeat {
      elements.append(try value(depth: depth + 1))
      skipSpaces()
    } while take(",")
    guard take("]") else { throw fault("expected ',' or ']'") }
    return .array(elements)
  }

  private mutating func string() throws(LineFault) -> String {
    place += 1
    var result: [UInt8] = []
    while place < bytes.endIndex {
      // Plain characters go over in one piece.
      let start = place
      while place < bytes.endIndex, Self.isPlain(bytes[place]) { place += 1 }
      result.append(contentsOf: bytes[start..<place])
      guard place < bytes.endIndex else { break }
      switch bytes[place] {
      case UInt8(ascii: "\""):
        place += 1
        return String(decoding: result, as: UTF8.self)
      case UInt8(ascii: "\\"): result += try escape()
      default: throw fault("a control character in a text must be written as an escape")
      }
    }
    throw fault("the line ends within a text")
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
  }

  /// The UTF-8 of one escape.
  private mutating func escape() throws(LineFault) -> [UInt8] {
    let plain: [(String, UInt8)] = [
      ("\\\"", 0x22), ("\\\\", 0x5C), ("\\/", 0x2F), ("\\b", 8), ("\\f", 12), ("\\n", 10),
      ("\\r", 13), ("\\t", 9),
    ]
    for (written, byte) in plain where take(written) { return [byte] }
    guard let first = unit() else { throw fault("not an escape") }
    var code = first
    if (0xD800..<0xDC00).contains(first) {
      guard let second = unit(), (0xDC00..<0xE000).contains(second) else {
        throw fault("half of a surrogate pair")
      }
      code = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw fault("half of a surrogate pair") }
    return Array(String(Character(scalar)).utf8)
  }

  /// Takes `\u` and four hexadecimal digits, if they are there.
  private mutating func unit() -> UInt32? {
    let text = bytes[place...].prefix(6)
    guard text.count == 6, text.starts(with: "\\u".utf8) else { return nil }
    var code: UInt32 = 0
    for byte in text.dropFirst(2) {
      guard let value = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      code = code << 4 | UInt32(value)
    }
    place += 6
    return code
  }

  private mutating func number() throws(LineFault) -> String {
    let start = place
    _ = take("-")
    if !take("0") { try digits() }
    if take(".") { try digits() }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      try digits()
    }
    return String(decoding: bytes[start..<place], as: UTF8.self)
  }

  private mutating func digits() throws(LineFault) {
    let start = place
    while place < bytes.endIndex, digit(bytes[place]) != nil { place += 1 }
    guard place > start else { throw fault("expected a digit") }
  }

  private mutating func take(_ word: String) -> Bool {
    guard bytes[place...].starts(with: word.utf8) else { return false }
    place += word.utf8.count
    return true
  }

  private mutating func skipSpaces() {
    while place < bytes.endIndex {
      switch bytes[place] {
      case 0x20, 0x09, 0x0A, 0x0D: place += 1
      default: return
      }
    }
  }

  private func fault(_ reason: String) -> LineFault {
    LineFault(reason: "not JSON: \(reason), at byte \(place - bytes.startIndex + 1) of the line")
  }
}
