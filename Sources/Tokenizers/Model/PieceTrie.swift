// Which pieces a text begins with: a tree of the pieces' bytes, a level after the other, so that the
// children of a node lie side by side and three flat arrays hold all of it.

/// Pieces by their bytes, from the first on.
struct PieceTrie: Sendable {
  private static let none = UInt32.max

  /// The byte that leads to each node; the first node is the beginning.
  private var labels: [UInt8] = [0]
  /// Where the children of each node begin; they end where the next node's begin.
  private var children: [UInt32] = []
  /// The piece that ends at each node.
  private var pieces: [UInt32] = []

  /// - Parameter spellings: each once, no more than 2³¹ bytes in all.
  init(_ spellings: some Sequence<(spelling: ArraySlice<UInt8>, id: UInt32)>) {
    let sorted = spellings.sorted { $0.spelling.lexicographicallyPrecedes($1.spelling) }
    // The stretches of `sorted` below the nodes of one level.
    var level = [0..<sorted.count]
    var depth = 0
    while !level.isEmpty {
      var next: [Range<Int>] = []
      for stretch in level {
        var place = stretch.lowerBound
        children.append(UInt32(labels.count))
        pieces.append(Self.none)
        if place < stretch.upperBound, sorted[place].spelling.count == depth {
          pieces[pieces.count - 1] = sorted[place].id
          place += 1
        }
        while place < stretch.upperBound {
          let byte = Self.byte(of: sorted[place].spelling, at: depth)
          var end = place + 1
          while end < stretch.upperBound, Self.byte(of: sorted[end].spelling, at: depth) == byte {
            end += 1
          }
          labels.append(byte)
          next.append(place..<end)
          place = end
        }
      }
      level = next
      depth += 1
    }
    children.append(UInt32(labels.count))
  }

  private static func byte(of spelling: ArraySlice<UInt8>, at depth: Int) -> UInt8 {
    spelling[spelling.startIndex + depth]
  }

  /// Calls `body` for every piece that `range` of `text` begins with, shortest first, with where it
  /// ends.
  @inline(__always)
  func forEachPiece(
    in text: TextView, _ range: Range<Int>, _ body: (_ piece: UInt32, _ end: Int) -> Void
  ) {
    var node = 0
    for place in range {
      guard let child = child(of: node, by: text.bytes[place]) else { return }
      node = child
      if pieces[node] != Self.none { body(pieces[node], place + 1) }
    }
  }

  /// Calls `body` for every piece that `text` goes on with at `start`, shortest first, with where it
  /// ends.
  func forEachPiece(
    in text: [UInt8], from start: Int, _ body: (_ piece: UInt32, _ end: Int) -> Void
  ) {
    var node = 0
    for place in start..<text.count {
      guard let child = child(of: node, by: text[place]) else { return }
      node = child
      if pieces[node] != Self.none { body(pieces[node], place + 1) }
    }
  }

  @inline(__always)
  private func child(of node: Int, by byte: UInt8) -> Int? {
    var low = Int(children[node])
    var high = Int(children[node + 1])
    let end = high
    while low < high {
      let middle = (low + high) / 2
      if labels[middle] < byte { low = middle + 1 } else { high = middle }
    }
    return low < end && labels[low] == byte ? low : nil
  }
}
