// What a run keeps: everything that resumes it.

import Checkpoints
import Foundation
import Methods
import Prompts
import Ranks
import Settings
import Torch
import Transformers
import Words

extension Trainer {
  /// Saves everything that resumes the run.
  ///
  /// It returns when the files are written; the checkpoint is safe once ``settleSave()`` has returned.
  func save() async throws {
    guard savedStep != state.step else { return }
    try settleSave()
    let ahead = state.stage == .reinforcement ? try await context.ahead?.kept() : nil
    ranks.enter("the save of step \(state.step)")
    let snapshot = Snapshot(
      state: state, actor: context.stations.policy, parts: stage.parts, ahead: ahead)
    let configuration = ConfigurationLoader.encodeYAML(configuration)
    let stations = context.stations
    func write(to folder: URL?) throws {
      try snapshot.write(
        to: folder, tokenizer: stations.tokenizerFiles, generation: stations.generation,
        configuration: configuration)
    }
    savedStep = state.step
    guard ranks.isFirst else {
      if stations.division.sharding != .none { try write(to: nil) }
      return
    }
    try context.journal.synchronize()
    let draft = try store.draft(
      step: state.step,
      metadata: RunMemory.metadata(state, stations),
      score: state.score
    ) { folder in try write(to: folder) }
    pendingSave = BackgroundSave(draft) { [folder, step = draft.step] in
      try RunMemory.note(savedStep: step, in: folder)
    }
  }

  /// The longest file of rollouts drawn ahead, in bytes.
  private static let mostAhead = 64 << 30

  /// Waits until the disk has the last checkpoint.
  ///
  /// - Throws: why it was not saved.
  func settleSave() throws {
    guard let save = pendingSave else { return }
    pendingSave = nil
    ranks.enter("the save of step \(save.step)")
    try save.wait(60) { console.say($0) }
  }

  /// Takes up a checkpoint's critic, moments and buffers; the policy came with the stations.
  func restored(from folder: URL) throws -> ActiveStage {
    let stations = context.stations
    var restored = ["policy"]
    func url(_ name: String) -> URL? {
      let url = folder.appending(path: name)
      return FileManager.default.fileExists(atPath: url.path) ? url : nil
    }
    func take(_ optimizer: Optimizer?, _ step: Int, _ name: String, _ words: String) throws {
      guard let optimizer else { return }
      try optimizer.restore(step: step, from: SafetensorsFile(folder.appending(path: name)))
      restored.append("\(words) (\(step) updates)")
    }
    var critic: ValueModel?
    if let place = url(SnapshotFiles.critic) {
      critic = try stations.critic(checkpoint: place)
      restored.append("critic")
    }
    defer {
      console.say(
        "resumed after step \(state.step) (\(state.stage.rawValue), \(state.stageStep) done, prompt "
          + "\(state.position.epoch):\(state.position.offset)): "
          + restored.joined(separator: ", "))
    }
    // A stage that has not begun makes optimizers of its own.
    guard state.stageStep > 0 else { return .between(critic: critic) }
    let stage = try ActiveStage(entering: state.stage, critic: critic, context)
    if case .reinforcement(let stage) = stage, let place = url(SnapshotFiles.reference) {
      let type = configuration.model.computeType
      let reference = try ModelFolder.languageModel(
        at: place, type: type, computeType: type, device: stations.policy.decoder.device
      ) { stations.division.cut?.take($0, $1) }
      reference.divide(stations.division)
      stage.restore(reference: reference)
      restored.append("reference")
    }
    let parts = stage.parts
    try take(
      parts.actorOptimizer, state.actorUpdates, SnapshotFiles.actorMoments, "actor optimizer")
    try take(
      parts.criticOptimizer, state.criticUpdates, SnapshotFiles.criticMoments, "critic optimizer")
    if let place = url(SnapshotFiles.ahead) {
      try context.ahead?.restore(contents(of: place, atMost: Self.mostAhead))
      restored.append("what was drawn ahead")
    }
    if let imitation = parts.imitation {
      imitation.replay = try JSONDecoder().decode(
        ReplayBuffer.self, from: Data(contentsOf: folder.appending(path: SnapshotFiles.replay)))
      restored.append("replay buffer")
      try take(
        imitation.actorOptimizer, state.actorImitations, SnapshotFiles.actorImitation,
        "self-imitation of the actor")
      try take(
        imitation.criticOptimizer, state.criticImitations, SnapshotFiles.criticImitation,
        "self-imitation of the critic")
    }
    return stage
  }
}

extension TrainingState {
  /// Notes how far a stage's optimizers and what every stage moves have come.
  @MainActor
  mutating func note(_ parts: StageParts, _ context: RunContext) {
    position = context.prompts.position
    guards = context.guards
    actorUpdates = parts.actorOptimizer?.step ?? 0
    criticUpdates = parts.criticOptimizer?.step ?? 0
    actorImitations = parts.imitation?.actorOptimizer.step ?? 0
    criticImitations = parts.imitation?.criticOptimizer.step ?? 0
  }
}
