// The marks that show an answer: tags, boxes, hashes.

/// What a search for one kind of mark came to.
enum MarkSearch {
  /// There is no such mark.
  case absent
  /// There is one, and no answer in it: nothing else is looked for.
  case empty
  case found(ArraySlice<UInt8>)

  /// The answer; where there is no mark, what another search says.
  func answer(_ otherwise: () -> ArraySlice<UInt8>?) -> ArraySlice<UInt8>? {
    switch self {
    case .absent: otherwise()
    case .empty: nil
    case .found(let answer): answer
    }
  }

  /// This; where there is no mark, another search.
  func or(_ otherwise: () -> MarkSearch) -> MarkSearch {
    if case .absent = self { otherwise() } else { self }
  }
}

/// A response, or a part of one, in which marks are looked for.
struct AnswerMarks {
  let bytes: ArraySlice<UInt8>
  /// Whether the response was cut off.
  let isCut: Bool

  /// The first kind of mark that is there.
  func marked() -> MarkSearch {
    tagged().or { boxed() }.or { afterHashes() }.or { afterAnswer() }
  }

  /// What stands in the last `<answer>…</answer>`: a mark within it, or all of it.
  func tagged() -> MarkSearch {
    guard let open = bytes.lastPlace(of: "<answer>") else { return .absent }
    let inside = bytes[(open + 8)...]
    let close = inside.firstPlace(of: "</answer>")
    if close == nil, isCut { return .empty }
    let part = AnswerMarks(bytes: inside[..<(close ?? inside.endIndex)], isCut: isCut)
    return part.boxed().or { part.afterHashes() }.or { part.afterAnswer() }
      .or { part.bytes.isBlank ? .empty : .found(part.bytes.unbolded) }
  }

  /// The rest of the line after the last `####`.
  func afterHashes() -> MarkSearch {
    guard let place = bytes.lastPlace(of: "####") else { return .absent }
    let rest = bytes[(place + 4)...].restOfLine.unbolded
    return rest.isBlank ? .empty : .found(rest)
  }

  // MARK: - Boxes

  /// What stands in the last box that is not empty; `\boxed 42` boxes the next word.
  func boxed() -> MarkSearch {
    var result = MarkSearch.absent
    var end = bytes.endIndex
    while let (place, length) = lastBox(before: end) {
      switch box(after: place + length) {
      case .holds(let content): return .found(content)
      case .unreadable: return .empty
      case .blank: result = .empty
      }
      end = place
    }
    return result
  }

  private enum Box {
    case holds(ArraySlice<UInt8>)
    /// Nothing is in it, as in "\boxed{} means final".
    case blank
    /// It is too deep, too long or cut off.
    case unreadable
  }

  private func lastBox(before end: Int) -> (place: Int, length: Int)? {
    var limit = end
    while let place = bytes[..<limit].lastPlace(of: "box") {
      limit = place
      if bytes[..<place].hasSuffix("\\"), bytes[place...].starts(with: "boxed".utf8),
        !bytes[(place + 5)...].startsWithLetter
      {
        return (place - 1, 6)
      }
      if bytes[..<place].hasSuffix("\\f"), !bytes[(place + 3)...].startsWithLetter {
        return (place - 2, 5)
      }
    }
    return nil
  }

  private func box(after place: Int) -> Box {
    let rest = bytes[place...].drop { $0 == UInt8(ascii: " ") }
    guard rest.first == UInt8(ascii: "{") else {
      let word = rest.prefix { !isSpace($0) && $0 != UInt8(ascii: "$") }.withoutFinalPoint
      return word.isEmpty ? .blank : .holds(word)
    }
    let inside = rest.dropFirst()
    var depth = 1
    for place in inside.indices.prefix(AnswerExtraction.answerLimit + 1) {
      if inside[place] == UInt8(ascii: "{") { depth += 1 }
      if inside[place] == UInt8(ascii: "}") { depth -= 1 }
      if depth == 0 {
        let content = inside[..<place]
        return content.isBlank ? .blank : .holds(content)
      }
      if depth > AnswerExtraction.nestingLimit { return .unreadable }
    }
    // A box that never closes reaches to the end of its line, unless it was only cut off.
    if isCut || inside.count > AnswerExtraction.answerLimit { return .unreadable }
    let line = inside.restOfLine.prefix { $0 != UInt8(ascii: "$") }.withoutFinalPoint
    return line.isBlank ? .unreadable : .holds(line)
  }
}

extension ArraySlice<UInt8> {
  /// Where a word last starts; its letters may be the same in another sense than as bytes.
  func lastPlace(of word: String, _ isSame: (UInt8, UInt8) -> Bool = { $0 == $1 }) -> Int? {
    let word = Array(word.utf8)
    guard count >= word.count else { return nil }
    var place = endIndex - word.count
    while place >= startIndex {
      if isSame(self[place], word[0]),
        self[place..<(place + word.count)].elementsEqual(word, by: isSame)
      {
        return place
      }
      place -= 1
    }
    return nil
  }

  /// Where a word first starts.
  func firstPlace(of word: String) -> Int? {
    let word = Array(word.utf8)
    guard count >= word.count else { return nil }
    return (startIndex...(endIndex - word.count)).first {
      self[$0] == word[0] && self[$0..<($0 + word.count)].elementsEqual(word)
    }
  }

  func hasSuffix(_ word: String) -> Bool { suffix(word.utf8.count).elementsEqual(word.utf8) }

  var restOfLine: ArraySlice<UInt8> { prefix { $0 != 10 && $0 != 13 } }

  var isBlank: Bool { allSatisfy(isSpace) }

  var startsWithLetter: Bool { first.map(isLetter) ?? false }

  /// Without spaces at both ends.
  var stripped: ArraySlice<UInt8> {
    let start = drop(while: isSpace)
    guard let end = start.lastIndex(where: { !isSpace($0) }) else { return start.prefix(0) }
    return start[...end]
  }

  var withoutFinalPoint: ArraySlice<UInt8> {
    let text = stripped
    return text.last == UInt8(ascii: ".") ? text.dropLast() : text
  }

  /// Without the stars of bold type around it: `**18**.`, or `18**` whose first stars stand before
  /// the mark.
  var unbolded: ArraySlice<UInt8> {
    var text = stripped
    if text.starts(with: "**".utf8) {
      text = text.dropFirst(2)
      // **12** apples
      if let end = text.firstPlace(of: "**"), text[(end + 2)...].contains(where: isLetter) {
        return ArraySlice(text[..<end] + text[(end + 2)...]).stripped
      }
    }
    for end in ["**", "**.", "**。"] where text.hasSuffix(end) {
      text = text.dropLast(end.utf8.count)
    }
    return text.stripped
  }
}

/// Whether a byte is an ASCII letter.
func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(byte | 0x20) }
