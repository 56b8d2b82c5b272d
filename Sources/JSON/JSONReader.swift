// A strict reader for texts nobody vouches for: RFC 8259 and nothing beside it, no half surrogates,
// no key twice, and limits on nesting and on the number of values, so that a hostile text ends in an
// error and never in a crash or an exhausted machine.

/// What is wrong with a text that should be JSON.
public struct JSONError: Error, Equatable, CustomStringConvertible {
  /// The reason in words.
  public var reason: String
  /// The place, in bytes from the start.
  public var offset: Int
  /// The line, from 1.
  public var line: Int
  /// The place within the line, in bytes from 1.
  public var column: Int

  /// Puts an error together.
  public init(reason: String, offset: Int = 0, line: Int = 1, column: Int = 1) {
    (self.reason, self.offset, self.line, self.column) = (reason, offset, line, column)
  }

  /// The reason and the place.
  public var description: String { "\(reason) at byte \(offset)" }
}

/// How much a text may hold.
public struct JSONLimits: Sendable {
  /// The deepest nesting: at least 1 for a value that holds none.
  public var depth: Int
  /// The most values, those of all levels together.
  public var values: Int
  /// Whether two members of an object may have the same key, which is then looked out for elsewhere.
  public var allowsEqualKeys: Bool

  /// Limits that files of settings, lines and answers of programs stay far below.
  public init(depth: Int = 64, values: Int = 1_000_000, allowsEqualKeys: Bool = false) {
    self.depth = depth
    self.values = values
    self.allowsEqualKeys = allowsEqualKeys
  }
}

extension JSONValue {
  /// Reads one value that fills the whole text, white space aside.
  ///
  /// - Parameters:
  ///   - bytes: the text in UTF-8.
  ///   - limits: how much it may hold.
  /// - Throws: ``JSONError`` for what JSON does not allow, numbers that are no finite Double and have
  ///   a point or an exponent, half surrogates, equal keys, and what is beyond the limits.
  public init(
    parsing bytes: some Collection<UInt8>, limits: JSONLimits = JSONLimits()
  ) throws(JSONError) {
    var reader = JSONReader((bytes as? ArraySlice<UInt8>) ?? Array(bytes)[...], limits)
    self = try reader.whole()
  }
}

/// A cursor over a text.
struct JSONReader {
  private let bytes: ArraySlice<UInt8>
  private let limits: JSONLimits
  private var place: Int
  private var values = 0

  init(_ bytes: ArraySlice<UInt8>, _ limits: JSONLimits) {
    self.bytes = bytes
    self.limits = limits
    place = bytes.startIndex
  }

  mutating func whole() throws(JSONError) -> JSONValue {
    skipSpace()
    let value = try value(depth: 0)
    skipSpace()
    guard place == bytes.endIndex else { throw failure("more after the end") }
    return value
  }

  func failure(_ reason: String) -> JSONError {
    let before = bytes[..<min(place, bytes.endIndex)]
    let line = before.reduce(into: 1) { $0 += $1 == UInt8(ascii: "\n") ? 1 : 0 }
    let start = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? before.startIndex
    return JSONError(
      reason: reason, offset: before.count, line: line, column: before.endIndex - start + 1)
  }

