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

  /// A trunk over a table of weights, and perhaps an adapter, which it shares: an update in place
  /// is seen at once.
  init(_ configuration: ModelConfiguration, _ source: WeightSource) {
    if let fault = configuration.fault { fatalError("\(fault.key): \(fault.reason)") }
    self.configuration = configuration
    computeType = source.type
    embedding = Embedding("model.embed_tokens", source)
    device = embedding.table.device
    layers = (0..<configuration.layerCount).map {
      DecoderLayer("model.layers.\($0)", source, configuration)
    }
    norm = RMSNorm("model.norm", source, epsilon: configuration.rmsNormEpsilon)
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
    let length = ids.shape2.1
    let rotation = rotary.whole(length)
    let window = windowMask(length)
    var x = embedding(ids)  // [B, T, D]
    for (number, layer) in layers.enumerated() {
      let isWindowed = configuration.slidingWindow?.layers.contains(number) == true
      let attended = layer.attention.whole(
        layer.inputNorm(x), rotation, window: isWindowed ? window : nil)
      keep(number, attended.keys, attended.values)
      x = x + attended.output
      x = x + layer.mlp(layer.attentionNorm(x))
    }
    return norm(x)
  }

  /// What a token of a windowed layer sees, `[1, 1, T, T]`, 0 where it may and -∞ where not; nil
  /// when the window holds the whole sequence.
  private func windowMask(_ length: Int) -> Tensor? {
    guard let window = configuration.slidingWindow, window.length < length else { return nil }
    let last = Tensor.arange(0..<length, device: device).unsqueezed(1)
    let passed = Tensor.arange(-window.length..<length - window.length, device: device)
    let keys = Tensor.arange(0..<length, device: device).unsqueezed(0)
    let visible = keys.lessOrEqual(to: last)
      .and(keys.lessOrEqual(to: passed.unsqueezed(1)).not())
    return Tensor.zeros([length, length], type: computeType, device: device)
      .filled(-.infinity, where: visible.not()).reshaped([1, 1, length, length])
  }
}

/// One layer of the trunk.
struct DecoderLayer {
  let inputNorm: RMSNorm
  let attention: Attention
  let attentionNorm: RMSNorm
  let mlp: GatedMLP

  init(_ path: String, _ source: WeightSource, _ configuration: ModelConfiguration) {
    let epsilon = configuration.rmsNormEpsilon
    inputNorm = RMSNorm("\(path).input_layernorm", source, epsilon: epsilon)
    attention = Attention("\(path).self_attn", source, configuration)
    attentionNorm = RMSNorm("\(path).post_attention_layernorm", source, epsilon: epsilon)
    mlp = GatedMLP("\(path).mlp", source)
  }
}
