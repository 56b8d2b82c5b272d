// Grouped-query attention: H query heads, G key-value heads, each of size K.
// Source: GQA, arXiv:2305.13245, section 2.2.

import Torch

/// The attention of one layer.
struct Attention {
  let query: Linear
  let key: Linear
  let value: Linear
  let output: Linear
  let headCount: Int
  let groupCount: Int
  let headSize: Int

  init(
    _ prefix: String, _ parameters: Parameters, _ type: ElementType,
    _ configuration: ModelConfiguration
  ) {
    query = Linear("\(prefix).q_proj", parameters, type)
    key = Linear("\(prefix).k_proj", parameters, type)
    value = Linear("\(prefix).v_proj", parameters, type)
    output = Linear("\(prefix).o_proj", parameters, type)
    headCount = configuration.headCount
    groupCount = configuration.keyValueHeadCount
    headSize = configuration.headSize
  }

  /// Causal attention over whole sequences.
  ///
  /// - Parameters:
  ///   - x: `[B, T, D]`.
  ///   - rotation: of positions 0 to T - 1.
  /// - Returns: the output `[B, T, D]`, and the keys and values `[B, G, T, K]` for a cache.
  func whole(_ x: Tensor, _ rotation: Rotation) -> (output: Tensor, keys: Tensor, values: Tensor) {
    let (rows, length, width) = x.shape3
    func heads(_ x: Tensor, _ count: Int) -> Tensor {
      x.reshaped([rows, length, count, headSize])
    }
    let queries = rotation(heads(query(x), headCount)).transposed(1, 2)  // [B, H, T, K]
    let keys = rotation(heads(key(x), groupCount)).transposed(1, 2)  // [B, G, T, K]
    let values = heads(value(x), groupCount).transposed(1, 2)  // [B, G, T, K]
    let mixed = scaledDotProductAttention(query: queries, key: keys, value: values, causal: true)
    let joined = mixed.transposed(1, 2).reshaped([rows, length, width])  // [B, T, D]
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
    let (rows, width) = x.shape2
    let queries = rotation(query(x).reshaped([rows, headCount, headSize]))  // [B, H, K]
    let (keys, values) = step.append(
      keys: rotation(key(x).reshaped([rows, groupCount, headSize])),
      values: value(x).reshaped([rows, groupCount, headSize]), layer: layer)  // [B, G, S, K]
    // The query heads of a group stand where queries of one head would: grouped attention without
    // repeating a key.
    let mixed = mix(
      queries.reshaped([rows, groupCount, headCount / groupCount, headSize]), keys, values,
      step.mask)  // [B, G, H / G, K]
    return output(mixed.reshaped([rows, width]))
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
