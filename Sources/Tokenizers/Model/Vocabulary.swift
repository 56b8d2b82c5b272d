// Tokens and their ids, as the file spells them.

/// The vocabulary of a model, by spelling.
struct Vocabulary: Sendable {
  private var table: ByteTable
  private var ids: [UInt32] = []

  /// - Parameter capacity: how many tokens there will be.
  init(capacity: Int) {
    table = ByteTable(capacity: capacity)
    ids.reserveCapacity(capacity)
  }

  var count: Int { ids.count }

  /// The largest id, -1 when there are no tokens.
  var largestID: Int { ids.max().map(Int.init) ?? -1 }

  /// Adds a token that is not there yet.
  mutating func add(_ spelling: [UInt8], id: Int) {
    if table.insert(spelling).isNew { ids.append(UInt32(id)) }
  }

  /// The id of a token, nil when there is none.
  func id(of spelling: some Collection<UInt8>) -> Int? {
    table.index(of: spelling).map { Int(ids[$0]) }
  }

  /// The id of a token, nil when there is none.
  func id(of spelling: UnsafeRawBufferPointer) -> UInt32? {
    table.index(of: spelling).map { ids[$0] }
  }

  /// Every token with its id, in the file's order.
  var tokens: some Sequence<(spelling: ArraySlice<UInt8>, id: Int)> {
    ids.indices.lazy.map { (table.key($0), Int(ids[$0])) }
  }
}
