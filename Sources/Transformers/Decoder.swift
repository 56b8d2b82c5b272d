// The trunk: embedding, layers, final norm. The language model and the critic are this and a head.
//
// Texts of any lengths lie end to end as rows, without padding; segments say which rows belong
// together, and let texts share a prompt's rows, so that a prompt is computed once for its group.

public import Torch

/// A stack of pre-norm layers of attention and MLP.
public final class Decoder {
  /// The type that activations have and weights are cast to.
  public let computeType: ElementType
  /// Where the weights live.
  public let device: Device

  /// Whether a layer's activations are computed again in the backward in place of being kept: memory
  /// for a third more time.
  public var recomputesActivations = false

  /// Whoever has the weights of layers while they are not at work; nil where they are always there.
  ///
  /// With a keeper gradients need `recomputesActivations`: a layer's weights then need not stay between
  /// forward and backward.
  public var keeper: (any WeightKeeper)?

  private let configuration: ModelConfiguration
  private let embedding: Embedding
  private let layers: [DecoderLayer]
  private let norm: RMSNorm
  private let multipliers: Multipliers
  private let rotary: RotaryEmbedding
  /// That of layers with a window, where they have their own.
  private let windowRotary: RotaryEmbedding?
  private let usage = ExpertUsage()

  /// A trunk over a table of weights, and perhaps an adapter, which it shares: an update in place
  /// is seen at once.
  init(_ configuration: ModelConfiguration, _ source: WeightSource) {
    if let fault = configuration.fault { fatalError("\(fault.key): \(fault.reason)") }
    self.configuration = configuration
    computeType = source.type
    embedding = Embedding("model.embed_tokens", source)
    device = embedding.table.device
    layers = (0..<configuration.layerCount).map { [usage] in
      DecoderLayer("model.layers.\($0)", $0, source, configuration, usage)
    }
    norm = RMSNorm("model.norm", source, configuration)
    multipliers = configuration.multipliers
    rotary = RotaryEmbedding(
      configuration, theta: configuration.ropeTheta, scaling: configuration.ropeScaling,
      device: device)
    windowRotary = configuration.windowTheta.map { [device] in
      RotaryEmbedding(configuration, theta: $0, scaling: .none, device: device)
    }
  }

  /// Reads rows of texts.
  ///
  /// - Parameters:
  ///   - ids: `[N]` int64, texts end to end.
  ///   - segments: which rows belong together; every row belongs to one.
  /// - Returns: `[N, D]` after the final norm.
  public func hidden(_ ids: Tensor, segments: [RowSegment]) -> Tensor {
    rows(ids, segments) { _, _ in }
  }

  /// Reads rows of texts, and says how unevenly a mixture's experts were used.
  ///
  /// - Parameters:
  ///   - ids: `[N]` int64, texts end to end.
  ///   - segments: which rows belong together; every row belongs to one.
  /// - Returns: `[N, D]` after the final norm; and `[]`, E · Σ (share of rows of e) · (mean share of e by
  ///   the routers) over all layers with experts, with its gradient; nil where there are none.
  ///   Activations are to be kept: what is computed again has no gradient here.
  public func hiddenAndBalance(
    _ ids: Tensor, segments: [RowSegment]
  ) -> (hidden: Tensor, balance: Tensor?) {
    precondition(!recomputesActivations, "the balance of experts needs activations that are kept")
    let (hidden, balance) = usage.gathering { self.hidden(ids, segments: segments) }
    return (hidden, balance)
  }

  /// Reads texts of any lengths.
  ///
  /// - Parameter texts: token ids, none empty.
  /// - Returns: `[N, D]` after the final norm, text after text, and where each text lies.
  public func hidden(of texts: [[Int]]) -> (hidden: Tensor, segments: [RowSegment]) {
    var segments: [RowSegment] = []
    var start = 0
    for text in texts {
      segments.append(RowSegment(start: start, length: text.count))
      start += text.count
    }
    let ids = Tensor(texts.flatMap(\.self), device: device)
    return (hidden(ids, segments: segments), segments)
  }

  /// Reads whole sequences of one length.
  ///
  /// - Parameter ids: `[B, T]` int64.
  /// - Returns: `[B, T, D]` after the final norm.
  public func hidden(_ ids: Tensor) -> Tensor {
    let (count, length) = ids.shape2
    let segments = (0..<count).map { RowSegment(start: $0 * length, length: length) }
    return hidden(ids.reshaped([-1]), segments: segments).reshaped([count, length, -1])
  }

