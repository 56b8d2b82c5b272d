// The runs of several studies as one row: which is next, how many are done, how long the rest takes.

import Foundation
import Settings

/// What is under way.
struct StudyProgress {
  /// A run of one of the studies.
  struct Work: Sendable {
    /// Which study.
    var study: Int
    var job: StudyJob
    fileprivate var start: ContinuousClock.Instant
  }

  private var queues: [StudyQueue]
  private var running: [Work] = []
  private var times = RunTimes()
  private let clock = ContinuousClock()
  /// Runs that were not done at the beginning.
  let total: Int
  /// Those of them that are done.
  private(set) var done = 0

  init(_ queues: [StudyQueue]) {
    self.queues = queues
    total = queues.reduce(0) { $0 + $1.left.count }
  }

  /// What is going to be run, a line a study and one for all.
  var announcement: [String] {
    var lines = queues.map { queue in
      let (count, left) = (queue.jobs.count, queue.left.count)
      var line = "\(count) runs, \(count - left) of them finished, \(width(of: queue)) side by side"
      let tune = queue.place.plan.settings.tune
      if tune.runs > 0 {
        line +=
          "; \(tune.runs) of them choose rates: \(tune.arms.count) arms by \(tune.grid.count) lines "
          + "by \(tune.seeds.count) seeds"
      }
      return queues.count > 1 ? "\(queue.place.plan.stem): \(line)" : line
    }
    if queues.count > 1 {
      let count = queues.reduce(0) { $0 + $1.jobs.count }
      lines.append("in all \(count) runs, \(count - total) of them finished")
    }
    return lines
  }

  /// What a run is called.
  func name(of work: Work) -> String {
    queues.count > 1 ? "\(queues[work.study].place.plan.stem): \(work.job.name)" : work.job.name
  }

  /// The next run, of the first study that has one which may begin; nil where the machine is full.
  mutating func take() -> Work? {
    let load = running.reduce(0) { $0 + 1 / Double(width(of: queues[$1.study])) }
    for study in queues.indices where load + 1 / Double(width(of: queues[study])) < 1.000_001 {
      guard let job = queues[study].take() else { continue }
      let work = Work(study: study, job: job, start: clock.now)
      running.append(work)
      return work
    }
    return nil
  }

  /// Takes note of a run's end.
  ///
  /// - Throws: what its journal or the ledger has wrong with it.
  mutating func end(_ work: Work, failed: Bool) throws {
    running.removeAll { $0.study == work.study && $0.job.folder == work.job.folder }
    if !failed {
      times.note(
        kind(work.study, work.job), size: size(work.job), seconds: seconds(since: work.start))
    }
    try queues[work.study].end(work.job, failed: failed)
    if !failed { done += 1 }
  }

  /// The time that what waits and what runs will take, in words; empty where nothing is left.
  var timeLeft: String {
    var sum = 0.0
    var isWhole = true
    func add(_ study: Int, _ job: StudyJob, spent: Double) {
      let seconds = times.expected(kind(study, job), size: size(job))
      if seconds == nil { isWhole = false }
      sum += max(0, (seconds ?? 0) - spent) / width(study)
    }
    for study in queues.indices {
      for job in queues[study].waiting { add(study, job, spent: 0) }
    }
    for work in running { add(work.study, work.job, spent: seconds(since: work.start)) }
    guard sum > 0 else { return "" }
    let minutes = Int(min(sum / 60, 1e9))
    return " · \(isWhole ? "about" : "more than") "
      + (minutes >= 60 ? "\(minutes / 60) h \(minutes % 60) min" : "\(minutes + 1) min") + " left"
  }

  /// Arms that were not run because their grid is not whole, a line each.
  var untuned: [String] {
    queues.flatMap { queue in
      queue.untuned.map { "not run: \($0), whose grid is not finished" }
    }
  }

  private func kind(_ study: Int, _ job: StudyJob) -> RunTimes.Kind {
    RunTimes.Kind(study: study, name: job.key?.arm ?? job.folder.prefix { $0 != "/" } + "/")
  }

  private func size(_ job: StudyJob) -> Double {
    let trainer = job.configuration.trainer
    return Double(
      max(1, trainer.totalTokens > 0 ? trainer.totalTokens : trainer.totalTrainingSteps))
  }

  private func seconds(since start: ContinuousClock.Instant) -> Double {
    (clock.now - start) / .seconds(1)
  }

  private func width(_ study: Int) -> Double { Double(width(of: queues[study])) }

  /// How many runs of a study fit side by side.
  private func width(of queue: StudyQueue) -> Int {
    let settings = queue.place.plan.settings
    return settings.jobs > 0
      ? settings.jobs
      : max(1, ProcessInfo.processInfo.activeProcessorCount / settings.threads)
  }
}
