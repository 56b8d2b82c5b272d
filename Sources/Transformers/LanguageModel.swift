// The policy: the trunk, and a logit for every token of the vocabulary.

public import Torch

/// A decoder with an output layer, and perhaps an adapter.
public final class LanguageModel {
  /// The numbers of the model.
  public let configuration: ModelConfiguration
  /// Its weights, under checkpoint names; frozen when there is an adapter.
  public let parameters: Parameters
  /// What stands beside its linear layers; nil when nothing does.
  public let adapter: Adapter?
  /// Its trunk.
  public let decoder: Decoder
  /// What loading found worth saying.
  public let notes: [String]
  private let output: Linear

  /// A model over a table of weights and perhaps an adapter, which it shares.
  public init(
    _ configuration: ModelConfiguration, _ parameters: Parameters, computeType: ElementType,
    adapter: Adapter? = nil, notes: [String] = [], form: FusedLinear.Form = .exact
  ) {
    precondition(form == .exact || adapter == nil, "an adapter stands beside weights as they are")
    self.configuration = configuration
    self.parameters = parameters
    self.adapter = adapter
    self.notes = notes
    let source = WeightSource(
      parameters: parameters, adapter: adapter, type: computeType, form: form)
    decoder = Decoder(configuration, source)
    output = Linear([configuration.tiesEmbeddings ? "model.embed_tokens" : "lm_head"], source)
  }

  /// What training moves: the adapter where there is one, all weights where there is none.
  public var trainable: Parameters { adapter?.parameters ?? parameters }

  /// The logits of the next token, in float32.
  ///
  /// - Parameter hidden: `[…, D]` from the decoder.
  /// - Returns: `[…, V]`.
  public func logits(_ hidden: Tensor) -> Tensor {
    let rows = hidden.reshaped([-1, hidden.size(-1)])
    let isPlain = !hidden.requiresGradient && !output.hasAdapter
    var logits = isPlain ? output.product.wide(rows) : output(rows).to(.float32)
    let divisor = configuration.multipliers.logitDivisor
    if divisor != 1 { logits = logits / divisor }
    return logits.reshaped(hidden.shape.dropLast() + [logits.size(-1)])
  }

  /// What the model says of given tokens, without ever holding the logits of them all, but where
  /// an adapter stands beside the output layer.
  ///
  /// - Parameters:
  ///   - targets: `[P]` int64, the tokens.
  ///   - hidden: `[P, D]` from the decoder, at the places that predict them.
  ///   - temperature: what logits are divided by.
  ///   - entropy: whether the entropies are wanted too.
  ///   - masks: which tokens each distribution is over; nil: the whole vocabulary.
  /// - Returns: `[P]` float32 log-probabilities, and the entropies of the distributions in nats.
  public func logProbs(
    of targets: Tensor, after hidden: Tensor, temperature: Double, entropy: Bool,
    masks: RowMasks? = nil
  ) -> (logProbs: Tensor, entropies: Tensor?) {
    guard output.hasAdapter else {
      // A family's divisor of logits acts as a temperature does.
      return tokenLogProbs(
        hidden: hidden, head: output.product, targets: targets,
        temperature: temperature * configuration.multipliers.logitDivisor, entropy: entropy,
        masks: masks)
    }
    var scores = logits(hidden)  // [P, V]
    if let masks { scores = masks.applied(to: scores) }
    let all = (scores / temperature).logSoftmax(along: -1)
    let chosen = all.gathered(along: -1, at: targets.unsqueezed(-1)).squeezed(-1)
    return (chosen, entropy ? -(all.exp() * all).sum(along: -1) : nil)
  }

  /// Drops what was packed of the weights; the next use packs it again.
  public func forgetPanels() {
    decoder.forgetPanels()
    output.product.forget()
  }

  /// The same model with plain weights of its own, its adapter added to them, rounded to `type`
  /// once.
  ///
  /// What a generator uses, so that no step of decoding casts a weight; without an adapter its
  /// numbers are those of casting at every step.
  public func copy(as type: ElementType) -> LanguageModel {
    let table = parameters.copyOfNothing(as: type)
    let copy = LanguageModel(configuration, table, computeType: decoder.computeType)
    copy.refresh(from: self)
    return copy
  }

