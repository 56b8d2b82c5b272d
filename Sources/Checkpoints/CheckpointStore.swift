// Checkpoints on the disk: written beside their place, brought to the disk, sealed with a
// manifest, renamed, read back, and only then are old ones deleted. Whatever moment the process
// dies at, the newest whole checkpoint is the previous one or the new one.
//
//     checkpoints/step-120/                 a checkpoint: its files and manifest.json
//     checkpoints/.tmp-step-140-<pid>/      one being written
//     checkpoints/.old-step-120-<pid>/      one that is being replaced by another of its step
//     checkpoints/.trash-step-80-<pid>/     one being deleted
//     checkpoints/latest                    the newest one's name, for people; never trusted

public import Foundation

/// A whole checkpoint, as found on the disk.
public struct Checkpoint: Equatable, Sendable {
  /// The step after which it was taken.
  public var step: Int
  /// Where its files are.
  public var folder: URL
  /// What the trainer noted.
  public var metadata: [String: String]
  /// What "best" is graded by; larger is better.
  public var score: Double?
  /// The bytes of its files.
  public var size: Int
}

/// The folder of a run's checkpoints.
public struct CheckpointStore {
  /// `runs/<name>/checkpoints`.
  public let folder: URL
  /// How many of the newest are kept; the best is kept besides.
  public let keepLast: Int
  let path: String
  let hook: FaultHook

  /// A store in a folder, which is made when the first checkpoint is saved.
  ///
  /// - Parameters:
  ///   - folder: where the checkpoints go.
  ///   - keepLast: how many of the newest are kept, at least 1.
  public init(folder: URL, keepLast: Int) {
    self.init(folder: folder, keepLast: keepLast, hook: .environment)
  }

  /// A store whose saves can be cut short.
  package init(folder: URL, keepLast: Int, hook: FaultHook) {
    precondition(keepLast >= 1, "at least one checkpoint is kept")
    self.folder = folder
    self.keepLast = keepLast
    self.hook = hook
    var path = folder.path(percentEncoded: false)
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    self.path = path
  }

  /// Saves a checkpoint and deletes those that are no longer kept.
  ///
  /// A checkpoint of the same step is replaced. If anything fails, nothing of the new checkpoint
  /// is left and the old ones are as they were.
  ///
  /// - Parameters:
  ///   - step: the step after which it is taken.
  ///   - metadata: notes that come back with the checkpoint.
  ///   - score: what "best" is graded by; larger is better.
  ///   - body: fills the folder it is given with files and folders; links are refused.
  /// - Throws: what went wrong and the bytes it would have taken.
  public func save(
    step: Int, metadata: [String: String] = [:], score: Double? = nil, body: (URL) throws -> Void
  ) throws(CheckpointError) {
    try draft(step: step, metadata: metadata, score: score, body: body).publish()
  }

  /// Writes a checkpoint's files beside their place, without waiting for the disk.
  ///
  /// - Parameters:
  ///   - step: the step after which it is taken.
  ///   - metadata: notes that come back with the checkpoint.
  ///   - score: what "best" is graded by; larger is better.
  ///   - body: fills the folder it is given with files and folders; links are refused.
  /// - Returns: what ``CheckpointDraft/publish()`` makes a checkpoint of; the store takes one at a time.
  /// - Throws: what went wrong and the bytes it would have taken; nothing of it is left then.
  public func draft(
    step: Int, metadata: [String: String] = [:], score: Double? = nil, body: (URL) throws -> Void
  ) throws(CheckpointError) -> CheckpointDraft {
    precondition(step >= 0, "a step is not negative")
    let draft = CheckpointDraft(
      step: step, metadata: metadata, score: score.flatMap { $0.isFinite ? $0 : nil }, store: self)
    try draft.fill(body)
    return draft
  }

  static func name(of step: Int) -> String { "step-\(step)" }
}
