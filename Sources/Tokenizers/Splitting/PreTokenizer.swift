// How text is cut before merging: a list of steps, each cutting the pieces that the last one left
// and, some of them, rewriting them. Steps in sequences are laid out flat when the file is read.

/// A rule that cuts text into the pieces within which tokens are merged.
package struct PreTokenizer: Sendable {
  /// What happens to a match, and to what lies between matches.
  package enum Behavior: Equatable, Sendable {
    /// Every match is a piece.
    case isolated
    /// Matches go.
    case removed
    /// A match ends the piece before it.
    case mergedWithPrevious
    /// A match begins the piece after it.
    case mergedWithNext
    /// Matches side by side are one piece.
    case contiguous
  }

  /// What is looked for.
  package enum Cutter: Sendable {
    case pattern(TextPattern)
    /// Each scalar of these classes.
    case scalars(CharacterClasses)
    /// Runs of word characters, and runs of what is neither that nor white space.
    case words
  }

  /// Where Metaspace puts a replacement before a piece that does not begin with one.
  package enum Prepending: Equatable, Sendable {
    case always, never
    /// Only at the beginning of the text.
    case first
  }

  package enum Step: Sendable {
    case cut(Cutter, Behavior, isInverted: Bool)
    /// Puts a space before every piece that does not begin with one.
    case prefixSpace
    /// Spells every byte as a printable character.
    case spell
    /// Puts `replacement` for every space, and before pieces.
    case metaspace(replacement: [UInt8], Prepending)
  }

  /// In order.
  package let steps: [Step]
  /// Whether the last thing is to spell the bytes: then the model reads bytes, and none are spelled.
  package let endsInBytes: Bool

  /// - Parameters:
  ///   - steps: as the file has them, `spell` included.
  ///   - spellsBytes: whether a last `spell` is carried out, as the model reads characters only.
  package init(_ steps: [Step], spellsBytes: Bool = false) {
    if case .spell = steps.last, !spellsBytes {
      self.steps = Array(steps.dropLast())
      endsInBytes = true
    } else {
      self.steps = steps
      endsInBytes = false
    }
  }

  /// Whether a step asks where in the original text a piece begins, after others changed it.
  var needsOrigins: Bool {
    var isRewritten = false
    for step in steps {
      switch step {
      case .metaspace(_, let prepending):
        if prepending == .first, isRewritten { return true }
        isRewritten = true
      case .prefixSpace, .spell: isRewritten = true
      case .cut: break
      }
    }
    return false
  }

  /// Whether a step asks where in the original text a piece begins.
  var asksForBeginning: Bool {
    steps.contains { step in
      if case .metaspace(_, .first) = step { true } else { false }
    }
  }

  /// The pieces of `range` of a passage, in order; the passage is rewritten where a step wants it,
  /// and then holds nothing but the pieces.
  func pieces(of passage: inout Passage, in range: Range<Int>) -> [Range<Int>] {
    var pieces = [range]
    for step in steps {
      switch step {
      case .cut(let cutter, let behavior, let isInverted):
        pieces = Self.cut(
          pieces, of: passage.bytes, at: cutter, behavior, isInverted: isInverted)
      case .prefixSpace:
        Self.rewrite(&pieces, of: &passage) { piece in
          if piece.bytes.first != UInt8(ascii: " ") { piece.prepend([UInt8(ascii: " ")]) }
        }
      case .spell:
        Self.rewrite(&pieces, of: &passage) { ByteAlphabet.spell(&$0) }
      case .metaspace(let replacement, let prepending):
        let space = TextPattern.literal([UInt8(ascii: " ")])
        Self.rewrite(&pieces, of: &passage) { piece in
          let isBeginning = piece.start(of: 0..<piece.bytes.count) == 0
          piece.replace(space.ranges(in: piece.bytes), with: replacement)
          guard prepending == .always || prepending == .first && isBeginning,
            !piece.bytes.starts(with: replacement)
          else { return }
          piece.prepend(replacement)
        }
      }
    }
    return pieces
  }

  private static func rewrite(
    _ pieces: inout [Range<Int>], of passage: inout Passage, by change: (inout Passage) -> Void
  ) {
    var whole = Passage.empty(base: passage.base, tracksOrigins: passage.origins != nil)
    for index in pieces.indices {
      var piece = passage.part(pieces[index])
      change(&piece)
      pieces[index] = whole.append(piece)
    }
    pieces.removeAll(where: \.isEmpty)
    passage = whole
  }
}

