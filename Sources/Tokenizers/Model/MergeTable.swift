// Byte-pair merging: a piece starts as one token a byte or a character, and the pair of neighbors
// whose merge was learned first is joined, again and again. Short pieces are searched from end to
// end each time; for long ones a queue over a linked list keeps n tokens at n log n steps, so that a
// word of a million letters is no attack.

/// What two neighboring tokens become.
package struct Merge: Equatable, Sendable {
  /// Lower ranks merge first.
  package let rank: UInt32
  package let product: UInt32

  package init(rank: Int, product: Int) {
    self.rank = UInt32(rank)
    self.product = UInt32(product)
  }
}

/// A token while its piece is being merged, and how many bytes of the piece it stands for.
package struct Symbol: Equatable, Sendable {
  package var token: UInt32
  package var length: UInt32

  package init(token: UInt32, length: UInt32) {
    self.token = token
    self.length = length
  }
}

/// The merges by the pair they join.
package struct MergeTable: Sendable {
  /// Longer pieces are merged by the queue.
  private static let longestScan = 48
  private static let none = UInt64.max

  private struct Slot {
    /// No pair is all ones: ids are smaller.
    var pair = MergeTable.none
    /// The rank in the upper half, the product in the lower.
    var merge = MergeTable.none
  }

  private var slots: [Slot]
  /// The token each rank makes.
  private var products: [UInt32]
  /// Whether every merge makes a longer token than either part.
  ///
  /// Only then is an entry of the queue that is out of date always seen to be so, and the search from
  /// end to end does the same.
  private let growsAlways: Bool

  package init(_ merges: [UInt64: Merge], growsAlways: Bool) {
    self.growsAlways = growsAlways
    var count = 64
    while count < merges.count * 2 { count *= 2 }
    slots = [Slot](repeating: Slot(), count: count)
    products = [UInt32](
      repeating: 0, count: merges.values.reduce(0) { max($0, Int($1.rank) + 1) })
    for (pair, merge) in merges {
      products[Int(merge.rank)] = merge.product
      var place = Self.hash(pair) & (slots.count - 1)
      while slots[place].pair != Self.none { place = (place + 1) & (slots.count - 1) }
      slots[place] = Slot(pair: pair, merge: UInt64(merge.rank) << 32 | UInt64(merge.product))
    }
  }

  /// Two token ids as one key.
  @inline(__always)
  package static func pair(_ left: UInt32, _ right: UInt32) -> UInt64 {
    UInt64(left) << 32 | UInt64(right)
  }

  @inline(__always)
  private static func hash(_ pair: UInt64) -> Int {
    let product = pair &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: product >> 32)
  }

  /// Rank and product of a pair's merge; all ones when it has none.
  @inline(__always)
  private func merge(_ left: UInt32, _ right: UInt32) -> UInt64 {
    let pair = Self.pair(left, right)
    var place = Self.hash(pair) & (slots.count - 1)
    while slots[place].pair != pair {
      if slots[place].pair == Self.none { return Self.none }
      place = (place + 1) & (slots.count - 1)
    }
    return slots[place].merge
  }

  /// Merges the tokens of one piece; `ranks` is room to work in, whatever is in it.
  package func apply(to symbols: inout [Symbol], ranks: inout [UInt64]) {
    guard symbols.count > 1 else { return }
    if growsAlways, symbols.count <= Self.longestScan {
      scan(&symbols, &ranks)
    } else {
      applyQueue(to: &symbols)
    }
  }

  private func scan(_ symbols: inout [Symbol], _ ranks: inout [UInt64]) {
    ranks.removeAll(keepingCapacity: true)
    for index in 1..<symbols.count {
      ranks.append(merge(symbols[index - 1].token, symbols[index].token))
    }
    var count = symbols.count
    symbols.withUnsafeMutableBufferPointer { symbols in
      ranks.withUnsafeMutableBufferPointer { ranks in
        while count > 1 {
          var best = 0
          for index in 1..<max(1, count - 1) where ranks[index] < ranks[best] { best = index }
          guard ranks[best] != Self.none else { break }
          symbols[best].token = UInt32(truncatingIfNeeded: ranks[best])
          symbols[best].length += symbols[best + 1].length
          count -= 1
          for index in best + 1..<max(best + 1, count) { symbols[index] = symbols[index + 1] }
          for index in best..<max(best, count - 1) { ranks[index] = ranks[index + 1] }
          if best > 0 { ranks[best - 1] = merge(symbols[best - 1].token, symbols[best].token) }
          if best + 1 < count {
            ranks[best] = merge(symbols[best].token, symbols[best + 1].token)
          }
        }
      }
    }
    symbols.removeLast(symbols.count - count)
  }

  private func applyQueue(to symbols: inout [Symbol]) {
    let gone = UInt32.max
    var next = (1...symbols.count).map { $0 }
    var previous = (0..<symbols.count).map { $0 - 1 }
    var queue = MergeQueue()
    func enqueue(_ left: Int, _ right: Int) {
      let merge = merge(symbols[left].token, symbols[right].token)
      if merge != Self.none { queue.insert(rank: UInt32(merge >> 32), place: left) }
    }
    for left in 0..<symbols.count - 1 { enqueue(left, left + 1) }
    while let (rank, left) = queue.popFirst() {
      let right = next[left]
      // An entry is out of date when a neighbor has merged since; the library compares what would
      // be made, not the rank.
      guard symbols[left].token != gone, right < symbols.count else { continue }
      let merge = merge(symbols[left].token, symbols[right].token)
      guard merge != Self.none, UInt32(truncatingIfNeeded: merge) == products[Int(rank)] else {
        continue
      }
      symbols[left].token = products[Int(rank)]
      symbols[left].length += symbols[right].length
      symbols[right].token = gone
      next[left] = next[right]
      if previous[left] >= 0 { enqueue(previous[left], left) }
      if next[left] < symbols.count {
        previous[next[left]] = left
        enqueue(left, next[left])
      }
    }
    symbols.removeAll { $0.token == gone }
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
