// What Split and Replace look for: a text as it is, or a regular expression.

import Foundation

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

/// A regular expression that no scanner knows, run by Foundation's engine.
///
/// Two guards keep it from running for ever. `PatternSyntax` refuses, when the file is read, whatever
/// the two engines read differently and every repetition of a group that can match in several ways.
/// What is left may still look at a long text again and again; after so many steps the search stops,
/// and the rest of the text stays in one piece. The library's engine gives up on such a text too,
/// with an exception.
package struct GeneralPattern: Sendable {
  /// Reports of progress allowed a text: the engine makes one every ten thousand steps.
  private static let mostReports = 2000

  private let expression: NSRegularExpression

  /// - Parameter pattern: one that `PatternSyntax` has accepted.
  /// - Throws: whatever Foundation says of it.
  init(_ pattern: String) throws {
    expression = try NSRegularExpression(
      pattern: pattern, options: [.anchorsMatchLines, .useUnixLineSeparators])
  }

  func ranges(in bytes: [UInt8], within range: Range<Int>) -> [Range<Int>] {
    let text = String(decoding: bytes[range], as: UTF8.self)
    var found: [Range<Int>] = []
    var reports = 0
    // Foundation counts in UTF-16: walked along with the matches.
    var (byte, unit) = (range.lowerBound, 0)
    func advance(to target: Int) -> Int {
      while unit < target, byte < range.upperBound {
        let length = bytes[byte] < 0x80 ? 1 : bytes[byte] < 0xE0 ? 2 : bytes[byte] < 0xF0 ? 3 : 4
        byte += length
        unit += length == 4 ? 2 : 1
      }
      return byte
    }
    expression.enumerateMatches(
      in: text, options: .reportProgress, range: NSRange(location: 0, length: text.utf16.count)
    ) { match, _, stop in
      guard let match else {
        reports += 1
        if reports > Self.mostReports { stop.pointee = true }
        return
      }
      let start = advance(to: match.range.location)
      let end = advance(to: match.range.location + match.range.length)
      // Nothing, right after a match: the library's engine does not count that.
      if start == end, found.last?.upperBound == start { return }
      found.append(start..<end)
    }
    return found
  }
}