  private var current: UInt8? { place < bytes.endIndex ? bytes[place] : nil }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      place += 1
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard current == byte else { return false }
    place += 1
    return true
  }

  private mutating func expect(_ byte: UInt8, _ what: String) throws(JSONError) {
    guard !take(byte) else { return }
    throw failure(current == nil ? "the text ends where \(what) should be" : "\(what) is missing")
  }

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    guard depth < limits.depth else { throw failure("nested deeper than \(limits.depth) levels") }
    values += 1
    guard values <= limits.values else { throw failure("more than \(limits.values) values") }
    switch current {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case .some(0x30...0x39), UInt8(ascii: "-"): return try number()
    case nil: throw failure("the text ends where a value should be")
    default: throw failure("a value is missing")
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
    guard bytes[place...].starts(with: word.utf8) else { throw failure("a value is missing") }
    place += word.utf8.count
    return value
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
    place += 1
    skipSpace()
    var elements: [JSONValue] = []
    if take(UInt8(ascii: "]")) { return .array(elements) }
    while true {
      elements.append(try value(depth: depth + 1))
      skipSpace()
      guard take(UInt8(ascii: ",")) else { break }
      skipSpace()
    }
    try expect(UInt8(ascii: "]"), "a comma or ]")
    return .array(elements)
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
    place += 1
    skipSpace()
    var members = JSONObject()
    var keys: Set<ByteKey> = []
    if take(UInt8(ascii: "}")) { return .object(members) }
    while true {
      guard current == UInt8(ascii: "\"") else { throw failure("a key in quotes is missing") }
      let start = place
      let key = try string()
      if !limits.allowsEqualKeys, isThere(key, in: members, &keys) {
        place = start
        throw failure("the key \(quoted(String(key.prefix(80)))) is there twice")
      }
      skipSpace()
      try expect(UInt8(ascii: ":"), "a colon")
      skipSpace()
      members.append(key, try value(depth: depth + 1))
      skipSpace()
      guard take(UInt8(ascii: ",")) else { break }
      skipSpace()
    }
    try expect(UInt8(ascii: "}"), "a comma or }")
    return .object(members)
  }

  /// Whether a key is there already; a few are looked through, many are looked up.
  private func isThere(_ key: String, in members: JSONObject, _ keys: inout Set<ByteKey>) -> Bool {
    guard members.count >= 16 else { return members[key] != nil }
    if keys.isEmpty { keys = Set(members.map { ByteKey(text: $0.key) }) }
    return !keys.insert(ByteKey(text: key)).inserted
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = place
    _ = take(UInt8(ascii: "-"))
    let leading = current
    let whole = digits()
    guard whole > 0, whole == 1 || leading != UInt8(ascii: "0") else {
      place = start
      throw failure("this is no number")
    }
    var isWhole = true
    if take(UInt8(ascii: ".")) {
      isWhole = false
      guard digits() > 0 else { throw failure("digits are missing after the point") }
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      isWhole = false
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      guard digits() > 0 else { throw failure("digits are missing in the exponent") }
    }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    // Minus zero is a number of its own.
    if isWhole, let integer = Int(text), text != "-0" { return .integer(integer) }
    guard isWhole || Double(text)?.isFinite == true else {
      throw failure("the number is too large")
    }
    return .number(text)
  }

  private mutating func digits() -> Int {
    let start = place
    while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { place += 1 }
    return place - start
  }
}

/// A key that is equal to another only when every byte is.
private struct ByteKey: Hashable {
  var text: String

  static func == (left: ByteKey, right: ByteKey) -> Bool {
    left.text.utf8.elementsEqual(right.text.utf8)
  }

  func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

// MARK: - Texts

extension JSONReader {
  private mutating func string() throws(JSONError) -> String {
    place += 1
    // What has no escape is taken over in one piece.
    var start = place
    var content: [UInt8] = []
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        let rest = bytes[start..<place]
        let text =
          content.isEmpty
          ? String(validating: rest, as: UTF8.self)
          : String(validating: content + rest, as: UTF8.self)
        guard let text else { throw badByte(from: content.isEmpty ? start : nil) }
        place += 1
        return text
      case UInt8(ascii: "\\"):
        content += bytes[start..<place]
        place += 1
        try escape(into: &content)
        start = place
      case ..<0x20: throw failure("a control character stands bare in a string")
      default: place += 1
      }
    }
    throw failure("the text ends inside a string")
  }

  /// The error of a text that is not UTF-8, at its first bad byte where that is easily found.
  private func badByte(from start: Int?) -> JSONError {
    guard let start else { return failure("the bytes are not UTF-8") }
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes[start..<place].makeIterator()
    var good = 0
    while case .valid(let scalar) = parser.parseScalar(from: &iterator) { good += scalar.count }
    var reader = self
    reader.place = start + good
    return reader.failure("the bytes are not UTF-8")
  }

  private mutating func escape(into content: inout [UInt8]) throws(JSONError) {
    guard let byte = current else { throw failure("the text ends inside a string") }
    place += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0C)
    case UInt8(ascii: "n"): content.append(0x0A)
    case UInt8(ascii: "r"): content.append(0x0D)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "u"): content += Character(try scalar()).utf8
    default: throw failure("this escape does not exist")
    }
  }

  /// The scalar after `\u`: four digits, or a surrogate pair.
  private mutating func scalar() throws(JSONError) -> Unicode.Scalar {
    let first = try hexadecimal()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, take(UInt8(ascii: "\\")) else {
      throw failure("a surrogate stands alone")
    }
    try expect(UInt8(ascii: "u"), "the second half of a surrogate pair")
    let second = try hexadecimal()
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    else { throw failure("a surrogate stands alone") }
    return scalar
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
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
}