  /// Takes over another model's weights, its adapter added to them, rounded to this one's types.
  ///
  /// - Parameter model: of the same configuration; this one must have no adapter.
  public func refresh(from model: LanguageModel) {
    precondition(adapter == nil, "a model with an adapter takes over no weights")
    if let adapter = model.adapter {
      adapter.merge(model.parameters, into: parameters)
    } else {
      parameters.copy(from: model.parameters)
    }
  }

  /// The same model without its adapter, sharing its weights: the policy before training, at no
  /// cost in memory.
  public var withoutAdapter: LanguageModel {
    LanguageModel(configuration, parameters, computeType: decoder.computeType)
  }

  /// The same model, sharing its weights, whose products have them in eight bits: for drawing.
  ///
  /// Embeddings, norms and the routers of experts are as they are. What is packed follows the weights: the next
  /// product after a change packs them anew.
  ///
  /// Only for a model without an adapter.
  public var inEightBits: LanguageModel {
    LanguageModel(
      configuration, parameters, computeType: decoder.computeType, adapter: adapter, notes: notes,
      form: .eightBit)
  }

  /// This trunk under the output layer of another model of the same shape, sharing the weights of both.
  ///
  /// - Parameter other: without an adapter, as is this one.
  /// - Returns: a model whose embeddings are not tied.
  public func withOutput(of other: LanguageModel) -> LanguageModel {
    var configuration = configuration
    configuration.tiesEmbeddings = false
    let name = "lm_head.weight"
    let theirs = other.parameters[
      other.parameters.contains(name) ? name : "model.embed_tokens.weight"]
    let own = parameters.entries.filter { $0.name != name }
    return LanguageModel(
      configuration, Parameters(own + [(name, theirs)]), computeType: decoder.computeType)
  }

  /// Plain weights with the adapter added to them, as they are stored; untouched ones are shared.
  public func merged() -> LanguageModel {
    guard let adapter else { return self }
    return LanguageModel(
      configuration, adapter.merged(into: parameters), computeType: decoder.computeType)
  }

  /// The same model, its weights shared and frozen, with a fresh adapter beside them, which
  /// changes nothing until it has learned.
  ///
  /// - Parameters:
  ///   - settings: where the adapter sits and how wide it is.
  ///   - seed: what its A matrices are drawn from.
  /// - Returns: a model whose `trainable` is the adapter.
  /// - Throws: settings that name no layer, or that this program does not train.
  public func adapted(
    by settings: LoRAConfiguration, seed: UInt64
  ) throws(ModelError) -> LanguageModel {
    precondition(adapter == nil, "the model has an adapter")
    try settings.requireTrainable()
    let targets = try settings.resolved(in: configuration, isCritic: false)
    parameters.requireGradients(false)
    return LanguageModel(
      configuration, parameters, computeType: decoder.computeType,
      adapter: .fresh(settings, targets, seed: seed, device: decoder.device), notes: notes)
  }

  /// A fresh model: weights normal(0, `initializerRange`), norms one, biases zero.
  ///
  /// Each tensor's numbers depend on the seed and its name alone.
  ///
  /// - Parameters:
  ///   - configuration: the numbers of the model.
  ///   - seed: what the weights are drawn from.
  ///   - type: what the weights are stored as.
  ///   - computeType: what the model computes in.
  ///   - device: where the weights live.
  /// - Returns: a model with weights of its own.
  public static func random(
    _ configuration: ModelConfiguration, seed: UInt64, type: ElementType = .float32,
    computeType: ElementType = .float32, device: Device = .cpu
  ) -> LanguageModel {
    let entries = configuration.languageModelShapes.map { name, shape in
      let tensor: Tensor
      if name.hasSuffix(".bias") {
        tensor = .zeros(shape)
      } else if shape.count == 1 {
        tensor = configuration.family.normsAddOne ? .zeros(shape) : .ones(shape)
      } else {
        tensor = .normal(
          shape, deviation: configuration.initializerRange, seed: mixed(seed, name))
      }
      return (name: name, tensor: tensor.to(type, device: device))
    }
    return LanguageModel(configuration, Parameters(entries), computeType: computeType)
  }
}

/// A seed for the tensor of a name: FNV-1a, 64 bits, over the seed's bytes and the name's.
func mixed(_ seed: UInt64, _ name: String) -> UInt64 {
  let bytes = (0..<8).map { UInt8(truncatingIfNeeded: seed >> ($0 * 8)) } + Array(name.utf8)
  return bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
}
