// What is served: a model folder, in the two halves that requests need. What only reads files is
// shared by all requests; what computes belongs to one thread.

import Foundation
import Generation
public import Tokenizers
import Torch
import Transformers

/// What every request may read of the model.
public struct ModelFacts: Sendable {
  /// The name that requests use.
  public var name: String
  /// Its tokenizer.
  public var tokenizer: Tokenizer
  /// How conversations become text; nil where the folder has no chat template.
  public var chat: ChatFormat?
  /// The most tokens of a prompt and its response together.
  public var positions: Int
  /// The bytes of keys and values that a position of a response takes, and the most there are for all.
  var memory: (position: Int, most: Int)
  /// How many tokens there are.
  public var vocabularySize: Int
  /// What loading found worth saying.
  public var notes: [String] = []
}

/// What computes, for one thread at a time.
struct ServedModel {
  let model: LanguageModel
  let engine: Engine
  let tokenizer: Tokenizer

  /// Loads a model folder, or an adapter's beside the model it is for.
  ///
  /// - Parameters:
  ///   - folder: a Hugging Face folder.
  ///   - name: what requests call it.
  ///   - type: what to compute in.
  ///   - device: where to compute.
  /// - Returns: both halves.
  /// - Throws: what is wrong with the files, by name.
  static func load(
    _ folder: URL, name: String, type: ElementType, device: Device
  ) throws -> (ModelFacts, ServedModel) {
    var base = folder
    if ModelFolder.holdsAdapter(folder) {
      guard let path = try ModelFolder.base(ofAdapterAt: folder),
        FileManager.default.fileExists(atPath: path)
      else {
        throw ServingError(
          "\(folder.path) is an adapter, and the model it is for is no folder here: put its path "
            + "into base_model_name_or_path of adapter_config.json")
      }
      base = URL(filePath: path)
    }
    var model = try ModelFolder.languageModel(
      at: base, type: type, computeType: type, device: device)
    if base != folder { model = try ModelFolder.adapter(at: folder, on: model).merged() }
    let generation = try ModelFolder.generationConfiguration(of: base)
    let tokenizer = try Tokenizer(contentsOf: base.appending(path: "tokenizer.json"))
    let positions = model.configuration.readablePositions
    let memory = ServingMemory.measured().cacheBytes
    let facts = ModelFacts(
      name: name, tokenizer: tokenizer, chat: try ChatFormat.read(from: base),
      positions: positions,
      memory: (KeyValueCache.bytesPerPosition(model.configuration, type: type), memory),
      vocabularySize: model.configuration.vocabularySize,
      notes: model.notes)
    let engine = Engine(
      model: model, stopTokens: generation.eosTokens,
      limits: GenerationLimits(maximumLength: positions, mostCacheBytes: memory)
    ) { tokenizer.decode($0) }
    return (facts, ServedModel(model: model, engine: engine, tokenizer: tokenizer))
  }
}

/// What keeps a server from starting.
public struct ServingError: Error, CustomStringConvertible, Sendable {
  /// What is wrong, and what helps.
  public var description: String

  init(_ description: String) { self.description = description }
}
