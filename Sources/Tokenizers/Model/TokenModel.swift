// The kinds of models as one.

/// What makes tokens of a piece of text.
enum TokenModel: Sendable {
  case bytePair(BytePairModel)
  case unigram(UnigramModel)

  var vocabulary: Vocabulary {
    switch self {
    case .bytePair(let model): model.vocabulary
    case .unigram(let model): model.vocabulary
    }
  }

  /// Puts the tokens of the piece `range` of `text` at the end of `result`.
  func encode(
    _ text: TextView, _ range: Range<Int>, cache: inout PieceCache, into result: inout [Int]
  ) {
    switch self {
    case .bytePair(let model): model.encode(text, range, cache: &cache, into: &result)
    case .unigram(let model): model.encode(text, range, cache: &cache, into: &result)
    }
  }

  /// Calls `body` for every token of the piece `range` of `text`, with the part it stands for.
  func forEachToken(
    of text: TextView, _ range: Range<Int>, cache: inout PieceCache,
    _ body: (_ token: UInt32, _ range: Range<Int>) -> Void
  ) {
    switch self {
    case .bytePair(let model):
      var place = range.lowerBound
      for symbol in model.symbols(text, range, cache: &cache) {
        let end = place + Int(symbol.length)
        body(symbol.token, place..<end)
        place = end
      }
    case .unigram(let model): model.forEachToken(of: text, range, cache: &cache, body)
    }
  }
}
