// The patterns that most models split by, each with a hand-written scanner over the committed
// character classes. An exact match by text decides which is which.

/// A pattern with a scanner of its own.
package enum KnownPattern: Equatable, Sendable {
  /// GPT-2, and ByteLevel where it cuts: `gpt2Pattern`.
  case gpt2
  /// Qwen2, Qwen2.5 and Qwen3: `qwen2Pattern`.
  case qwen2
  /// Llama 3: Qwen2's, with up to three digits a piece.
  case llama3

  /// GPT-2's pattern, which is also the one that ByteLevel brings along.
  package static let gpt2Pattern =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  /// Qwen2's pattern as its tokenizer.json spells it.
  package static let qwen2Pattern =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|"#
    + #"\s*[\r\n]+|\s+(?!\S)|\s+"#

  /// Llama 3's pattern as its tokenizer.json spells it.
  package static let llama3Pattern =
    #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|"#
    + #"\s*[\r\n]+|\s+(?!\S)|\s+"#

  /// The pattern that a file spells out; nil when no scanner knows it.
  package init?(pattern: [UInt8]) {
    if pattern == Array(Self.qwen2Pattern.utf8) {
      self = .qwen2
    } else if pattern == Array(Self.llama3Pattern.utf8) {
      self = .llama3
    } else if pattern == Array(Self.gpt2Pattern.utf8) {
      self = .gpt2
    } else {
      return nil
    }
  }

  /// The pieces of `range` of `bytes` (UTF-8), in order; together they are all of it.
  package func pieces(of bytes: [UInt8], in range: Range<Int>) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    pieces.reserveCapacity(range.count / 4 + 4)
    TextView.with(bytes) { text in
      let text = text.prefix(range.upperBound)
      var start = range.lowerBound
      while start < text.count {
        let end =
          switch self {
          case .gpt2: text.gpt2End(from: start)
          case .qwen2: text.qwen2End(from: start, mostDigits: 1)
          case .llama3: text.qwen2End(from: start, mostDigits: 3)
          }
        pieces.append(start..<end)
        start = end
      }
    }
    return pieces
  }
}

extension TextView {
  /// Where the piece of Qwen2's pattern, or Llama 3's, that begins at `start` ends: its
  /// alternatives tried in order.
  fileprivate func qwen2End(from start: Int, mostDigits: Int) -> Int {
    let first = bytes[start]
    if first == UInt8(ascii: "'"), let end = contractionEnd(from: start) { return end }
    let (classes, length) = classes(at: start)
    // [^\r\n\p{L}\p{N}]?\p{L}+
    if classes.contains(.letter) { return run(of: .letter, from: start + length) }
    // \p{N} or \p{N}{1,3}
    if classes.contains(.number) { return digitsEnd(from: start + length, most: mostDigits - 1) }
    if !isNewline(first), has(.letter, at: start + length) {
      return run(of: .letter, from: start + length)
    }
    return marksEnd(from: start) ?? linesEnd(from: start) ?? blanksEnd(from: start)
  }

  /// Where the piece of GPT-2's pattern that begins at `start` ends.
  fileprivate func gpt2End(from start: Int) -> Int {
    if bytes[start] == UInt8(ascii: "'"), start + 1 < count {
      switch bytes[start + 1] {
      case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
        return start + 2
      case UInt8(ascii: "r"), UInt8(ascii: "v"):
        if start + 2 < count, bytes[start + 2] == UInt8(ascii: "e") { return start + 3 }
      case UInt8(ascii: "l"):
        if start + 2 < count, bytes[start + 2] == UInt8(ascii: "l") { return start + 3 }
      default: break
      }
    }
    // ␣?\p{L}+ and its like
    let place = bytes[start] == UInt8(ascii: " ") ? start + 1 : start
    guard place < count else { return place }
    let (classes, length) = classes(at: place)
    if classes.contains(.letter) { return run(of: .letter, from: place + length) }
    if classes.contains(.number) { return run(of: .number, from: place + length) }
    if !classes.contains(.space) {
      return run(outside: [.space, .letter, .number], from: place + length)
    }
    return blanksEnd(from: start)
  }

  private func isNewline(_ byte: UInt8) -> Bool {
    byte == 0x0A || byte == 0x0D
  }

  // (?i:'s|'t|'re|'ve|'m|'ll|'d)
  private func contractionEnd(from start: Int) -> Int? {
    guard start + 1 < count else { return nil }
    // Ignoring case, s is also the long s; no other letter of these has a third form.
    if bytes[start + 1] == 0xC5, bytes[start + 2] == 0xBF { return start + 3 }
    // Setting this bit makes ASCII capitals small, and makes no letter of anything else.
    let first = bytes[start + 1] | 0x20
    switch first {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"):
      return start + 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"), UInt8(ascii: "l"):
      guard start + 2 < count else { return nil }
      let second = first == UInt8(ascii: "l") ? UInt8(ascii: "l") : UInt8(ascii: "e")
      return bytes[start + 2] | 0x20 == second ? start + 3 : nil
    default: return nil
    }
  }

  private func digitsEnd(from start: Int, most: Int) -> Int {
    var end = start
    for _ in 0..<most {
      guard end < count else { break }
      let (classes, length) = classes(at: end)
      guard classes.contains(.number) else { break }
      end += length
    }
    return end
  }

  // ␣?[^\s\p{L}\p{N}]+[\r\n]*
  private func marksEnd(from start: Int) -> Int? {
    let first = bytes[start] == UInt8(ascii: " ") ? start + 1 : start
    var end = run(outside: [.space, .letter, .number], from: first)
    guard end > first else { return nil }
    while end < count, isNewline(bytes[end]) { end += 1 }
    return end
  }

  // \s*[\r\n]+, that is, white space up to and with its last line end.
  private func linesEnd(from start: Int) -> Int? {
    var end = run(of: .space, from: start)
    while end > start, !isNewline(bytes[end - 1]) { end -= 1 }
    return end > start ? end : nil
  }

  // \s+(?!\S)|\s+, that is, white space, less its last scalar where something else follows.
  private func blanksEnd(from start: Int) -> Int {
    let end = run(of: .space, from: start)
    guard end < count else { return end }
    var last = end - 1
    while last > start, bytes[last] & 0xC0 == 0x80 { last -= 1 }
    return last > start ? last : end
  }
}
