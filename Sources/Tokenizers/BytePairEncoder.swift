// Byte-pair merging: a piece starts as one token a byte, and the pair of neighbours whose merge was
// learned first is joined, again and again. A queue over a linked list keeps a piece of n bytes at
// n log n steps, so that a word of a million letters is no attack.

/// Merges the bytes of a piece into tokens.
package struct BytePairEncoder: Sendable {
  /// What two neighbouring tokens become.
  package struct Merge: Equatable, Sendable {
    /// Lower ranks merge first.
    let rank: UInt32
    let product: UInt32

    package init(rank: Int, product: Int) {
      self.rank = UInt32(rank)
      self.product = UInt32(product)
    }
  }

  /// The merges, keyed by `pair(left, right)`.
  private let merges: [UInt64: Merge]
  /// The token each rank makes.
  private let products: [UInt32]
  /// The token of every byte; nil where the vocabulary lacks it, and then such bytes are dropped,
  /// as the library drops them.
  package let byteTokens: [Int?]
  /// Pieces that are tokens whatever the merges say (`ignore_merges`).
  private let wholePieces: [ByteString: Int]

  package init(
    byteTokens: [Int?], merges: [UInt64: Merge], wholePieces: [ByteString: Int] = [:]
  ) {
    self.byteTokens = byteTokens
    self.merges = merges
    self.wholePieces = wholePieces
    let ranks = merges.values.reduce(0) { max($0, Int($1.rank) + 1) }
    var products = [UInt32](repeating: 0, count: ranks)
    for merge in merges.values { products[Int(merge.rank)] = merge.product }
    self.products = products
  }

  /// Two token ids as one key.
  @inline(__always)
  package static func pair(_ left: UInt32, _ right: UInt32) -> UInt64 {
    UInt64(left) << 32 | UInt64(right)
  }

  /// The tokens of one piece.
  package func encode(_ piece: ArraySlice<UInt8>) -> [Int] {
    if !wholePieces.isEmpty, let whole = wholePieces[ByteString(Array(piece))] { return [whole] }
    var tokens = piece.compactMap { byteTokens[Int($0)].map(UInt32.init) }
    if tokens.count > 1 { merge(&tokens) }
    return tokens.map(Int.init)
  }

  private func merge(_ tokens: inout [UInt32]) {
    let gone = UInt32.max
    var next = (1...tokens.count).map { $0 }
    var previous = (0..<tokens.count).map { $0 - 1 }
    var queue = MergeQueue()
    for left in 0..<tokens.count - 1 {
      if let merge = merges[Self.pair(tokens[left], tokens[left + 1])] {
        queue.insert(rank: merge.rank, place: left)
      }
    }
    while let (rank, left) = queue.popFirst() {
      let right = next[left]
      // An entry is out of date when a neighbour has merged since; the library compares what would
      // be made, not the rank.
      guard tokens[left] != gone, right < tokens.count,
        merges[Self.pair(tokens[left], tokens[right])]?.product == products[Int(rank)]
      else { continue }
      tokens[left] = products[Int(rank)]
      tokens[right] = gone
      next[left] = next[right]
      if next[left] < tokens.count {
        previous[next[left]] = left
        if let merge = merges[Self.pair(tokens[left], tokens[next[left]])] {
          queue.insert(rank: merge.rank, place: left)
        }
      }
      let before = previous[left]
      if before >= 0, let merge = merges[Self.pair(tokens[before], tokens[left])] {
        queue.insert(rank: merge.rank, place: before)
      }
    }
    tokens.removeAll { $0 == gone }
  }
}

/// A binary heap of merges to try: lowest rank first, then leftmost.
private struct MergeQueue {
  private var entries: [UInt64] = []

  mutating func insert(rank: UInt32, place: Int) {
    entries.append(UInt64(rank) << 32 | UInt64(place))
    var child = entries.count - 1
    while child > 0, entries[child] < entries[(child - 1) / 2] {
      entries.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func popFirst() -> (rank: UInt32, place: Int)? {
    guard let first = entries.first else { return nil }
    let last = entries.removeLast()
    if !entries.isEmpty {
      entries[0] = last
      var parent = 0
      while true {
        var child = 2 * parent + 1
        guard child < entries.count else { break }
        if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
        guard entries[child] < entries[parent] else { break }
        entries.swapAt(child, parent)
        parent = child
      }
    }
    return (UInt32(first >> 32), Int(first & 0xFFFF_FFFF))
  }
}
