// Tokens that are found in the text whole, before anything is split: control tokens such as
// <|im_end|>, and whatever words a model's makers added. The rules for white space and word
// boundaries are the `tokenizers` library's, its odd corners included.

/// A token that is taken out of the text before splitting.
package struct AddedToken: Equatable, Sendable {
  package var id: Int
  /// The text it stands for, as UTF-8.
  package var content: [UInt8]
  /// Counts only where no word character touches it.
  package var isSingleWord: Bool
  /// Swallows the white space before it.
  package var stripsLeft: Bool
  /// Swallows the white space after it.
  package var stripsRight: Bool
  /// Looked for in the normalized text, in its own normalized form.
  package var isNormalized: Bool
  /// A control token: left out of decoded text on request, and recognized only on request.
  package var isSpecial: Bool
}

/// Finds added tokens in a text: from left to right, the longest at each place.
struct AddedTokenFinder: Sendable {
  /// A stretch of the text between tokens, or a token with the stretch it takes up.
  enum Part: Equatable {
    case text(Range<Int>)
    case token(Int, Range<Int>)
  }

  /// Whether a special token counts at a place.
  enum Recognition {
    case all, none
    /// As if there were no special tokens where this says false.
    case some((Range<Int>) -> Bool)
  }

  private let tokens: [AddedToken]
  private let trie: PieceTrie
  /// Which bytes begin a token, so that most of a text is passed over quickly.
  private let beginnings: [Bool]

  /// - Parameter tokens: each with the text to look for in `content`; of two with one text the last
  ///   is found.
  init(_ tokens: [AddedToken]) {
    self.tokens = tokens
    var beginnings = [Bool](repeating: false, count: 256)
    var places: [ByteString: UInt32] = [:]
    for (place, token) in tokens.enumerated() {
      if let first = token.content.first { beginnings[Int(first)] = true }
      places[ByteString(token.content)] = UInt32(place)
    }
    self.beginnings = beginnings
    trie = PieceTrie(places.values.map { (spelling: tokens[Int($0)].content[...], id: $0) })
  }

  /// Whether any token is special.
  var hasSpecials: Bool { tokens.contains(where: \.isSpecial) }

  /// `text` (UTF-8) cut at the tokens found.
  ///
  /// A token that is found and then not counted (no single word, or special when none are wanted)
  /// still hides any other that it overlaps: the library looks on after its end. A special one that
  /// is not wanted at one place hides nothing, so that plain text cannot hide a token after it.
  func parts(of text: [UInt8], recognizing recognition: Recognition) -> [Part] {
    guard !tokens.isEmpty else { return text.isEmpty ? [] : [.text(0..<text.count)] }
    var parts: [Part] = []
    var covered = 0
    var place = 0
    while let (found, token) = next(in: text, from: place, recognition) {
      place = found.upperBound
      if case .none = recognition, token.isSpecial { continue }
      guard !token.isSingleWord || isSingleWord(found, in: text) else { continue }
      var (start, end) = (found.lowerBound, found.upperBound)
      if token.stripsLeft { start = max(covered, spaceStart(before: start, in: text)) }
      if token.stripsRight { end = spaceEnd(after: end, in: text) }
      if covered < start { parts.append(.text(covered..<start)) }
      parts.append(.token(token.id, start..<end))
      covered = end
    }
    if covered < text.count { parts.append(.text(covered..<text.count)) }
    return parts
  }

  private func next(
    in text: [UInt8], from place: Int, _ recognition: Recognition
  ) -> (Range<Int>, AddedToken)? {
    for start in place..<max(place, text.count) where beginnings[Int(text[start])] {
      var longest: (Range<Int>, AddedToken)?
      trie.forEachPiece(in: text, from: start) { place, end in
        let token = tokens[Int(place)]
        if case .some(let counts) = recognition, token.isSpecial, !counts(start..<end) { return }
        longest = (start..<end, token)
      }
      if let longest { return longest }
    }
    return nil
  }

  private func isSingleWord(_ range: Range<Int>, in text: [UInt8]) -> Bool {
    let before = scalar(endingAt: range.lowerBound, in: text)
    let after = scalar(startingAt: range.upperBound, in: text)
    return [before, after].allSatisfy { neighbor in
      neighbor.map { !CharacterClasses.of($0.value).contains(.word) } ?? true
    }
  }

  private func spaceStart(before end: Int, in text: [UInt8]) -> Int {
    var start = end
    while let (value, length) = scalar(endingAt: start, in: text),
      CharacterClasses.of(value).contains(.space)
    {
      start -= length
    }
    return start
  }

  private func spaceEnd(after start: Int, in text: [UInt8]) -> Int {
    var end = start
    while let (value, length) = scalar(startingAt: end, in: text),
      CharacterClasses.of(value).contains(.space)
    {
      end += length
    }
    return end
  }

  private func scalar(endingAt end: Int, in text: [UInt8]) -> (value: UInt32, length: Int)? {
    guard end > 0 else { return nil }
    var start = end - 1
    while start > 0, text[start] & 0xC0 == 0x80 { start -= 1 }
    return scalar(startingAt: start, in: text)
  }

  private func scalar(startingAt start: Int, in text: [UInt8]) -> (value: UInt32, length: Int)? {
    guard start < text.count else { return nil }
    var end = start + 1
    while end < text.count, text[end] & 0xC0 == 0x80 { end += 1 }
    return (ScalarText(text[start..<end]).scalars[0], end - start)
  }
}
