// Finding the newest whole checkpoint, and deciding which old ones go. Both look at the disk and
// remember nothing.

import Foundation

extension CheckpointStore {
  /// A folder that may be a checkpoint.
  struct Candidate {
    var name: String
    var step: Int
    /// Whether it was being replaced by another of its step.
    var isDisplaced: Bool
    /// From its manifest, where that is sound.
    var size: Int?
    var score: Double?
  }

  /// The newest whole checkpoint; nothing if none was ever finished.
  ///
  /// Every candidate is checked file by file, newest first; `report` hears why one was passed
  /// over. If there are checkpoints and none is whole, that is an error: starting over in silence
  /// would throw the run away. A trainer calls ``cleanLeftovers()`` first.
  public func newest(report: (String) -> Void = { _ in }) throws(CheckpointError) -> Checkpoint? {
    var candidates = try listed()
    while true {
      var reasons: [String] = []
      for candidate in candidates {
        do {
          return try checkpoint(named: candidate.name, step: candidate.step)
        } catch {
          let reason = reason(of: error)
          reasons.append("\(candidate.name): \(reason)")
          report("checkpoint \(candidate.name) is passed over: \(reason)")
        }
      }
      // A trainer beside us may have saved and pruned while we looked.
      let now = try listed()
      guard now.map(\.name) != candidates.map(\.name) else {
        guard reasons.isEmpty else { throw .noneValid(folder: path, reasons: reasons) }
        return nil
      }
      candidates = now
    }
  }

  /// The checkpoint of one step, checked file by file.
  public func checkpoint(ofStep step: Int) throws(CheckpointError) -> Checkpoint {
    let name = Self.name(of: step)
    do {
      return try checkpoint(named: name, step: step)
    } catch {
      let reason = reason(of: error)
      throw .noneValid(folder: path, reasons: ["\(name): \(reason)"])
    }
  }

  /// The steps of all checkpoints that look whole by names and sizes, ascending.
  public func steps() -> [Int] {
    candidates().filter { $0.size != nil && !$0.isDisplaced }.map(\.step).sorted()
  }

  private func checkpoint(named name: String, step: Int) throws -> Checkpoint {
    let manifest = try CheckpointManifest.verified(in: "\(path)/\(name)", step: step)
    return Checkpoint(
      step: step, folder: URL(filePath: "\(path)/\(name)", directoryHint: .isDirectory),
      metadata: manifest.metadata, score: manifest.score, size: manifest.size)
  }

  /// The folders that may be checkpoints, newest first; of one step the finished one first.
  private func listed() throws(CheckpointError) -> [Candidate] {
    let names: [String]
    do {
      names = try DurableFile.names(in: path)
    } catch let failure as SystemFailure where failure.code == ENOENT {
      return []
    } catch {
      throw .unreadable(folder: path, reason: reason(of: error))
    }
    return names.compactMap { name -> Candidate? in
      if let step = Self.step(in: name, after: "step-") {
        return Candidate(name: name, step: step, isDisplaced: false)
      }
      let stem = name.split(separator: "-").dropLast().joined(separator: "-")
      return Self.step(in: stem, after: ".old-step-").map {
        Candidate(name: name, step: $0, isDisplaced: true)
      }
    }.sorted { ($1.step, $0.isDisplaced ? 1 : 0) < ($0.step, $1.isDisplaced ? 1 : 0) }
  }

  /// The candidates with what their manifests say, contents unread.
  func candidates() -> [Candidate] {
    ((try? listed()) ?? []).map { candidate in
      let manifest = try? CheckpointManifest.verified(
        in: "\(path)/\(candidate.name)", step: candidate.step, isThorough: false)
      var candidate = candidate
      candidate.size = manifest?.size
      candidate.score = manifest?.score
      return candidate
    }
  }

  /// The step in a name such as `step-120`, written the only way we write it.
  private static func step(in name: String, after prefix: String) -> Int? {
    guard name.hasPrefix(prefix), let step = Int(name.dropFirst(prefix.count)), step >= 0 else {
      return nil
    }
    return name == prefix + "\(step)" ? step : nil
  }
}

// MARK: - Deleting

extension CheckpointStore {
  /// Deletes whole checkpoints that are neither among the newest, nor the best, nor being read.
  ///
  /// The one of `step` has just been verified and stays in any case.
  func prune(protecting step: Int) throws {
    let whole = candidates().filter { $0.size != nil && !$0.isDisplaced }
    let best = whole.filter { $0.score != nil }
      .max { ($0.score ?? 0, $0.step) < ($1.score ?? 0, $1.step) }?.step
    let newest = Set(whole.map(\.step).sorted(by: >).prefix(keepLast))
    for candidate in whole.reversed()
    where candidate.step != step && candidate.step != best && !newest.contains(candidate.step) {
      try remove(candidate.name)
    }
  }

  /// Deletes a checkpoint by way of another name, so that a half-deleted one is never taken for
  /// one; leaves it if somebody is reading it.
  private func remove(_ name: String) throws {
    let trash = "\(path)/.trash-\(name)-\(getpid())"
    let manifest = "\(path)/\(name)/\(CheckpointManifest.name)"
    let isMoved = try DurableFile.opened(manifest, O_RDWR) { descriptor in
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
      try DurableFile.move("\(path)/\(name)", to: trash)
      return true
    }
    guard isMoved else { return }
    try hook.pass(.trashed)
    try FileManager.default.removeItem(atPath: trash)
    try hook.pass(.removed)
  }

  /// Removes what processes that died left behind: unfinished saves and half-deleted checkpoints.
  ///
  /// A checkpoint that was being replaced gets its name back if its replacement is not whole. To
  /// be called by the holder of the run's lock.
  public func cleanLeftovers() {
    guard let names = try? DurableFile.names(in: path) else { return }
    for name in names
    where [".tmp-step-", ".trash-step-", "latest.tmp-"].contains(where: name.hasPrefix) {
      try? FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }
    for candidate in (try? listed()) ?? [] where candidate.isDisplaced {
      let final = "\(path)/\(Self.name(of: candidate.step))"
      if (try? CheckpointManifest.verified(in: final, step: candidate.step)) == nil {
        try? FileManager.default.removeItem(atPath: final)
        try? DurableFile.move("\(path)/\(candidate.name)", to: final)
      } else {
        try? FileManager.default.removeItem(atPath: "\(path)/\(candidate.name)")
      }
    }
  }

  /// Moves checkpoints later than a step out of the way, under names that are never resumed from,
  /// so that a run resumed at an earlier step goes its own way from there.
  public func setAside(after step: Int) throws(CheckpointError) {
    for candidate in try listed() where candidate.step > step {
      let time = Int(Date().timeIntervalSince1970)
      do {
        try DurableFile.move(
          "\(path)/\(candidate.name)", to: "\(path)/superseded-\(candidate.name)-\(time)")
      } catch {
        throw .unreadable(folder: path, reason: reason(of: error))
      }
    }
  }
}

extension Checkpoint {
  /// Runs `body` while no trainer deletes this checkpoint.
  public func reading<Result>(_ body: () throws -> Result) throws -> Result {
    let path = folder.appending(path: CheckpointManifest.name).path(percentEncoded: false)
    return try DurableFile.opened(path, O_RDONLY | O_NONBLOCK) { descriptor in
      guard flock(descriptor, LOCK_SH) == 0 else { throw SystemFailure("flock", path) }
      return try body()
    }
  }
}
