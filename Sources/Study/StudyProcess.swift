// One run of a study, a process of its own.

import Foundation
import Settings
import Subprocess
import Training

#if canImport(System)
import System
#else
import SystemPackage
#endif

/// Starts runs.
struct StudyProcess: Sendable {
  /// The `vapo` to run.
  let program: URL

  /// Where a run's process writes what it says.
  static let log = "study.log"
  private static let mark = "finished"

  /// Whether a run has nothing left to do.
  static func isFinished(_ run: URL) -> Bool {
    FileManager.default.fileExists(atPath: run.appending(path: mark).path)
  }

  /// Starts a run, or goes on with it.
  ///
  /// - Returns: nil where it ended well, else the end of what it said.
  /// - Throws: what files have wrong with them.
  func execute(_ job: StudyJob, in place: StudyPlace) async throws -> String? {
    let run = place.path(of: job)
    let manager = FileManager.default
    if !manager.fileExists(atPath: run.appending(path: RunFolder.configurationName).path) {
      try? manager.removeItem(at: run)
      try manager.createDirectory(
        at: run.deletingLastPathComponent(), withIntermediateDirectories: true)
      switch job.origin {
      case .scratch:
        try RunFolder(run).write(configuration: ConfigurationLoader.encodeYAML(job.configuration))
      case .fork(let base, let point, let keepsCritic):
        try RunFork.make(
          from: place.folder.appending(path: base), in: run, job.configuration, at: point,
          keepsCritic: keepsCritic)
      }
    }
    let log = run.appending(path: Self.log)
    let output = try FileDescriptor.open(
      FilePath(log.path), .writeOnly, options: [.create, .append],
      permissions: [.ownerReadWrite, .groupRead, .otherRead])
    let result = try await Subprocess.run(
      .path(FilePath(program.path)), arguments: ["resume", run.path],
      output: .fileDescriptor(output, closeAfterSpawningProcess: true), error: .combinedWithOutput)
    // A run that was asked to stop ends well, and has not put its policy there.
    let isWhole = manager.fileExists(atPath: run.appending(path: "actor").path)
    guard result.terminationStatus.isSuccess && isWhole else {
      let text = (try? String(contentsOf: log, encoding: .utf8)) ?? ""
      return text.split(separator: "\n").suffix(3).joined(separator: "\n")
    }
    try Data().write(to: run.appending(path: Self.mark))
    return nil
  }
}
