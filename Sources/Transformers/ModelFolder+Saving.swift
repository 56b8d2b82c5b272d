// A model to a Hugging Face folder that transformers loads: config.json in the spellings of its
// versions 4 and 5, one safetensors file, and whatever files the tokenizer needs.

public import Foundation
public import Torch
import Words

extension ModelFolder {
  /// Writes a policy, an adapter added to its weights.
  ///
  /// - Parameters:
  ///   - model: the policy.
  ///   - weights: what to write in place of its own weights, which may not be at hand; with these no adapter
  ///     is added.
  ///   - files: further files by name, as a tokenizer's, copied as they are.
  ///   - generation: what to write as generation_config.json; nil writes none.
  ///   - folder: made if it does not exist; files of these names are replaced. Nil makes the weights and
  ///     writes nothing.
  /// - Throws: `unwritable` or `weights` when a write fails, as on a full disk.
  public static func save(
    _ model: LanguageModel, weights: [PendingTensor]? = nil, tokenizer files: [String: Data] = [:],
    generation: GenerationConfiguration? = nil, to folder: URL?
  ) throws(ModelError) {
    var files = files
    if let generation { files["generation_config.json"] = generation.json.data }
    try save(
      model.configuration, .causalLanguageModel,
      weights ?? pending(model.merged().parameters.entries), files, to: folder)
  }

  /// A policy as servers that draw its responses take it, an adapter added to its weights.
  public struct ForServers {
    let configuration: ModelConfiguration
    /// The weights, in the order in which they are made.
    public let tensors: [PendingTensor]

    /// - Parameters:
    ///   - model: the policy.
    ///   - weights: what to take in place of its own weights, as ``save(_:weights:tokenizer:generation:to:)`` has it.
    ///   - type: what matrices are rounded to. Vectors stay as they are, for some families add one to the weights
    ///     of norms before they round them.
    ///   - unties: whether the output layer gets a tensor of its own where it is the embedding table.
    public init(
      _ model: LanguageModel, weights: [PendingTensor]? = nil, as type: ElementType, unties: Bool
    ) {
      var configuration = model.configuration
      var tensors = (weights ?? pending(model.merged().parameters.entries)).map { stored in
        PendingTensor(
          name: stored.name, shape: stored.shape, type: stored.shape.count > 1 ? type : stored.type
        ) { stored.shape.count > 1 ? stored.make().to(type) : stored.make() }
      }
      if unties, configuration.tiesEmbeddings,
        let table = tensors.first(where: { $0.name == "model.embed_tokens.weight" })
      {
        configuration.tiesEmbeddings = false
        tensors.append(
          PendingTensor(name: "lm_head.weight", shape: table.shape, type: table.type) {
            table.make()
          })
      }
      (self.configuration, self.tensors) = (configuration, tensors)
    }
  }

  /// Writes a policy for servers that draw its responses.
  ///
  /// - Parameters:
  ///   - model: the policy.
  ///   - files: further files by name, as a tokenizer's, copied as they are.
  ///   - generation: what to write as generation_config.json.
  ///   - folder: made if it does not exist. Nil makes the weights and writes nothing.
  /// - Throws: `unwritable` or `weights` when a write fails, as on a full disk.
  public static func save(
    _ model: ForServers, tokenizer files: [String: Data], generation: GenerationConfiguration,
    to folder: URL?
  ) throws(ModelError) {
    var files = files
    files["generation_config.json"] = generation.json.data
    try save(model.configuration, .causalLanguageModel, model.tensors, files, to: folder)
  }

  /// Writes a critic as a token classifier with one label, which transformers, verl and NeMo-RL
  /// load, an adapter added to its weights.
  ///
  /// - Parameters:
  ///   - model: the critic.
  ///   - weights: what to write in place of its own weights, which may not be at hand; with these no adapter
  ///     is added.
  ///   - files: further files by name, as a tokenizer's, copied as they are.
  ///   - folder: made if it does not exist; files of these names are replaced. Nil makes the weights and
  ///     writes nothing.
  /// - Throws: `unwritable` or `weights` when a write fails, as on a full disk.
  public static func save(
    _ model: ValueModel, weights: [PendingTensor]? = nil, tokenizer files: [String: Data] = [:],
    to folder: URL?
  ) throws(ModelError) {
    try save(
      model.configuration, .tokenClassification,
      weights ?? pending(model.merged().parameters.entries), files, to: folder)
  }

  private static func save(
    _ configuration: ModelConfiguration, _ head: ModelHead, _ weights: [PendingTensor],
    _ files: [String: Data], to folder: URL?
  ) throws(ModelError) {
    var files = files
    files["config.json"] = configuration.json(head: head, type: weights[0].type).data
    try write(files, weights, as: "model.safetensors", to: folder)
  }

  /// Tensors that are there already, as such that are made.
  static func pending(_ entries: [(name: String, tensor: Tensor)]) -> [PendingTensor] {
    entries.map { name, tensor in
      PendingTensor(name: name, shape: tensor.shape, type: tensor.type) { tensor }
    }
  }

  /// Writes a folder's small files, then its weights.
  static func write(
    _ files: [String: Data], _ weights: [PendingTensor], as name: String, to folder: URL?
  ) throws(ModelError) {
    if let folder { try write(files, to: folder) }
    do throws(SafetensorsError) {
      try Safetensors.write(weights, to: folder?.appending(path: name))
    } catch {
      throw .weights(error)
    }
  }

  private static func write(_ files: [String: Data], to folder: URL) throws(ModelError) {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw .unwritable(file: folder.path, reason: systemWords(error))
    }
    for (name, data) in files.sorted(by: { $0.key < $1.key }) {
      let url = folder.appending(path: name)
      do {
        try data.write(to: url)
      } catch {
        throw .unwritable(file: url.path, reason: systemWords(error))
      }
    }
  }
}
