// Runs what is not finished yet of one study or several, several runs side by side.

import Checkpoints
public import Foundation
import Settings

/// Trains the arms of studies, the first study's runs first.
public struct StudyRunner: Sendable {
  private let studies: [StudyPlace]
  private let process: StudyProcess
  private let say: @Sendable (String) -> Void

  /// - Parameters:
  ///   - studies: in the order of their priority.
  ///   - program: the `vapo` to run.
  ///   - say: takes a line for people.
  public init(
    _ studies: [StudyPlace], program: URL, say: @escaping @Sendable (String) -> Void
  ) {
    (self.studies, process, self.say) = (studies, StudyProcess(program: program), say)
  }

  /// Runs every arm with every seed; what is finished is not run again.
  ///
  /// Each run's evaluations are in its study's ledger as soon as it has ended.
  ///
  /// - Throws: ``StudyError`` after all others have ended when a run failed, with the end of what it
  ///   said; what files have wrong with them.
  public func run() async throws {
    let locks = try studies.map { try RunLock(folder: $0.folder) }
    defer { withExtendedLifetime(locks) {} }
    var progress = StudyProgress(try studies.map { try StudyQueue($0) })
    for line in progress.announcement { say(line) }
    var failures: [StudyError.Failure] = []
    try await withThrowingTaskGroup(of: (StudyProgress.Work, String?).self) { group in
      func fill() {
        while let work = progress.take() {
          let place = studies[work.study]
          group.addTask { (work, try await process.execute(work.job, in: place)) }
        }
      }
      fill()
      while let (work, words) = try await group.next() {
        let name = progress.name(of: work)
        var words = words
        do { try progress.end(work, failed: words != nil) } catch { words = "\(error)" }
        if let words {
          failures.append(StudyError.Failure(run: name, words: words))
          let log = studies[work.study].path(of: work.job).appending(path: StudyProcess.log)
          say("failed: \(name); see \(log.path)")
        } else {
          say("\(progress.done)/\(progress.total) \(name)\(progress.timeLeft)")
        }
        fill()
      }
    }
    for line in progress.untuned { say(line) }
    guard failures.isEmpty else { throw StudyError(failures: failures) }
  }
}

/// Why a study is not whole.
public struct StudyError: Error, CustomStringConvertible {
  /// A run that ended early.
  public struct Failure: Sendable {
    /// Its arm and seed.
    public var run: String
    /// The last it said, or what is wrong with what it left.
    public var words: String
  }

  /// One a run.
  public var failures: [Failure]

  /// A line a run, and what it said.
  public var description: String {
    failures.map { "\($0.run) failed:\n\($0.words)" }.joined(separator: "\n")
  }
}
