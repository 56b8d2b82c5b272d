// What Split and Replace look for: a text as it is, or a regular expression.

/// A text or a pattern to look for.
package enum TextPattern: Sendable {
  /// These bytes, of which there is at least one.
  case literal([UInt8])
  case known(KnownPattern)
  case general(GeneralPattern)

  /// Where the pattern is found in `bytes`, from left to right.
  func ranges(in bytes: [UInt8]) -> [Range<Int>] {
    ranges(in: bytes, within: 0..<bytes.count)
  }

  /// Where the pattern is found in `range` of `bytes`, as if nothing else were there.
  func ranges(in bytes: [UInt8], within range: Range<Int>) -> [Range<Int>] {
    switch self {
    case .literal(let text): Self.places(of: text, in: bytes, within: range)
    case .known(let pattern): pattern.pieces(of: bytes, in: range)
    case .general(let pattern): pattern.ranges(in: bytes, within: range)
    }
  }

  private static func places(
    of text: [UInt8], in bytes: [UInt8], within range: Range<Int>
  ) -> [Range<Int>] {
    var found: [Range<Int>] = []
    var place = range.lowerBound
    let last = range.upperBound - text.count
    while place <= last {
      if bytes[place] == text[0], bytes[place..<place + text.count].elementsEqual(text) {
        found.append(place..<place + text.count)
        place += text.count
      } else {
        place += 1
      }
    }
    return found
  }
}

/// A regular expression that no scanner knows.
package struct GeneralPattern: Sendable {
  private let program: PatternProgram
  /// Whether it may match nothing.
  let mayBeEmpty: Bool
  /// Whether it is found nowhere but at the beginning of a text.
  let isBoundToStart: Bool

  /// Reads a pattern.
  ///
  /// - Throws: why it is not run.
  package init(_ pattern: String) throws(PatternSyntax.Refusal) {
    let (node, isEmpty) = try PatternSyntax.read(pattern)
    do throws(PatternProgram.Refusal) {
      program = try PatternProgram(node)
    } catch { throw PatternSyntax.Refusal(reason: error.reason) }
    mayBeEmpty = isEmpty
    isBoundToStart = node.isBoundToStart
  }

  /// Where it is found in `range` of `bytes`, as if nothing else were there.
  package func ranges(in bytes: [UInt8], within range: Range<Int>) -> [Range<Int>] {
    // Nothing is found where there is nothing, not even a beginning.
    guard !range.isEmpty else { return [] }
    let text = ScalarText(bytes[range])
    let matcher = PatternMatcher(program, text: text.scalars)
    var found: [Range<Int>] = []
    var (start, last) = (0, -1)
    while start <= (isBoundToStart ? 0 : text.scalars.count) {
      // Nothing, right after a match, is no match to the library's engine.
      guard let end = matcher.end(from: start), end > start || last != start else {
        start += 1
        continue
      }
      found.append(
        (range.lowerBound + text.offsets[start])..<(range.lowerBound + text.offsets[end]))
      last = end
      start = max(end, start + (end == start ? 1 : 0))
    }
    return found
  }
}
