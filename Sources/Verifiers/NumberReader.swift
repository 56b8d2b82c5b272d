// Reads one number from a short text. Everything is one pass over bytes, left to right; nothing is
// tried twice.

/// A cursor over the bytes of an answer.
struct NumberReader {
  private var bytes: [UInt8]
  private var place = 0

  /// Takes a text and removes what only dresses a number.
  init(_ text: String) {
    var bytes = Array(text.utf8)
    // The minus sign of typesetters, thin spaces and the braces that keep a comma from spreading.
    for (dressing, plain) in [("\u{2212}", "-"), ("{,}", ","), ("\\,", ""), ("\\!", "")] {
      bytes = Self.replacing(Array(dressing.utf8), in: bytes, by: Array(plain.utf8))
    }
    for (opening, closing) in [("\\(", "\\)"), ("\\[", "\\]"), ("$", "$"), ("**", "**")] {
      Self.trim(&bytes)
      if bytes.starts(with: opening.utf8), bytes.count >= opening.utf8.count + closing.utf8.count,
        bytes.suffix(closing.utf8.count).elementsEqual(closing.utf8)
      {
        bytes.removeFirst(opening.utf8.count)
        bytes.removeLast(closing.utf8.count)
      }
    }
    Self.trim(&bytes)
    if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
    self.bytes = bytes
  }

  /// The number that the whole text is.
  mutating func number() throws(ExactNumber.Failure) -> ExactNumber {
    var isNegative = takeSign()
    if !take("\\$") { _ = take("$") }
    if !isNegative { isNegative = takeSign() }
    var value: ExactNumber
    if take("\\frac") || take("\\dfrac") || take("\\tfrac") {
      let over = try fractionPart()
      value = try Self.quotient(over, fractionPart())
    } else {
      value = try decimal()
      skipSpaces()
      if take("/") {
        skipSpaces()
        value = try Self.quotient(value, decimal())
      }
    }
    skipSpaces()
    let isPercent = take("\\%") || take("%")
    guard place == bytes.count else { throw .notANumber }
    return ExactNumber(
      isNegative: isNegative != value.isNegative, numerator: value.numerator,
      denominator: value.denominator, exponent: value.exponent - (isPercent ? 2 : 0))
  }

  /// `{number}`, or one digit.
  private mutating func fractionPart() throws(ExactNumber.Failure) -> ExactNumber {
    skipSpaces()
    guard take("{") else {
      guard let digit = takeDigit() else { throw .notANumber }
      return ExactNumber(isNegative: false, numerator: [digit], denominator: [1], exponent: 0)
    }
    skipSpaces()
    let isNegative = takeSign()
    let value = try decimal()
    skipSpaces()
    guard take("}") else { throw .notANumber }
    return ExactNumber(
      isNegative: isNegative, numerator: value.numerator, denominator: [1],
      exponent: value.exponent)
  }

  /// Digits with proper thousands commas, a fraction and an exponent, each but the digits optional.
  private mutating func decimal() throws(ExactNumber.Failure) -> ExactNumber {
    var digits: [UInt8] = []
    var groups: [Int] = []  // how many digits stood before each comma, then after it
    var run = 0
    while true {
      if let digit = takeDigit() {
        digits.append(digit)
        run += 1
      } else if run > 0, take(",") {
        groups.append(run)
        run = 0
      } else {
        break
      }
    }
    if let first = groups.first {
      guard (1...3).contains(first), groups.dropFirst().allSatisfy({ $0 == 3 }), run == 3 else {
        throw .notANumber
      }
    }
    var exponent = 0
    if take(".") {
      while let digit = takeDigit() {
        digits.append(digit)
        exponent -= 1
      }
    }
    guard !digits.isEmpty else { throw .notANumber }
    // 0.5000… is as good as 0.5, however long it is written.
    while exponent < 0, digits.last == 0 {
      digits.removeLast()
      exponent += 1
    }
    let significant = digits.drop { $0 == 0 }
    guard significant.count <= ExactNumber.digitLimit, -exponent <= ExactNumber.digitLimit else {
      throw .tooLarge
    }
    if take("e") || take("E") { exponent += try writtenExponent() }
    return ExactNumber(
      isNegative: false, numerator: Array(significant), denominator: [1], exponent: exponent)
  }

  private mutating func writtenExponent() throws(ExactNumber.Failure) -> Int {
    let isNegative = takeSign()
    var value = 0
    var count = 0
    while let digit = takeDigit() {
      value = min(value * 10 + Int(digit), ExactNumber.digitLimit + 1)
      count += 1
    }
    guard count > 0 else { throw .notANumber }
    guard value <= ExactNumber.digitLimit else { throw .tooLarge }
    return isNegative ? -value : value
  }

  private static func quotient(
    _ over: ExactNumber, _ under: ExactNumber
  ) throws(ExactNumber.Failure) -> ExactNumber {
    guard !under.numerator.isEmpty else { throw .zeroDivision }
    return ExactNumber(
      isNegative: over.isNegative != under.isNegative, numerator: over.numerator,
      denominator: under.numerator, exponent: over.exponent - under.exponent)
  }

  private mutating func take(_ word: String) -> Bool {
    guard bytes[place...].starts(with: word.utf8) else { return false }
    place += word.utf8.count
    return true
  }

  private mutating func takeDigit() -> UInt8? {
    guard place < bytes.count, isDigit(bytes[place]) else { return nil }
    place += 1
    return bytes[place - 1] - UInt8(ascii: "0")
  }

  /// Takes a sign if there is one; true for a minus.
  private mutating func takeSign() -> Bool {
    if take("-") {
      skipSpaces()
      return true
    }
    _ = take("+")
    return false
  }

  private mutating func skipSpaces() {
    while place < bytes.count, isSpace(bytes[place]) { place += 1 }
  }

  private static func trim(_ bytes: inout [UInt8]) {
    while let last = bytes.last, isSpace(last) { bytes.removeLast() }
    bytes.removeSubrange(..<(bytes.firstIndex { !isSpace($0) } ?? 0))
  }

  private static func replacing(
    _ old: [UInt8], in bytes: [UInt8], by new: [UInt8]
  ) -> [UInt8] {
    var result: [UInt8] = []
    var place = 0
    while place < bytes.count {
      if bytes[place...].starts(with: old) {
        result += new
        place += old.count
      } else {
        result.append(bytes[place])
        place += 1
      }
    }
    return result
  }
}

/// Whether a byte is an ASCII digit; digits of other scripts are not numbers here.
func isDigit(_ byte: UInt8) -> Bool { byte >= 48 && byte <= 57 }

/// Whether a byte is ASCII white space.
func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (byte >= 9 && byte <= 13) }
