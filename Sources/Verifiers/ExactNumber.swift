// Exact numbers, as far as answers need them: read from text, compared, nothing else. No floating
// point, so that 0.1 is a tenth and a long integer is itself. Sizes are bounded before any
// arithmetic: a short text may name an enormous number.

/// A number as ± numerator / denominator × 10^exponent, with the first two as decimal digits.
package struct ExactNumber: Equatable {
  /// Why a text is not a usable number.
  package enum Failure: Error {
    /// It does not read as one number.
    case notANumber
    /// It has more digits, or a larger exponent, than is looked at.
    case tooLarge
    /// It divides by zero.
    case zeroDivision

    var words: String {
      switch self {
      case .notANumber: "not a number"
      case .tooLarge: "more than \(ExactNumber.digitLimit) digits"
      case .zeroDivision: "division by zero"
      }
    }
  }

  /// The most digits of an integer and its fraction, and the largest exponent either way.
  package static let digitLimit = 400
  /// The longest text that is looked at, in bytes.
  package static let textLimit = 4096

  let isNegative: Bool
  let numerator: [UInt8]
  let denominator: [UInt8]
  let exponent: Int

  /// Reads integers, decimals, thousands commas, `a/b`, `\frac{a}{b}`, percent and exponents, in
  /// plain ASCII digits, with the usual dressing of LaTeX around them.
  package init(_ text: String) throws(Failure) {
    guard text.utf8.count <= Self.textLimit else { throw .tooLarge }
    var reader = NumberReader(text)
    self = try reader.number()
  }

  init(isNegative: Bool, numerator: [UInt8], denominator: [UInt8], exponent: Int) {
    let digits = Array(numerator.drop { $0 == 0 })
    self.isNegative = isNegative && !digits.isEmpty
    self.numerator = digits
    self.denominator = Array(denominator.drop { $0 == 0 })
    self.exponent = exponent
  }

  /// The number as a quotient and a power of ten.
  var text: String {
    func digits(_ part: [UInt8]) -> String {
      part.isEmpty ? "0" : String(decoding: part.map { $0 + UInt8(ascii: "0") }, as: UTF8.self)
    }
    let sign = isNegative ? "-" : ""
    return "\(sign)\\frac{\(digits(numerator))}{\(digits(denominator))} \\cdot 10^{\(exponent)}"
  }

  /// Whether two numbers are the same, by cross-multiplication.
  package static func == (left: ExactNumber, right: ExactNumber) -> Bool {
    guard !left.numerator.isEmpty, !right.numerator.isEmpty else {
      return left.numerator.isEmpty && right.numerator.isEmpty
    }
    guard left.isNegative == right.isNegative else { return false }
    let shift = left.exponent - right.exponent
    return product(left.numerator, right.denominator, zeros: max(shift, 0))
      == product(right.numerator, left.denominator, zeros: max(-shift, 0))
  }

  /// The limbs, least first, of left × right × 10^zeros.
  private static func product(_ left: [UInt8], _ right: [UInt8], zeros: Int) -> [UInt64] {
    let a = limbs(left + [UInt8](repeating: 0, count: zeros))
    let b = limbs(right)
    var result = [UInt64](repeating: 0, count: a.count + b.count)
    for (i, x) in a.enumerated() {
      var carry: UInt64 = 0
      for (j, y) in b.enumerated() {
        let sum = result[i + j] + x * y + carry
        result[i + j] = sum % limbBase
        carry = sum / limbBase
      }
      result[i + b.count] = carry
    }
    while result.last == 0 { result.removeLast() }
    return result
  }

  /// Decimal digits as limbs of nine digits, least first.
  private static func limbs(_ digits: [UInt8]) -> [UInt64] {
    stride(from: digits.count, to: 0, by: -9).map { end in
      digits[max(end - 9, 0)..<end].reduce(0) { $0 * 10 + UInt64($1) }
    }
  }

  private static let limbBase: UInt64 = 1_000_000_000
}
