// Control tokens spelled inside messages. A noncharacter goes between the characters of each one
// before the template runs, so that no test in the template takes it for a control token; after
// it, the noncharacters are taken out again, and the text around each is known to be plain.

import Templates

/// Marks in the data of one conversation.
struct ControlMarks {
  /// The control tokens by their first character.
  private let tokens: [Unicode.Scalar: [[Unicode.Scalar]]]
  private let mark: Unicode.Scalar

  /// Chooses a mark that occurs nowhere in the data.
  init(
    tokens: [String], data: TemplateValue, variables: TemplateValue
  ) throws(ChatError) {
    self.tokens = Dictionary(
      grouping: tokens.map { Array($0.unicodeScalars) }.filter { !$0.isEmpty }, by: { $0[0] })
    let isTaken = { (mark: Unicode.Scalar) in
      Self.holds(data, mark, Self.escape(of: mark))
        || Self.holds(variables, mark, Self.escape(of: mark))
    }
    guard
      let free = (UInt32(0xFDD0)...0xFDEF).compactMap(Unicode.Scalar.init).first(where: {
        !isTaken($0)
      })
    else { throw .noMarkLeft }
    mark = free
  }

  /// How the mark comes out of a template that writes ASCII only, or Python's repr.
  private static func escape(of mark: Unicode.Scalar) -> String {
    "\\u" + String(mark.value, radix: 16)
  }

  private static func holds(_ value: TemplateValue, _ mark: Unicode.Scalar, _ escape: String)
    -> Bool
  {
    switch value {
    case .none, .bool, .int, .double: false
    case .string(let text): text.unicodeScalars.contains(mark) || text.contains(escape)
    case .list(let items): items.contains { holds($0, mark, escape) }
    case .object(let object):
      object.members.contains { member in
        member.key.unicodeScalars.contains(mark) || holds(member.value, mark, escape)
      }
    }
  }

  /// The value with marks inside every control token in its texts, except roles and keys.
  func marking(_ value: TemplateValue, key: String) -> TemplateValue {
    switch value {
    case .none, .bool, .int, .double: return value
    case .string(let text): return key == "role" ? value : .string(marking(text))
    case .list(let items): return .list(items.map { marking($0, key: "") })
    case .object(var object):
      for member in object.members {
        object[member.key] = marking(member.value, key: member.key)
      }
      return .object(object)
    }
  }

  private func marking(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    let isMarked = places(in: scalars).isMarked
    guard isMarked.contains(true) else { return text }
    var result = String.UnicodeScalarView()
    for (scalar, isMarked) in zip(scalars, isMarked) {
      result.append(scalar)
      if isMarked { result.append(mark) }
    }
    return String(result)
  }

  /// Whether a mark goes after each scalar, and how many control tokens there are.
  private func places(in scalars: [Unicode.Scalar]) -> (isMarked: [Bool], count: Int) {
    var isMarked = [Bool](repeating: false, count: scalars.count)
    var count = 0
    var end = 0
    for start in scalars.indices {
      for token in tokens[scalars[start]] ?? [] where scalars[start...].starts(with: token) {
        // A token of one character has no inside; the mark behind it covers it as well.
        for place in start..<max(start + token.count - 1, start + 1) { isMarked[place] = true }
        if start >= end {
          count += 1
          end = start + token.count
        }
      }
    }
    return (isMarked, count)
  }

  /// How many control tokens were marked in the data.
  func count(in value: TemplateValue) -> Int {
    switch value {
    case .none, .bool, .int, .double: return 0
    case .string(let text):
      guard text.unicodeScalars.contains(mark) else { return 0 }
      return places(in: text.unicodeScalars.filter { $0 != mark }).count
    case .list(let items): return items.reduce(0) { $0 + count(in: $1) }
    case .object(let object): return object.members.reduce(0) { $0 + count(in: $1.value) }
    }
  }

  /// A rendered text without its marks.
  struct Unmarked {
    let text: String
    /// The characters on both sides of each mark, in bytes of `text`.
    let plain: [Range<Int>]
    /// What was taken out, as ranges of the marked text's bytes.
    fileprivate let removed: [Range<Int>]

    /// Where a range of the marked text lies in `text`.
    func range(ofMarked range: Range<Int>) -> Range<Int> {
      place(ofMarked: range.lowerBound)..<place(ofMarked: range.upperBound)
    }

    private func place(ofMarked place: Int) -> Int {
      place - removed.reduce(0) { $0 + max(min(place, $1.upperBound) - $1.lowerBound, 0) }
    }
  }

  func removed(from text: String) -> Unmarked {
    let bytes = Array(text.utf8)
    let spellings = [Array(String(mark).utf8), Array(Self.escape(of: mark).utf8)]
    var kept: [UInt8] = []
    var joints: [Int] = []
    var removed: [Range<Int>] = []
    var place = 0
    while place < bytes.count {
      if let found = spellings.first(where: { bytes[place...].starts(with: $0) }) {
        joints.append(kept.count)
        removed.append(place..<(place + found.count))
        place += found.count
      } else {
        kept.append(bytes[place])
        place += 1
      }
    }
    let plain = joints.map { joint in
      var start = max(joint - 1, 0)
      while start > 0 && kept[start] & 0xC0 == 0x80 { start -= 1 }
      var end = min(joint + 1, kept.count)
      while end < kept.count && kept[end] & 0xC0 == 0x80 { end += 1 }
      return start..<end
    }
    return Unmarked(
      text: String(decoding: kept, as: UTF8.self), plain: plain, removed: removed)
  }
}
