// Numerals as exact numbers.

import BigInt

/// Reads what the lexer wrote: digits, a point, repeating digits in brackets, a power of ten.
enum NumberText {
  /// The value of a numeral, and whether it was written with a point.
  static func value(
    of text: String
  ) throws(MathAnswerError) -> (value: Rational, isDecimal: Bool) {
    let parts = text.split(separator: "e", maxSplits: 1)
    var mantissa = parts.first.map(String.init) ?? ""
    var repeated = ""
    if let bracket = mantissa.firstIndex(of: "(") {
      repeated = String(mantissa[bracket...].dropFirst().dropLast())
      mantissa = String(mantissa[..<bracket])
    }
    let halves = mantissa.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let whole = String(halves.first ?? "")
    let behind = halves.count > 1 ? String(halves[1]) : ""
    guard let number = BigInt(whole + behind + repeated, radix: 10) else {
      throw .unparsable("a numeral without digits")
    }
    var value = Rational(number, BigInt(10).power(behind.count + repeated.count))
    if !repeated.isEmpty {
      // 0.1(6) is (16 - 1)/90.
      let before = BigInt(whole + behind, radix: 10) ?? 0
      let nines = BigInt(10).power(repeated.count) - 1
      value = Rational(number - before, nines * BigInt(10).power(behind.count))
    }
    if parts.count > 1 {
      guard let exponent = Int(parts[1]), exponent.magnitude <= 4_000 else {
        throw .tooLarge("a power of ten above 4000")
      }
      let power = BigInt(10).power(Int(exponent.magnitude))
      value = exponent < 0 ? value * Rational(1, power) : value * Rational(power)
    }
    guard value.bits <= Limits.bits else {
      throw .tooLarge("a number of more than \(Limits.bits * 3 / 10) digits")
    }
    return (value, text.contains(".") && repeated.isEmpty)
  }

  /// The digits that repeat at the end of a decimal which goes on with dots: three times for one
  /// digit, twice for several.
  static func period(of text: String) -> String? {
    guard let point = text.firstIndex(of: ".") else { return nil }
    let digits = Array(text[point...].dropFirst().utf8.suffix(48))
    for length in 1...max(digits.count / 2, 1) {
      let times = length == 1 ? 3 : 2
      guard digits.count >= times * length else { continue }
      let tail = digits.suffix(times * length)
      let block = Array(tail.suffix(length))
      if tail.enumerated().allSatisfy({ block[$0.offset % length] == $0.element }) {
        return String(decoding: block, as: UTF8.self)
      }
    }
    return nil
  }
}
