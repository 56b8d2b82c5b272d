// Tokens back to text, through the decoder that the file names. A decoder works on the list of
// tokens' texts: it may change each, or put several together.

/// What turns the tokens' spellings into text.
indirect enum Decoder: Sendable {
  /// No decoder: the tokens with a space between them.
  case none
  /// Printable characters back to bytes; all tokens become one.
  case byteLevel
  /// Tokens such as `<0xE2>` to bytes, and runs of them to text.
  case byteFallback
  /// All tokens become one.
  case fuse
  /// Takes up to so many of one scalar away at each token's ends.
  case strip(scalar: UInt32, start: Int, stop: Int)
  case replace(TextPattern, with: [UInt8])
  /// A replacement to a space; in the first token to nothing, where one was put before the text.
  case metaspace(replacement: [UInt8], dropsFirst: Bool)
  case sequence([Decoder])

  /// The text of tokens, as bytes that need not be UTF-8.
  func text(of tokens: [[UInt8]]) -> [UInt8] {
    if case .none = self { return Array(tokens.joined(separator: [UInt8(ascii: " ")])) }
    return Array(decoded(tokens).joined())
  }

  private func decoded(_ tokens: [[UInt8]]) -> [[UInt8]] {
    switch self {
    case .none: return tokens
    case .byteLevel:
      let bytes = tokens.flatMap { ByteAlphabet.bytes(spelledBy: $0) ?? $0 }
      // Broken UTF-8 is repaired here and not at the end: other steps may follow.
      return [Array(String(decoding: bytes, as: UTF8.self).utf8)]
    case .byteFallback: return Self.joiningBytes(tokens)
    case .fuse: return [Array(tokens.joined())]
    case .strip(let scalar, let start, let stop):
      let content = ScalarText.bytes(of: [scalar])
      return tokens.map { Self.stripped($0, of: content, start: start, stop: stop) }
    case .replace(let pattern, let content):
      return tokens.map { Self.replacing(pattern, in: $0, with: content) }
    case .metaspace(let replacement, let dropsFirst):
      return tokens.enumerated().map { index, token in
        let space: [UInt8] = index == 0 && dropsFirst ? [] : [UInt8(ascii: " ")]
        return Self.replacing(.literal(replacement), in: token, with: space)
      }
    case .sequence(let steps):
      return steps.reduce(tokens) { $1.decoded($0) }
    }
  }

  /// What a token adds to a text that is built up token by token, as far as it depends on no other.
  ///
  /// The token is well-formed UTF-8; what comes out need not be.
  func bytes(of token: [UInt8]) -> [UInt8] {
    switch self {
    case .none, .fuse, .strip: return token
    case .byteLevel: return ByteAlphabet.bytes(spelledBy: token) ?? token
    case .byteFallback: return Self.byte(spelledBy: token).map { [$0] } ?? token
    case .replace(let pattern, let content):
      return Self.replacing(pattern, in: token, with: content)
    case .metaspace(let replacement, _):
      return Self.replacing(.literal(replacement), in: token, with: [UInt8(ascii: " ")])
    case .sequence(let steps):
      var bytes = token
      // A byte of a character has nothing in it for the steps that follow.
      for step in steps where Self.isText(bytes) { bytes = step.bytes(of: bytes) }
      return bytes
    }
  }

  private static func isText(_ bytes: [UInt8]) -> Bool {
    String(validating: bytes, as: UTF8.self) != nil
  }

  private static func replacing(
    _ pattern: TextPattern, in token: [UInt8], with content: [UInt8]
  ) -> [UInt8] {
    var passage = Passage(token, base: 0, tracksOrigins: false)
    passage.replace(pattern.ranges(in: token), with: content)
    return passage.bytes
  }

  private static func stripped(
    _ token: [UInt8], of content: [UInt8], start: Int, stop: Int
  ) -> [UInt8] {
    var rest = token[...]
    var taken = 0
    while taken < start, rest.starts(with: content) {
      rest.removeFirst(content.count)
      taken += 1
    }
    taken = 0
    while taken < stop, rest.count >= content.count, rest.suffix(content.count) == content[...] {
      rest.removeLast(content.count)
      taken += 1
    }
    return Array(rest)
  }

  /// The byte that a token such as `<0xE2>` stands for.
  private static func byte(spelledBy token: [UInt8]) -> UInt8? {
    guard token.count == 6, token.starts(with: Array("<0x".utf8)), token[5] == UInt8(ascii: ">"),
      token[3] != UInt8(ascii: "-")
    else { return nil }
    return UInt8(String(decoding: token[3..<5], as: UTF8.self), radix: 16)
  }

  /// Runs of byte tokens as text; where they are none, each is a U+FFFD.
  private static func joiningBytes(_ tokens: [[UInt8]]) -> [[UInt8]] {
    var result: [[UInt8]] = []
    var bytes: [UInt8] = []
    func flush() {
      if isText(bytes) {
        if !bytes.isEmpty { result.append(bytes) }
      } else {
        result += bytes.map { _ in Array("\u{FFFD}".utf8) }
      }
      bytes = []
    }
    for token in tokens {
      if let byte = byte(spelledBy: token) {
        bytes.append(byte)
      } else {
        flush()
        result.append(token)
      }
    }
    flush()
    return result
  }
}
