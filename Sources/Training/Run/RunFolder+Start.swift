// How a new run gets its folder, and how a start that failed leaves none. Two starts may want one name at
// one moment: whoever holds the lock owns the folder, and nobody else removes a thing from it.

import Checkpoints
public import Foundation
import Loggers
import Settings

extension RunFolder {
  /// Finds a folder for a run.
  ///
  /// - Parameters:
  ///   - wanted: where it should be.
  ///   - isNamed: whether the user named it. A name made from the time gets a number where it is taken.
  ///   - goesOn: whether a named run that is there already is to go on.
  /// - Returns: a folder that was made now, one that a start left which never got anywhere, or that of the run
  ///   which is to go on.
  /// - Throws: ``ConfigurationError`` where a run is there already; what making it throws.
  public static func claimed(_ wanted: URL, isNamed: Bool, goesOn: Bool = false) throws -> URL {
    let manager = FileManager.default
    try manager.createDirectory(
      at: wanted.deletingLastPathComponent(), withIntermediateDirectories: true)
    var (folder, number) = (wanted, 1)
    while true {
      if mkdir(folder.path, 0o755) == 0 { return folder }
      guard errno == EEXIST else { throw SystemFailure("mkdir", folder.path) }
      if isNamed {
        guard isUnbegun(folder) || goesOn && isRun(folder) else {
          throw ConfigurationError.refused(
            "\(folder.path) is there already: go on with `vapo resume \(folder.path)` or "
              + "trainer.resume_mode=auto, or name this run with trainer.experiment_name=…")
        }
        return folder
      }
      number += 1
      folder = wanted.deletingLastPathComponent()
        .appending(path: "\(wanted.lastPathComponent)-\(number)")
    }
  }

  /// Whether a folder is one that a run has written its settings to.
  private static func isRun(_ folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appending(path: configurationName).path)
  }

  /// Whether a folder holds nothing but what a start leaves before its first step.
  public static func isUnbegun(_ folder: URL) -> Bool {
    let logged = ["tensorboard", "wandb", ClientLogger.settingsName] + ClientLogger.markNames
    let known = Set(["lock", configurationName, metricsName] + logged)
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path) else {
      return false
    }
    let metrics = try? FileManager.default.attributesOfItem(
      atPath: folder.appending(path: metricsName).path)
    return Set(names).isSubset(of: known) && (metrics?[.size] as? Int ?? 0) == 0
  }

  /// Removes what a start left that failed before its first step, so that its name is free.
  ///
  /// Nothing where another process holds the folder, or where a step was taken.
  public static func discardUnbegun(_ folder: URL) {
    guard let lock = try? RunLock(folder: folder) else { return }
    withExtendedLifetime(lock) {
      guard isUnbegun(folder) else { return }
      try? FileManager.default.removeItem(at: folder)
    }
  }
}
