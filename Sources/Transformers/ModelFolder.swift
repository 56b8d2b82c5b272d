// A Hugging Face folder to a model: config.json and the weights; every tensor used, every
// parameter filled, and what could not be used the obvious way said in the model's notes.

public import Foundation
public import Torch

/// Reading and writing of model folders.
public enum ModelFolder {
  /// The numbers of a folder's model.
  public static func configuration(of folder: URL) throws(ModelError) -> ModelConfiguration {
    try ModelConfiguration(JSONFile(folder.appending(path: "config.json")))
  }

  /// How a folder's model is meant to be sampled; end tokens it does not name come from
  /// config.json.
  public static func generationConfiguration(
    of folder: URL
  ) throws(ModelError) -> GenerationConfiguration {
    let url = folder.appending(path: "generation_config.json")
    var result = GenerationConfiguration()
    if FileManager.default.fileExists(atPath: url.path) {
      result = try GenerationConfiguration(JSONFile(url))
    }
    let model = try configuration(of: folder)
    if result.eosTokens.isEmpty { result.eosTokens = model.eosTokens }
    result.bosToken = result.bosToken ?? model.bosToken
    result.padToken = result.padToken ?? model.padToken
    return result
  }

  /// Loads a policy.
  ///
  /// - Parameters:
  ///   - folder: config.json and model.safetensors, or shards with their index.
  ///   - type: what to store the weights as.
  ///   - computeType: what the model computes in.
  ///   - device: where the weights go.
  /// - Returns: the model, with `notes` about what was not plain.
  /// - Throws: what is wrong, by file and key or tensor, before weights take memory.
  public static func languageModel(
    at folder: URL, type: ElementType = .float32, computeType: ElementType = .float32,
    device: Device = .cpu
  ) throws(ModelError) -> LanguageModel {
    let file = try JSONFile(folder.appending(path: "config.json"))
    let configuration = try ModelConfiguration(file)
    let head = try ModelConfiguration.head(file, of: configuration.family)
    guard head == nil || head == .causalLanguageModel else {
      let wanted = configuration.family.architecture(.causalLanguageModel)
      throw .unsupported(
        file: file.file, key: "architectures", found: "a critic or reward model as a policy",
        supported: [wanted])
    }
    let files = try WeightFiles(folder)
    let wishes = configuration.languageModelShapes.map {
      WeightFiles.Wish(name: $0.name, stored: $0.name, shape: $0.shape)
    }
    var notes: [String] = []
    if configuration.tiesEmbeddings && files.contains("lm_head.weight") {
      notes.append(
        "\(files.listing): lm_head.weight is ignored, for tie_word_embeddings makes the embedding "
          + "table the output layer")
    }
    let ignored = (configuration.tiesEmbeddings ? ["lm_head.weight"] : []) + rotary(configuration)
    try files.check(wishes, ignoring: ignored)
    let entries = try files.load(wishes, type: type, device: device)
    return LanguageModel(
      configuration, Parameters(entries), computeType: computeType, notes: notes)
  }

  /// Loads a critic: from a token classifier, a reward model, a policy with a value head, or a
  /// plain policy, which gets a fresh head of zeros and a note that says so.
  ///
  /// - Parameters:
  ///   - folder: config.json and model.safetensors, or shards with their index.
  ///   - type: what to store the weights as.
  ///   - computeType: what the trunk computes in; the head computes in float32.
  ///   - device: where the weights go.
  /// - Returns: the model, with `notes` about what was not plain.
  /// - Throws: what is wrong, by file and key or tensor, before weights take memory.
  public static func valueModel(
    at folder: URL, type: ElementType = .float32, computeType: ElementType = .float32,
    device: Device = .cpu
  ) throws(ModelError) -> ValueModel {
    let file = try JSONFile(folder.appending(path: "config.json"))
    let configuration = try ModelConfiguration(file)
    let head = try ModelConfiguration.head(file, of: configuration.family)
    let files = try WeightFiles(folder)
    var wishes = configuration.trunkShapes.map {
      WeightFiles.Wish(name: $0.name, stored: $0.name, shape: $0.shape)
    }
    var notes: [String] = []
    let source = ["score", "v_head.summary"].first { files.contains("\($0).weight") }
    if let source {
      wishes.append(
        .init(
          name: "score.weight", stored: "\(source).weight", shape: [1, configuration.hiddenSize]))
      if files.contains("\(source).bias") {
        wishes.append(.init(name: "score.bias", stored: "\(source).bias", shape: [1]))
      } else {
        notes.append("\(files.listing): \(source) has no bias; the critic's begins at zero")
      }
    } else if head == .tokenClassification || head == .sequenceClassification {
      throw .missingTensor(file: files.listing, tensor: "score.weight")
    } else {
      notes.append(
        "\(files.listing): a policy without a value head; the critic begins with a fresh head of "
          + "zeros")
    }
    if files.contains("lm_head.weight") {
      notes.append("\(files.listing): lm_head.weight is ignored, a critic has no output layer")
    }
    try files.check(wishes, ignoring: ["lm_head.weight"] + rotary(configuration))
    var entries = try files.load(wishes, type: type, device: device)
    for fresh in ValueModel.freshHead(configuration, type: type, device: device)
    where !entries.contains(where: { $0.name == fresh.name }) {
      entries.append(fresh)
    }
    return ValueModel(configuration, Parameters(entries), computeType: computeType, notes: notes)
  }

  /// Buffers that old files hold and every model can compute.
  private static func rotary(_ configuration: ModelConfiguration) -> [String] {
    (0..<configuration.layerCount).map { "model.layers.\($0).self_attn.rotary_emb.inv_freq" }
  }
}
