// Grouped-query attention: H query heads, G key-value heads, each of size K, which need not be D / H;
// in some families every head of queries and keys is normalized before it is rotated, and in some
// layers a token sees only a window of the past.
// Source: GQA, arXiv:2305.13245, section 2.2; head norms: arXiv:2302.05442, section 2.

import Torch

/// The attention of one layer.
struct Attention {
  let input: Linear
  let output: Linear
  let queryNorm: RMSNorm?
  let keyNorm: RMSNorm?
  let heads: HeadShape
  /// Where the places that turn lie in a head; nil where they fill it half by half.
  let places: RotaryPlaces?
  /// Whether queries and keys turn with their positions.
  let rotates: Bool
  /// What queries are multiplied by where scores are not those of 1/√K; nil where they are.
  let queryScale: Double?
  /// The positions a token sees, its own included; nil for all of the past.
  let window: Int?

  init(_ path: String, _ layer: Int, _ source: WeightSource, _ configuration: ModelConfiguration) {
    let parts = configuration.family.fused.queryKeyValue ? ["qkv"] : ["q", "k", "v"]
    input = Linear(parts.map { "\(path).\($0)_proj" }, source)
    output = Linear(["\(path).o_proj"], source)
    let normalizes = configuration.family.headNorms != .none
    queryNorm = normalizes ? RMSNorm("\(path).q_norm", source, configuration) : nil
    keyNorm = normalizes ? RMSNorm("\(path).k_norm", source, configuration) : nil
    heads = HeadShape(
      queries: configuration.headCount, groups: configuration.keyValueHeadCount,
      size: configuration.headSize)
    places = RotaryPlaces(configuration)
    rotates = !configuration.stillLayers.contains(layer)
    queryScale = configuration.multipliers.attention.map {
      $0 * Double(configuration.headSize).squareRoot()
    }
    let sliding = configuration.slidingWindow
    window = sliding?.layers.contains(layer) == true ? sliding?.length : nil
  }

  /// Queries, keys and values side by side, normalized where the family does, the places of their heads
  /// as they are rotated, not yet rotated: `[N, D]` to `[N, (H + 2G)K]`.
  private func projected(_ x: Tensor) -> Tensor {
    let projected = input(x)
    guard queryNorm != nil || queryScale != nil || places != nil else { return projected }
    let (rows, width) = projected.shape2
    let keyStart = heads.queries * heads.size
    let valueStart = keyStart + heads.groups * heads.size
    func prepared(_ columns: Range<Int>, _ norm: RMSNorm?) -> Tensor {
      var cut = projected.narrowed(1, columns)
      if let norm {
        // A weight as wide as a head normalizes head by head, a wider one all heads at once.
        cut = norm(cut.reshaped([rows, -1, norm.width])).reshaped([rows, columns.count])
      }
      guard let places, rotates else { return cut }
      return places.halved(cut.reshaped([rows, -1, heads.size])).reshaped([rows, columns.count])
    }
    let queries = prepared(0..<keyStart, queryNorm)
    return Tensor.concatenated(
      [
        queryScale.map { queries * $0 } ?? queries, prepared(keyStart..<valueStart, keyNorm),
        projected.narrowed(1, valueStart..<width),
      ], along: 1)
  }

  /// Causal attention over the texts of some rows.
  ///
  /// - Parameters:
  ///   - x: `[N, D]`.
  ///   - rotation: of all positions that occur.
  ///   - segments: which rows belong together.
  /// - Returns: the output `[N, D]`, and the rotated `[N, (H + 2G)K]` for a cache.
  func rows(
    _ x: Tensor, _ rotation: Rotation, _ segments: [RowSegment]
  ) -> (output: Tensor, rotated: Tensor) {
    let rotation = rotates ? rotation : rotation.still
    let rotated = projected(x).rotatingRows(
      cosine: rotation.cosine, sine: rotation.sine, segments: segments, heads: heads)
    let mixed = rotated.attendingRows(segments: segments, heads: heads, window: window)
    return (output(mixed), rotated)
  }

  /// Attention of one new token a row to its row's cache, which takes its key and value.
  ///
  /// - Parameters:
  ///   - x: `[B, D]`.
  ///   - rotation: of all positions that occur.
  ///   - cache: what the rows read before.
  ///   - layer: this layer's number, which names its part of the cache.
  /// - Returns: `[B, D]`.
  func next(_ x: Tensor, _ rotation: Rotation, _ cache: KeyValueCache, layer: Int) -> Tensor {
    let rotation = rotates ? rotation : rotation.still
    return output(
      attendNext(
        projected(x), keys: cache.keys[layer], values: cache.values[layer], lengths: cache.lengths,
        cosine: rotation.cosine, sine: rotation.sine, heads: heads, window: window))
  }
}
