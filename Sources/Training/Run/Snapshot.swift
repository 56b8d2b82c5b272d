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
  static let ahead = "ahead.json"
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
  /// What has been drawn for steps to come; nil where nothing is.
  var ahead: Data?

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
    func place(_ name: String) -> URL? { folder?.appending(path: name) }
    func write(_ name: String, _ content: () throws -> Data) throws {
      if let place = place(name) { try content().write(to: place) }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try write(SnapshotFiles.state) { try encoder.encode(state) }
    try write(SnapshotFiles.configuration) { Data(configuration.utf8) }
    // Beside a frozen model only what moves is kept, which every process has.
    if actor.adapter == nil {
      try ModelFolder.save(
        actor, weights: actor.pendingWeights, tokenizer: tokenizer, generation: generation,
        to: place(SnapshotFiles.actor))
    } else if let place = place(SnapshotFiles.actor) {
      try ModelFolder.saveAdapter(of: actor, to: place)
    }
    if let critic = parts.critic, critic.adapter == nil {
      try ModelFolder.save(
        critic, weights: critic.pendingWeights, tokenizer: tokenizer,
        to: place(SnapshotFiles.critic))
    } else if let critic = parts.critic, let place = place(SnapshotFiles.critic) {
      try ModelFolder.saveAdapter(of: critic, to: place)
    }
    if let reference = parts.reference {
      try ModelFolder.save(
        reference, weights: reference.pendingWeights, tokenizer: tokenizer, generation: generation,
        to: place(SnapshotFiles.reference))
    }
    if let ahead { try write(SnapshotFiles.ahead) { ahead } }
    if let imitation = parts.imitation {
      try write(SnapshotFiles.replay) { try encoder.encode(imitation.replay) }
    }
    for (optimizer, name) in [
      (parts.actorOptimizer, SnapshotFiles.actorMoments),
      (parts.criticOptimizer, SnapshotFiles.criticMoments),
      (parts.imitation?.actorOptimizer, SnapshotFiles.actorImitation),
      (parts.imitation?.criticOptimizer, SnapshotFiles.criticImitation),
    ] {
      guard let optimizer else { continue }
      try Safetensors.write(optimizer.stored, to: place(name))
    }
  }

  /// The state file of a checkpoint.
  static func state(of folder: URL) throws -> TrainingState {
    let data = try Data(contentsOf: folder.appending(path: SnapshotFiles.state))
    return try JSONDecoder().decode(TrainingState.self, from: data)
  }
}
