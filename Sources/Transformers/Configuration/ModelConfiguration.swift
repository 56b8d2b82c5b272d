// The numbers that make a model, by the meaning of config.json's keys.

/// What config.json says about a decoder model.
///
/// A tiny one: `ModelConfiguration(vocabularySize: 40, hiddenSize: 16, intermediateSize: 32,
/// layerCount: 2, headCount: 4, keyValueHeadCount: 2)`.
public struct ModelConfiguration: Equatable, Sendable {
  /// What the model does differently from other decoders.
  public var family = ModelFamily.qwen2
  /// V, `vocab_size`.
  public var vocabularySize: Int
  /// D, `hidden_size`.
  public var hiddenSize: Int
  /// The width inside the MLP, `intermediate_size`.
  public var intermediateSize: Int
  /// `num_hidden_layers`.
  public var layerCount: Int
  /// H, `num_attention_heads`.
  public var headCount: Int
  /// G, `num_key_value_heads`: a divisor of H.
  public var keyValueHeadCount: Int
  /// `max_position_embeddings`.
  public var maximumPositions: Int
  /// The deviation of fresh weights, `initializer_range`.
  public var initializerRange: Double
  /// `rms_norm_eps`.
  public var rmsNormEpsilon: Double
  /// The base of the rotary frequencies, `rope_theta`.
  public var ropeTheta: Double
  /// Whether the output layer is the embedding table, `tie_word_embeddings`.
  public var tiesEmbeddings: Bool
  /// `bos_token_id`.
  public var bosToken: Int?
  /// `eos_token_id`, which may be one or several.
  public var eosTokens: [Int]
  /// `pad_token_id`.
  public var padToken: Int?

  /// A configuration from its numbers; `fault` says whether they make a model.
  public init(
    vocabularySize: Int, hiddenSize: Int, intermediateSize: Int, layerCount: Int, headCount: Int,
    keyValueHeadCount: Int? = nil, maximumPositions: Int = 2048, initializerRange: Double = 0.02,
    rmsNormEpsilon: Double = 1e-6, ropeTheta: Double = 10_000, tiesEmbeddings: Bool = true,
    bosToken: Int? = nil, eosTokens: [Int] = [], padToken: Int? = nil
  ) {
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.intermediateSize = intermediateSize
    self.layerCount = layerCount
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount ?? headCount
    self.maximumPositions = maximumPositions
    self.initializerRange = initializerRange
    self.rmsNormEpsilon = rmsNormEpsilon
    self.ropeTheta = ropeTheta
    self.tiesEmbeddings = tiesEmbeddings
    self.bosToken = bosToken
    self.eosTokens = eosTokens
    self.padToken = padToken
  }

  /// K, the size of one head.
  public var headSize: Int { hiddenSize / headCount }

  /// The number of weights of the language model.
  public var parameterCount: Int {
    languageModelShapes.reduce(0) { $0 + $1.shape.reduce(1, *) }
  }

  /// The first number that makes no model, by its key in config.json; nil when all do.
  public var fault: (key: String, reason: String)? {
    let sizes = [
      ("vocab_size", vocabularySize), ("hidden_size", hiddenSize),
      ("intermediate_size", intermediateSize), ("num_hidden_layers", layerCount),
      ("num_attention_heads", headCount), ("num_key_value_heads", keyValueHeadCount),
      ("max_position_embeddings", maximumPositions),
    ]
    // The upper bounds keep every product of sizes within an Int.
    for (key, size) in sizes where size < 1 || size > 1 << 22 {
      return (key, "\(size) is not from 1 to \(1 << 22)")
    }
    if layerCount > 1 << 12 { return ("num_hidden_layers", "\(layerCount) is over \(1 << 12)") }
    if hiddenSize % headCount != 0 {
      return ("num_attention_heads", "\(headCount) heads do not divide hidden_size \(hiddenSize)")
    }
    if headCount % keyValueHeadCount != 0 {
      return (
        "num_key_value_heads", "\(keyValueHeadCount) do not divide the \(headCount) heads"
      )
    }
    if headSize % 2 != 0 {
      return ("hidden_size", "heads of \(headSize), an odd number, cannot be rotated")
    }
    if !(rmsNormEpsilon > 0 && rmsNormEpsilon < 1) {
      return ("rms_norm_eps", "\(rmsNormEpsilon) is not between 0 and 1")
    }
    if !(ropeTheta > 1 && ropeTheta.isFinite) {
      return ("rope_theta", "\(ropeTheta) is not above 1")
    }
    if !(initializerRange > 0 && initializerRange.isFinite) {
      return ("initializer_range", "\(initializerRange) is not above 0")
    }
    for (key, tokens) in [
      ("bos_token_id", [bosToken].compactMap(\.self)), ("eos_token_id", eosTokens),
      ("pad_token_id", [padToken].compactMap(\.self)),
    ] {
      for token in tokens where token < 0 || token >= vocabularySize {
        return (key, "\(token) is no token of a vocabulary of \(vocabularySize)")
      }
    }
    return nil
  }

  /// The trunk's tensors under their checkpoint names, in the order they are used.
  var trunkShapes: [(name: String, shape: [Int])] {
    let keys = keyValueHeadCount * headSize
    var shapes = [(name: "model.embed_tokens.weight", shape: [vocabularySize, hiddenSize])]
    for layer in 0..<layerCount {
      let prefix = "model.layers.\(layer)."
      shapes.append((prefix + "input_layernorm.weight", [hiddenSize]))
      for (name, size) in [("q", hiddenSize), ("k", keys), ("v", keys)] {
        shapes.append((prefix + "self_attn.\(name)_proj.weight", [size, hiddenSize]))
        if family.hasAttentionBias {
          shapes.append((prefix + "self_attn.\(name)_proj.bias", [size]))
        }
      }
      shapes.append((prefix + "self_attn.o_proj.weight", [hiddenSize, hiddenSize]))
      shapes.append((prefix + "post_attention_layernorm.weight", [hiddenSize]))
      shapes.append((prefix + "mlp.gate_proj.weight", [intermediateSize, hiddenSize]))
      shapes.append((prefix + "mlp.up_proj.weight", [intermediateSize, hiddenSize]))
      shapes.append((prefix + "mlp.down_proj.weight", [hiddenSize, intermediateSize]))
    }
    shapes.append(("model.norm.weight", [hiddenSize]))
    return shapes
  }

  /// The language model's tensors: the trunk's, and the output layer's unless it is tied.
  var languageModelShapes: [(name: String, shape: [Int])] {
    tiesEmbeddings
      ? trunkShapes : trunkShapes + [("lm_head.weight", [vocabularySize, hiddenSize])]
  }
}
