// What one family of decoder models does differently from the others, as a value. A new family is
// a page beside this one, its name in `all`, and a golden.

import JSON

/// A family of models: the names Hugging Face knows it by, and the places where it differs.
public struct ModelFamily: Sendable, Equatable {
  /// `model_type` in config.json.
  public let modelType: String
  /// What the names of its classes begin with: "Qwen2" of "Qwen2ForCausalLM".
  let classPrefix: String
  /// The biases its linear layers may have; the first are its usual ones.
  let biases: [LayerBiases]
  /// How queries and keys are normalized before they are rotated.
  let headNorms: HeadNorms
  /// Where the norms of a layer stand.
  var norms = LayerNorms.before
  /// Whether what norms multiply by is their weight and one.
  var normsAddOne = false
  /// What the gate of the MLP goes through.
  var activation = Activation.silu
  /// What checkpoints hold as one product.
  var fused = FusedProjections()
  /// Which places of a head turn together.
  var rotationPairs = RotationPairs.acrossHalves
  /// The share of a head that rotates where config.json does not say; nil where the whole head always
  /// does.
  var usualRotaryShare: Double?
  /// The base of the rotary frequencies where config.json does not say.
  var usualTheta = 10_000.0
  /// Whether layers with a window rotate by frequencies of their own.
  var rotatesWindowsApart = false
  /// Whether the output layer is the embedding table where config.json does not say.
  var tiesByDefault = false
  /// Which layers may have a window.
  let windowRule: WindowRule
  /// K where config.json gives no `head_dim`; nil where it is D / H.
  let defaultHeadSize: Int?
  /// Reads what only this family's config.json says, and refuses what is not computed here.
  let readOwnKeys: @Sendable (JSONFile, inout ModelConfiguration) throws(ModelError) -> Void
  /// Keys that only this family's config.json has.
  let ownKeys: @Sendable (ModelConfiguration) -> [String: JSONValue]

  /// How queries and keys are normalized.
  enum HeadNorms: Sendable {
    case none
    /// Each head by itself.
    case each
    /// All heads of queries together, and all of keys.
    case whole
  }

  /// Where the norms of a layer stand.
  enum LayerNorms: Sendable {
    /// Before attention and MLP, on what they read.
    case before
    /// Behind them, on what they give.
    case after
    /// Before and behind; checkpoints call the four, in the order they act, by these names.
    case around(_ names: [String])
  }

  /// What checkpoints hold as one product.
  struct FusedProjections: Sendable {
    /// Queries, keys and values, as `qkv_proj`.
    var queryKeyValue = false
    /// Gate and up, as `gate_up_proj`.
    var gateAndUp = false
  }

  /// Which places of a head turn together, of the r that rotate.
  enum RotationPairs: Sendable {
    /// i and i + r/2.
    case acrossHalves
    /// 2i and 2i + 1.
    case neighbors
  }

  /// What the gate of the MLP goes through.
  enum Activation: String, Sendable {
    case silu
    case geluTanh = "gelu_pytorch_tanh"
  }

  /// Which layers of a family may have a sliding window.
  enum WindowRule: Sendable { case never, everyLayer, chosenLayers }

  /// Every family this program computes.
  public static let all: [ModelFamily] = [
    .gemma3, .glm, .glm4, .granite, .llama, .mistral, .olmo2, .olmo3, .phi3, .qwen2, .qwen3,
    .qwen3MoE, .smolLM3,
  ]

  /// The family of a `model_type`; nil when this program does not compute it.
  public static func named(_ modelType: String) -> ModelFamily? {
    all.first { $0.modelType == modelType }
  }

  /// Families are equal when they are of one model type.
  public static func == (left: ModelFamily, right: ModelFamily) -> Bool {
    left.modelType == right.modelType
  }

  /// The class that a head makes of this family's trunk.
  func architecture(_ head: ModelHead) -> String { classPrefix + head.rawValue }
}

/// What sits on a trunk, by the ending of Hugging Face's class name.
enum ModelHead: String, CaseIterable {
  case causalLanguageModel = "ForCausalLM"
  case tokenClassification = "ForTokenClassification"
  case sequenceClassification = "ForSequenceClassification"
  case none = "Model"
}
