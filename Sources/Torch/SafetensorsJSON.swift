// A strict reader of JSON (RFC 8259) over bytes in memory, one value at a time: it builds no tree,
// so a hostile header costs no more memory than its own bytes. Doors throw, and every limit here
// is the one of the reference's parser (serde_json): 127 levels, finite numbers, valid UTF-8.

/// Reads JSON values in the order they stand.
package struct JSONScanner {
  /// What is wrong with the text, and at which byte.
  package struct Failure: Error, Equatable {
    package let reason: String
    package let place: Int
  }

  /// What kind of value comes next.
  package enum Kind { case object, array, string, number, boolean, null }

  private static let deepest = 127

  private let bytes: [UInt8]
  private var place = 0
  private var depth = 0

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// A failure at the byte reached so far.
  package func failure(_ reason: String) -> Failure { Failure(reason: reason, place: place) }

  private var next: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      place += 1
    }
  }

  /// Steps over one byte when it is the next one after space.
  private mutating func took(_ byte: UInt8) -> Bool {
    skipSpace()
    guard next == byte else { return false }
    place += 1
    return true
  }

  private mutating func demand(_ character: Unicode.Scalar) throws(Failure) {
    guard took(UInt8(ascii: character)) else { throw failure("expected \"\(character)\"") }
  }

  /// The kind of the next value, graded by its first byte.
  package mutating func peek() throws(Failure) -> Kind {
    skipSpace()
    guard let byte = next else { throw failure("the text ends where a value should be") }
    switch byte {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case UInt8(ascii: "\""): return .string
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
    case UInt8(ascii: "n"): return .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    default: throw failure("no JSON value starts here")
    }
  }

  /// Requires that nothing but space is left.
  package mutating func end() throws(Failure) {
    skipSpace()
    if place < bytes.count { throw failure("text after the end of the value") }
  }

  /// Reads an object; `entry` reads the value of each key.
  package mutating func object(
    _ entry: (inout JSONScanner, String) throws(Failure) -> Void
  ) throws(Failure) {
    try demand("{")
    try enter()
    defer { depth -= 1 }
    if took(UInt8(ascii: "}")) { return }
    repeat {
      skipSpace()
      let key = try string()
      try demand(":")
      try entry(&self, key)
    } while took(UInt8(ascii: ","))
    try demand("}")
  }

  /// Reads an array; `element` reads each value.
  package mutating func array(
    _ element: (inout JSONScanner) throws(Failure) -> Void
  ) throws(Failure) {
    try demand("[")
    try enter()
    defer { depth -= 1 }
    if took(UInt8(ascii: "]")) { return }
    repeat { try element(&self) } while took(UInt8(ascii: ","))
    try demand("]")
  }

  private mutating func enter() throws(Failure) {
    guard depth < Self.deepest else { throw failure("nested deeper than \(Self.deepest) levels") }
    depth += 1
  }

  /// Reads a number and returns its text, which is finite as a Double.
  package mutating func number() throws(Failure) -> String {
    skipSpace()
    let start = place
    if next == UInt8(ascii: "-") { place += 1 }
    let leading = next
    let whole = digits()
    guard whole > 0, whole == 1 || leading != UInt8(ascii: "0") else {
      throw failure("not a number")
    }
    if next == UInt8(ascii: ".") {
      place += 1
      guard digits() > 0 else { throw failure("a number ends in its point") }
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      place += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { place += 1 }
      guard digits() > 0 else { throw failure("a number without its exponent") }
    }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    guard let value = Double(text), value.isFinite else { throw failure("a number out of range") }
    return text
  }

  private mutating func digits() -> Int {
    let start = place
    while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { place += 1 }
    return place - start
  }

  /// Reads a whole number that is not negative: digits only, no fraction, no exponent.
  package mutating func natural() throws(Failure) -> Int {
    guard try peek() == .number else { throw failure("expected a whole number") }
    let text = try number()
    guard text.utf8.allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
      let value = Int(text)
    else { throw failure("\(text.prefix(40)) is not a whole number from 0 to \(Int.max)") }
    return value
  }

  /// Reads `true` or `false`.
  package mutating func boolean() throws(Failure) -> Bool {
    skipSpace()
    if next == UInt8(ascii: "t") {
      try word("true")
      return true
    }
    try word("false")
    return false
  }

  /// Reads `null`.
  package mutating func null() throws(Failure) {
    skipSpace()
    try word("null")
  }

  private mutating func word(_ word: StaticString) throws(Failure) {
    let end = place + word.utf8CodeUnitCount
    guard end <= bytes.count,
      word.withUTF8Buffer({ $0.elementsEqual(bytes[place..<end]) })
    else { throw failure("expected \(word)") }
    place = end
  }

  /// Reads any value and forgets it.
  package mutating func skip() throws(Failure) {
    switch try peek() {
    case .object: try object { (scanner, _) throws(Failure) in try scanner.skip() }
    case .array: try array { scanner throws(Failure) in try scanner.skip() }
    case .string: _ = try string()
    case .number: _ = try number()
    case .boolean: _ = try boolean()
    case .null: try null()
    }
  }

  /// Reads a string.
  package mutating func string() throws(Failure) -> String {
    try demand("\"")
    var start = place
    var text = ""
    while true {
      guard let byte = next else { throw failure("a string does not end") }
      if byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") {
        place += 1
        continue
      }
      guard let run = String(validating: bytes[start..<place], as: UTF8.self) else {
        throw failure("a string is not UTF-8")
      }
      text += run
      if byte < 0x20 { throw failure("a control character in a string") }
      place += 1
      if byte == UInt8(ascii: "\"") { return text }
      text.unicodeScalars.append(try escaped())
      start = place
    }
  }

  private mutating func escaped() throws(Failure) -> Unicode.Scalar {
    guard let byte = next else { throw failure("a string does not end") }
    place += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{08}"
    case UInt8(ascii: "f"): return "\u{0C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try escapedScalar()
    default: throw failure("an unknown escape in a string")
    }
  }

  private mutating func escapedScalar() throws(Failure) -> Unicode.Scalar {
    let first = try fourHexDigits()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, next == UInt8(ascii: "\\") else { throw failure("half a surrogate pair") }
    place += 1
    guard next == UInt8(ascii: "u") else { throw failure("half a surrogate pair") }
    place += 1
    let second = try fourHexDigits()
    guard (0xDC00...0xDFFF).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw failure("half a surrogate pair") }
    return scalar
  }

  private mutating func fourHexDigits() throws(Failure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80
      else { throw failure("\\u without four hexadecimal digits") }
      value = value << 4 | UInt32(digit)
      place += 1
    }
    return value
  }
}
