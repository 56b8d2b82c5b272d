// The places where a run can be cut short, by name, so that tests can cut it at every one.

import Foundation
import Synchronization

/// A place in a step, in the saving or pruning of a checkpoint, or in an export; each in the order they
/// are passed.
public enum FaultPoint: String, CaseIterable, Sendable {
  /// A rollout is sampled and graded.
  case rollout
  /// The rollout has its credit and is written.
  case credited
  /// The critic has learned from it.
  case criticUpdated = "critic-updated"
  /// The policy has learned from it.
  case actorUpdated = "actor-updated"
  /// The step is done and not yet in the journal.
  case stepped
  /// The step is in the journal.
  case recorded

  /// The temporary folder exists.
  case created
  /// The caller has written its files.
  case filled
  /// One file has reached the disk; passed once a file.
  case fileSynced = "file-synced"
  /// One folder has reached the disk; passed once a folder.
  case folderSynced = "folder-synced"
  /// The manifest is written, not yet on the disk.
  case manifestWritten = "manifest-written"
  /// The manifest has reached the disk.
  case manifestSynced = "manifest-synced"
  /// The temporary folder with all its names has reached the disk.
  case temporarySynced = "temporary-synced"
  /// An earlier checkpoint of the same step has been moved aside; passed only if there was one.
  case displaced
  /// The folder has its final name.
  case renamed
  /// The final name has reached the disk.
  case parentSynced = "parent-synced"
  /// The checkpoint has been read back and is whole.
  case verified
  /// The hint for people is written.
  case hinted
  /// One old checkpoint has been renamed for deletion; passed once a checkpoint.
  case trashed
  /// One old checkpoint is gone; passed once a checkpoint.
  case removed

  /// A folder of the export is filled.
  case exportFilled = "export-filled"
  /// It has reached the disk.
  case exportSynced = "export-synced"
  /// The folder of an earlier export has been moved aside; passed only if there was one.
  case exportDisplaced = "export-displaced"
  /// It has its place.
  case exportRenamed = "export-renamed"
  /// Every folder is there, and noted.
  case exported

  /// The places in the saving and pruning of a checkpoint.
  package static let saving = Array(
    allCases.drop { $0 != .created }.prefix { $0 != .exportFilled })
}

/// What happens at fault points: nothing in production.
package struct FaultHook {
  private let visit: (FaultPoint) throws -> Void

  /// Calls `visit` at every point; what it throws is taken for a crash if it is a
  /// ``SimulatedDeath``, otherwise for a failure of the disk.
  package init(_ visit: @escaping (FaultPoint) throws -> Void) { self.visit = visit }

  /// Heeds `VAPO_FAULT=point:kill` or `VAPO_FAULT=point@3:kill`: the process kills itself the
  /// first or third time it passes that point, for tests of whole runs; with `stop` in place of `kill` it
  /// stands still there, with `wait` its main thread alone does.
  ///
  /// `VAPO_FAULT=point@3:kill:1` is for rank 1 of several processes, before they are started again.
  package static var environment: FaultHook {
    let environment = ProcessInfo.processInfo.environment
    let words = environment["VAPO_FAULT"]?.split(separator: ":") ?? []
    let faults: [String: () -> Void] = [
      "kill": { kill(getpid(), SIGKILL) }, "stop": { kill(getpid(), SIGSTOP) },
      "wait": { while true { Thread.sleep(forTimeInterval: 60) } },
    ]
    guard words.count >= 2, let fault = faults[String(words[1])] else {
      return FaultHook { _ in }
    }
    let isAgain = environment["TORCHELASTIC_RESTART_COUNT", default: "0"] != "0"
    if words.count > 2, isAgain || environment["RANK"] != String(words[2]) {
      return FaultHook { _ in }
    }
    let parts = words[0].split(separator: "@")
    guard let name = parts.first, let fatal = FaultPoint(rawValue: String(name)) else {
      return FaultHook { _ in }
    }
    let due = parts.count == 2 ? Int(parts[1]) ?? 1 : 1
    return FaultHook { point in
      guard point == fatal else { return }
      let count = passes.withLock { count in
        count += 1
        return count
      }
      if count == due { fault() }
    }
  }

  package func pass(_ point: FaultPoint) throws { try visit(point) }
}

/// How often the process has passed the point it is to die at.
private let passes = Mutex(0)

/// Thrown by a test's hook: the process would be dead now, so nothing is cleaned up.
package struct SimulatedDeath: Error {
  /// Where it died.
  package var point: FaultPoint

  /// Dies at a point.
  package init(at point: FaultPoint) { self.point = point }
}
