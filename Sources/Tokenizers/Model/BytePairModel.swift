// The model of a tokenizer.json: pieces of text in, tokens out. It reads a piece byte by byte where
// the splitting ends in ByteLevel, and character by character elsewhere; what the vocabulary lacks
// becomes byte tokens, the token for the unknown, or nothing, as the file has it.

/// A BPE model.
package struct BytePairModel: Sendable {
  /// What a file says besides the vocabulary and the merges.
  package struct Options: Equatable, Sendable {
    /// Whether pieces are bytes that the vocabulary spells as printable characters.
    package var readsBytes = false
    /// The token for what is not in the vocabulary.
    package var unknown: UInt32?
    /// Whether unknown neighbors become one token.
    package var fusesUnknown = false
    /// Whether what is not in the vocabulary is spelled by tokens such as `<0xE2>`.
    package var fallsBackToBytes = false
    /// Whether a piece that is a token is taken as it is, whatever the merges say.
    package var ignoresMerges = false
    /// Put before every character but a piece's first, for looking it up.
    package var prefix: [UInt8] = []
    /// Put after a piece's last character, for looking it up.
    package var suffix: [UInt8] = []

    package init() {}
  }

  /// What a character becomes before merging.
  private enum Atom {
    case token(UInt32)
    /// The tokens of its bytes.
    case bytes([UInt32])
    case unknown(UInt32)
    case nothing
  }

  private static let none = UInt32.max

  let vocabulary: Vocabulary
  private let options: Options
  private let merges: MergeTable
  /// The tokens `<0x00>` to `<0xFF>`, all ones where there is none.
  private let byteFallbacks: [UInt32]
  /// The token of every byte, or of every ASCII character where text is not read by bytes.
  private let plainTokens: [UInt32]
  /// nil where the merges may reach over every place.
  private let joints: Joints?
  /// Where pieces may be whole tokens: the tokens by the bytes they stand for.
  private let wholePieces: Vocabulary?

  /// - Parameters:
  ///   - vocabulary: the tokens as the file spells them.
  ///   - merges: by the pair of ids they join.
  ///   - growsAlways: whether no merge has an empty part.
  ///   - options: the rest.
  init(
    vocabulary: Vocabulary, merges: [UInt64: Merge], growsAlways: Bool, options: Options
  ) {
    self.vocabulary = vocabulary
    self.options = options
    self.merges = MergeTable(merges, growsAlways: growsAlways)
    byteFallbacks = (UInt8.min...UInt8.max).map { byte in
      guard options.fallsBackToBytes else { return Self.none }
      return vocabulary.id(of: ByteAlphabet.fallbackSpelling(of: byte)).map(UInt32.init)
        ?? Self.none
    }
    let isPlain = options.prefix.isEmpty && options.suffix.isEmpty
    plainTokens = (UInt8.min...UInt8.max).map { byte in
      guard isPlain, options.readsBytes || byte < 0x80 else { return Self.none }
      let spelling = options.readsBytes ? ByteAlphabet.spelling(of: [byte]) : [byte]
      return vocabulary.id(of: spelling).map(UInt32.init) ?? Self.none
    }
    wholePieces = options.ignoresMerges ? Self.wholePieces(vocabulary, options) : nil
    joints =
      isPlain && growsAlways && !options.readsBytes && !options.ignoresMerges
      ? Self.joints(
        vocabulary, merges, apartFrom: byteFallbacks + [options.unknown ?? Self.none],
        isUnknownKept: options.unknown != nil || !byteFallbacks.contains(Self.none))
      : nil
  }

  private static func wholePieces(_ vocabulary: Vocabulary, _ options: Options) -> Vocabulary {
    guard options.readsBytes else { return vocabulary }
    var pieces = Vocabulary(capacity: vocabulary.count)
    for token in vocabulary.tokens {
      if let bytes = ByteAlphabet.bytes(spelledBy: Array(token.spelling)) {
        pieces.add(bytes, id: token.id)
      }
    }
    return pieces
  }

  /// nil where a merge joins one of the tokens that stand for unknown text.
  private static func joints(
    _ vocabulary: Vocabulary, _ merges: [UInt64: Merge], apartFrom special: [UInt32],
    isUnknownKept: Bool
  ) -> Joints? {
    let special = Set(special)
    for pair in merges.keys {
      let (left, right) = (UInt32(pair >> 32), UInt32(truncatingIfNeeded: pair))
      if special.contains(left) || special.contains(right) { return nil }
    }
    let made = Set(merges.values.map(\.product))
    return Joints(
      products: vocabulary.tokens.lazy.filter { made.contains(UInt32($0.id)) }.map(\.spelling),
      scalars: vocabulary.tokens.lazy.compactMap { token in
        let text = ScalarText(token.spelling)
        return text.scalars.count == 1 ? text.scalars[0] : nil
      }, isUnknownKept: isUnknownKept)
  }

  /// Whether every byte is a token, so that nothing is ever unknown.
  var knowsEveryByte: Bool {
    options.readsBytes && !plainTokens.contains(Self.none)
  }

  // MARK: - Encoding

  /// Puts the tokens of the piece `range` of `text` at the end of `result`.
  func encode(
    _ text: TextView, _ range: Range<Int>, cache: inout PieceCache, into result: inout [Int]
  ) {
    forEachPart(of: text, range) { part in
      let bytes = UnsafeRawBufferPointer(start: text.bytes + part.lowerBound, count: part.count)
      if cache.append(bytes, to: &result) { return }
      tokenize(text, part, &cache)
      for symbol in cache.symbols { result.append(Int(symbol.token)) }
      cache.remember(bytes)
    }
  }

  /// The tokens of the piece `range` of `text`, with how many bytes each stands for.
  func symbols(
    _ text: TextView, _ range: Range<Int>, cache: inout PieceCache
  ) -> [Symbol] {
    var result: [Symbol] = []
    forEachPart(of: text, range) { part in
      tokenize(text, part, &cache)
      result += cache.symbols
    }
    return result
  }

  private func forEachPart(
    of text: TextView, _ range: Range<Int>, _ body: (Range<Int>) -> Void
  ) {
    guard let joints else { return body(range) }
    var start = range.lowerBound
    while start < range.upperBound {
      let end = joints.next(in: text, range, after: start)
      body(start..<end)
      start = end
    }
  }

  /// Leaves the tokens of a part in `cache.symbols`.
  private func tokenize(_ text: TextView, _ range: Range<Int>, _ cache: inout PieceCache) {
    cache.symbols.removeAll(keepingCapacity: true)
    let bytes = UnsafeRawBufferPointer(start: text.bytes + range.lowerBound, count: range.count)
    if let token = wholePieces?.id(of: bytes) {
      cache.symbols.append(Symbol(token: token, length: UInt32(range.count)))
      return
    }
    begin(text, range, &cache.symbols)
    merges.apply(to: &cache.symbols, ranks: &cache.ranks)
  }

  /// The tokens that a piece begins as, one a byte or a character.
  private func begin(_ text: TextView, _ range: Range<Int>, _ symbols: inout [Symbol]) {
    // An unknown token that waits for the next, which may become one with it.
    var waiting: Symbol?
    var place = range.lowerBound
    while place < range.upperBound {
      let length = options.readsBytes ? 1 : text.scalar(at: place).length
      let first = text.bytes[place]
      if plainTokens[Int(first)] != Self.none {
        if let unknown = waiting { symbols.append(unknown) }
        waiting = nil
        symbols.append(Symbol(token: plainTokens[Int(first)], length: UInt32(length)))
      } else {
        let unit = place..<place + length
        switch atom(text, unit, in: range) {
        case .token(let token):
          if let unknown = waiting { symbols.append(unknown) }
          waiting = nil
          symbols.append(Symbol(token: token, length: UInt32(length)))
        case .bytes(let tokens):
          // What waits goes on waiting: it comes after these bytes, as in the library.
          for (index, token) in tokens.enumerated() {
            symbols.append(Symbol(token: token, length: index < length ? 1 : 0))
          }
        case .unknown(let token):
          if let unknown = waiting, options.fusesUnknown {
            waiting?.length = unknown.length + UInt32(length)
          } else {
            if let unknown = waiting { symbols.append(unknown) }
            waiting = Symbol(token: token, length: UInt32(length))
          }
        case .nothing: break
        }
      }
      place += length
    }
    if let unknown = waiting { symbols.append(unknown) }
  }

  private func atom(_ text: TextView, _ unit: Range<Int>, in range: Range<Int>) -> Atom {
    let bytes = UnsafeBufferPointer(start: text.bytes + unit.lowerBound, count: unit.count)
    var spelling = unit.lowerBound > range.lowerBound ? options.prefix : []
    spelling += options.readsBytes ? ByteAlphabet.spelling(of: bytes) : Array(bytes)
    if unit.upperBound == range.upperBound { spelling += options.suffix }
    if let token = vocabulary.id(of: spelling) { return .token(UInt32(token)) }
    if options.fallsBackToBytes {
      let tokens = spelling.map { byteFallbacks[Int($0)] }
      if !tokens.contains(Self.none) { return .bytes(tokens) }
    }
    return options.unknown.map(Atom.unknown) ?? .nothing
  }
}
