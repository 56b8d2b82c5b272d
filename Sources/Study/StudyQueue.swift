// Which runs of a study are done, which wait, and which may begin.

public import Foundation
import Settings
import Training

/// A study with the places it writes to.
public struct StudyPlace: Sendable {
  /// What is compared.
  public let plan: StudyPlan
  /// The folder of its runs and pictures.
  public let folder: URL
  /// The ledger's file.
  public let ledger: URL

  /// Puts a place together.
  ///
  /// - Parameters:
  ///   - plan: what is compared.
  ///   - folder: the study's, made when something is written.
  ///   - ledger: a file in place of the one that the study's settings name.
  public init(_ plan: StudyPlan, in folder: URL, ledger: URL? = nil) {
    (self.plan, self.folder) = (plan, folder)
    self.ledger = ledger ?? plan.ledger(in: folder)
  }

  /// The folder of a run.
  func path(of job: StudyJob) -> URL { folder.appending(path: job.folder) }
}

/// The runs of one study while they are made.
struct StudyQueue {
  private enum State {
    case running, done, failed
  }

  let place: StudyPlace
  /// Every run, in the order they are to be made.
  private(set) var jobs: [StudyJob] = []
  /// Those that wait have none.
  private var states: [String: State] = [:]

  /// Finds out what is done.
  ///
  /// - Throws: ``ConfigurationError`` where runs of other settings stand in the ledger or in the folder;
  ///   what files have wrong with them.
  init(_ place: StudyPlace) throws {
    self.place = place
    try refresh()
  }

  /// Runs that are not done.
  var left: [StudyJob] { jobs.filter { states[$0.folder] != .done } }

  /// Runs that wait.
  var waiting: [StudyJob] { jobs.filter { states[$0.folder] == nil } }

  /// Arms that no rate was chosen for.
  var untuned: [String] {
    Set(jobs.filter(\.waitsForGrid).compactMap { $0.key?.arm }).sorted()
  }

  /// The next run that may begin, which is then taken to be running.
  mutating func take() -> StudyJob? {
    let next = jobs.first { job in
      states[job.folder] == nil && !job.waitsForGrid
        && (job.waitsFor.map { states[$0] == .done } ?? true)
    }
    if let next { states[next.folder] = .running }
    return next
  }

  /// Takes note of a run's end; one that ended well is put in the ledger.
  mutating func end(_ job: StudyJob, failed: Bool) throws {
    states[job.folder] = failed ? .failed : .done
    guard !failed, let key = job.key else { return }
    do { try record(job, key) } catch {
      states[job.folder] = .failed
      throw error
    }
    if !key.tuning.isEmpty { try refresh() }
  }

  /// Whether a run's folder holds all of it.
  private func isFinished(_ job: StudyJob) -> Bool {
    StudyProcess.isFinished(place.path(of: job))
  }

  private mutating func refresh() throws {
    var found = true
    while found {
      found = false
      let ledger = try StudyLedger(place.ledger)
      let plan = place.plan
      jobs = try plan.jobs(choices: plan.choices(of: plan.tuning(in: ledger, file: place.ledger)))
      for job in jobs where states[job.folder] == nil && !job.waitsForGrid {
        guard let key = job.key else { continue }
        if try ledger.run(key, settings: job.configuration.studyHash, in: place.ledger) != nil {
          states[job.folder] = .done
        } else {
          try checkUnchanged(job)
          guard isFinished(job) else { continue }
          // Made here, and its ledger is lost, or it was stopped in between.
          try record(job, key)
          states[job.folder] = .done
          if !key.tuning.isEmpty { found = true }
        }
      }
    }
    try settleBeginnings()
  }

  /// What other runs begin with is done where it is finished, or where nothing needs it.
  private mutating func settleBeginnings() throws {
    for job in jobs.reversed() where job.key == nil && states[job.folder] == nil {
      let isNeeded = jobs.contains { $0.waitsFor == job.folder && states[$0.folder] == nil }
      if isNeeded { try checkUnchanged(job) }
      if !isNeeded || isFinished(job) { states[job.folder] = .done }
    }
  }

  private func record(_ job: StudyJob, _ key: StudyLedger.Key) throws {
    let readings = try RunReadings(of: place.path(of: job))
    guard let run = place.plan.run(of: readings) else {
      throw ConfigurationError.refused("\(job.name): its journal holds no evaluation")
    }
    try StudyLedger.add(
      StudyLedger.Entry(key: key, settings: job.configuration.studyHash, run: run),
      to: place.ledger)
  }

  /// Refuses to go on with a run that was begun with other settings than the plan's.
  private func checkUnchanged(_ job: StudyJob) throws {
    let path = place.path(of: job)
    let file = path.appending(path: RunFolder.configurationName)
    guard FileManager.default.fileExists(atPath: file.path) else { return }
    let before = try RunConfiguration.load(recipe: file)
    do {
      try job.configuration.checkResumable(from: before)
      guard before.trainer.totalTrainingSteps == job.configuration.trainer.totalTrainingSteps,
        before.trainer.totalTokens == job.configuration.trainer.totalTokens
      else { throw ConfigurationError.refused("its length changed") }
    } catch {
      throw ConfigurationError.refused(
        "\(path.path) was run with other settings; remove it, or give --folder another "
          + "place:\n\(error)")
    }
  }
}
