// Runs what is not finished yet, several runs side by side, each a process of its own.

public import Foundation
import Settings
import Subprocess
import Synchronization
import Training

#if canImport(System)
import System
#else
import SystemPackage
#endif

/// Trains the arms of a study.
public struct StudyRunner: Sendable {
  private let plan: StudyPlan
  private let folder: URL
  private let program: URL
  private let say: @Sendable (String) -> Void

  /// - Parameters:
  ///   - plan: what is compared.
  ///   - folder: the study's, made if it is not there.
  ///   - program: the `vapo` to run.
  ///   - say: takes a line for people.
  public init(
    _ plan: StudyPlan, in folder: URL, program: URL, say: @escaping @Sendable (String) -> Void
  ) {
    (self.plan, self.folder, self.program, self.say) = (plan, folder, program, say)
  }

  /// Runs every arm with every seed; what is finished is not run again.
  ///
  /// - Throws: ``StudyError`` after all others have ended when a run failed, with the end of what it
  ///   said; what files have wrong with them.
  public func run() async throws {
    let jobs = try plan.jobs()
    try checkUnchanged(jobs)
    var waiting = jobs.filter { !isFinished($0) }
    var done = Set(jobs.filter { isFinished($0) }.map(\.folder))
    let width =
      plan.settings.jobs > 0
      ? plan.settings.jobs
      : max(1, ProcessInfo.processInfo.activeProcessorCount / plan.settings.threads)
    say("\(jobs.count) runs, \(done.count) of them finished, \(width) side by side")
    let total = waiting.count
    let clock = ContinuousClock()
    let start = clock.now
    var failures: [StudyError.Failure] = []
    try await withThrowingTaskGroup(of: (StudyJob, String?).self) { group in
      var running = 0
      func fill() {
        while running < width,
          let next = waiting.firstIndex(where: { $0.waitsFor.map(done.contains) ?? true })
        {
          let job = waiting.remove(at: next)
          running += 1
          group.addTask { (job, try await execute(job)) }
        }
      }
      fill()
      while let (job, failure) = try await group.next() {
        running -= 1
        if let failure {
          failures.append(StudyError.Failure(run: job.name, folder: job.folder, words: failure))
          say("failed: \(job.name); see \(path(of: job).appending(path: Self.log).path)")
        } else {
          done.insert(job.folder)
          let count = total - waiting.count - running
          let left = (clock.now - start) / Double(count) * Double(total - count)
          say("\(count)/\(total) \(job.name) · about \(Self.words(left)) left")
        }
        fill()
      }
    }
    guard failures.isEmpty else { throw StudyError(failures: failures) }
  }

  /// Refuses to put runs of other settings beside those of the plan.
  private func checkUnchanged(_ jobs: [StudyJob]) throws {
    for job in jobs {
      let file = path(of: job).appending(path: RunFolder.configurationName)
      guard FileManager.default.fileExists(atPath: file.path) else { continue }
      let before = try RunConfiguration.load(recipe: file)
      do {
        try job.configuration.checkResumable(from: before)
        guard before.trainer.totalTrainingSteps == job.configuration.trainer.totalTrainingSteps,
          before.trainer.totalTokens == job.configuration.trainer.totalTokens
        else { throw ConfigurationError.refused("its length changed") }
      } catch {
        throw ConfigurationError.refused(
          "\(path(of: job).path) was run with other settings; remove it, or give --folder another "
            + "place:\n\(error)")
      }
    }
  }

  static let log = "study.log"

  func path(of job: StudyJob) -> URL { folder.appending(path: job.folder) }

  private func isFinished(_ job: StudyJob) -> Bool { Self.isFinished(path(of: job)) }

  /// Whether a run has nothing left to do.
  static func isFinished(_ run: URL) -> Bool {
    FileManager.default.fileExists(atPath: run.appending(path: "finished").path)
  }

  /// Starts a run, or goes on with it; the end of what it said when it failed.
  private func execute(_ job: StudyJob) async throws -> String? {
    let run = path(of: job)
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
          from: folder.appending(path: base), in: run, job.configuration, at: point,
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
    try Data().write(to: run.appending(path: "finished"))
    return nil
  }

  private static func words(_ duration: Duration) -> String {
    let minutes = Int(duration / .seconds(60))
    return minutes >= 60 ? "\(minutes / 60) h \(minutes % 60) min" : "\(minutes + 1) min"
  }
}

/// Why a study is not whole.
public struct StudyError: Error, CustomStringConvertible {
  /// A run that ended early.
  public struct Failure: Sendable {
    /// Its arm and seed.
    public var run: String
    /// Its folder under the study's.
    public var folder: String
    /// The last it said.
    public var words: String
  }

  /// One a run.
  public var failures: [Failure]

  /// A line a run, and what it said.
  public var description: String {
    failures.map { "\($0.run) failed:\n\($0.words)" }.joined(separator: "\n")
  }
}
