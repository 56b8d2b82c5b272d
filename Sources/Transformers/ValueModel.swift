// The critic: the policy's trunk, and one number for every token.

public import Torch

/// A decoder with a scalar head, `score`.
public final class ValueModel {
  /// The numbers of the model.
  public let configuration: ModelConfiguration
  /// Its weights, under checkpoint names.
  public let parameters: Parameters
  /// Its trunk.
  public let decoder: Decoder
  /// What loading found worth saying.
  public let notes: [String]
  private let weight: Weight
  private let bias: Weight

  /// A critic over a table of weights, which it shares.
  public init(
    _ configuration: ModelConfiguration, _ parameters: Parameters, computeType: ElementType,
    notes: [String] = []
  ) {
    self.configuration = configuration
    self.parameters = parameters
    self.notes = notes
    decoder = Decoder(configuration, parameters, computeType: computeType)
    weight = Weight(parameters["score.weight"], as: .float32)
    bias = Weight(parameters["score.bias"], as: .float32)
  }

  /// The value of every token, the head computed in float32.
  ///
  /// - Parameter hidden: `[…, D]` from the decoder.
  /// - Returns: `[…]` float32.
  public func values(_ hidden: Tensor) -> Tensor {
    let wide = hidden.type == .float32 ? hidden : hidden.to(.float32)
    return wide.linear(weight.value, bias: bias.value).squeezed(-1)
  }

  /// A critic that begins as a policy's trunk, copied, and a head of zeros: it values everything
  /// at nothing until it has learned.
  public static func make(from policy: LanguageModel) -> ValueModel {
    let trunk = Set(policy.configuration.trunkShapes.map(\.name))
    let table = policy.parameters.copy()
    let kept = table.entries.filter { trunk.contains($0.name) }
    let (type, device) = (policy.parameters.tensors[0].type, policy.decoder.device)
    return ValueModel(
      policy.configuration,
      Parameters(
        kept + freshHead(policy.configuration, type: type, device: device)),
      computeType: policy.decoder.computeType)
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
