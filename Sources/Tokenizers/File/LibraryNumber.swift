// Numbers as the library reads them (serde_json without `float_roundtrip`): the digits up to 2⁶⁴ as a
// whole number, times or divided by a power of ten. In one number of eight the last bit is another than
// that of the nearest Double, and it decides between ways whose scores are else equal.

/// Reads scores.
package enum LibraryNumber {
  /// The number that a text stands for there.
  ///
  /// - Parameter written: a JSON number.
  /// - Returns: nil when it is too large.
  package static func read(_ written: String) -> Double? {
    var digits: UInt64 = 0
    var exponent = 0
    var isFull = false
    var isFraction = false
    var rest = written.utf8[...]
    let isNegative = rest.first == UInt8(ascii: "-")
    if isNegative { rest.removeFirst() }
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "."):
        isFraction = true
        // A whole part that was cut off does not end the digits: a small one may still fit.
        isFull = false
      case UInt8(ascii: "e"), UInt8(ascii: "E"):
        // What does not fit is far out of reach, or nothing.
        let power =
          Int(String(Substring(rest))) ?? (rest.first == UInt8(ascii: "-") ? -1 << 31 : 1 << 31)
        exponent += max(-1 << 31, min(power, 1 << 31))
        rest = rest.suffix(0)
      default:
        let digit = UInt64(byte & 0x0F)
        let (tens, isTooLarge) = digits.multipliedReportingOverflow(by: 10)
        let (sum, isOver) = tens.addingReportingOverflow(digit)
        isFull = isFull || isTooLarge || isOver
        if !isFull {
          digits = sum
          exponent -= isFraction ? 1 : 0
        } else if !isFraction {
          exponent += 1
        }
      }
    }
    var value = Double(digits)
    while value != 0, exponent < -308 {
      value /= 1e308
      exponent += 308
    }
    if value != 0, exponent != 0 {
      guard exponent <= 308 else { return nil }
      if exponent > 0 { value *= powersOfTen[exponent] } else { value /= powersOfTen[-exponent] }
    }
    guard value.isFinite else { return nil }
    return isNegative ? -value : value
  }

  private static let powersOfTen = (0...308).map { Double("1e\($0)") ?? .infinity }
}
