// The numbers that make a model, by the meaning of config.json's keys.

/// What config.json says about a decoder model.
///
/// A tiny one: `ModelConfiguration(vocabularySize: 40, hiddenSize: 16, intermediateSize: 32,
/// layerCount: 2, headCount: 4, keyValueHeadCount: 2)`.
public struct ModelConfiguration: Equatable, Sendable {
  /// What the model does differently from other decoders.
  public var family: ModelFamily
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
  /// K, the size of one head, `head_dim`; D / H unless it was stated.
  public var headSize: Int
  /// `max_position_embeddings`.
  public var maximumPositions: Int
  /// The deviation of fresh weights, `initializer_range`.
  public var initializerRange: Double
  /// `rms_norm_eps`.
  public var rmsNormEpsilon: Double
  /// The base of the rotary frequencies, `rope_theta`.
  public var ropeTheta: Double
  /// The base in layers with a window, where they have their own, `rope_local_base_freq`.
  public var windowTheta: Double?
  /// How those frequencies are stretched, `rope_parameters`.
  public var ropeScaling: RopeScaling
  /// The share of a head that rotates, `partial_rotary_factor`.
  public var rotaryShare: Double
  /// How far back some layers see; nil when all see everything.
  public var slidingWindow: SlidingWindow?
  /// What the streams are multiplied by.
  public var multipliers = Multipliers()
  /// The experts that some layers have in place of one MLP; nil when none has.
  public var experts: ExpertShape?
  /// The layers whose attention knows no positions: queries and keys are not rotated.
  public var stillLayers: Set<Int> = []
  /// Which linear layers add a bias.
  public var biases: LayerBiases
  /// Whether the output layer is the embedding table, `tie_word_embeddings`.
  public var tiesEmbeddings: Bool
  /// `bos_token_id`.
  public var bosToken: Int?
  /// `eos_token_id`, which may be one or several.
  public var eosTokens: [Int]
  /// `pad_token_id`.
  public var padToken: Int?

  /// A configuration from its numbers; `fault` says whether they make a model.
  ///
  /// Without `headSize` it is the family's, or else D / H; without `biases` the family's usual ones.
  public init(
    family: ModelFamily = .qwen2, vocabularySize: Int, hiddenSize: Int, intermediateSize: Int,
    layerCount: Int, headCount: Int, keyValueHeadCount: Int? = nil, headSize: Int? = nil,
    maximumPositions: Int = 2048, initializerRange: Double = 0.02, rmsNormEpsilon: Double = 1e-6,
    ropeTheta: Double = 10_000, ropeScaling: RopeScaling = .none,
    slidingWindow: SlidingWindow? = nil, biases: LayerBiases? = nil, tiesEmbeddings: Bool = true,
    bosToken: Int? = nil, eosTokens: [Int] = [], padToken: Int? = nil
  ) {
    self.family = family
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.intermediateSize = intermediateSize
    self.layerCount = layerCount
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount ?? headCount
    self.headSize =
      headSize ?? family.defaultHeadSize ?? (headCount > 0 ? hiddenSize / headCount : 0)
    self.maximumPositions = maximumPositions
    self.initializerRange = initializerRange
    self.rmsNormEpsilon = rmsNormEpsilon
    self.ropeTheta = ropeTheta
    self.ropeScaling = ropeScaling
    rotaryShare = family.usualRotaryShare ?? 1
    self.slidingWindow = slidingWindow
    self.biases = biases ?? family.biases[0]
    self.tiesEmbeddings = tiesEmbeddings
    self.bosToken = bosToken
    self.eosTokens = eosTokens
    self.padToken = padToken
  }

  /// How many places of a head rotate, `head_dim` times `partial_rotary_factor`.
  public var rotarySize: Int { Int(Double(headSize) * rotaryShare) }

  /// How far this program reads, in tokens: all positions, or those that the frequencies are for.
  public var readablePositions: Int { min(maximumPositions, ropeScaling.positions ?? .max) }

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
    if hiddenSize % headCount != 0 && headSize == hiddenSize / headCount {
      return ("num_attention_heads", "\(headCount) heads do not divide hidden_size \(hiddenSize)")
    }
    if headSize < 1 || headSize > 1 << 22 / headCount {
      return ("head_dim", "\(headCount) heads of \(headSize) are not from 1 to \(1 << 22) wide")
    }
    if headCount % keyValueHeadCount != 0 {
      return (
        "num_key_value_heads", "\(keyValueHeadCount) do not divide the \(headCount) heads"
      )
    }
    if headSize % 2 != 0 {
      let key = headSize == hiddenSize / headCount ? "hidden_size" : "head_dim"
      return (key, "heads of \(headSize), an odd number, cannot be rotated")
    }
    if rotarySize < 2 || rotarySize % 2 != 0 {
      return (
        "partial_rotary_factor", "\(rotaryShare) of \(headSize) places are \(rotarySize) to rotate"
      )
    }
    if case .longRope(let scaling) = ropeScaling, scaling.shortFactors.count != rotarySize / 2 {
      return ("short_factor", "has \(scaling.shortFactors.count) factors, not \(rotarySize / 2)")
    }
    if !(rmsNormEpsilon > 0 && rmsNormEpsilon < 1) {
      return ("rms_norm_eps", "\(rmsNormEpsilon) is not between 0 and 1")
    }
    for (key, theta) in [
      ("rope_theta", ropeTheta), ("rope_local_base_freq", windowTheta ?? ropeTheta),
    ] where !(theta > 1 && theta.isFinite) {
      return (key, "\(theta) is not above 1")
    }
    if let fault = ropeScaling.fault { return fault }
    if let fault = familyFault ?? multipliers.fault ?? experts?.fault(layers: layerCount) {
      return fault
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

  /// The first thing that the family does not have.
  private var familyFault: (key: String, reason: String)? {
    if !family.biases.contains(biases) {
      return ("attention_bias", "\(family.modelType) has no such biases")
    }
    guard let slidingWindow else { return nil }
    let layers = slidingWindow.layers
    if slidingWindow.length < 1 || layers.contains(where: { $0 < 0 || $0 >= layerCount }) {
      return ("sliding_window", "\(slidingWindow.length) tokens in layers \(layers.sorted())")
    }
    switch family.windowRule {
    case .never: return ("sliding_window", "\(family.modelType) has none")
    case .everyLayer where layers.count != layerCount:
      return ("sliding_window", "\(family.modelType) has it in every layer or in none")
    case .everyLayer, .chosenLayers: return nil
    }
  }
}
