// The critic: the policy's trunk, and one number for every token.

public import Torch

/// A decoder with a scalar head, `score`, and perhaps an adapter beside its trunk.
public final class ValueModel {
  /// The numbers of the model.
  public let configuration: ModelConfiguration
  /// Its weights, under checkpoint names; all but the head's frozen when there is an adapter.
  public let parameters: Parameters
  /// What stands beside its linear layers; nil when nothing does.
  public let adapter: Adapter?
  /// What training moves: all weights, or the adapter and the head.
  public let trainable: Parameters
  /// Its trunk.
  public let decoder: Decoder
  /// What loading found worth saying.
  public let notes: [String]
  private let head: (weight: Weight, bias: Weight)

  /// A critic over a table of weights and perhaps an adapter, which it shares.
  public init(
    _ configuration: ModelConfiguration, _ parameters: Parameters, computeType: ElementType,
    adapter: Adapter? = nil, notes: [String] = []
  ) {
    self.configuration = configuration
    self.parameters = parameters
    self.adapter = adapter
    self.notes = notes
    let heads = ["score.weight", "score.bias"].map { (name: $0, tensor: parameters[$0]) }
    trainable = adapter.map { Parameters($0.parameters.entries + heads) } ?? parameters
    decoder = Decoder(
      configuration, WeightSource(parameters: parameters, adapter: adapter, type: computeType))
    head = (
      Weight(parameters["score.weight"], as: .float32),
      Weight(parameters["score.bias"], as: .float32)
    )
  }

  /// The value of every token, the head computed in float32.
  ///
  /// - Parameter hidden: `[…, D]` from the decoder.
  /// - Returns: `[…]` float32.
  public func values(_ hidden: Tensor) -> Tensor {
    let wide = hidden.type == .float32 ? hidden : hidden.to(.float32)
    return wide.linear(head.weight.value, bias: head.bias.value).squeezed(-1)
  }

  /// Plain weights with the adapter added to them, as they are stored; untouched ones are shared.
  public func merged() -> ValueModel {
    guard let adapter else { return self }
    return ValueModel(
      configuration, adapter.merged(into: parameters), computeType: decoder.computeType)
  }

  /// The same critic, its trunk shared and frozen, with a fresh adapter beside it; its head is a
  /// float32 copy that goes on learning whole.
  ///
  /// - Parameters:
  ///   - settings: where the adapter sits and how wide it is.
  ///   - seed: what its A matrices are drawn from.
  /// - Returns: a critic whose `trainable` is the adapter and the head.
  /// - Throws: settings that name no layer, or that this program does not train.
  public func adapted(
    by settings: LoRAConfiguration, seed: UInt64
  ) throws(ModelError) -> ValueModel {
    precondition(adapter == nil, "the critic has an adapter")
    try settings.requireTrainable()
    let targets = try settings.resolved(in: configuration, isCritic: true)
    parameters.requireGradients(false)
    return ValueModel(
      configuration, withWideHead, computeType: decoder.computeType,
      adapter: .fresh(settings, targets, seed: seed, device: decoder.device), notes: notes)
  }

  /// The same table with a float32 copy of the head: too small steps would be lost in less.
  var withWideHead: Parameters {
    withoutGradient {
      Parameters(
        parameters.entries.map { name, tensor in
          guard name.hasPrefix("score.") else { return (name: name, tensor: tensor) }
          let wide = Tensor.empty(tensor.shape, device: tensor.device)
          wide.copy(from: tensor)
          return (name: name, tensor: wide)
        })
    }
  }

  /// A critic that begins as a policy's trunk, copied, and a head of zeros.
  ///
  /// It values everything at nothing until it has learned. A policy's adapter is added to the copy.
  public static func make(from policy: LanguageModel) -> ValueModel {
    ValueModel(
      policy.configuration, headed(policy.merged().parameters, policy).copy(),
      computeType: policy.decoder.computeType)
  }

  /// The same over weights that are copied already.
  ///
  /// - Parameters:
  ///   - trunk: a table that has those of the trunk, which it shares.
  ///   - policy: whose shape and types they have.
  /// - Returns: the critic.
  public static func make(of trunk: Parameters, like policy: LanguageModel) -> ValueModel {
    ValueModel(
      policy.configuration, headed(trunk, policy), computeType: policy.decoder.computeType)
  }

  /// A critic that begins as `make` does but shares the policy's trunk, without its adapter,
  /// instead of copying it: for an adapter of its own, as the trunk must stay as it is.
  public static func sharing(_ policy: LanguageModel) -> ValueModel {
    ValueModel(
      policy.configuration, headed(policy.parameters, policy),
      computeType: policy.decoder.computeType)
  }

  /// A policy's table without its output layer, with a head of zeros.
  private static func headed(_ table: Parameters, _ policy: LanguageModel) -> Parameters {
    let trunk = Set(policy.configuration.trunkShapes.map(\.name))
    let type = policy.parameters.tensors[0].type
    return Parameters(
      table.entries.filter { trunk.contains($0.name) }
        + freshHead(policy.configuration, type: type, device: policy.decoder.device))
  }

  /// A head of zeros.
  static func freshHead(
    _ configuration: ModelConfiguration, type: ElementType, device: Device
  ) -> [(name: String, tensor: Tensor)] {
    [
      ("score.weight", .zeros([1, configuration.hiddenSize], type: type, device: device)),
      ("score.bias", .zeros([1], type: type, device: device)),
    ]
  }
}
