// The right answer within a column: all of it, what follows GSM8K's mark, or what MATH boxes.

/// Which part of a column's text is the right answer.
public enum LabelPart: String, Equatable, Sendable {
  /// The whole text.
  case whole
  /// What follows the last `####`, without the commas of thousands.
  case afterMark = "after ####"
  /// What stands in the last `\boxed{}`.
  case boxed = "in \\boxed{}"

  static let mark = "####"

  /// The part of most of some texts: the part that more than half of them have.
  static func usual(of texts: [String]) -> LabelPart {
    if texts.count(where: { $0.contains(mark) }) * 2 > texts.count { return .afterMark }
    if texts.count(where: { $0.contains("\\boxed") }) * 2 > texts.count { return .boxed }
    return .whole
  }

  /// The right answer in a text.
  ///
  /// - Parameters:
  ///   - text: The column's text.
  ///   - key: The column.
  /// - Returns: The answer, which may be empty.
  /// - Throws: Why there is none.
  func answer(in text: String, key: String) throws(LineFault) -> String {
    switch self {
    case .whole: return text
    case .afterMark:
      guard let mark = text.ranges(of: Self.mark).last else {
        throw LineFault(reason: "'\(key)' has no '\(Self.mark)' before the answer, as others have")
      }
      return Self.withoutThousands(trimmed(text[mark.upperBound...]))
    case .boxed:
      guard let boxed = Self.lastBoxed(in: Array(text.utf8)) else {
        throw LineFault(reason: "'\(key)' has no whole \\boxed{…} that holds the answer")
      }
      return trimmed(Substring(boxed))
    }
  }

  private func trimmed(_ text: Substring) -> String {
    let front = text.drop(while: \.isWhitespace)
    return String(front.reversed().drop(while: \.isWhitespace).reversed())
  }

  /// A number without its commas, as GSM8K is graded everywhere; other texts stay.
  private static func withoutThousands(_ text: String) -> String {
    let isNumber = text.allSatisfy { $0.isASCII && ($0.isNumber || "+-.,$%".contains($0)) }
    return isNumber ? text.filter { $0 != "," } : text
  }

  /// The content of the last `\boxed{…}` or `\fbox{…}` with balanced braces, or of `\boxed x`.
  private static func lastBoxed(in bytes: [UInt8]) -> String? {
    let starts = ["\\boxed", "\\fbox"].compactMap { word -> Int? in
      let word = Array(word.utf8)
      return bytes.indices.last { bytes[$0...].starts(with: word) }.map { $0 + word.count }
    }
    guard var place = starts.max() else { return nil }
    while place < bytes.count, bytes[place] == UInt8(ascii: " ") { place += 1 }
    guard place < bytes.count, bytes[place] == UInt8(ascii: "{") else {
      let rest = bytes[place...].prefix { $0 != UInt8(ascii: "$") && $0 != UInt8(ascii: "\n") }
      return rest.isEmpty ? nil : String(decoding: rest, as: UTF8.self)
    }
    var depth = 0
    var end = place
    while end < bytes.count {
      switch bytes[end] {
      case UInt8(ascii: "\\"): end += 1  // What follows a backslash is no brace of TeX's.
      case UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "}"):
        depth -= 1
        if depth == 0 { return String(decoding: bytes[(place + 1)..<end], as: UTF8.self) }
      default: break
      }
      end += 1
    }
    return nil
  }
}

/// What kind of value a right answer is in the file.
public enum LabelKind: String, CaseIterable, Sendable {
  /// Text.
  case text
  /// A number without a point.
  case wholeNumber = "whole number"
  /// A number with a point or an exponent.
  case number = "number with a point"
  /// True or false.
  case boolean = "true or false"
  /// A list of one element, which is the answer.
  case single = "list of one"
  /// A longer list, kept as JSON.
  case list = "list, kept as JSON"
  /// An object, which only a reward function can read.
  case object = "object, kept as JSON"
  /// No answer at all.
  case missing = "none"
  /// One of the row's choices, by letter and by text.
  case choice = "one of the choices, by its letter or its text"
  /// Instructions with their arguments.
  case instructions = "instructions, kept as JSON"
}
