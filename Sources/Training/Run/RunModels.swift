// Where a run's policy and critic come from: a folder, an adapter beside one, or a checkpoint.

import Foundation
import Hub
import Records
import Settings
import Torch
import Transformers

/// Loads the models of a configuration.
struct RunModels {
  let configuration: RunConfiguration
  let random: RandomSource
  let device: Device
  let division: Division

  /// The folder of the policy's whole model: where an adapter's folder says, or the folder itself.
  ///
  /// - Throws: ``ConfigurationError`` for an adapter whose model is not at hand.
  func base() throws -> URL { try Self.base(of: configuration.model.path, key: "model.path") }

  /// The policy of a folder, or of a checkpoint.
  ///
  /// - Parameter checkpoint: a checkpoint's actor, to take the weights or the adapter from.
  /// - Returns: the policy, with an adapter where one is trained.
  /// - Throws: what files have wrong with them.
  func policy(checkpoint: URL?) throws -> LanguageModel {
    let settings = configuration.model
    if let checkpoint {
      guard ModelFolder.holdsAdapter(checkpoint) else { return try toDivide(checkpoint) }
      return try ModelFolder.adapter(at: checkpoint, on: toDivide(base()), training: true)
    }
    let folder = HubCache().place(of: settings.path, .model)
    var policy = try toDivide(base())
    if ModelFolder.holdsAdapter(folder) {
      policy = try ModelFolder.adapter(at: folder, on: policy)
    }
    guard settings.loraRank > 0 else { return policy }
    guard policy.adapter == nil else {
      throw ConfigurationError.refused(
        "model.path: \(settings.path) is an adapter already, and model.lora_rank asks for another")
    }
    return try policy.adapted(
      by: settings.adapter(of: settings.path), seed: random["adapter"]["actor"].seed)
  }

  /// A whole model of the policy's kind from a folder.
  ///
  /// - Throws: what files have wrong with them.
  func whole(_ folder: URL) throws -> LanguageModel { try read(folder) { _, _ in } }

  /// The same for processes that will divide it: none of them has all of it meanwhile.
  private func toDivide(_ folder: URL) throws -> LanguageModel {
    try read(folder) { division.cut?.take($0, $1) }
  }

  private func read(
    _ folder: URL, took: (String, Tensor) -> Void
  ) throws -> LanguageModel {
    let model = configuration.model
    return try ModelFolder.languageModel(
      at: folder, type: model.type, computeType: model.computeType, device: device, took: took)
  }

  /// The critic a run starts from: a folder's, or the policy's trunk with a head of zeros; with a
  /// fresh adapter where one is asked for.
  func critic(beside policy: LanguageModel) throws -> ValueModel {
    let settings = configuration.critic.model
    let critic = try storedCritic(beside: policy)
    guard settings.loraRank > 0 else { return critic }
    guard critic.adapter == nil else {
      throw ConfigurationError.refused(
        "critic.model.path: \(settings.path) is an adapter already, and critic.model.lora_rank asks "
          + "for another")
    }
    let base = settings.path.isEmpty ? configuration.model.path : settings.path
    return try critic.adapted(
      by: settings.adapter(of: base), seed: random["adapter"]["critic"].seed)
  }

  /// The critic of a checkpoint.
  func critic(checkpoint: URL, beside policy: LanguageModel) throws -> ValueModel {
    guard ModelFolder.holdsAdapter(checkpoint) else { return try wholeCritic(checkpoint) }
    let path = configuration.critic.model.path
    let base =
      path.isEmpty
      ? ValueModel.sharing(policy)
      : try wholeCritic(Self.base(of: path, key: "critic.model.path"))
    return try ModelFolder.adapter(at: checkpoint, on: base, training: true)
  }

  private func storedCritic(beside policy: LanguageModel) throws -> ValueModel {
    let settings = configuration.critic.model
    guard !settings.path.isEmpty else {
      return settings.loraRank > 0 ? .sharing(policy) : policy.freshCritic(division)
    }
    var critic = try wholeCritic(Self.base(of: settings.path, key: "critic.model.path"))
    let folder = HubCache().place(of: settings.path, .model)
    if ModelFolder.holdsAdapter(folder) {
      critic = try ModelFolder.adapter(at: folder, on: critic)
    }
    guard critic.configuration.vocabularySize == policy.configuration.vocabularySize else {
      throw ConfigurationError.refused(
        "critic.model.path: \(settings.path) has a vocabulary of "
          + "\(critic.configuration.vocabularySize), the policy one of "
          + "\(policy.configuration.vocabularySize)")
    }
    return critic
  }

  private func wholeCritic(_ folder: URL) throws -> ValueModel {
    let model = configuration.model
    return try ModelFolder.valueModel(
      at: folder, type: model.type, computeType: model.computeType, device: device
    ) { division.cut?.take($0, $1) }
  }

  /// The folder of the whole model that a path names.
  ///
  /// - Parameters:
  ///   - path: a model's folder, or an adapter's.
  ///   - key: the setting that named it, for errors.
  /// - Returns: the folder, or the one that the adapter is for.
  /// - Throws: ``ConfigurationError`` for an adapter whose model is not at hand.
  static func base(of path: String, key: String) throws -> URL {
    let folder = HubCache().place(of: path, .model)
    guard ModelFolder.holdsAdapter(folder) else { return folder }
    guard let base = try ModelFolder.base(ofAdapterAt: folder) else {
      throw ConfigurationError.refused(
        "\(key): the adapter \(path) does not say which model it is for: "
          + "adapter_config.json has no base_model_name_or_path")
    }
    let place = HubCache().place(of: base, .model)
    guard FileManager.default.fileExists(atPath: place.path) else {
      throw ConfigurationError.refused(
        "\(key): the adapter \(path) is for the model '\(base)', which is no folder here; put the "
          + "folder's path into base_model_name_or_path of its adapter_config.json")
    }
    return place
  }
}
