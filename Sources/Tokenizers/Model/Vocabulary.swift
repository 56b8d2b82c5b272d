// Tokens and their ids, as the file spells them.

/// The vocabulary of a model, by spelling.
struct Vocabulary: Sendable {
  private var table: ByteTable
  private var ids: [UInt32] = []
  /// Ids whose spelling has another: the place of the spelling, and the id.
  private var shadowed: [(place: Int, id: UInt32)] = []

  /// - Parameter capacity: how many tokens there will be.
  init(capacity: Int) {
    table = ByteTable(capacity: capacity)
    ids.reserveCapacity(capacity)
  }

  var count: Int { ids.count + shadowed.count }

  /// The largest id, -1 when there are no tokens.
  var largestID: Int { tokens.reduce(-1) { max($0, $1.id) } }

  /// Adds a token; of a spelling that is added twice, both ids stand for it and it for the last.
  mutating func add(_ spelling: [UInt8], id: Int) {
    let (place, isNew) = table.insert(spelling)
    if isNew {
      ids.append(UInt32(id))
    } else {
      shadowed.append((place, ids[place]))
      ids[place] = UInt32(id)
    }
  }

  /// The id of a token, nil when there is none.
  func id(of spelling: some Collection<UInt8>) -> Int? {
    table.index(of: spelling).map { Int(ids[$0]) }
  }

  /// The id of a token, nil when there is none.
  func id(of spelling: UnsafeRawBufferPointer) -> UInt32? {
    table.index(of: spelling).map { ids[$0] }
  }

  /// Every token with its id, in the file's order; those that share their spelling come last.
  var tokens: some Sequence<(spelling: ArraySlice<UInt8>, id: Int)> {
    (0..<count).lazy.map { index in
      guard index >= ids.count else { return (table.key(index), Int(ids[index])) }
      let (place, id) = shadowed[index - ids.count]
      return (table.key(place), Int(id))
    }
  }

  /// Every spelling with the id it stands for.
  var spellings: some Sequence<(spelling: ArraySlice<UInt8>, id: UInt32)> {
    ids.indices.lazy.map { (table.key($0), ids[$0]) }
  }
}
