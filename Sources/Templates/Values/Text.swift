// Text as Python sees it: a sequence of code points, compared and ordered by them. It is kept as
// UTF-8 bytes, whose order is the order of code points, so equality, order and search work on
// bytes; Swift's own String would call "é" and "e" with an accent equal.

/// A string of the interpreter: valid UTF-8.
struct Text: Hashable, Sendable {
  var bytes: [UInt8]

  init(bytes: [UInt8] = []) {
    self.bytes = bytes
  }

  init(bytes: ArraySlice<UInt8>) {
    self.bytes = Array(bytes)
  }

  init(_ string: String) {
    bytes = Array(string.utf8)
  }

  init(_ scalar: Unicode.Scalar) {
    bytes = Array(UTF8.encode(scalar).map(Array.init) ?? [])
  }

  var string: String { String(decoding: bytes, as: UTF8.self) }
  var isEmpty: Bool { bytes.isEmpty }

  /// The number of code points.
  var length: Int {
    bytes.reduce(into: 0) { count, byte in count += byte & 0xC0 == 0x80 ? 0 : 1 }
  }

  /// The code points, decoded.
  var scalars: [Unicode.Scalar] { Array(string.unicodeScalars) }

  /// Whether every byte is a code point of its own.
  var isASCII: Bool { bytes.allSatisfy { $0 < 0x80 } }

  /// The text of each code point.
  var characters: [Text] {
    var result: [Text] = []
    var start = 0
    while start < bytes.count {
      let end = Self.next(after: start, in: bytes)
      result.append(Text(bytes: bytes[start..<end]))
      start = end
    }
    return result
  }

  /// Where the code point after the one at `place` begins.
  static func next(after place: Int, in bytes: [UInt8]) -> Int {
    var place = place + 1
    while place < bytes.count && bytes[place] & 0xC0 == 0x80 { place += 1 }
    return place
  }

  /// The place in bytes of the code point with the number `index`, at most the end.
  func byteOffset(ofCharacter index: Int) -> Int {
    if index <= 0 { return 0 }
    var left = index
    for (place, byte) in bytes.enumerated() where byte & 0xC0 != 0x80 {
      if left == 0 { return place }
      left -= 1
    }
    return bytes.count
  }

  /// How many code points stand before the byte `offset`.
  func characterIndex(ofByte offset: Int) -> Int {
    bytes[..<offset].reduce(into: 0) { count, byte in count += byte & 0xC0 == 0x80 ? 0 : 1 }
  }

  static func + (left: Text, right: Text) -> Text { Text(bytes: left.bytes + right.bytes) }

  func hasPrefix(_ text: Text) -> Bool { bytes.starts(with: text.bytes) }

  func hasSuffix(_ text: Text) -> Bool {
    bytes.count >= text.bytes.count
      && bytes[(bytes.count - text.bytes.count)...].elementsEqual(text.bytes)
  }
}

extension Text: Comparable {
  static func < (left: Text, right: Text) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

extension Text: ExpressibleByStringLiteral {
  init(stringLiteral value: String) { self.init(value) }
}
