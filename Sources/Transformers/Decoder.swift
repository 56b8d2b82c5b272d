// The trunk: embedding, layers, final norm. The language model and the critic are this and a head.

public import Torch

/// A stack of pre-norm layers of attention and MLP.
public final class Decoder {
  /// The type that activations have and weights are cast to.
  public let computeType: ElementType
  /// Where the weights live.
  public let device: Device

  private let configuration: ModelConfiguration
  private let embedding: Embedding
  private let layers: [DecoderLayer]
  private let norm: RMSNorm
  private let rotary: RotaryEmbedding

  /// A trunk over a table of weights, which it shares: an update in place is seen at once.
  public init(
    _ configuration: ModelConfiguration, _ parameters: Parameters, computeType: ElementType
  ) {
    if let fault = configuration.fault { fatalError("\(fault.key): \(fault.reason)") }
    self.configuration = configuration
    self.computeType = computeType
    embedding = Embedding("model.embed_tokens", parameters, computeType)
    device = embedding.table.device
    layers = (0..<configuration.layerCount).map {
      DecoderLayer("model.layers.\($0)", parameters, computeType, configuration)
    }
    norm = RMSNorm(
      "model.norm", parameters, computeType, epsilon: configuration.rmsNormEpsilon)
    rotary = RotaryEmbedding(configuration, type: computeType, device: device)
  }

  /// Reads whole sequences.
  ///
  /// Attention is causal, so padding at the end needs no mask.
  ///
  /// - Parameter ids: `[B, T]` int64, padded at the end with any token.
  /// - Returns: `[B, T, D]` after the final norm.
  public func hidden(_ ids: Tensor) -> Tensor { whole(ids) { _, _, _ in } }

  /// Reads prompts into an empty cache, without gradients.
  ///
  /// - Parameters:
  ///   - ids: `[B, T]` int64, padded at the end with any token.
  ///   - lengths: the tokens of each row that are not padding.
  ///   - cache: an empty one of B rows; takes the prompts.
  /// - Returns: `[B, T, D]` after the final norm.
  public func prefill(_ ids: Tensor, lengths: [Int], cache: KeyValueCache) -> Tensor {
    let (rows, length) = ids.shape2
    precondition(cache.lengths.allSatisfy { $0 == 0 }, "the cache is not empty")
    precondition(
      lengths.count == rows && cache.lengths.count == rows
        && lengths.allSatisfy { (1...length).contains($0) },
      "lengths \(lengths) of \(rows) prompts up to \(length) tokens")
    return withoutGradient {
      let hidden = whole(ids) { layer, keys, values in
        cache.fill(keys: keys, values: values, layer: layer)
      }
      cache.settle(lengths)
      return hidden
    }
  }

  /// Reads one token a row, each at its row's own next position, without gradients.
  ///
  /// - Parameters:
  ///   - ids: `[B]` int64.
  ///   - cache: what the rows read before; takes the new tokens.
  /// - Returns: `[B, D]` after the final norm.
  public func decode(_ ids: Tensor, cache: KeyValueCache) -> Tensor {
    precondition(ids.shape == [cache.lengths.count], "ids \(ids.shape), one a row is needed")
    return withoutGradient {
      let step = cache.step()
      let rotation = rotary.at(step.positions, below: step.span)
      var x = embedding(ids)  // [B, D]
      for (number, layer) in layers.enumerated() {
        x = x + layer.attention.next(layer.inputNorm(x), rotation, step, layer: number)
        x = x + layer.mlp(layer.attentionNorm(x))
      }
      return norm(x)
    }
  }

  private func whole(_ ids: Tensor, _ keep: (Int, Tensor, Tensor) -> Void) -> Tensor {
    let rotation = rotary.whole(ids.shape2.1)
    var x = embedding(ids)  // [B, T, D]
    for (number, layer) in layers.enumerated() {
      let attended = layer.attention.whole(layer.inputNorm(x), rotation)
      keep(number, attended.keys, attended.values)
      x = x + attended.output
      x = x + layer.mlp(layer.attentionNorm(x))
    }
    return norm(x)
  }
}

/// One layer of the trunk.
struct DecoderLayer {
  let inputNorm: RMSNorm
  let attention: Attention
  let attentionNorm: RMSNorm
  let mlp: GatedMLP

  init(
    _ key: String, _ parameters: Parameters, _ type: ElementType,
    _ configuration: ModelConfiguration
  ) {
    let epsilon = configuration.rmsNormEpsilon
    inputNorm = RMSNorm("\(key).input_layernorm", parameters, type, epsilon: epsilon)
    attention = Attention("\(key).self_attn", parameters, type, configuration)
    attentionNorm = RMSNorm("\(key).post_attention_layernorm", parameters, type, epsilon: epsilon)
    mlp = GatedMLP("\(key).mlp", parameters, type)
  }
}
