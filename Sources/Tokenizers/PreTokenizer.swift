// How text is cut before merging. Each pattern that model families use gets a hand-written scanner
// over the committed character classes: an exact match by text decides, so an unknown pattern is
// refused and never guessed at. Llama 3's and GPT-2's patterns are the next cases.

/// A rule that cuts text into the pieces within which tokens are merged.
package enum PreTokenizer: Equatable, Sendable {
  /// Qwen2, Qwen2.5 and Qwen3: `qwen2Pattern`.
  case qwen2

  /// Qwen2's pattern as its tokenizer.json spells it.
  package static let qwen2Pattern =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|"#
    + #"\s*[\r\n]+|\s+(?!\S)|\s+"#

  /// The rule that a Split pattern names; nil when no scanner knows it.
  package init?(pattern: [UInt8]) {
    guard pattern == Array(Self.qwen2Pattern.utf8) else { return nil }
    self = .qwen2
  }

  /// The pieces of `bytes` (UTF-8), in order; together they are all of it.
  package func pieces(of bytes: [UInt8]) -> [Range<Int>] {
    let text = ScalarText(bytes)
    var pieces: [Range<Int>] = []
    var start = 0
    while start < text.scalars.count {
      let end =
        switch self {
        case .qwen2: Qwen2Scanner(text.scalars).end(from: start)
        }
      pieces.append(text.offsets[start]..<text.offsets[end])
      start = end
    }
    return pieces
  }
}

/// Qwen2's pattern, its alternatives tried in order.
private struct Qwen2Scanner {
  let scalars: [UInt32]

  init(_ scalars: [UInt32]) {
    self.scalars = scalars
  }

  /// Where the piece that begins at `start` ends.
  func end(from start: Int) -> Int {
    contraction(from: start) ?? word(from: start) ?? digit(from: start) ?? marks(from: start)
      ?? lines(from: start) ?? blanks(from: start)
  }

  private func has(_ classes: CharacterClasses, at index: Int) -> Bool {
    index < scalars.count && CharacterClasses.of(scalars[index]).contains(classes)
  }

  /// The first place from `index` on that is outside `classes`.
  private func run(of classes: CharacterClasses, from index: Int) -> Int {
    var end = index
    while has(classes, at: end) { end += 1 }
    return end
  }

  private func isNewline(at index: Int) -> Bool {
    index < scalars.count && (scalars[index] == 0x0A || scalars[index] == 0x0D)
  }

  // (?i:'s|'t|'re|'ve|'m|'ll|'d)
  private func contraction(from start: Int) -> Int? {
    guard scalars[start] == 0x27, start + 1 < scalars.count else { return nil }
    let first = lowercase(scalars[start + 1])
    if first == "s" || first == "t" || first == "m" || first == "d" { return start + 2 }
    guard start + 2 < scalars.count else { return nil }
    let second = lowercase(scalars[start + 2])
    let matches =
      (first == "r" || first == "v") && second == "e" || first == "l" && second == "l"
    return matches ? start + 3 : nil
  }

  /// Ignoring case, s is also the long s; no other letter of the contractions has a third form.
  private func lowercase(_ scalar: UInt32) -> Unicode.Scalar? {
    switch scalar {
    case 0x41...0x5A: Unicode.Scalar(scalar + 0x20)
    case 0x17F: "s"
    default: Unicode.Scalar(scalar)
    }
  }

  // [^\r\n\p{L}\p{N}]?\p{L}+
  private func word(from start: Int) -> Int? {
    if has(.letter, at: start) { return run(of: .letter, from: start + 1) }
    guard !isNewline(at: start), !has(.number, at: start), has(.letter, at: start + 1) else {
      return nil
    }
    return run(of: .letter, from: start + 2)
  }

  // \p{N}
  private func digit(from start: Int) -> Int? {
    has(.number, at: start) ? start + 1 : nil
  }

  // ␣?[^\s\p{L}\p{N}]+[\r\n]*
  private func marks(from start: Int) -> Int? {
    let first = scalars[start] == 0x20 ? start + 1 : start
    var end = first
    while end < scalars.count,
      CharacterClasses.of(scalars[end]).isDisjoint(with: [.space, .letter, .number])
    {
      end += 1
    }
    guard end > first else { return nil }
    while isNewline(at: end) { end += 1 }
    return end
  }

  // \s*[\r\n]+, that is, white space up to and with its last line end.
  private func lines(from start: Int) -> Int? {
    let end = run(of: .space, from: start)
    return (start..<end).last(where: isNewline).map { $0 + 1 }
  }

  // \s+(?!\S)|\s+, that is, white space, less its last scalar where something else follows.
  private func blanks(from start: Int) -> Int {
    let end = run(of: .space, from: start)
    return end < scalars.count && end - start > 1 ? end - 1 : end
  }
}
