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
    precondition(step >= 0, "a step is not negative")
    let temporary = "\(path)/.tmp-\(Self.name(of: step))-\(getpid())"
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try DurableFile.synchronize(folder: DurableFile.parent(of: path))
      try? FileManager.default.removeItem(atPath: temporary)
      try seal(temporary, step: step, metadata: metadata, score: score, body: body)
      try publish(temporary, step: step)
    } catch let death as SimulatedDeath {
      throw .interrupted(death.point)
    } catch {
      throw abandoned(temporary, step: step, because: error)
    }
    // The checkpoint is safe. What fails from here on is tried again after the next save.
    for work in [hint, prune] {
      do {
        try work(step)
      } catch let death as SimulatedDeath {
        throw .interrupted(death.point)
      } catch {}
    }
  }

  static func name(of step: Int) -> String { "step-\(step)" }

  /// Fills, hashes and seals the temporary folder, and brings all of it to the disk.
  private func seal(
    _ temporary: String, step: Int, metadata: [String: String], score: Double?,
    body: (URL) throws -> Void
  ) throws {
    guard mkdir(temporary, 0o755) == 0 else { throw SystemFailure("mkdir", temporary) }
    try hook.pass(.created)
    try body(URL(filePath: temporary, directoryHint: .isDirectory))
    try hook.pass(.filled)
    let contents = try CheckpointManifest.contents(of: temporary)
    var files: [CheckpointManifest.File] = []
    for file in contents.files {
      guard file.path != CheckpointManifest.name else {
        throw InvalidCheckpoint("\(CheckpointManifest.name) is not the trainer's to write")
      }
      try DurableFile.synchronize(file: "\(temporary)/\(file.path)")
      let digest = try DurableFile.digest(of: "\(temporary)/\(file.path)")
      files.append(.init(path: file.path, size: digest.size, sha256: digest.sha256))
      try hook.pass(.fileSynced)
    }
    for folder in contents.folders {
      try DurableFile.synchronize(folder: "\(temporary)/\(folder)")
      try hook.pass(.folderSynced)
    }
    let manifest = CheckpointManifest(
      step: step, files: files, metadata: metadata, score: score.flatMap { $0.isFinite ? $0 : nil })
    let path = "\(temporary)/\(CheckpointManifest.name)"
    try DurableFile.opened(path, O_WRONLY | O_CREAT | O_EXCL) { descriptor in
      try DurableFile.writeAll(try manifest.encoded(), to: descriptor, path: path)
      try hook.pass(.manifestWritten)
      guard fsync(descriptor) == 0 else { throw SystemFailure("fsync", path) }
    }
    try hook.pass(.manifestSynced)
    try DurableFile.synchronize(folder: temporary)
    try hook.pass(.temporarySynced)
  }

  /// Gives the sealed folder its name and reads it back.
  private func publish(_ temporary: String, step: Int) throws {
    let final = "\(path)/\(Self.name(of: step))"
    let displaced = "\(path)/.old-\(Self.name(of: step))-\(getpid())"
    // A folder cannot be renamed onto another. The one in the way stays findable meanwhile:
    // `newest` looks at .old- folders too.
    let isReplacing = (try? DurableFile.kind(of: final)) != nil
    if isReplacing {
      try? FileManager.default.removeItem(atPath: displaced)
      try DurableFile.move(final, to: displaced)
    }
    do {
      if isReplacing { try hook.pass(.displaced) }
      try DurableFile.move(temporary, to: final)
      try hook.pass(.renamed)
      try DurableFile.synchronize(folder: path)
      try hook.pass(.parentSynced)
      _ = try CheckpointManifest.verified(in: final, step: step)
      try hook.pass(.verified)
    } catch  where !(error is SimulatedDeath) {
      try? FileManager.default.removeItem(atPath: final)
      if isReplacing { try? DurableFile.move(displaced, to: final) }
      throw error
    }
    if isReplacing { try? FileManager.default.removeItem(atPath: displaced) }
  }

  /// Removes what a failed save left and says what it would have taken.
  private func abandoned(_ temporary: String, step: Int, because error: any Error)
    -> CheckpointError
  {
    let written = ((try? CheckpointManifest.contents(of: temporary).files) ?? [])
      .filter { $0.path != CheckpointManifest.name }
    let free = DurableFile.freeBytes(at: path)
    let needed = max(written.reduce(0) { $0 + $1.size }, candidates().compactMap(\.size).max() ?? 0)
    try? FileManager.default.removeItem(atPath: temporary)
    return .notSaved(step: step, reason: reason(of: error), needed: needed, free: free)
  }

  /// Notes the newest checkpoint for people.
  private func hint(at step: Int) throws {
    try DurableFile.replace("\(path)/latest", with: Data("\(Self.name(of: step))\n".utf8))
    try hook.pass(.hinted)
  }
}