  /// Reads prompts into an empty cache, without gradients.
  ///
  /// - Parameters:
  ///   - prompts: token ids, none empty.
  ///   - opening: how many tokens all prompts begin with, fewer than any of them has; they are read once.
  ///   - cache: an empty one with a row a prompt; takes the prompts.
  /// - Returns: `[B, D]`, after the final norm, of each prompt's last token.
  public func prefill(_ prompts: [[Int]], opening: Int = 0, cache: KeyValueCache) -> Tensor {
    precondition(cache.lengths.allSatisfy { $0 == 0 }, "the cache is not empty")
    precondition(
      cache.lengths.count == prompts.count && prompts.allSatisfy { $0.count > opening },
      "\(prompts.count) prompts, longer than \(opening), for a cache of \(cache.lengths.count) rows"
    )
    var ids = Array((prompts.first ?? []).prefix(opening))
    let shared = RowSegment(start: 0, length: opening)
    var own: [RowSegment] = []
    for prompt in prompts {
      let rest = prompt.dropFirst(opening)
      own.append(RowSegment(start: ids.count, length: rest.count, prefixLength: opening))
      ids += rest
    }
    return withoutGradient {
      let hidden = rows(Tensor(ids, device: device), opening > 0 ? [shared] + own : own) {
        layer, rows in
        if opening > 0 {
          cache.fill(rows: rows, segments: prompts.map { _ in shared }, layer: layer)
        }
        cache.fill(rows: rows, segments: own, layer: layer)
      }
      cache.settle(prompts.map(\.count))
      let last = own.map { $0.start + $0.length - 1 }
      return hidden.selecting(Tensor(last, device: device), along: 0)
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
    precondition(!cache.isFull, "a row of \(cache.capacity) tokens in a cache of no more")
    return withoutGradient {
      let rotations = rotations(upTo: (cache.lengths.max() ?? 0) + 1)
      let hidden = through(embedding(ids)) { number, attention, x in
        attention.next(x, rotations(attention), cache, layer: number)
      }
      cache.advance()
      return hidden
    }
  }

  private func rows(
    _ ids: Tensor, _ segments: [RowSegment], _ keep: @escaping (Int, Tensor) -> Void
  ) -> Tensor {
    let rotations = rotations(upTo: segments.map { $0.prefixLength + $0.length }.max() ?? 0)
    return through(embedding(ids)) { number, attention, x in
      let (output, rotated) = attention.rows(x, rotations(attention), segments)
      keep(number, rotated)
      return output
    }
  }

  /// The rotation of each layer's attention for all positions below `length`.
  private func rotations(upTo length: Int) -> (Attention) -> Rotation {
    let (whole, windowed) = (rotary.upTo(length), windowRotary?.upTo(length))
    return { $0.window == nil ? whole : windowed ?? whole }
  }

  /// All layers and the final norm, over whatever attention sees.
  private func through(
    _ embedded: Tensor, _ attend: @escaping (Int, Attention, Tensor) -> Tensor
  ) -> Tensor {
    // [N, D]
    var x = multipliers.embedding == 1 ? embedded : embedded * multipliers.embedding
    var delta: Tensor?
    for (number, layer) in layers.enumerated() {
      let pass = { [multipliers, keeper] (x: Tensor, delta: Tensor?) -> (Tensor, Tensor) in
        keeper?.bring(layer: number)
        let results = layer(x, adding: delta, scale: multipliers.residual) {
          attend(number, layer.attention, $0)
        }
        if let keeper, !recordsGradients {
          layer.forgetPanels()
          keeper.release(layer: number)
        }
        return results
      }
      guard recomputesActivations || keeper != nil else {
        (x, delta) = pass(x, delta)
        continue
      }
      let ended = { [keeper] in
        guard let keeper else { return }
        layer.forgetPanels()
        keeper.collect(layer: number)
      }
      (x, delta) = recomputing(x, delta, ended: ended, pass)
    }
    return norm(x, adding: delta).normed
  }

  /// Drops what was packed of the weights; the next use packs it again.
  public func forgetPanels() {
    for layer in layers { layer.forgetPanels() }
  }
}

/// Brings the weights of layers to where they are needed, and takes them away again.
public protocol WeightKeeper: AnyObject {
  /// Called before a layer reads its weights.
  func bring(layer: Int)
  /// Called when a layer has read its weights, and no gradient was asked for.
  func release(layer: Int)
  /// Called when a layer's weights have gathered their gradients.
  func collect(layer: Int)
}

/// One layer of the trunk.
struct DecoderLayer {
  private let places: ModelFamily.LayerNorms
  private let norms: [RMSNorm]
  let attention: Attention
  let mlp: FeedForward

  init(
    _ path: String, _ layer: Int, _ source: WeightSource, _ configuration: ModelConfiguration,
    _ usage: ExpertUsage
  ) {
    let family = configuration.family
    places = family.norms
    norms = places.names.map { RMSNorm("\(path).\($0)", source, configuration) }
    attention = Attention("\(path).self_attn", layer, source, configuration)
    if let experts = configuration.experts, experts.layers.contains(layer) {
      mlp = .experts(Experts("\(path).mlp", source, family, experts, usage))
    } else {
      mlp = .one(GatedMLP("\(path).mlp", source, family))
    }
  }

  /// Drops what was packed of its weights.
  func forgetPanels() {
    for linear in [attention.input, attention.output] + mlp.linears { linear.product.forget() }
  }

  /// One layer over a stream that still lacks what the layer before adds.
  ///
  /// - Parameters:
  ///   - x: the stream, `[N, D]`.
  ///   - delta: what is still to be added to it; nil for nothing.
  ///   - scale: what attention and MLP are multiplied by before they join the stream.
  ///   - attend: attention, over whatever it sees.
  /// - Returns: the stream, and what is still to be added to it.
  func callAsFunction(
    _ x: Tensor, adding delta: Tensor?, scale: Double, attend: (Tensor) -> Tensor
  ) -> (Tensor, Tensor) {
    func scaled(_ part: Tensor) -> Tensor { scale == 1 ? part : part * scale }
    switch places {
    case .before:
      let (sum, normed) = norms[0](x, adding: delta)
      let (next, ready) = norms[1](sum, adding: scaled(attend(normed)))
      return (next, scaled(mlp(ready)))
    case .after:
      let sum = delta.map { x + $0 } ?? x
      let next = sum + scaled(norms[0](attend(sum)))
      return (next, scaled(norms[1](mlp(next))))
    case .around:
      let (sum, normed) = norms[0](x, adding: delta)
      let (next, ready) = norms[2](sum, adding: scaled(norms[1](attend(normed))))
      return (next, scaled(norms[3](mlp(ready))))
    }
  }
}
