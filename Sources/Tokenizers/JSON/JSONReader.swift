// A strict reader of JSON for files nobody vouches for: RFC 8259 and nothing beside it, no
// duplicate keys, no lone surrogates, and limits on nesting and on the number of values, so that a
// hostile file ends in an error and never in a crash or an exhausted machine.

/// Reads one JSON text from bytes.
package struct JSONReader {
  /// Where and why reading stopped.
  package struct Failure: Error, Equatable {
    /// Counted from 1.
    package let line: Int
    /// Counted from 1, in bytes.
    package let column: Int
    package let reason: String
  }

  /// Deeper nesting is refused; a tokenizer needs about eight levels.
  package static let deepest = 64
  /// More values are refused; the largest vocabularies hold about three million.
  package static let mostValues = 12_000_000

  private let bytes: [UInt8]
  private var place = 0
  private var valuesRead = 0

  private init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The value that `bytes` spell, with nothing but white space around it.
  package static func read(_ bytes: [UInt8]) throws(Failure) -> JSONValue {
    var reader = JSONReader(bytes)
    reader.skipSpace()
    let value = try reader.value(depth: 0)
    reader.skipSpace()
    guard reader.place == bytes.count else { throw reader.failure("more after the end") }
    return value
  }

  private func failure(_ reason: String) -> Failure {
    let before = bytes[..<min(place, bytes.count)]
    let line = before.reduce(into: 1) { $0 += $1 == UInt8(ascii: "\n") ? 1 : 0 }
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return Failure(line: line, column: before.count - lineStart + 1, reason: reason)
  }

  private var current: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      place += 1
    }
  }

  private mutating func expect(_ byte: UInt8, _ what: String) throws(Failure) {
    guard current == byte else {
      throw failure(current == nil ? "the file ends where \(what) should be" : "\(what) is missing")
    }
    place += 1
  }

  private mutating func value(depth: Int) throws(Failure) -> JSONValue {
    guard depth < Self.deepest else { throw failure("nested deeper than \(Self.deepest) levels") }
    valuesRead += 1
    guard valuesRead <= Self.mostValues else {
      throw failure("more than \(Self.mostValues) values")
    }
    switch current {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case .some(0x30...0x39), UInt8(ascii: "-"): return try number()
    case nil: throw failure("the file ends where a value should be")
    default: throw failure("a value is missing")
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(Failure) -> JSONValue
  {
    let spelled = word.withUTF8Buffer { Array($0) }
    guard bytes[place...].starts(with: spelled) else { throw failure("a value is missing") }
    place += spelled.count
    return value
  }

  private mutating func array(depth: Int) throws(Failure) -> JSONValue {
    place += 1
    skipSpace()
    var elements: [JSONValue] = []
    if current == UInt8(ascii: "]") {
      place += 1
      return .array(elements)
    }
    while true {
      elements.append(try value(depth: depth + 1))
      skipSpace()
      if current == UInt8(ascii: ",") {
        place += 1
        skipSpace()
      } else {
        try expect(UInt8(ascii: "]"), "a comma or ]")
        return .array(elements)
      }
    }
  }

  private mutating func object(depth: Int) throws(Failure) -> JSONValue {
    place += 1
    skipSpace()
    var members: [JSONMember] = []
    var keys: Set<ByteString> = []
    if current == UInt8(ascii: "}") {
      place += 1
      return .object(members)
    }
    while true {
      guard current == UInt8(ascii: "\"") else { throw failure("a key in quotes is missing") }
      let keyPlace = place
      let key = try string()
      guard keys.insert(ByteString(key)).inserted else {
        place = keyPlace
        throw failure("the key \(shown(key)) is there twice")
      }
      skipSpace()
      try expect(UInt8(ascii: ":"), "a colon")
      skipSpace()
      members.append(JSONMember(key: key, value: try value(depth: depth + 1)))
      skipSpace()
      if current == UInt8(ascii: ",") {
        place += 1
        skipSpace()
      } else {
        try expect(UInt8(ascii: "}"), "a comma or }")
        return .object(members)
      }
    }
  }

  private mutating func number() throws(Failure) -> JSONValue {
    let start = place
    if current == UInt8(ascii: "-") { place += 1 }
    let leading = current
    let whole = digits()
    guard whole > 0, whole == 1 || leading != UInt8(ascii: "0") else {
      place = start
      throw failure("this is no number")
    }
    var isInteger = true
    if current == UInt8(ascii: ".") {
      isInteger = false
      place += 1
      guard digits() > 0 else { throw failure("digits are missing after the point") }
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      isInteger = false
      place += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { place += 1 }
      guard digits() > 0 else { throw failure("digits are missing in the exponent") }
    }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    if isInteger, let integer = Int(text) { return .integer(integer) }
    guard let real = Double(text), real.isFinite else { throw failure("the number is too large") }
    return .real(real)
  }

  private mutating func digits() -> Int {
    let start = place
    while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { place += 1 }
    return place - start
  }
}

// MARK: - Strings

extension JSONReader {
  private mutating func string() throws(Failure) -> [UInt8] {
    place += 1
    var content: [UInt8] = []
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        place += 1
        return content
      case UInt8(ascii: "\\"):
        place += 1
        try escape(into: &content)
      case ..<0x20:
        throw failure("a control character stands bare in a string")
      case ..<0x80:
        content.append(byte)
        place += 1
      default:
        let length = wellFormedLength()
        guard length > 0 else { throw failure("the bytes are not UTF-8") }
        content.append(contentsOf: bytes[place..<place + length])
        place += length
      }
    }
    throw failure("the file ends inside a string")
  }

  private mutating func escape(into content: inout [UInt8]) throws(Failure) {
    guard let byte = current else { throw failure("the file ends inside a string") }
    place += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0C)
    case UInt8(ascii: "n"): content.append(0x0A)
    case UInt8(ascii: "r"): content.append(0x0D)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "u"): content.append(contentsOf: Array(String(try scalar()).utf8))
    default: throw failure("this escape does not exist")
    }
  }

  /// The scalar after `\u`: four digits, or a surrogate pair.
  private mutating func scalar() throws(Failure) -> Unicode.Scalar {
    let first = try hexadecimal()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, current == UInt8(ascii: "\\") else {
      throw failure("a surrogate stands alone")
    }
    place += 1
    try expect(UInt8(ascii: "u"), "the second half of a surrogate pair")
    let second = try hexadecimal()
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    else { throw failure("a surrogate stands alone") }
    return scalar
  }

  private mutating func hexadecimal() throws(Failure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = current.flatMap({ Character(Unicode.Scalar($0)).hexDigitValue }) else {
        throw failure("\\u wants four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      place += 1
    }
    return value
  }

  /// How many bytes the UTF-8 sequence at `place` has; 0 when it is not well formed.
  ///
  /// Unicode 15, table 3-7.
  private func wellFormedLength() -> Int {
    func follows(_ offset: Int, _ range: ClosedRange<UInt8> = 0x80...0xBF) -> Bool {
      place + offset < bytes.count && range.contains(bytes[place + offset])
    }
    switch bytes[place] {
    case 0xC2...0xDF: return follows(1) ? 2 : 0
    case 0xE0: return follows(1, 0xA0...0xBF) && follows(2) ? 3 : 0
    case 0xED: return follows(1, 0x80...0x9F) && follows(2) ? 3 : 0
    case 0xE1...0xEF: return follows(1) && follows(2) ? 3 : 0
    case 0xF0: return follows(1, 0x90...0xBF) && follows(2) && follows(3) ? 4 : 0
    case 0xF4: return follows(1, 0x80...0x8F) && follows(2) && follows(3) ? 4 : 0
    case 0xF1...0xF3: return follows(1) && follows(2) && follows(3) ? 4 : 0
    default: return 0
    }
  }
}
