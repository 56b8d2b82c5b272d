// What can go wrong with checkpoints and the run folder's lock.

/// Why a checkpoint was not saved or cannot be used.
public enum CheckpointError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The save failed; nothing of it is left, and older checkpoints are as they were.
  ///
  /// `needed` is about what a checkpoint takes, `free` what the disk had left, both in bytes.
  case notSaved(step: Int, reason: String, needed: Int, free: Int)
  /// The folder of checkpoints cannot be listed.
  case unreadable(folder: String, reason: String)
  /// There are checkpoints, and none is whole; each reason names one.
  case noneValid(folder: String, reasons: [String])
  /// Another trainer holds the run folder.
  case locked(folder: String, holder: String)
  /// A simulated crash of the tests: everything is left as it lies.
  case interrupted(FaultPoint)

  /// One line that says what happened and what it would take.
  public var description: String {
    switch self {
    case .notSaved(let step, let reason, let needed, let free):
      "checkpoint of step \(step) not saved: \(reason) (needs about \(needed) bytes, "
        + "\(free) bytes free); older checkpoints are intact"
    case .unreadable(let folder, let reason):
      "\(folder): \(reason)"
    case .noneValid(let folder, let reasons):
      "\(folder): no checkpoint is whole: " + reasons.joined(separator: "; ")
    case .locked(let folder, let holder):
      "\(folder) is in use by \(holder)"
    case .interrupted(let point):
      "stopped at \(point.rawValue)"
    }
  }
}
