// Keys and values of tokens already read, so that the next one costs one token's work. Rows are
// aligned to the left and grow each at its own place; what lies beyond a row's end means nothing.

public import Torch

/// The keys and values of a batch of growing sequences, which come and go.
public final class KeyValueCache {
  /// The tokens of each row.
  public private(set) var lengths: [Int]
  /// The most tokens a row can take.
  public private(set) var capacity: Int
  /// The rows there is memory for.
  public private(set) var rowCapacity: Int

  /// The keys of the rows that are there, one tensor a layer, `[B, G, capacity, K]`.
  private(set) var keys: [Tensor]
  /// The values, likewise.
  private(set) var values: [Tensor]

  private let configuration: ModelConfiguration
  private let type: ElementType
  private let device: Device
  private let heads: HeadShape
  /// All memory: B is `rowCapacity`.
  private var memory: (keys: [Tensor], values: [Tensor])

  /// A cache of `rows` sequences of up to `capacity` tokens, all empty.
  public init(
    _ configuration: ModelConfiguration, rows: Int, capacity: Int, type: ElementType,
    device: Device
  ) {
    self.configuration = configuration
    self.capacity = capacity
    self.type = type
    self.device = device
    heads = HeadShape(
      queries: configuration.headCount, groups: configuration.keyValueHeadCount,
      size: configuration.headSize)
    lengths = Array(repeating: 0, count: rows)
    rowCapacity = rows
    (keys, values, memory) = ([], [], ([], []))
    memory = (fresh(), fresh())
    (keys, values) = memory
  }

  /// Whether some row can take no more.
  public var isFull: Bool { (lengths.max() ?? 0) >= capacity }

  /// The bytes that a position of a row takes, over all layers.
  public static func bytesPerPosition(
    _ configuration: ModelConfiguration, type: ElementType
  ) -> Int {
    2 * configuration.layerCount * configuration.keyValueHeadCount * configuration.headSize
      * type.byteCount
  }

  /// A cache of some of these rows, in that order.
  ///
  /// - Parameters:
  ///   - rows: which rows; one may come several times, as when a prompt becomes its group.
  ///   - capacity: the new cache's, at least the longest row's length.
  /// - Returns: a cache with memory of its own.
  public func selecting(rows: [Int], capacity: Int) -> KeyValueCache {
    let result = KeyValueCache(
      configuration, rows: 0, capacity: capacity, type: type, device: device)
    result.append(rows, of: self)
    return result
  }

  /// Adds rows at the end: copies of another cache's, of the same model.
  ///
  /// - Parameters:
  ///   - rows: which of the other's rows; one may come several times.
  ///   - other: whose rows they are.
  public func append(_ rows: [Int], of other: KeyValueCache) {
    let added = rows.map { other.lengths[$0] }
    let longest = added.max() ?? 0
    precondition(longest <= capacity, "\(longest) tokens in a cache of \(capacity)")
    let first = lengths.count
    if first + rows.count > rowCapacity { reserve(rows: first + rows.count, capacity: capacity) }
    let moves = rows.enumerated().map {
      CacheMove(from: $0.element, to: first + $0.offset, length: other.lengths[$0.element])
    }
    move(moves, from: other.memory.keys + other.memory.values, to: memory.keys + memory.values)
    lengths += added
    narrow()
  }

  /// Lets rows go; the last ones take their places.
  ///
  /// - Parameter isGone: whether a row goes.
  /// - Returns: for every row that is there now, which one it was.
  @discardableResult public func remove(where isGone: (Int) -> Bool) -> [Int] {
    let all = lengths.indices
    var order = all.map { $0 }
    var movers = all.filter { !isGone($0) }
    let count = movers.count
    var moves: [CacheMove] = []
    for place in 0..<count where isGone(place) {
      let mover = movers.removeLast()
      moves.append(CacheMove(from: mover, to: place, length: lengths[mover]))
      order[place] = mover
    }
    order.removeLast(all.count - count)
    let tensors = memory.keys + memory.values
    move(moves, from: tensors, to: tensors)
    lengths = order.map { lengths[$0] }
    narrow()
    return order
  }

  /// Takes memory for more rows or longer ones, or gives some back; what the rows hold stays.
  ///
  /// - Parameters:
  ///   - rows: the rows there shall be memory for, at least those that are there.
  ///   - capacity: the most tokens a row shall take, at least the longest row's length.
  public func reserve(rows: Int, capacity: Int) {
    precondition(
      rows >= lengths.count && capacity >= lengths.max() ?? 0,
      "\(lengths.count) rows of \(lengths) tokens do not fit \(rows) of \(capacity)")
    guard rows != rowCapacity || capacity != self.capacity else { return }
    (rowCapacity, self.capacity) = (rows, capacity)
    (keys, values) = ([], [])
    let moves = lengths.enumerated().map {
      CacheMove(from: $0.offset, to: $0.offset, length: $0.element)
    }
    // One after the other, so that at most one tensor is there twice.
    for layer in memory.keys.indices {
      memory.keys[layer] = moved(memory.keys[layer], moves)
      memory.values[layer] = moved(memory.values[layer], moves)
    }
    narrow()
  }

  /// Takes the keys and values of prompts, the rows of segment i into row i, behind its prefix.
  ///
  /// - Parameters:
  ///   - rows: rotated, `[N, (H + 2G)K]`.
  ///   - segments: which rows belong together.
  ///   - layer: whose keys and values they are.
  func fill(rows: Tensor, segments: [RowSegment], layer: Int) {
    rows.fillCache(keys: keys[layer], values: values[layer], segments: segments, heads: heads)
  }

  /// Ends a prefill: says how many tokens every row has.
  func settle(_ lengths: [Int]) { self.lengths = lengths }

  /// Ends a step of decoding: every row has one token more.
  func advance() { for row in lengths.indices { lengths[row] += 1 } }

  private func moved(_ tensor: Tensor, _ moves: [CacheMove]) -> Tensor {
    let result = fresh(1)
    move(moves, from: [tensor], to: result)
    return result[0]
  }

  /// Makes `keys` and `values` the rows that are there.
  private func narrow() {
    let count = lengths.count
    func first(_ tensor: Tensor) -> Tensor {
      count == rowCapacity ? tensor : tensor.narrowed(0, 0..<count)
    }
    (keys, values) = (memory.keys.map(first), memory.values.map(first))
  }

  /// Memory for one tensor a layer.
  private func fresh(_ count: Int? = nil) -> [Tensor] {
    precondition(capacity <= configuration.readablePositions, "more places than positions")
    // On a GPU a position's heads lie together: flash attention reads texts of any lengths so.
    let isByPosition = device != .cpu
    let shape =
      isByPosition
      ? [rowCapacity, capacity, heads.groups, heads.size]
      : [rowCapacity, heads.groups, capacity, heads.size]
    let isReadInside = heads.attendsInside(type, on: device)
    return (0..<(count ?? configuration.layerCount)).map { _ in
      let memory =
        isReadInside
        ? Tensor.empty(shape, type: type, device: device)
        : Tensor.zeros(shape, type: type, device: device)
      return isByPosition ? memory.transposed(1, 2) : memory
    }
  }
}
