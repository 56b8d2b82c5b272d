// Keys and values of tokens already read, so that the next one costs one token's work. Rows are
// aligned to the left and grow each at its own place; a mask hides what lies beyond a row's end.

public import Torch

/// The keys and values of a batch of growing sequences.
public final class KeyValueCache {
  /// The tokens of each row.
  public private(set) var lengths: [Int]
  /// The most tokens a row can take.
  public let capacity: Int

  private let configuration: ModelConfiguration
  private let type: ElementType
  private let device: Device
  /// One tensor a layer, `[B, G, capacity, K]`.
  ///
  /// Zeros to begin with: a hidden place weighs nothing only when its value is a number.
  private let keys: [Tensor]
  private let values: [Tensor]
  /// 0, 1, … for the rows, and for the columns `[1, capacity]`.
  private let rowNumbers: Tensor
  private let columnNumbers: Tensor

  /// An empty cache of `rows` sequences of up to `capacity` tokens.
  public init(
    _ configuration: ModelConfiguration, rows: Int, capacity: Int, type: ElementType,
    device: Device
  ) {
    precondition(capacity <= configuration.maximumPositions, "more places than positions")
    self.configuration = configuration
    self.capacity = capacity
    self.type = type
    self.device = device
    lengths = Array(repeating: 0, count: rows)
    let shape = [rows, configuration.keyValueHeadCount, capacity, configuration.headSize]
    func fresh() -> [Tensor] {
      (0..<configuration.layerCount).map { _ in Tensor.zeros(shape, type: type, device: device) }
    }
    keys = fresh()
    values = fresh()
    rowNumbers = Tensor.arange(0..<rows, device: device)
    columnNumbers = Tensor.arange(0..<capacity, device: device).unsqueezed(0)
  }

  /// A cache of some of these rows, in that order.
  ///
  /// - Parameters:
  ///   - rows: which rows; one may come several times, as when a prompt becomes its group.
  ///   - capacity: the new cache's, at least the longest row's length.
  /// - Returns: a cache with memory of its own.
  public func selecting(rows: [Int], capacity: Int) -> KeyValueCache {
    let result = KeyValueCache(
      configuration, rows: rows.count, capacity: capacity, type: type, device: device)
    result.lengths = rows.map { lengths[$0] }
    let longest = result.lengths.max() ?? 0
    precondition(longest <= capacity, "\(longest) tokens in a cache of \(capacity)")
    withoutGradient {
      let index = Tensor(rows, device: device)
      for (new, old) in zip(result.keys + result.values, keys + values) {
        new.narrowed(2, 0..<longest).copy(
          from: old.narrowed(2, 0..<longest).selecting(index, along: 0))
      }
    }
    return result
  }

  /// Takes the keys and values of whole prompts, `[B, G, T, K]`, into empty rows.
  func fill(keys newKeys: Tensor, values newValues: Tensor, layer: Int) {
    let length = newKeys.size(2)
    keys[layer].narrowed(2, 0..<length).copy(from: newKeys)
    values[layer].narrowed(2, 0..<length).copy(from: newValues)
  }

  /// Ends a prefill: says how much of every row is text and not padding.
  func settle(_ lengths: [Int]) { self.lengths = lengths }

  /// One step of decoding, with everything that its layers share.
  struct Step {
    /// The place of each row's new token, `[B]`.
    let positions: Tensor
    /// The longest row, its new token included.
    let span: Int
    /// What a query may see: 0 where it may, -∞ where not, `[B, 1, 1, span]`.
    ///
    /// Made once a step, as libtorch would make it of a bool mask in every layer.
    fileprivate let mask: Tensor
    /// The same for a layer with a window; nil when no row is longer than the window.
    fileprivate let windowMask: Tensor?
    fileprivate let cache: KeyValueCache

    /// The mask of a layer.
    func mask(_ layer: Int) -> Tensor {
      guard let windowMask, cache.configuration.slidingWindow?.layers.contains(layer) == true
      else { return mask }
      return windowMask
    }

    /// Puts each row's new key and value, `[B, G, K]`, and returns all so far, `[B, G, span, K]`.
    func append(keys: Tensor, values: Tensor, layer: Int) -> (keys: Tensor, values: Tensor) {
      let (allKeys, allValues) = (cache.keys[layer], cache.values[layer])
      allKeys.put(keys, atRows: cache.rowNumbers, columns: positions)
      allValues.put(values, atRows: cache.rowNumbers, columns: positions)
      return (allKeys.narrowed(2, 0..<span), allValues.narrowed(2, 0..<span))
    }
  }

  /// Makes room for one token a row; its keys and values follow, layer by layer.
  func step() -> Step {
    let span = (lengths.max() ?? 0) + 1
    precondition(span <= capacity, "a row of \(span) tokens in a cache of \(capacity)")
    let positions = Tensor(lengths, device: device)
    let columns = columnNumbers.narrowed(1, 0..<span)
    let visible = columns.lessOrEqual(to: positions.unsqueezed(1))  // [B, span]
    var windowMask: Tensor?
    if let window = configuration.slidingWindow, window.length < span {
      let last = Tensor(lengths.map { $0 - window.length }, device: device).unsqueezed(1)
      let passed = columns.lessOrEqual(to: last)
      windowMask = mask(of: visible.and(passed.not()))
    }
    let mask = mask(of: visible)
    lengths = lengths.map { $0 + 1 }
    return Step(
      positions: positions, span: span, mask: mask, windowMask: windowMask, cache: self)
  }

  /// `[B, span]` truth values to `[B, 1, 1, span]` of 0 and -∞.
  private func mask(of visible: Tensor) -> Tensor {
    let (rows, span) = visible.shape2
    return Tensor.zeros([rows, span], type: type, device: device)
      .filled(-.infinity, where: visible.not()).reshaped([rows, 1, 1, span])
  }
}
