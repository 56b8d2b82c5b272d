// A checkpoint on its way to the disk: its files are written, and have still to be hashed, brought to the disk,
// sealed, renamed and read back. That takes several times as long as the writing and needs nothing of the trainer.

import Foundation

/// A checkpoint whose files are written beside their place.
///
/// It may be published by another thread than the one that wrote it.
public struct CheckpointDraft {
  /// The step after which it was taken.
  public let step: Int
  let metadata: [String: String]
  let score: Double?
  let store: CheckpointStore

  private var path: String { store.path }
  private var hook: FaultHook { store.hook }
  private var temporary: String { "\(path)/.tmp-\(CheckpointStore.name(of: step))-\(getpid())" }

  /// Makes a checkpoint of it and deletes those that are no longer kept.
  ///
  /// - Throws: what went wrong and the bytes it would have taken; nothing of it is left then.
  public func publish() throws(CheckpointError) {
    try attempt {
      try seal()
      try rename()
    }
    // The checkpoint is safe. What fails from here on is tried again after the next save.
    for work in [hint, { try store.prune(protecting: step) }] {
      do {
        try work()
      } catch let death as SimulatedDeath {
        throw .interrupted(death.point)
      } catch {}
    }
  }

  /// Has the temporary folder filled.
  func fill(_ body: (URL) throws -> Void) throws(CheckpointError) {
    try attempt {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try DurableFile.synchronize(folder: DurableFile.parent(of: path))
      try? FileManager.default.removeItem(atPath: temporary)
      guard mkdir(temporary, 0o755) == 0 else { throw SystemFailure("mkdir", temporary) }
      try hook.pass(.created)
      try body(URL(filePath: temporary, directoryHint: .isDirectory))
      try hook.pass(.filled)
    }
  }

  /// Leaves nothing behind where something fails.
  private func attempt(_ work: () throws -> Void) throws(CheckpointError) {
    do {
      try work()
    } catch let death as SimulatedDeath {
      throw .interrupted(death.point)
    } catch {
      throw abandoned(because: error)
    }
  }

  /// Hashes and seals the temporary folder, and brings all of it to the disk.
  private func seal() throws {
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
    let manifest = CheckpointManifest(step: step, files: files, metadata: metadata, score: score)
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
  private func rename() throws {
    let final = "\(path)/\(CheckpointStore.name(of: step))"
    let displaced = "\(path)/.old-\(CheckpointStore.name(of: step))-\(getpid())"
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
  private func abandoned(because error: any Error) -> CheckpointError {
    let written = ((try? CheckpointManifest.contents(of: temporary).files) ?? [])
      .filter { $0.path != CheckpointManifest.name }
    let free = DurableFile.freeBytes(at: path)
    let needed = max(
      written.reduce(0) { $0 + $1.size }, store.candidates().compactMap(\.size).max() ?? 0)
    try? FileManager.default.removeItem(atPath: temporary)
    return .notSaved(step: step, reason: reason(of: error), needed: needed, free: free)
  }

  /// Notes the newest checkpoint for people.
  private func hint() throws {
    let name = CheckpointStore.name(of: step)
    try DurableFile.replace("\(path)/latest", with: Data("\(name)\n".utf8))
    try hook.pass(.hinted)
  }
}
