// The policy: the trunk, and a logit for every token of the vocabulary.

public import Torch

/// A decoder with an output layer.
public final class LanguageModel {
  /// The numbers of the model.
  public let configuration: ModelConfiguration
  /// Its weights, under checkpoint names.
  public let parameters: Parameters
  /// Its trunk.
  public let decoder: Decoder
  /// What loading found worth saying.
  public let notes: [String]
  private let output: Weight

  /// A model over a table of weights, which it shares.
  public init(
    _ configuration: ModelConfiguration, _ parameters: Parameters, computeType: ElementType,
    notes: [String] = []
  ) {
    self.configuration = configuration
    self.parameters = parameters
    self.notes = notes
    decoder = Decoder(configuration, parameters, computeType: computeType)
    output = Weight(
      parameters[
        configuration.tiesEmbeddings ? "model.embed_tokens.weight" : "lm_head.weight"],
      as: computeType)
  }

  /// The logits of the next token, in float32.
  ///
  /// - Parameter hidden: `[…, D]` from the decoder.
  /// - Returns: `[…, V]`.
  public func logits(_ hidden: Tensor) -> Tensor {
    let logits = hidden.linear(output.value)
    return logits.type == .float32 ? logits : logits.to(.float32)
  }

  /// The same model with weights of its own, rounded to `type` once.
  ///
  /// What a generator uses, so that no step of decoding casts a weight; its numbers are those of
  /// casting at every step.
  public func copy(as type: ElementType) -> LanguageModel {
    LanguageModel(configuration, parameters.copy(as: type), computeType: decoder.computeType)
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
        tensor = .ones(shape)
      } else {
        tensor = .normal(
          shape, deviation: configuration.initializerRange, seed: mixed(seed, name))
      }
      return (name: name, tensor: tensor.to(type, device: device))
    }
    return LanguageModel(configuration, Parameters(entries), computeType: computeType)
  }

  /// FNV-1a, 64 bits, over the seed's bytes and the name's.
  private static func mixed(_ seed: UInt64, _ name: String) -> UInt64 {
    let bytes = (0..<8).map { UInt8(truncatingIfNeeded: seed >> ($0 * 8)) } + Array(name.utf8)
    return bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }
}
