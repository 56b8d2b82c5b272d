// config.json, read in the spellings of transformers 4 (rope_theta, rope_scaling, torch_dtype) and
// 5 (rope_parameters, dtype), and written in both, so that either loads the same model. What the
// file asks for and this program does not compute is refused by name.

package import Foundation
import JSON
import Torch

extension ModelConfiguration {
  /// Reads a config.json.
  package init(json: Data, file: String) throws(ModelError) {
    try self.init(JSONFile(json, file: file))
  }

  init(_ file: JSONFile) throws(ModelError) {
    let family = try ModelConfiguration.family(file)
    try ModelConfiguration.refuseForeign(file, family)
    let rotation = try RopeScaling.read(file, family)
    let eosTokens = try file.tokens("eos_token_id")
    self.init(
      family: family, vocabularySize: try file.required("vocab_size"),
      hiddenSize: try file.required("hidden_size"),
      intermediateSize: try file.required("intermediate_size"),
      layerCount: try file.required("num_hidden_layers"),
      headCount: try file.required("num_attention_heads"),
      keyValueHeadCount: try file.integer("num_key_value_heads"),
      headSize: try file.integer("head_dim"),
      maximumPositions: try file.required("max_position_embeddings"),
      initializerRange: try file.number("initializer_range") ?? 0.02,
      rmsNormEpsilon: try file.number("rms_norm_eps") ?? 1e-6,
      ropeTheta: rotation.theta, ropeScaling: rotation.scaling,
      tiesEmbeddings: try file.flag("tie_word_embeddings") ?? family.tiesByDefault,
      bosToken: try file.tokens("bos_token_id").first,
      eosTokens: eosTokens,
      padToken: try file.padToken())
    rotaryShare = try RopeScaling.share(file, family)
    // Sizes are checked before the family makes anything of them.
    try refuseFault(file)
    try family.readOwnKeys(file, &self)
    try refuseFault(file)
  }

  private func refuseFault(_ file: JSONFile) throws(ModelError) {
    if let fault { throw .badValue(file: file.file, key: fault.key, reason: fault.reason) }
  }

  private static func family(_ file: JSONFile) throws(ModelError) -> ModelFamily {
    guard let name = try file.string("model_type") else {
      throw .badValue(file: file.file, key: "model_type", reason: "is missing")
    }
    guard let family = ModelFamily.named(name) else {
      throw .unsupported(
        file: file.file, key: "model_type", found: "\"\(name)\"",
        supported: ModelFamily.all.map(\.modelType))
    }
    return family
  }

  private static func refuseForeign(
    _ file: JSONFile, _ family: ModelFamily
  ) throws(ModelError) {
    let wanted = family.activation.rawValue
    let key = family.activation == .silu ? "hidden_act" : "hidden_activation"
    let activation = try file.string(key) ?? wanted
    guard activation == wanted else {
      throw .unsupported(
        file: file.file, key: key, found: "\"\(activation)\"", supported: [wanted])
    }
    if let quantization = try file.object("quantization_config") {
      let method = try quantization.string("quant_method") ?? "of an unnamed kind"
      throw .unsupported(
        file: file.file, key: "quantization_config", found: "quantization \(method)",
        supported: ["weights of float32, bfloat16, float16, float64"])
    }
  }

  /// The head that config.json's `architectures` names; nil when it names none.
  static func head(_ file: JSONFile, of family: ModelFamily) throws(ModelError) -> ModelHead? {
    let names = try file.strings("architectures")
    guard let name = names.first else { return nil }
    // TRL stores its policy with a value head under a class of its own, around a causal model;
    // OpenRLHF its critics and reward models under classes that it makes as it runs.
    if name == "AutoModelForCausalLMWithValueHead" { return .causalLanguageModel }
    if name == "CriticModel" || name == "RewardModel" { return .sequenceClassification }
    guard let head = ModelHead.allCases.first(where: { family.architecture($0) == name }) else {
      throw .unsupported(
        file: file.file, key: "architectures", found: "\"\(name)\"",
        supported: ModelHead.allCases.map(family.architecture))
    }
    return head
  }

  /// config.json of a model with this trunk.
  func json(head: ModelHead, type: ElementType) -> JSONValue {
    var fields: [String: JSONValue] = [
      "architectures": .array([.string(family.architecture(head))]),
      "model_type": .string(family.modelType),
      "vocab_size": .number(vocabularySize),
      "hidden_size": .number(hiddenSize),
      "intermediate_size": .number(intermediateSize),
      "num_hidden_layers": .number(layerCount),
      "num_attention_heads": .number(headCount),
      "num_key_value_heads": .number(keyValueHeadCount),
      "head_dim": .number(headSize),
      "max_position_embeddings": .number(maximumPositions),
      "initializer_range": .number(initializerRange),
      "rms_norm_eps": .number(rmsNormEpsilon),
      "rope_theta": .number(ropeTheta),
      "rope_scaling": ropeScaling.json.map(JSONValue.object) ?? .null,
      "rope_parameters": .object(
        (ropeScaling.json ?? ["rope_type": .string("default")])
          .merging(["rope_theta": .number(ropeTheta)]) { $1 }),
      "tie_word_embeddings": .boolean(tiesEmbeddings),
      "bos_token_id": bosToken.map(JSONValue.number) ?? .null,
      "eos_token_id": JSONValue.tokens(eosTokens),
      "pad_token_id": padToken.map(JSONValue.number) ?? .null,
      "hidden_act": .string(family.activation.rawValue),
      "attention_dropout": .number(0.0),
      "use_cache": .boolean(true),
      "dtype": .string(type.rawValue),
      "torch_dtype": .string(type.rawValue),
    ]
    if family.usualRotaryShare != nil {
      let share = JSONValue.number(rotaryShare)
      fields["partial_rotary_factor"] = share
      if case .object(var rope)? = fields["rope_parameters"] {
        rope["partial_rotary_factor"] = share
        fields["rope_parameters"] = .object(rope)
      }
    }
    fields.merge(family.ownKeys(self)) { _, own in own }
    if head == .tokenClassification {
      // Without these, transformers drops a tenth of the head's input in training mode.
      fields["classifier_dropout"] = .number(0.0)
      fields["hidden_dropout"] = .number(0.0)
      fields["num_labels"] = .number(1)
      fields["id2label"] = .object(["0": .string("LABEL_0")])
      fields["label2id"] = .object(["LABEL_0": .number(0)])
    }
    return .object(JSONObject(fields))
  }
}

extension JSONValue {
  /// One id as a number, several as a list, none as null.
  static func tokens(_ tokens: [Int]) -> JSONValue {
    switch tokens.count {
    case 0: .null
    case 1: .number(tokens[0])
    default: .array(tokens.map(JSONValue.number))
    }
  }
}
