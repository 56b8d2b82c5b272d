// Whether a result is the expected one. This happens outside the sandbox, on text that the program
// inside is free to choose: nothing of it is run.

import JSON

/// Comparisons of results.
enum Comparison {
  /// How far a printed number may be from the right one, as a part of it: NumPy's `allclose`, by
  /// which published graders go.
  private static let printed = 1e-5
  /// How far a returned number may be: the last digits depend on the order of a sum, and data keep
  /// eight or nine of them.
  private static let returned = 1e-8

  /// Compares what a program printed with what it should print.
  ///
  /// White space around lines and empty lines at the ends do not count. A line is the same as text,
  /// or when all its words are numbers of the same values. Where both outputs have one number a line
  /// and nothing else, numbers with a point need only be close.
  ///
  /// - Parameters:
  ///   - printed: what it printed.
  ///   - expected: what it should print.
  /// - Returns: What is different, in words; nil if nothing is.
  static func difference(printed: [UInt8], expected: String) -> String? {
    let (printed, expected) = (trimmed(printed[...]), trimmed(Array(expected.utf8)[...]))
    var (found, wanted) = (Lines(rest: printed), Lines(rest: expected))
    var place = 0
    var firstClose: String?
    while true {
      let (left, right) = (found.next(), wanted.next())
      guard let left, let right else {
        if left == nil, right == nil { break }
        return "\(Lines.count(printed)) lines and not \(Lines.count(expected))"
      }
      place += 1
      if left == right || haveSameNumbers(left, right) { continue }
      let difference = "line \(place) is \(shown(left)) and not \(shown(right))"
      guard isClose(left, right) else { return difference }
      firstClose = firstClose ?? difference
    }
    guard let firstClose else { return nil }
    let areNumbers = [printed, expected].allSatisfy { text in
      Lines(rest: text).allSatisfy { WrittenNumber($0) != nil }
    }
    return areNumbers ? nil : firstClose
  }

  /// The lines of a text, one after the other: outputs of megabytes are not worth lists of words.
  private struct Lines: Sequence, IteratorProtocol {
    var rest: ArraySlice<UInt8>?

    /// The next line without the white space around it.
    mutating func next() -> ArraySlice<UInt8>? {
      guard let text = rest else { return nil }
      let end = text.firstIndex(of: UInt8(ascii: "\n"))
      rest = end.map { text[($0 + 1)...] }
      return trimmed(text[..<(end ?? text.endIndex)])
    }

    static func count(_ text: ArraySlice<UInt8>) -> Int {
      text.isEmpty ? 0 : text.reduce(into: 1) { $0 += $1 == UInt8(ascii: "\n") ? 1 : 0 }
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let start = text.drop(while: isSpace)
    guard let end = start.lastIndex(where: { !isSpace($0) }) else { return [] }
    return start[...end]
  }

  private static func shown(_ line: ArraySlice<UInt8>) -> String {
    String(String(decoding: line.prefix(400), as: UTF8.self).prefix(100)).debugDescription
  }

  private static func haveSameNumbers(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Bool
  {
    let (left, right) = (left.split(whereSeparator: isSpace), right.split(whereSeparator: isSpace))
    guard left.count == right.count else { return false }
    return zip(left, right).allSatisfy { left, right in
      guard let left = WrittenNumber(left), let right = WrittenNumber(right) else { return false }
      return left.isSame(as: right)
    }
  }

  private static func isClose(_ found: ArraySlice<UInt8>, _ wanted: ArraySlice<UInt8>) -> Bool {
    guard let found = WrittenNumber(found), let wanted = WrittenNumber(wanted) else { return false }
    return found.isClose(to: wanted, relative: printed)
  }

  /// Compares a returned value with the expected one as Python's `==` does after JSON, but for
  /// numbers with a point, which need only be close.
  static func areSame(_ found: JSONValue, _ wanted: JSONValue) -> Bool {
    switch (found, wanted) {
    case (.null, .null): true
    case (.string(let found), .string(let wanted)): found.utf8.elementsEqual(wanted.utf8)
    case (.array(let found), .array(let wanted)): found.elementsEqual(wanted, by: areSame)
    case (.object(let found), .object(let wanted)): areSame(found, wanted)
    case (.integer(let found), .integer(let wanted)): found == wanted
    case (.boolean(let found), .boolean(let wanted)): found == wanted
    case (.boolean(let found), _): areSame(.integer(found ? 1 : 0), wanted)
    case (_, .boolean(let wanted)): areSame(found, .integer(wanted ? 1 : 0))
    default: areSame(found.written, wanted.written)
    }
  }

  /// Compares objects whatever the order of their keys, in time that does not grow with its square.
  private static func areSame(_ found: JSONObject, _ wanted: JSONObject) -> Bool {
    guard found.count == wanted.count else { return false }
    func sorted(_ object: JSONObject) -> [JSONObject.Element] {
      object.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
    return zip(sorted(found), sorted(wanted)).allSatisfy {
      $0.key.utf8.elementsEqual($1.key.utf8) && areSame($0.value, $1.value)
    }
  }

  private static func areSame(_ found: String?, _ wanted: String?) -> Bool {
    guard let found, let wanted else { return false }
    if found == wanted { return true }
    guard let left = WrittenNumber(Array(found.utf8)[...]),
      let right = WrittenNumber(Array(wanted.utf8)[...])
    else { return false }
    return left.isClose(to: right, relative: returned)
  }
}
