// Small checkpoints whose contents tell which step they are of, and hooks that watch or cut a
// save.

import Checkpoints
import Foundation
import Testing

/// Fills a checkpoint's folder for a step.
func fill(_ folder: URL, step: Int) throws {
  let nested = folder.appending(path: "actor/deep")
  try FileManager.default.createDirectory(at: nested, withIntermediateDirectories: true)
  try Data("weights of \(step)".utf8).write(to: nested.appending(path: "weights"))
  try Data(repeating: UInt8(step), count: 3000).write(to: folder.appending(path: "moments"))
  try Data().write(to: folder.appending(path: "empty"))
}

/// Saves a sample checkpoint.
func save(_ step: Int, in store: CheckpointStore, score: Double? = nil) throws(CheckpointError) {
  try store.save(step: step, metadata: ["phase": "of \(step)"], score: score) { folder in
    try fill(folder, step: step)
  }
}

/// Whether a checkpoint holds what `fill` wrote for its step.
func isWhole(_ checkpoint: Checkpoint) -> Bool {
  let step = checkpoint.step
  let weights = try? Data(contentsOf: checkpoint.folder.appending(path: "actor/deep/weights"))
  let moments = try? Data(contentsOf: checkpoint.folder.appending(path: "moments"))
  return weights == Data("weights of \(step)".utf8)
    && moments == Data(repeating: UInt8(step), count: 3000)
    && checkpoint.metadata == ["phase": "of \(step)"]
}

/// What lies in a store's folder, sorted.
func names(in store: CheckpointStore) -> [String] {
  let path = store.folder.path(percentEncoded: false)
  return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
}

/// A hook that dies the `count`-th time it passes a point.
func death(at fatal: FaultPoint, time count: Int = 1) -> FaultHook {
  var passed = 0
  return FaultHook { point in
    guard point == fatal else { return }
    passed += 1
    if passed == count { throw SimulatedDeath(at: point) }
  }
}

/// A full disk, as the operating system reports it.
struct NoSpaceLeft: Error {}
