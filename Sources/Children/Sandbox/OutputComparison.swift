// Whether a result is the expected one. This happens outside the sandbox, on text that the program
// inside is free to choose: nothing of it is run.

import JSON

/// Comparisons of results.
enum Comparison {
  /// The last digits of a floating-point result depend on the order of a sum.
  private static let tolerance = 1e-9

  /// Compares what a program printed with what it should print.
  ///
  /// White space around lines and empty lines at the ends do not count; words of a line are the same
  /// as text, or as numbers written differently, exactly: `1.50` is `1.5`, and nothing else is.
  ///
  /// - Returns: What is different, in words; nil if nothing is.
  static func difference(printed: [UInt8], expected: String) -> String? {
    guard let printed = String(validating: printed, as: UTF8.self) else {
      return "the output is not UTF-8"
    }
    let (found, wanted) = (lines(printed), lines(expected))
    for (place, (found, wanted)) in zip(found, wanted).enumerated()
    where !found.elementsEqual(wanted, by: areSame) {
      return "line \(place + 1) is \(shown(found)) and not \(shown(wanted))"
    }
    guard found.count == wanted.count else {
      return "\(found.count) lines and not \(wanted.count)"
    }
    return nil
  }

  private static func lines(_ text: String) -> [[Substring]] {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map {
      $0.split(whereSeparator: \.isWhitespace)
    }
    let start = lines.drop { $0.isEmpty }
    guard let end = start.lastIndex(where: { !$0.isEmpty }) else { return [] }
    return Array(start[...end])
  }

  private static func shown(_ words: [Substring]) -> String {
    String(words.joined(separator: " ").prefix(100)).debugDescription
  }

  private static func areSame(_ first: Substring, _ second: Substring) -> Bool {
    if first.utf8.elementsEqual(second.utf8) { return true }
    guard let first = Decimal(first), let second = Decimal(second) else { return false }
    return first == second
  }

  /// A number as its digits, without zeros that say nothing.
  private struct Decimal: Equatable {
    var isNegative = false
    var digits: [UInt8] = []
    /// How many digits stand behind the point.
    var scale = 0

    init?(_ text: Substring) {
      var rest = text.utf8[...]
      if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
        isNegative = sign == UInt8(ascii: "-")
        rest.removeFirst()
      }
      let parts = rest.split(
        separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
      digits = Array(parts.joined())
      guard !digits.isEmpty, digits.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains)
      else { return nil }
      scale = parts.count > 1 ? parts[1].count : 0
      while scale > 0, digits.last == UInt8(ascii: "0") {
        digits.removeLast()
        scale -= 1
      }
      digits = Array(digits.drop { $0 == UInt8(ascii: "0") })
      if digits.isEmpty { (isNegative, scale) = (false, 0) }
    }
  }

  /// Compares a returned value with the expected one as Python's `==` does after JSON, floating-point
  /// numbers within a billionth.
  static func areSame(_ found: JSONValue, _ wanted: JSONValue) -> Bool {
    switch (found, wanted) {
    case (.null, .null): true
    case (.string(let found), .string(let wanted)): found.utf8.elementsEqual(wanted.utf8)
    case (.array(let found), .array(let wanted)): found.elementsEqual(wanted, by: areSame)
    case (.object(let found), .object(let wanted)):
      found.count == wanted.count
        && found.allSatisfy { key, value in wanted[key].map { areSame(value, $0) } ?? false }
    case (.integer(let found), .integer(let wanted)): found == wanted
    case (.boolean(let found), .boolean(let wanted)): found == wanted
    case (.boolean(let found), _): areSame(.integer(found ? 1 : 0), wanted)
    case (_, .boolean(let wanted)): areSame(found, .integer(wanted ? 1 : 0))
    // Python's long integers are compared digit by digit.
    case (.number(let left), .number(let right)) where found.isWhole && wanted.isWhole:
      left == right
    case (.number, _), (_, .number):
      if let found = found.double, let wanted = wanted.double {
        abs(found - wanted) <= tolerance * max(1, abs(wanted))
      } else {
        false
      }
    default: false
    }
  }
}
