// Numbers as programs write them: 1.50, -7, 1e10. They are compared by their digits, because a
// double takes large whole numbers that differ for the same.

/// A decimal number as it is written.
struct WrittenNumber {
  /// The longest number that is read; a longer one is compared as text.
  private static let longest = 1000

  private var isNegative = false
  /// The digits without zeros at either end; none of them for zero.
  private var digits: [UInt8] = []
  /// By which power of ten the digits are to be multiplied, as a whole number.
  private var exponent = 0
  /// Whether there is neither a point nor an exponent.
  private var isPlain = true
  private var hasExponent = false
  private let text: ArraySlice<UInt8>

  /// Reads a number that fills the whole text; nil for what is none, or too long.
  ///
  /// Zeros that lead make it no number: 0011 is a row of bits or a code, and 11 another one.
  ///
  /// - Parameter text: the text in UTF-8.
  init?(_ text: ArraySlice<UInt8>) {
    guard text.count <= Self.longest else { return nil }
    self.text = text
    var rest = text
    if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
      isNegative = sign == UInt8(ascii: "-")
      rest.removeFirst()
    }
    let whole = rest.prefix(while: Self.isDigit)
    rest = rest.dropFirst(whole.count)
    var fraction: ArraySlice<UInt8> = []
    if rest.first == UInt8(ascii: ".") {
      isPlain = false
      fraction = rest.dropFirst().prefix(while: Self.isDigit)
      rest = rest.dropFirst(1 + fraction.count)
    }
    guard !whole.isEmpty || !fraction.isEmpty else { return nil }
    guard whole.count < 2 || whole.first != UInt8(ascii: "0") else { return nil }
    if let mark = rest.first, mark == UInt8(ascii: "e") || mark == UInt8(ascii: "E") {
      (isPlain, hasExponent) = (false, true)
      rest.removeFirst()
      // Int reads a sign and digits; what is longer than this is no number of a computation.
      guard rest.count <= 6, let power = Int(String(decoding: rest, as: UTF8.self)) else {
        return nil
      }
      exponent = power
      rest = []
    }
    guard rest.isEmpty else { return nil }
    exponent -= fraction.count
    let zero = UInt8(ascii: "0")
    digits = Array((whole + fraction).drop { $0 == zero })
    while digits.last == zero {
      digits.removeLast()
      exponent += 1
    }
    if digits.isEmpty { (isNegative, exponent) = (false, 0) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  /// Whether it is the same number, however written: `1.50`, `1.5` and `15e-1` are.
  func isSame(as other: WrittenNumber) -> Bool {
    isNegative == other.isNegative && exponent == other.exponent && digits == other.digits
  }

  /// Whether it is as near to the right number as rounding leaves it.
  ///
  /// Two whole numbers are never near one another. Where the right number has neither point nor
  /// exponent only 1e-8 is allowed, and nothing where doubles are no finer than that by far; else
  /// also `relative` times the right number.
  func isClose(to right: WrittenNumber, relative: Double) -> Bool {
    if isSame(as: right) { return true }
    guard !(isWhole && right.isWhole) else { return false }
    let (found, wanted) = (double, right.double)
    guard wanted.isFinite, !right.isPlain || abs(wanted) < 1e9 else { return false }
    return abs(found - wanted) <= 1e-8 + (right.isPlain ? 0 : relative * abs(wanted))
  }

  /// Whether it is a whole number by what it says; large ones with exponents are roundings.
  private var isWhole: Bool { !hasExponent && exponent >= 0 }

  private var double: Double { Double(String(decoding: text, as: UTF8.self)) ?? .nan }
}
