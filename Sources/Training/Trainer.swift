// Trainer: the loop. Stage after stage, step after step; the only object that knows every station.
// All tensors live on the main actor; only records leave it.

import Checkpoints
import Dispatch
public import Foundation
public import Ranks
public import Settings
import Torch
import Transformers
import Verifiers

/// Runs a configuration in its run folder, from wherever the folder's checkpoints left it.
@MainActor
public final class Trainer {
  /// How a run ended.
  public enum Ending: Equatable, Sendable {
    /// Every stage is done.
    case finished
    /// A signal asked it to stop; it can be resumed.
    case stopped
  }

  let configuration: RunConfiguration
  let folder: RunFolder
  let context: RunContext
  let console: Console
  let store: CheckpointStore
  var state: TrainingState
  var stage: ActiveStage
  var savedStep = -1
  /// The checkpoint that the disk does not have yet.
  var pendingSave: BackgroundSave?
  /// The running mean of a step's time in this stage, for the time left.
  var stepSeconds = 0.0
  let ranks: Ranks
  /// Of the first process alone, which writes for all.
  private let lock: RunLock?
  /// Who is told of every step beside the journal; nil until this attempt has begun.
  private var loggers: RunLoggers?
  /// Whether anything of the run has been changed by this attempt.
  private var hasBegun = false
  /// What listens to signals from the start on; none where one process trains, which a signal then ends at once.
  private let earlySignals: [any DispatchSourceSignal]

  /// Opens a run: builds the stations and takes up the newest valid checkpoint, if there is one.
  ///
  /// - Parameters:
  ///   - configuration: a validated configuration.
  ///   - folder: the run's folder; made if it is not there.
  ///   - console: where to speak.
  ///   - acceptsChanges: whether a run goes on whose data, settings or checkpoints are not what it left.
  ///   - ranks: the processes of the run, each with a trainer of its own.
  /// - Throws: what files, models and data have wrong with them, in words; a changed world, by what
  ///   changed.
  public init(
    _ configuration: RunConfiguration, in folder: URL, console: Console,
    acceptsChanges: Bool = false, ranks: Ranks = Ranks()
  ) throws {
    self.configuration = configuration
    self.console = console
    self.ranks = ranks
    let stop = StopRequest()
    // A launcher ends the others of one that has died: they stay to find out which it was.
    earlySignals = ranks.count > 1 ? stop.listen() : []
    self.folder = try RunFolder(folder)
    var lock: RunLock?
    // Who holds it is told to all: a process that only saw rank 0 leave would take it to be lost.
    _ = try ranks.shared("whose the run's folder is") {
      lock = try RunLock(folder: folder)
      return ""
    }
    self.lock = lock
    Self.setUp(configuration.trainer, ranks)
    store = CheckpointStore(
      folder: self.folder.checkpoints, keepLast: configuration.trainer.checkpointsToKeep)
    if ranks.isFirst { store.cleanLeftovers() }
    let checkpoint = try store.newest { console.say($0) }
    let left = RunMemory(self.folder, checkpoint)
    try left.require(configuration, accepting: acceptsChanges) { console.say($0) }
    let stations = try Stations(
      configuration, actor: checkpoint?.folder.appending(path: SnapshotFiles.actor), ranks: ranks)
    try left.require(stations, accepting: acceptsChanges) { console.say($0) }
    state = try checkpoint.map { try Snapshot.state(of: $0.folder) } ?? TrainingState()
    if let checkpoint {
      state.attempts += 1
      savedStep = checkpoint.step
    }
    context = try RunContext(
      configuration, stations: stations, folder: self.folder,
      journal: Journal(
        runFolder: folder, resumingAfter: checkpoint == nil ? nil : state.step),
      console: console, stop: stop, state: state)
    stage = .between(critic: nil)
    for note in stations.notes { console.say(note) }
    for warning in configuration.warnings { console.say("warning: \(warning)") }
    if let checkpoint { stage = try restored(from: checkpoint.folder) }
  }

  private static func setUp(_ settings: TrainerSettings, _ ranks: Ranks) {
    if settings.threads > 0 {
      Machine.threads = settings.threads
    } else if ranks.localCount > 1 {
      Machine.threads = max(1, ProcessInfo.processInfo.activeProcessorCount / ranks.localCount)
    }
    for kernel in Kernel.allCases { Kernel.set(kernel, to: settings.kernels.contains(kernel)) }
    Machine.useDeterministicAlgorithms(settings.isDeterministic)
  }

