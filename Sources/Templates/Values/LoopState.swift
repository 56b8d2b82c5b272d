// The `loop` of a for statement: where it is, and what comes before and after. Items are fetched
// one at a time, as late as Python fetches them.

/// The state of one running loop.
final class LoopState {
  private let source: LazyItems
  /// Kept so that asking for the length need not fetch.
  private(set) var knownLength: Int?
  /// Items fetched ahead, from `nextFetched` on.
  private var fetched: [Value] = []
  private var nextFetched = 0
  private(set) var index0 = -1
  private var current: Value?
  private(set) var previous: Value?
  /// What `changed` was last called with.
  var lastChanged: [Value]?
  /// How deep the items nest.
  let depth: Int

  init(_ source: LazyItems, length: Int?) {
    self.source = source
    knownLength = length
    depth = source.depth + 1
  }

  /// Moves to the next item.
  func advance() throws(TemplateError) -> Value? {
    guard let item = try peek() else { return nil }
    nextFetched += 1
    index0 += 1
    previous = current
    current = item
    return item
  }

  /// The item after the current one.
  func peek() throws(TemplateError) -> Value? {
    if nextFetched < fetched.count { return fetched[nextFetched] }
    fetched.removeAll(keepingCapacity: true)
    nextFetched = 0
    guard let item = try source.next() else { return nil }
    fetched.append(item)
    return item
  }

  /// The number of items in all; fetches the rest of a lazy source.
  func length() throws(TemplateError) -> Int {
    if let knownLength { return knownLength }
    while let item = try source.next() { fetched.append(item) }
    let length = index0 + 1 + fetched.count - nextFetched
    knownLength = length
    return length
  }

  /// Lets go of the items.
  func end() {
    source.end()
    fetched = []
    nextFetched = 0
    current = nil
    previous = nil
  }
}
