// How one value is laid out: what stands after the % of one kind of format string and after the
// colon of the other.

import Foundation

/// Fill, width, precision and kind of one formatted value.
struct FormatSpecification {
  enum Alignment { case left, right, center, afterSign }

  var fill: Text = " "
  var alignment: Alignment?
  /// What stands before a number that is not negative: nothing, a plus or a space.
  var sign: Text = ""
  var isAlternate = false
  var grouping: Text?
  var width = 0
  var precision: Int?
  /// The letter, 0 when there is none.
  var kind: UInt8 = 0

  /// The longest width and precision that are read.
  static let widest = 100_000
  static let mostPrecise = 400
}

extension Renderer {
  /// `text` filled to the width.
  func pad(
    _ text: Text, _ specification: FormatSpecification, signLength: Int = 0,
    otherwise: FormatSpecification.Alignment
  ) throws(TemplateError) -> Text {
    let missing = specification.width - text.length
    guard missing > 0 else { return text }
    let fill = specification.fill
    switch specification.alignment ?? otherwise {
    case .left: return text + (try repeated(fill, missing))
    case .right: return (try repeated(fill, missing)) + text
    case .center:
      return (try repeated(fill, missing / 2)) + text + (try repeated(fill, missing - missing / 2))
    case .afterSign:
      return Text(bytes: text.bytes.prefix(signLength)) + (try repeated(fill, missing))
        + Text(bytes: text.bytes.dropFirst(signLength))
    }
  }

  /// An integer in the base that the kind asks for.
  func format(
    _ integer: Int, _ specification: FormatSpecification
  ) throws(TemplateError) -> Text {
    let (radix, prefix) =
      switch specification.kind {
      case UInt8(ascii: "b"): (2, "0b")
      case UInt8(ascii: "o"): (8, "0o")
      case UInt8(ascii: "x"): (16, "0x")
      case UInt8(ascii: "X"): (16, "0X")
      default: (10, "")
      }
    var digits = String(
      integer.magnitude, radix: radix, uppercase: specification.kind == UInt8(ascii: "X"))
    if let precision = specification.precision, precision > digits.count {
      digits = String(repeating: "0", count: precision - digits.count) + digits
    }
    let sign = integer < 0 ? "-" : specification.sign
    let before = sign + (specification.isAlternate ? Text(prefix) : "")
    let grouped = group(Text(digits), specification)
    return try pad(
      before + grouped, specification, signLength: before.bytes.count, otherwise: .right)
  }

  /// A number in the kinds e, f, g and %.
  func format(
    _ double: Double, _ specification: FormatSpecification
  ) throws(TemplateError) -> Text {
    let isPercent = specification.kind == UInt8(ascii: "%")
    let letter = isPercent ? "f" : String(UnicodeScalar(specification.kind))
    let magnitude = double.magnitude * (isPercent ? 100 : 1)
    var digits: String
    if magnitude.isFinite {
      let flag = specification.isAlternate ? "#" : ""
      digits = String(format: "%\(flag).\(specification.precision ?? 6)\(letter)", magnitude)
    } else {
      digits = magnitude.isNaN ? "nan" : "inf"
      if specification.kind & 0x20 == 0 { digits = digits.uppercased() }
    }
    let isNegative = double.sign == .minus && !double.isNaN
    let sign = isNegative ? "-" : specification.sign
    let whole = Text(String(digits.prefix { $0.isNumber }))
    let rest = Text(String(digits.dropFirst(whole.bytes.count)))
    let text = sign + group(whole, specification) + rest + (isPercent ? "%" : "")
    return try pad(text, specification, signLength: sign.bytes.count, otherwise: .right)
  }

  private func group(_ digits: Text, _ specification: FormatSpecification) -> Text {
    guard let separator = specification.grouping else { return digits }
    var result = Text()
    for (place, byte) in digits.bytes.enumerated() {
      if place > 0 && (digits.bytes.count - place) % 3 == 0 { result.bytes += separator.bytes }
      result.bytes.append(byte)
    }
    return result
  }
}
