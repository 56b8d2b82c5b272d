// Grouped-query attention: H query heads, G key-value heads, each of size K, which need not be D / H;
// in some families every head of queries and keys is normalised before it is rotated, and in some
// layers a token sees only a window of the past.
// Source: GQA, arXiv:2305.13245, section 2.2; head norms: arXiv:2302.05442, section 2.

import Torch

/// The attention of one layer.
struct Attention {
  let query: Linear
  let key: Linear
  let value: Linear
  let output: Linear
  let queryNorm: RMSNorm?
  let keyNorm: RMSNorm?
  let headCount: Int
  let groupCount: Int
  let headSize: Int

  init(_ path: String, _ source: WeightSource, _ configuration: ModelConfiguration) {
    query = Linear("\(path).q_proj", source)
    key = Linear("\(path).k_proj", source)
    value = Linear("\(path).v_proj", source)
    output = Linear("\(path).o_proj", source)
    let epsilon = configuration.rmsNormEpsilon
    let normalizes = configuration.family.normalizesHeads
    queryNorm = normalizes ? RMSNorm("\(path).q_norm", source, epsilon: epsilon) : nil
    keyNorm = normalizes ? RMSNorm("\(path).k_norm", source, epsilon: epsilon) : nil
    headCount = configuration.headCount
    groupCount = configuration.keyValueHeadCount
    headSize = configuration.headSize
  }

  /// Queries and keys ready to meet: cut into heads, normalised where the family does, rotated.
  ///
  /// - Parameters:
  ///   - x: `[…, D]`.
  ///   - shape: the axes of `x` before its last.
  ///   - rotation: of the tokens' positions.
  /// - Returns: queries `[…, H, K]`, keys and values `[…, G, K]`.
  private func heads(
    _ x: Tensor, _ shape: [Int], _ rotation: Rotation
  ) -> (queries: Tensor, keys: Tensor, values: Tensor) {
    var queries = query(x).reshaped(shape + [headCount, headSize])
    var keys = key(x).reshaped(shape + [groupCount, headSize])
    if let queryNorm, let keyNorm { (queries, keys) = (queryNorm(queries), keyNorm(keys)) }
    return (
      rotation(queries), rotation(keys), value(x).reshaped(shape + [groupCount, headSize])
    )
  }

  /// Causal attention over whole sequences.
  ///
  /// - Parameters:
  ///   - x: `[B, T, D]`.
  ///   - rotation: of positions 0 to T - 1.
  ///   - window: what a token sees, `[1, 1, T, T]`, 0 where it may and -∞ where not; nil for all of
  ///     the past.
  /// - Returns: the output `[B, T, D]`, and the keys and values `[B, G, T, K]` for a cache.
  func whole(
    _ x: Tensor, _ rotation: Rotation, window: Tensor?
  ) -> (output: Tensor, keys: Tensor, values: Tensor) {
    let (rows, length, _) = x.shape3
    let heads = heads(x, [rows, length], rotation)
    let queries = heads.queries.transposed(1, 2)  // [B, H, T, K]
    let keys = heads.keys.transposed(1, 2)  // [B, G, T, K]
    let values = heads.values.transposed(1, 2)  // [B, G, T, K]
    let mixed = scaledDotProductAttention(
      query: queries, key: keys, value: values, mask: window, causal: window == nil)
    let joined = mixed.transposed(1, 2).reshaped([rows, length, headCount * headSize])
    return (output(joined), keys, values)
  }

  /// Attention of one new token a row to its row's cache, which takes its key and value.
  ///
  /// - Parameters:
  ///   - x: `[B, D]`.
  ///   - rotation: of each row's own position.
  ///   - step: where the rows stand.
  ///   - layer: this layer's number, which names its part of the cache.
  /// - Returns: `[B, D]`.
  func next(_ x: Tensor, _ rotation: Rotation, _ step: KeyValueCache.Step, layer: Int) -> Tensor {
    let (rows, _) = x.shape2
    let heads = heads(x, [rows], rotation)
    let (keys, values) = step.append(
      keys: heads.keys, values: heads.values, layer: layer)  // [B, G, S, K]
    // The query heads of a group stand where queries of one head would: grouped attention without
    // repeating a key.
    let mixed = mix(
      heads.queries.reshaped([rows, groupCount, headCount / groupCount, headSize]), keys, values,
      step.mask(layer))  // [B, G, H / G, K]
    return output(mixed.reshaped([rows, headCount * headSize]))
  }

  /// Attention of few queries to many keys.
  ///
  /// In float32 on a CPU as two products: there libtorch's fused kernel, made for long queries,
  /// takes up to twice as long.
  private func mix(
    _ queries: Tensor, _ keys: Tensor, _ values: Tensor, _ mask: Tensor
  ) -> Tensor {
    guard queries.type == .float32, queries.device == .cpu else {
      return scaledDotProductAttention(query: queries, key: keys, value: values, mask: mask)
    }
    let scaled = queries / Double(headSize).squareRoot()
    return (scaled.matmul(keys.transposed(2, 3)) + mask).softmax(along: -1).matmul(values)
  }
}
