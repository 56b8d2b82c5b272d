// How Jinja spells numbers and strings.

/// Numbers in a template: digits with single underscores between them.
enum Numerals {
  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// The end of a run of digits, nil when there is none.
  private static func digitsEnd(
    in bytes: [UInt8], from start: Int, _ isDigit: (UInt8) -> Bool
  ) -> Int? {
    guard start < bytes.count, isDigit(bytes[start]) else { return nil }
    var end = start + 1
    while end < bytes.count {
      if isDigit(bytes[end]) {
        end += 1
      } else if bytes[end] == Ascii.underscore, end + 1 < bytes.count, isDigit(bytes[end + 1]) {
        end += 2
      } else {
        break
      }
    }
    return end
  }

  /// The end of a number with a fraction or an exponent.
  static func doubleEnd(in bytes: [UInt8], from start: Int) -> Int? {
    if start > 0 && bytes[start - 1] == Ascii.dot { return nil }
    guard let whole = digitsEnd(in: bytes, from: start, isDigit) else { return nil }
    var end = whole
    if end < bytes.count, bytes[end] == Ascii.dot,
      let fraction = digitsEnd(in: bytes, from: end + 1, isDigit)
    {
      end = fraction
    }
    if end < bytes.count, bytes[end] | 0x20 == UInt8(ascii: "e") {
      let hasSign =
        end + 1 < bytes.count && (bytes[end + 1] == Ascii.plus || bytes[end + 1] == Ascii.minus)
      if let exponent = digitsEnd(in: bytes, from: end + (hasSign ? 2 : 1), isDigit) {
        return exponent
      }
    }
    return end > whole ? end : nil
  }

  /// The end of a whole number in base 10, or 2, 8 or 16 with a prefix.
  static func integerEnd(in bytes: [UInt8], from start: Int) -> Int? {
    guard isDigit(bytes[start]) else { return nil }
    guard bytes[start] == Ascii.zero else { return digitsEnd(in: bytes, from: start, isDigit) }
    if start + 1 < bytes.count, let digits = digits(ofPrefix: bytes[start + 1]) {
      let first = start + 2 < bytes.count && bytes[start + 2] == Ascii.underscore ? 3 : 2
      if let end = digitsEnd(in: bytes, from: start + first, digits) { return end }
    }
    return digitsEnd(in: bytes, from: start) { $0 == Ascii.zero }
  }

  private static func digits(ofPrefix byte: UInt8) -> ((UInt8) -> Bool)? {
    switch byte | 0x20 {
    case UInt8(ascii: "b"): { $0 == 0x30 || $0 == 0x31 }
    case UInt8(ascii: "o"): { (0x30...0x37).contains($0) }
    case UInt8(ascii: "x"): { isDigit($0) || (0x61...0x66).contains($0 | 0x20) }
    default: nil
    }
  }

  /// The value of a whole number; nil beyond 64 bits.
  static func integer(_ spelled: ArraySlice<UInt8>) -> Int? {
    let digits = spelled.filter { $0 != Ascii.underscore }
    let radix =
      switch digits.count > 2 ? digits[1] | 0x20 : 0 {
      case UInt8(ascii: "b"): 2
      case UInt8(ascii: "o"): 8
      case UInt8(ascii: "x"): 16
      default: 10
      }
    return Int(String(decoding: digits.dropFirst(radix == 10 ? 0 : 2), as: UTF8.self), radix: radix)
  }
}

/// What stands between the quotes: Python's escapes.
enum StringLiteral {
  static func value(of body: [UInt8], at start: Int, in source: Source) throws(TemplateError)
    -> Text
  {
    var result = Text()
    var place = 0
    while place < body.count {
      guard body[place] == Ascii.backslash, place + 1 < body.count else {
        result.bytes.append(body[place])
        place += 1
        continue
      }
      let escape = body[place + 1]
      if escape >= 0x80 {
        // Jinja spells what is not ASCII as an escape before it reads escapes, so that a backslash
        // before it makes a backslash and the spelled-out code point.
        let end = Text.next(after: place + 1, in: body)
        let scalar = Text(bytes: body[(place + 1)..<end]).scalars.first?.value ?? 0
        result.bytes.append(Ascii.backslash)
        result.bytes += spelled(scalar).utf8
        place = end
      } else if let plain = plain[escape] {
        result.bytes += plain
        place += 2
      } else if (0x30...0x37).contains(escape) {
        let digits = body[(place + 1)...].prefix(3).prefix { (0x30...0x37).contains($0) }
        let value = digits.reduce(UInt32(0)) { $0 * 8 + UInt32($1 - 0x30) }
        append(value, to: &result)
        place = digits.endIndex
      } else if let count = hexadecimal[escape] {
        let digits = body[(place + 2)...].prefix(count)
        let spelling = String(decoding: digits, as: UTF8.self)
        guard digits.count == count, spelling.allSatisfy(\.isHexDigit),
          let value = UInt32(spelling, radix: 16), value <= 0x10FFFF
        else {
          throw source.error(.syntax, "an escape in a string is cut short", at: start + place)
        }
        guard Unicode.Scalar(value) != nil else {
          throw source.error(.unsupported, "half a surrogate pair", at: start + place)
        }
        append(value, to: &result)
        place = digits.endIndex
      } else if escape == UInt8(ascii: "N") {
        throw source.error(.unsupported, "an escape by a character's name", at: start + place)
      } else {
        result.bytes += [Ascii.backslash, escape]
        place += 2
      }
    }
    return result
  }

  private static let plain: [UInt8: [UInt8]] = [
    Ascii.newline: [], Ascii.backslash: [Ascii.backslash], Ascii.apostrophe: [Ascii.apostrophe],
    Ascii.quote: [Ascii.quote], UInt8(ascii: "a"): [7], UInt8(ascii: "b"): [8],
    UInt8(ascii: "t"): [9], UInt8(ascii: "n"): [10], UInt8(ascii: "v"): [11],
    UInt8(ascii: "f"): [12], UInt8(ascii: "r"): [13],
  ]

  private static let hexadecimal: [UInt8: Int] = [
    UInt8(ascii: "x"): 2, UInt8(ascii: "u"): 4, UInt8(ascii: "U"): 8,
  ]

  private static func append(_ value: UInt32, to text: inout Text) {
    if let scalar = Unicode.Scalar(value) { text.bytes += Text(scalar).bytes }
  }

  private static func spelled(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    let (letter, width) = value < 0x100 ? ("x", 2) : value < 0x10000 ? ("u", 4) : ("U", 8)
    return letter + String(repeating: "0", count: width - digits.count) + digits
  }
}
