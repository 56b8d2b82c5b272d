// RunMemory: what a run left behind says of the data, the settings and the checkpoints it had. A run
// that goes on in another world is neither the old one nor a new one, and no number of it can be told
// apart: it goes on only when told to.

import Checkpoints
import Foundation
import Prompts
import Settings
import Words

/// What a run remembers.
struct RunMemory {
  private let folder: RunFolder
  private let checkpoint: Checkpoint?

  init(_ folder: RunFolder, _ checkpoint: Checkpoint?) {
    (self.folder, self.checkpoint) = (folder, checkpoint)
  }

  private struct Record: Codable {
    /// The step of the newest checkpoint that was saved.
    var step: Int
  }

  private static let (data, heldOut) = ("data", "held_out")

  /// What a checkpoint says of its run.
  @MainActor
  static func metadata(_ state: TrainingState, _ stations: Stations) -> [String: String] {
    [
      "stage": state.stage.rawValue, data: stations.training.fingerprint,
      heldOut: stations.heldOut.fingerprint,
    ]
  }

  /// Notes that a checkpoint was saved, outside the folder that could be lost with it.
  static func note(savedStep step: Int, in folder: RunFolder) throws {
    try DurableFile.replace(folder.saveRecord.path, with: JSONEncoder().encode(Record(step: step)))
  }

  /// Keeps the numbers of a run whose checkpoints are gone under another name, for a run that starts over
  /// would cut them off.
  static func setAsideLost(in folder: RunFolder, hasCheckpoint: Bool) throws {
    guard !hasCheckpoint, lastSave(folder) != nil else { return }
    let time = Int(Date().timeIntervalSince1970)
    let metrics = folder.url.appending(path: RunFolder.metricsName)
    if FileManager.default.fileExists(atPath: metrics.path) {
      try FileManager.default.moveItem(
        at: metrics, to: folder.url.appending(path: "metrics-before-\(time).jsonl"))
    }
    try FileManager.default.removeItem(at: folder.saveRecord)
  }

  private static func lastSave(_ folder: RunFolder) -> Int? {
    guard let data = try? contents(of: folder.saveRecord, atMost: 1 << 20) else { return nil }
    return try? JSONDecoder().decode(Record.self, from: data).step
  }

  /// Refuses settings that are not the checkpoint's, and a run whose checkpoints are gone.
  ///
  /// - Throws: ``ConfigurationError`` that names every change, unless changes are accepted.
  func require(
    _ configuration: RunConfiguration, accepting: Bool, say: (String) -> Void
  ) throws {
    var changes: [String] = []
    if let checkpoint {
      let file = checkpoint.folder.appending(path: SnapshotFiles.configuration)
      if FileManager.default.fileExists(atPath: file.path) {
        let before = try RunConfiguration.load(recipe: file)
        changes += configuration.changes(from: before)
          .map {
            "\($0) (what the checkpoint of step \(checkpoint.step) was made with comes first)"
          }
      }
    } else if let step = Self.lastSave(folder) {
      changes.append(
        "\(folder.checkpoints.path): a checkpoint of step \(step) was saved, and none is there; the run "
          + "would start at step 1")
    }
    try decide(changes, accepting, say)
  }

  /// Refuses data that are not what the checkpoint's were.
  ///
  /// - Throws: ``ConfigurationError`` that names every change, unless changes are accepted.
  @MainActor
  func require(_ stations: Stations, accepting: Bool, say: (String) -> Void) throws {
    guard let checkpoint else { return }
    var changes: [String] = []
    for (key, words, now) in [
      (Self.data, "the training problems", stations.training.fingerprint),
      (Self.heldOut, "the held-out problems", stations.heldOut.fingerprint),
    ] {
      guard let before = checkpoint.metadata[key], before != now else { continue }
      changes.append(
        "\(words) are not those of step \(checkpoint.step): their bytes or their order changed")
    }
    try decide(changes, accepting, say)
  }

  private func decide(_ changes: [String], _ accepting: Bool, _ say: (String) -> Void) throws {
    guard !changes.isEmpty else { return }
    guard accepting else {
      throw ConfigurationError.refused(
        "this run is not as it was left:\n" + changes.map { "  \($0)" }.joined(separator: "\n")
          + "\nput it back, or go on all the same: vapo resume \(folder.url.path) --accept-changes")
    }
    for change in changes { say("accepted: \(change)") }
  }
}