// MARK: - Cutting

extension PreTokenizer {
  /// A stretch of text, and whether it is a match.
  typealias Stretch = (range: Range<Int>, isMatch: Bool)

  private static func cut(
    _ pieces: [Range<Int>], of bytes: [UInt8], at cutter: Cutter, _ behavior: Behavior,
    isInverted: Bool
  ) -> [Range<Int>] {
    if pieces.count == 1, case .pattern(.known(let pattern)) = cutter, behavior == .isolated {
      return pattern.pieces(of: bytes, in: pieces[0])
    }
    var result: [Range<Int>] = []
    for piece in pieces {
      var stretches = covering(piece, with: matches(of: cutter, in: bytes, within: piece))
      if isInverted {
        for index in stretches.indices { stretches[index].isMatch.toggle() }
      }
      for range in arranged(stretches, behavior) where !range.isEmpty { result.append(range) }
    }
    return result
  }

  private static func matches(
    of cutter: Cutter, in bytes: [UInt8], within range: Range<Int>
  ) -> [Range<Int>] {
    switch cutter {
    case .pattern(let pattern): return pattern.ranges(in: bytes, within: range)
    case .scalars(let classes):
      return TextView.with(bytes) { text in
        var found: [Range<Int>] = []
        var place = range.lowerBound
        while place < range.upperBound {
          let (own, length) = text.classes(at: place)
          if !own.isDisjoint(with: classes) { found.append(place..<place + length) }
          place += length
        }
        return found
      }
    case .words:
      return TextView.with(bytes) { text in
        let text = text.prefix(range.upperBound)
        var found: [Range<Int>] = []
        var place = range.lowerBound
        while place < range.upperBound {
          var end = text.run(of: .word, from: place)
          if end == place { end = text.run(outside: [.word, .space], from: place) }
          if end > place { found.append(place..<end) }
          place = max(end, text.run(of: .space, from: end))
        }
        return found
      }
    }
  }

  /// `range` as stretches: the matches, and what lies between them.
  private static func covering(_ range: Range<Int>, with matches: [Range<Int>]) -> [Stretch] {
    var stretches: [Stretch] = []
    stretches.reserveCapacity(matches.count * 2 + 1)
    var end = range.lowerBound
    for match in matches {
      if end < match.lowerBound { stretches.append((end..<match.lowerBound, false)) }
      stretches.append((match, true))
      end = match.upperBound
    }
    if end < range.upperBound { stretches.append((end..<range.upperBound, false)) }
    return stretches
  }

  private static func arranged(_ stretches: [Stretch], _ behavior: Behavior) -> [Range<Int>] {
    switch behavior {
    case .isolated: return stretches.map(\.range)
    case .removed: return stretches.filter { !$0.isMatch }.map(\.range)
    case .contiguous: return joined(stretches) { $0 == $1 }
    case .mergedWithPrevious: return joined(stretches) { !$0 && $1 }
    case .mergedWithNext:
      // The same from the other end.
      var result: [Range<Int>] = []
      var wasMatch = false
      for (range, isMatch) in stretches.reversed() {
        if isMatch, !wasMatch, let next = result.last {
          result[result.count - 1] = range.lowerBound..<next.upperBound
        } else {
          result.append(range)
        }
        wasMatch = isMatch
      }
      return result.reversed()
    }
  }

  /// Joins a stretch to the one before where `joins(that one is a match, this one is)` says so.
  private static func joined(
    _ stretches: [Stretch], where joins: (Bool, Bool) -> Bool
  ) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var wasMatch = false
    for (range, isMatch) in stretches {
      if joins(wasMatch, isMatch), let last = result.last {
        result[result.count - 1] = last.lowerBound..<range.upperBound
      } else {
        result.append(range)
      }
      wasMatch = isMatch
    }
    return result
  }
}
