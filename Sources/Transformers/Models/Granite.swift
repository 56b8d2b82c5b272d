// Granite 3 and 4, dense: Llama's decoder with four multipliers: of the embeddings, of the scores of
// attention in place of 1/√K, of what every layer adds to the stream, and, as a divisor, of the logits.
// Source: Granite 3.0 Language Models, IBM 2024, section 2; the names are config.json's.

import JSON

extension ModelFamily {
  /// The dense models of Granite.
  public static let granite = ModelFamily(
    modelType: "granite",
    classPrefix: "Granite",
    biases: LayerBiases.attentionAndMLP,
    headNorms: .none,
    windowRule: .never,
    defaultHeadSize: nil,
    readOwnKeys: { (file, configuration) throws(ModelError) in
      configuration.biases = try LayerBiases.ofAttentionAndMLP(file)
      try SlidingWindow.none(file)
      configuration.multipliers = Multipliers(
        embedding: try file.number("embedding_multiplier") ?? 1,
        attention: try file.number("attention_multiplier") ?? 1,
        residual: try file.number("residual_multiplier") ?? 1,
        logitDivisor: try file.number("logits_scaling") ?? 1)
    },
    ownKeys: { configuration in
      let multipliers = configuration.multipliers
      return configuration.biases.keys.merging([
        "embedding_multiplier": .number(multipliers.embedding),
        "attention_multiplier": .number(multipliers.attention ?? 1),
        "residual_multiplier": .number(multipliers.residual),
        "logits_scaling": .number(multipliers.logitDivisor),
      ]) { $1 }
    })
}

/// Numbers that a family multiplies its streams by; one where it has none.
public struct Multipliers: Equatable, Sendable {
  /// Of the embeddings.
  public var embedding = 1.0
  /// Of the scores of attention; nil for 1/√K.
  public var attention: Double?
  /// Of what attention and MLP add to the stream.
  public var residual = 1.0
  /// What the logits are divided by.
  public var logitDivisor = 1.0

  /// Multipliers that change nothing unless they are named.
  public init(
    embedding: Double = 1, attention: Double? = nil, residual: Double = 1, logitDivisor: Double = 1
  ) {
    self.embedding = embedding
    self.attention = attention
    self.residual = residual
    self.logitDivisor = logitDivisor
  }

  /// The first that makes no model, by its key in config.json.
  var fault: (key: String, reason: String)? {
    for (key, value) in [
      ("embedding_multiplier", embedding), ("attention_multiplier", attention ?? 1),
      ("residual_multiplier", residual), ("logits_scaling", logitDivisor),
    ] where !(value > 0 && value < 1e6) {
      return (key, "\(value) is not above 0 and below a million")
    }
    return nil
  }
}
