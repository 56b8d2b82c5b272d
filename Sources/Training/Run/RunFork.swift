// A run that begins where another has been: the other's policy, and its critic if wanted, under
// settings of its own. What several runs have in common is then learned once.

import Checkpoints
public import Foundation
public import Settings

/// Where a forked run goes on.
public enum ForkPoint: Sendable {
  /// Before value pretraining, whatever the other has done since; no tokens are counted yet.
  case valuePretraining
  /// Where the other stands, with the tokens it has counted.
  case asItIs
}

/// Begins runs with what others have learned.
public enum RunFork {
  /// Makes a run's folder whose first checkpoint is another's newest.
  ///
  /// The new run goes on with ``Trainer`` as any other. The other must stand at the beginning of a
  /// stage, as a run does whose `trainer.total_training_steps` is 0.
  ///
  /// - Parameters:
  ///   - base: the other run's folder.
  ///   - folder: the new run's; must not be there.
  ///   - configuration: the new run's settings.
  ///   - point: where it goes on.
  ///   - keepsCritic: whether it takes the other's critic too.
  /// - Throws: ``ConfigurationError`` when the other has no such checkpoint; what files have wrong with
  ///   them. The new folder is there whole or not at all.
  public static func make(
    from base: URL, in folder: URL, _ configuration: RunConfiguration, at point: ForkPoint,
    keepsCritic: Bool
  ) throws {
    let store = CheckpointStore(folder: try RunFolder(base).checkpoints, keepLast: 1)
    guard let checkpoint = try store.newest() else {
      throw ConfigurationError.refused("\(base.path) has no checkpoint to go on from")
    }
    var state = try Snapshot.state(of: checkpoint.folder)
    guard state.stageStep == 0 else {
      throw ConfigurationError.refused(
        "\(base.path) stands after step \(state.stageStep) of \(state.stage.rawValue): only the "
          + "beginning of a stage can be gone on from")
    }
    if point == .valuePretraining {
      state.enter(.valuePretraining)
      (state.tokens, state.score) = (0, nil)
    }
    state.attempts = 0
    // Under another name until it is whole: a run without its checkpoint would begin at the beginning.
    let parent = folder.deletingLastPathComponent()
    let temporary = parent.appending(path: ".fork-\(folder.lastPathComponent)")
    let manager = FileManager.default
    try? manager.removeItem(at: temporary)
    let run = try RunFolder(temporary)
    try run.write(configuration: ConfigurationLoader.encodeYAML(configuration))
    try manager.copyItem(
      at: base.appending(path: RunFolder.metricsName),
      to: temporary.appending(path: RunFolder.metricsName))
    try CheckpointStore(folder: run.checkpoints, keepLast: 1).save(
      step: state.step, metadata: checkpoint.metadata, score: state.score
    ) { new in
      try JSONEncoder().encode(state).write(to: new.appending(path: SnapshotFiles.state))
      for name in [SnapshotFiles.actor] + (keepsCritic ? [SnapshotFiles.critic] : []) {
        let source = checkpoint.folder.appending(path: name)
        guard manager.fileExists(atPath: source.path) else { continue }
        try manager.copyItem(at: source, to: new.appending(path: name))
      }
    }
    try manager.moveItem(at: temporary, to: folder)
  }
}
