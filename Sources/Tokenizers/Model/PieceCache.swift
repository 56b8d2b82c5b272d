// What the model remembers while one text is encoded: the tokens of every piece seen, as most pieces
// come again. It lives and dies with one call, so that a tokenizer stays a value anybody may share.

/// Room to work in, and the tokens of the pieces seen so far.
struct PieceCache {
  /// Longer pieces hardly come again.
  static let longestPiece = 256
  /// A text with more different pieces fills no more memory.
  private static let mostPieces = 1 << 18

  private var pieces = ByteTable()
  private var tokens: [UInt32] = []
  /// Where the tokens of each piece end.
  private var ends: [UInt32] = []

  /// The piece being merged.
  var symbols: [Symbol] = []
  var ranks: [UInt64] = []
  /// The best ways to the places of a piece.
  var arrivals: [UnigramModel.Arrival] = []

  /// Puts the tokens of a piece seen before at the end of `result`; false for a new piece.
  @inline(__always)
  func append(_ piece: UnsafeRawBufferPointer, to result: inout [Int]) -> Bool {
    guard let index = pieces.index(of: piece) else { return false }
    let start = index == 0 ? 0 : Int(ends[index - 1])
    let end = Int(ends[index])
    if end == start + 1 {
      result.append(Int(tokens[start]))
    } else {
      for token in tokens[start..<end] { result.append(Int(token)) }
    }
    return true
  }

  /// Remembers that `piece` is `symbols`.
  mutating func remember(_ piece: UnsafeRawBufferPointer) {
    guard piece.count <= Self.longestPiece, ends.count < Self.mostPieces else { return }
    guard pieces.insert(piece).isNew else { return }
    for symbol in symbols { tokens.append(symbol.token) }
    ends.append(UInt32(tokens.count))
  }
}
