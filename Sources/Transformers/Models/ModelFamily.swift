// What one family of decoder models does differently from the others, as a value. A new family is
// a page beside this one, its name in `all`, and a golden.

/// A family of models: the names Hugging Face knows it by, and the places where it differs.
public struct ModelFamily: Sendable, Equatable {
  /// `model_type` in config.json.
  public let modelType: String
  /// What the names of its classes begin with: "Qwen2" of "Qwen2ForCausalLM".
  let classPrefix: String
  /// Whether the query, key and value projections add a bias.
  let hasAttentionBias: Bool
  /// Refuses what this family's config.json may ask for and this program does not compute.
  let check: @Sendable (JSONFile) throws(ModelError) -> Void
  /// Keys that only this family's config.json has.
  let ownKeys: @Sendable (ModelConfiguration) -> [String: JSON]

  /// Every family this program computes.
  static let all: [ModelFamily] = [.qwen2]

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
}
