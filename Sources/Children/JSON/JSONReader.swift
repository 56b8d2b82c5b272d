// One JSON value out of bytes that somebody else wrote: strict, bounded in depth, no key twice.

/// What is wrong with a text that should be JSON.
public struct JSONError: Error, Equatable, CustomStringConvertible {
  /// The reason in words.
  public var reason: String
  /// The place, in bytes from the start.
  public var offset: Int

  /// The reason and the place.
  public var description: String { "\(reason) at byte \(offset)" }
}

extension JSONValue {
  /// Reads one value that fills the whole text.
  ///
  /// - Throws: ``JSONError`` for what JSON does not allow, NaN and infinities, values nested deeper
  ///   than 100, keys that come twice and half surrogates.
  public init(parsing bytes: some Collection<UInt8>) throws(JSONError) {
    var reader = JSONReader(bytes: Array(bytes))
    self = try reader.wholeText()
  }
}

struct JSONReader {
  private static let deepest = 100

  private let bytes: [UInt8]
  private var place = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func wholeText() throws(JSONError) -> JSONValue {
    let result = try value(depth: 0)
    skipSpace()
    guard place == bytes.count else { throw error("more text after the value") }
    return result
  }

  private func error(_ reason: String) -> JSONError { JSONError(reason: reason, offset: place) }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      place += 1
    }
  }

  private mutating func take(_ byte: Character) -> Bool {
    guard next == byte.asciiValue else { return false }
    place += 1
    return true
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    guard depth < Self.deepest else { throw error("nested deeper than \(Self.deepest)") }
    skipSpace()
    guard let first = next else { throw error("the text ends early") }
    switch first {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw error("not a JSON value")
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
    guard bytes[place...].starts(with: word.utf8) else { throw error("not a JSON value") }
    place += word.utf8.count
    return value
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
    place += 1
    var values: [JSONValue] = []
    skipSpace()
    if take("]") { return .array([]) }
    while true {
      values.append(try value(depth: depth + 1))
      skipSpace()
      if take("]") { return .array(values) }
      guard take(",") else { throw error("neither , nor ] after a value") }
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
    place += 1
    var values: [String: JSONValue] = [:]
    skipSpace()
    if take("}") { return .object([:]) }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw error("a key is not a text") }
      let key = try string()
      skipSpace()
      guard take(":") else { throw error("no : after a key") }
      guard values.updateValue(try value(depth: depth + 1), forKey: key) == nil else {
        throw error("the key '\(key.prefix(80))' comes twice")
      }
      skipSpace()
      if take("}") { return .object(values) }
      guard take(",") else { throw error("neither , nor } after a value") }
    }
  }

  // MARK: Numbers

  private mutating func digits() -> Int {
    let start = place
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { place += 1 }
    return place - start
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = place
    _ = take("-")
    let startsWithZero = next == UInt8(ascii: "0")
    let count = digits()
    guard count > 0, !(startsWithZero && count > 1) else { throw error("not a number") }
    var isInteger = true
    if take(".") {
      isInteger = false
      guard digits() > 0 else { throw error("not a number") }
    }
    if take("e") || take("E") {
      isInteger = false
      if !take("+") { _ = take("-") }
      guard digits() > 0 else { throw error("not a number") }
    }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    if isInteger { return Int(text).map(JSONValue.integer) ?? .longInteger(text) }
    guard let value = Double(text), value.isFinite else { throw error("a number is too large") }
    return .number(value)
  }

  // MARK: Texts

  private mutating func string() throws(JSONError) -> String {
    place += 1
    var text: [UInt8] = []
    while let byte = next {
      place += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let result = String(validating: text, as: UTF8.self) else {
          throw error("a text is not UTF-8")
        }
        return result
      case UInt8(ascii: "\\"): try escape(into: &text)
      case 0..<0x20: throw error("a control character in a text")
      default: text.append(byte)
      }
    }
    throw error("the text ends early")
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    guard let byte = next else { throw error("the text ends early") }
    place += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var code = try unit()
      if (0xD800..<0xDC00).contains(code) {
        guard take("\\"), take("u") else { throw error("half a surrogate pair") }
        let low = try unit()
        guard (0xDC00..<0xE000).contains(low) else { throw error("half a surrogate pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw error("half a surrogate pair") }
      text += Character(scalar).utf8
    default: throw error("an unknown escape")
    }
  }

  private mutating func unit() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("not four hexadecimal digits")
      }
      place += 1
      code = code << 4 | UInt32(digit)
    }
    return code
  }
}
