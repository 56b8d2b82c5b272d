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

  /// Holds a folder's weight files against its config.json, names and shapes and types, and reads no weight.
  ///
  /// - Throws: what is wrong, by file and key or tensor.
  public static func checkLanguageModel(at folder: URL) throws(ModelError) {
    _ = try plan(folder)
  }

  /// Loads a policy.
  ///
  /// - Parameters:
  ///   - folder: config.json and model.safetensors, or shards with their index.
  ///   - type: what to store the weights as.
  ///   - computeType: what the model computes in.
  ///   - device: where the weights go.
  ///   - took: gets each tensor under its name as soon as it is read, and may leave it without memory.
  /// - Returns: the model, with `notes` about what was not plain.
  /// - Throws: what is wrong, by file and key or tensor, before weights take memory.
  public static func languageModel(
    at folder: URL, type: ElementType = .float32, computeType: ElementType = .float32,
    device: Device = .cpu, took: (_ name: String, Tensor) -> Void = { _, _ in }
  ) throws(ModelError) -> LanguageModel {
    let plan = try plan(folder)
    let entries = try plan.files.load(plan.requirements, type: type, device: device, took: took)
    return LanguageModel(
      plan.configuration, Parameters(entries), computeType: computeType, notes: plan.notes)
  }

  /// What is to be read of a folder, after everything but the weights has been checked.
  private struct Plan {
    var configuration: ModelConfiguration
    var files: WeightFiles
    var requirements: [WeightFiles.Requirement]
    var notes: [String]
  }

  private static func plan(_ folder: URL) throws(ModelError) -> Plan {
    let file = try JSONFile(folder.appending(path: "config.json"))
    let configuration = try ModelConfiguration(file)
    let head = try ModelConfiguration.head(file, of: configuration.family)
    guard head == nil || head == .causalLanguageModel || head == ModelHead.none else {
      let wanted = configuration.family.architecture(.causalLanguageModel)
      throw .unsupported(
        file: file.file, key: "architectures", found: "a critic or reward model as a policy",
        supported: [wanted])
    }
    let files = try WeightFiles(folder)
    let spelling = TensorSpelling(files)
    let requirements = configuration.languageModelShapes.map {
      spelling.requirement($0.name, $0.shape)
    }
    var notes = spelling.notes(files)
    var ignored = rotary(configuration).map(spelling.stored)
    let output = spelling.stored("lm_head.weight")
    if configuration.tiesEmbeddings && files.contains(output) {
      notes.append(
        "\(files.listing): \(output) is ignored, for tie_word_embeddings makes the embedding "
          + "table the output layer")
      ignored.append(output)
    }
    let valueHead = ["v_head.summary.weight", "v_head.summary.bias"].filter(files.contains)
    if !valueHead.isEmpty {
      notes.append("\(files.listing): v_head is ignored, a policy has no value head")
      ignored += valueHead
    }
    try files.check(requirements, ignoring: ignored)
    return Plan(
      configuration: configuration, files: files, requirements: requirements, notes: notes)
  }

  /// The type that most of a folder's weights are stored in.
  ///
  /// - Throws: what is wrong with the weights' files.
  public static func storedType(of folder: URL) throws(ModelError) -> ElementType? {
    try WeightFiles(folder).mainType
  }

  /// Buffers that old files hold and every model can compute.
  static func rotary(_ configuration: ModelConfiguration) -> [String] {
    (0..<configuration.layerCount).map { "model.layers.\($0).self_attn.rotary_emb.inv_freq" }
  }
}

/// How a folder's files spell the names of tensors: as a model with a head stores them, as a bare
/// trunk stores itself, or as a wrapper stores the model inside it.
struct TensorSpelling {
  /// What stands before a whole model's names.
  private let outer: String
  /// What stands for "model.".
  private let trunk: String

  init(_ files: WeightFiles) {
    let known = [
      (outer: "", trunk: "model."), (outer: "", trunk: ""),
      (outer: "pretrained_model.", trunk: "model."),
    ]
    (outer, trunk) =
      known.first { files.contains("\($0.outer)\($0.trunk)norm.weight") } ?? known[0]
  }

  /// The name in the files of a tensor of the model.
  func stored(_ name: String) -> String {
    let usual = "model."
    return outer + (name.hasPrefix(usual) ? trunk + name.dropFirst(usual.count) : name)
  }

  func requirement(_ name: String, _ shape: [Int]) -> WeightFiles.Requirement {
    WeightFiles.Requirement(name: name, stored: stored(name), shape: shape)
  }

  func notes(_ files: WeightFiles) -> [String] {
    let name = "model.norm.weight"
    guard stored(name) != name else { return [] }
    return ["\(files.listing): \(name) is stored as \(stored(name)), and so the others"]
  }
}
