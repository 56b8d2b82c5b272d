// The model of SentencePiece's other kind: every piece has a score, and a text becomes those pieces
// whose scores have the largest sum. Kudo, Subword Regularization, 2018 (arXiv:1804.10959), section 3.2;
// among equals the choice is the `tokenizers` library's.

/// A Unigram model.
struct UnigramModel: Sendable {
  /// How much worse than the worst piece a character is that the vocabulary lacks.
  private static let unknownPenalty = 10.0

  /// The best way to a place in the text.
  struct Arrival {
    var score = 0.0
    /// Where its last piece begins, -1 as long as there is no way.
    var start = -1
    var piece: UInt32 = 0
  }

  let vocabulary: Vocabulary
  private let trie: PieceTrie
  /// By id.
  private let scores: [Double]
  private let unknown: UInt32
  private let unknownScore: Double
  /// The tokens `<0x00>` to `<0xFF>` by their bytes; empty where they are not used.
  private let byteTokens: [UInt32?]

  /// - Parameters:
  ///   - vocabulary: the pieces, with ids from 0 on.
  ///   - scores: a piece's score by its id, as many as there are pieces.
  ///   - unknown: the piece for what is not in the vocabulary.
  ///   - fallsBackToBytes: whether that is spelled by tokens such as `<0xE2>` where all are there.
  init(vocabulary: Vocabulary, scores: [Double], unknown: UInt32, fallsBackToBytes: Bool) {
    self.vocabulary = vocabulary
    self.scores = scores
    self.unknown = unknown
    trie = PieceTrie(vocabulary.spellings)
    unknownScore = scores.reduce(.infinity) { $1 < $0 ? $1 : $0 } - Self.unknownPenalty
    byteTokens =
      fallsBackToBytes
      ? (UInt8.min...UInt8.max).map { byte in
        vocabulary.id(of: ByteAlphabet.fallbackSpelling(of: byte)).map(UInt32.init)
      } : []
  }

  /// Puts the tokens of the piece `range` of `text` at the end of `result`.
  func encode(
    _ text: TextView, _ range: Range<Int>, cache: inout PieceCache, into result: inout [Int]
  ) {
    let bytes = UnsafeRawBufferPointer(start: text.bytes + range.lowerBound, count: range.count)
    if cache.append(bytes, to: &result) { return }
    tokenize(text, range, &cache)
    for symbol in cache.symbols { result.append(Int(symbol.token)) }
    cache.remember(bytes)
  }

  /// Calls `body` for every token of the piece `range` of `text`, with what it stands for: tokens of
  /// bytes stand for all of the unknown text that they spell.
  func forEachToken(
    of text: TextView, _ range: Range<Int>, cache: inout PieceCache,
    _ body: (_ token: UInt32, _ range: Range<Int>) -> Void
  ) {
    tokenize(text, range, &cache)
    var part = range.lowerBound..<range.lowerBound
    for symbol in cache.symbols {
      if symbol.length > 0 { part = part.upperBound..<part.upperBound + Int(symbol.length) }
      body(symbol.token, part)
    }
  }

  /// Leaves the tokens of a piece in `cache.symbols`; one without a length stands for what the one
  /// before it stands for.
  private func tokenize(_ text: TextView, _ range: Range<Int>, _ cache: inout PieceCache) {
    cache.symbols.removeAll(keepingCapacity: true)
    search(text, range, &cache.arrivals)
    // From the end to the beginning, unknown neighbors as one.
    var end = range.upperBound
    var unknownEnd: Int?
    while end > range.lowerBound {
      let arrival = cache.arrivals[end - range.lowerBound]
      if arrival.piece == unknown {
        unknownEnd = unknownEnd ?? end
      } else {
        if let last = unknownEnd { addUnknown(text, end..<last, &cache.symbols) }
        unknownEnd = nil
        cache.symbols.append(
          Symbol(token: arrival.piece, length: UInt32(end - range.lowerBound - arrival.start)))
      }
      end = range.lowerBound + arrival.start
    }
    if let last = unknownEnd { addUnknown(text, end..<last, &cache.symbols) }
    cache.symbols.reverse()
  }

  /// Finds the best way to every place of `range`.
  private func search(_ text: TextView, _ range: Range<Int>, _ arrivals: inout [Arrival]) {
    arrivals.removeAll(keepingCapacity: true)
    arrivals.append(contentsOf: repeatElement(Arrival(), count: range.count + 1))
    var place = range.lowerBound
    while place < range.upperBound {
      let start = place - range.lowerBound
      let score = arrivals[start].score
      let next = place + text.scalar(at: place).length
      var isKnown = false
      trie.forEachPiece(in: text, place..<range.upperBound) { piece, end in
        Self.arrive(
          &arrivals[end - range.lowerBound], piece, from: start, scores[Int(piece)] + score)
        isKnown = isKnown || end == next
      }
      if !isKnown {
        Self.arrive(&arrivals[next - range.lowerBound], unknown, from: start, unknownScore + score)
      }
      place = next
    }
  }

  /// Of two equal ways the one counts whose last piece is longer: it was found first.
  @inline(__always)
  private static func arrive(
    _ arrival: inout Arrival, _ piece: UInt32, from start: Int, _ score: Double
  ) {
    guard arrival.start < 0 || score > arrival.score else { return }
    arrival = Arrival(score: score, start: start, piece: piece)
  }

  /// Adds, last first, what stands for unknown text: it may be a piece of the vocabulary all the same,
  /// one that is worse than its unknown parts, or the spelling of the unknown piece itself.
  private func addUnknown(_ text: TextView, _ range: Range<Int>, _ symbols: inout [Symbol]) {
    let bytes = UnsafeRawBufferPointer(start: text.bytes + range.lowerBound, count: range.count)
    let length = UInt32(range.count)
    if let piece = vocabulary.id(of: bytes) {
      symbols.append(Symbol(token: piece, length: length))
      return
    }
    let tokens = byteTokens.isEmpty ? [] : bytes.compactMap { byteTokens[Int($0)] }
    guard tokens.count == bytes.count else {
      symbols.append(Symbol(token: unknown, length: length))
      return
    }
    for (index, token) in tokens.enumerated().reversed() {
      symbols.append(Symbol(token: token, length: index == 0 ? length : 0))
    }
  }
}
