// A model to a Hugging Face folder that transformers loads: config.json in the spellings of its
// versions 4 and 5, one safetensors file, and whatever files the tokenizer needs.

public import Foundation
import Torch
import Words

extension ModelFolder {
  /// Writes a policy, an adapter added to its weights.
  ///
  /// - Parameters:
  ///   - model: the policy.
  ///   - files: further files by name, as a tokenizer's, copied as they are.
  ///   - generation: what to write as generation_config.json; nil writes none.
  ///   - folder: made if it does not exist; files of these names are replaced.
  /// - Throws: `unwritable` or `weights` when a write fails, as on a full disk.
  public static func save(
    _ model: LanguageModel, tokenizer files: [String: Data] = [:],
    generation: GenerationConfiguration? = nil, to folder: URL
  ) throws(ModelError) {
    var files = files
    if let generation { files["generation_config.json"] = generation.json.data }
    try save(
      model.configuration, .causalLanguageModel, model.merged().parameters, files, to: folder)
  }

  /// Writes a critic as a token classifier with one label, which transformers, verl and NeMo-RL
  /// load, an adapter added to its weights.
  ///
  /// - Parameters:
  ///   - model: the critic.
  ///   - files: further files by name, as a tokenizer's, copied as they are.
  ///   - folder: made if it does not exist; files of these names are replaced.
  /// - Throws: `unwritable` or `weights` when a write fails, as on a full disk.
  public static func save(
    _ model: ValueModel, tokenizer files: [String: Data] = [:], to folder: URL
  ) throws(ModelError) {
    try save(
      model.configuration, .tokenClassification, model.merged().parameters, files, to: folder)
  }

  private static func save(
    _ configuration: ModelConfiguration, _ head: ModelHead, _ parameters: Parameters,
    _ files: [String: Data], to folder: URL
  ) throws(ModelError) {
    var files = files
    let type = parameters.tensors[0].type
    files["config.json"] = configuration.json(head: head, type: type).data
    try write(files, parameters.entries, as: "model.safetensors", to: folder)
  }

  /// Writes a folder's small files, then its weights.
  static func write(
    _ files: [String: Data], _ weights: [(name: String, tensor: Tensor)], as name: String,
    to folder: URL
  ) throws(ModelError) {
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
    do throws(SafetensorsError) {
      try Safetensors.write(weights, to: folder.appending(path: name))
    } catch {
      throw .weights(error)
    }
  }
}