  /// Runs to the end, or until a signal asks it to stop.
  public func run() async throws -> Ending {
    // Seconds for the loggers: where a run fails nobody waits, least of all its other processes.
    var patience = 0.5
    let signals = earlySignals.isEmpty ? context.stop.listen() : earlySignals
    defer { for signal in signals { signal.cancel() } }
    defer {
      context.ahead?.cancel()
      loggers?.finish(within: patience)
      warnOfLoggers()
      if ranks.isFirst { context.remote?.cleanUp() }
    }
    let first = configuration.firstStage(from: state)
    if state.stageStep == 0 && first != state.stage { state.enter(first) }
    if configuration.isTrained(state) && Export.isDone(in: folder, step: state.step) {
      console.say("already complete: \(state.step) steps. Nothing was touched")
      return .finished
    }
    if let done = configuration.stepsBeyondEnd(state) {
      throw ConfigurationError.refused(
        "trainer.total_training_steps=\(configuration.trainer.totalTrainingSteps): \(done) steps are done; "
          + "with \(done) the policy is exported as it is, with more it goes on")
    }
    if !configuration.isTrained(state) {
      do {
        if try await train() == .stopped {
          patience = 20
          return .stopped
        }
      } catch {
        // A run that ends for another reason still has the checkpoint that was on its way.
        ranks.beginEnd()
        try? settleSave()
        throw error
      }
    }
    guard state.step > 0 else { throw TrainingError.nothingTrained }
    try begin()
    let critic = stage.parts.critic
    ranks.enter("the export")
    if ranks.isFirst || context.stations.division.sharding == .full {
      try Export(
        policy: context.stations.policy, critic: critic, run: context, writes: ranks.isFirst
      ).write(step: state.step)
    }
    // Whoever leaves first would look like one that was lost.
    _ = ranks.any(false, "the end")
    patience = 120
    return .finished
  }

  /// Takes the steps that are left, and saves the last.
  private func train() async throws -> Ending {
    try checkLogProbs()
    try await context.stations.grader.check()
    try begin()
    while !configuration.isTrained(state) {
      do {
        if ranks.any(context.stop.wasMade, "a step") { throw StopRequested() }
        let report = try await step()
        try context.faults.pass(.stepped)
        if ranks.isFirst {
          try context.journal.record(report)
          tellLoggers(of: report)
        }
        try context.faults.pass(.recorded)
        if isSaveDue { try await save() }
        if try pendingSave?.isDone() == true { pendingSave = nil }
      } catch is StopRequested {
        console.endProgress()
        if savedStep != state.step && state.step > 0 { try await save() }
        // Nobody leaves while another still needs it for the checkpoint, and all say why there is none.
        _ = try ranks.shared("the stop") {
          try settleSave()
          return ""
        }
        console.say("stopped after step \(state.step); go on with: vapo resume \(folder.url.path)")
        return .stopped
      }
    }
    try await save()
    try settleSave()
    return .finished
  }

  private func tellLoggers(of report: StepReport) {
    loggers?.record(report, context.glance)
    context.glance = nil
    warnOfLoggers()
  }

  private func warnOfLoggers() {
    for words in loggers?.takeWarnings() ?? [] { console.say("warning: \(words)") }
  }

  /// Takes the folder over: from here on it says what this attempt does.
  private func begin() throws {
    guard !hasBegun else { return }
    hasBegun = true
    guard ranks.isFirst else { return }
    try RunMemory.setAsideLost(in: folder, hasCheckpoint: savedStep >= 0)
    try context.journal.begin()
    loggers = RunLoggers(configuration, folder, resumingAfter: savedStep < 0 ? nil : state.step)
    try folder.write(configuration: ConfigurationLoader.encodeYAML(configuration))
    folder.markLatest()
  }

  private var isSaveDue: Bool {
    let frequency = configuration.trainer.saveFrequency
    // The start of a stage is worth keeping: a policy that has learned, a critic that sees.
    return state.stageStep == 0 || (frequency > 0 && state.step % frequency == 0)
  }

  /// One global step of whichever stage is due.
  ///
  /// Until it is done the state stays what it was, so a step that is abandoned in its rollout
  /// leaves nothing behind.
  private func step() async throws -> StepReport {
    let timer = Stopwatch()
    if case .between(let critic) = stage {
      stage = try ActiveStage(entering: state.stage, critic: critic, context)
    }
    var next = state
    next.step += 1
    next.stageStep += 1
    ranks.enter("step \(next.step), \(next.stage.words)")
    var metrics = try await stage.step(&next, context)
    if let culprit = context.guards.culprit {
      throw TrainingError.notFinite(
        what: culprit, step: next.step, dump: folder.rollouts(of: next.step).path)
    }
    next.note(stage.parts, context)
    next.seconds += timer.seconds
    metrics.set("vapo/skipped_updates", Double(context.guards.total))
    metrics.set("timing_s/step", timer.seconds)
    let held = PeakMemory.bytes(on: context.stations.policy.decoder.device)
    metrics.set("perf/max_memory_allocated_gb", Double(held) / 1_073_741_824)
    metrics.set("training/global_step", Double(next.step))
    metrics.set("training/stage", Double(next.stage.number))
    metrics.set("vapo/response_tokens", Double(next.tokens))
    let done = next
    if done.stage != .reinforcement && (stage.isDone || configuration.isStageDone(next)) {
      leaveStage(&next)
    }
    state = next
    console.endProgress()
    let line = stepLine(done, metrics)
    if configuration.trainer.loggers.contains(.console) { console.step(line) }
    return StepReport(step: state.step, metrics)
  }

  /// Lets go of a stage's optimizers, and turns to the next stage that has steps.
  private func leaveStage(_ next: inout TrainingState) {
    stage = .between(critic: stage.parts.critic)
    next.note(stage.parts, context)
    next.enter(Stage.allCases[next.stage.number + 1])
    next.enter(configuration.firstStage(from: next))
  }
}
