// Snapshot: what resumes a run, written into a checkpoint's folder and read from it. Actor and
// critic are Hugging Face folders; moments are safetensors; the rest is JSON. No pickle anywhere.

import Foundation
import Methods
import Settings
import Torch
import Transformers

/// The names inside a checkpoint.
enum SnapshotFiles {
  static let state = "state.json"
  static let actor = "actor"
  static let critic = "critic"
  static let reference = "reference"
  static let actorMoments = "optimizer-actor.safetensors"
  static let criticMoments = "optimizer-critic.safetensors"
  static let replay = "replay.json"
  static let actorImitation = "optimizer-actor-imitation.safetensors"
  static let criticImitation = "optimizer-critic-imitation.safetensors"
  static let configuration = "config.resolved.yaml"
}

/// The trained things of a run, as they are between two steps.
struct Snapshot {
  var state: TrainingState
  var actor: LanguageModel
  /// What the stage at work has besides.
  var parts: StageParts

  /// Fills a checkpoint's folder.
  ///
  /// - Parameters:
  ///   - folder: an empty folder; what is written is made durable by the checkpoint store. Nil in
  ///     processes that help another to make what it writes.
  ///   - tokenizer: the files that travel with a model, by name.
  ///   - generation: the policy's generation_config.json.
  ///   - configuration: the resolved configuration as YAML.
  /// - Throws: what a write throws, as on a full disk.
  func write(
    to folder: URL?, tokenizer: [String: Data], generation: GenerationConfiguration,
    configuration: String
  ) throws {
    if let folder {
      try writeModels(
        to: folder, tokenizer: tokenizer, generation: generation, configuration: configuration)
    }
    for (optimizer, name) in [
      (parts.actorOptimizer, SnapshotFiles.actorMoments),
      (parts.criticOptimizer, SnapshotFiles.criticMoments),
      (parts.imitation?.actorOptimizer, SnapshotFiles.actorImitation),
      (parts.imitation?.criticOptimizer, SnapshotFiles.criticImitation),
    ] {
      guard let optimizer else { continue }
      try Safetensors.write(optimizer.stored, to: folder?.appending(path: name))
    }
  }

  private func writeModels(
    to folder: URL, tokenizer: [String: Data], generation: GenerationConfiguration,
    configuration: String
  ) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try encoder.encode(state).write(to: folder.appending(path: SnapshotFiles.state))
    try Data(configuration.utf8).write(to: folder.appending(path: SnapshotFiles.configuration))
    // Beside a frozen model only what moves is kept.
    if actor.adapter != nil {
      try ModelFolder.saveAdapter(of: actor, to: folder.appending(path: SnapshotFiles.actor))
    } else {
      try ModelFolder.save(
        actor, tokenizer: tokenizer, generation: generation,
        to: folder.appending(path: SnapshotFiles.actor))
    }
    if let critic = parts.critic, critic.adapter != nil {
      try ModelFolder.saveAdapter(of: critic, to: folder.appending(path: SnapshotFiles.critic))
    } else if let critic = parts.critic {
      try ModelFolder.save(
        critic, tokenizer: tokenizer, to: folder.appending(path: SnapshotFiles.critic))
    }
    if let reference = parts.reference {
      try ModelFolder.save(
        reference, tokenizer: tokenizer, generation: generation,
        to: folder.appending(path: SnapshotFiles.reference))
    }
    if let imitation = parts.imitation {
      try encoder.encode(imitation.replay).write(to: folder.appending(path: SnapshotFiles.replay))
    }
  }

  /// The state file of a checkpoint.
  static func state(of folder: URL) throws -> TrainingState {
    let data = try Data(contentsOf: folder.appending(path: SnapshotFiles.state))
    return try JSONDecoder().decode(TrainingState.self, from: data)
  }
}
