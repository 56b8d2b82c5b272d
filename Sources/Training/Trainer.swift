// Trainer: the loop. Prompts in, a better policy out, one station a line; the only object that
// knows every station. All tensors live on the main actor; only records leave it.

import Checkpoints
public import Foundation
import Generation
import Methods
import Prompts
import Records
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
  let stations: Stations
  let journal: Journal
  let console: Console
  let store: CheckpointStore
  let stop: StopRequest
  var state: TrainingState
  var prompts: PromptStream

  var warmStart: WarmStart?
  var actor: PolicyUpdater?
  var critic: ValueUpdater?
  /// The critic between two stages, when no updater holds it.
  var criticModel: ValueModel?
  var reference: LanguageModel?
  var replay: ReplayBuffer?
  var imitation: ImitationOptimizers?
  var guards = UpdateGuards()
  var savedStep = -1
  /// The running mean of a step's time in this stage, for the time left.
  var stepSeconds = 0.0
  private let clock = ContinuousClock()
  private var started: ContinuousClock.Instant
  private let lock: RunLock

  /// Opens a run: builds the stations and takes up the newest valid checkpoint, if there is one.
  ///
  /// - Parameters:
  ///   - configuration: a validated configuration.
  ///   - folder: the run's folder; made if it is not there.
  ///   - console: where to speak.
  /// - Throws: what files, models and data have wrong with them, in words.
  public init(_ configuration: RunConfiguration, in folder: URL, console: Console) throws {
    self.configuration = configuration
    self.console = console
    self.folder = try RunFolder(folder)
    lock = try RunLock(folder: folder)
    stop = StopRequest()
    if configuration.trainer.threads > 0 { Machine.threads = configuration.trainer.threads }
    for kernel in Kernel.allCases {
      Kernel.set(kernel, to: configuration.trainer.kernels.contains(kernel))
    }
    Machine.useDeterministicAlgorithms(configuration.trainer.isDeterministic)

    store = CheckpointStore(
      folder: self.folder.checkpoints, keepLast: configuration.trainer.checkpointsToKeep)
    store.cleanLeftovers()
    let checkpoint = try store.newest { console.say($0) }
    stations = try Stations(
      configuration, actor: checkpoint?.folder.appending(path: SnapshotFiles.actor))
    if let checkpoint {
      state = try Snapshot.state(of: checkpoint.folder)
      state.attempts += 1
      savedStep = state.step
    } else {
      state = TrainingState()
    }
    guards = state.guards
    prompts = try stations.trainingPrompts(from: state.position)
    journal = try Journal(
      runFolder: folder, resumingAfter: checkpoint == nil ? nil : state.step)
    started = clock.now
    try self.folder.write(configuration: ConfigurationLoader.encodeYAML(configuration))
    self.folder.markLatest()
    for note in stations.notes { console.say(note) }
    for warning in configuration.warnings { console.say("warning: \(warning)") }
    if let checkpoint { try restore(from: checkpoint.folder) }
  }

  /// Runs to the end, or until a signal asks it to stop.
  public func run() async throws -> Ending {
    let signals = stop.listen()
    defer { for signal in signals { signal.cancel() } }
    skipEmptyStages()
    guard !isFinished(state) else {
      console.say("already complete: \(state.step) steps. Nothing was touched")
      return .finished
    }
    try checkLogProbs()
    try await stations.grader.check()
    let first = state.step
    while !isFinished(state) {
      do {
        if stop.wasMade { throw StopRequested() }
        let report = try await step()
        try journal.record(report)
        if isSaveDue { try save() }
      } catch is StopRequested {
        console.endProgress()
        if savedStep != state.step && state.step > 0 { try save() }
        console.say("stopped after step \(state.step); go on with: vapo resume \(folder.url.path)")
        return .stopped
      }
    }
    guard state.step > first else { throw TrainingError.nothingTrained }
    try save()
    try export()
    return .finished
  }

  /// Whether a state is a run's last.
  func isFinished(_ state: TrainingState) -> Bool {
    let tokens = configuration.trainer.totalTokens
    return state.stage == .reinforcement
      && (state.stageStep >= configuration.trainer.totalTrainingSteps
        || tokens > 0 && state.tokens >= tokens)
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
    let begin = clock.now
    try prepareStage()
    var next = state
    next.step += 1
    next.stageStep += 1
    let stage = state.stage
    var metrics: Metrics
    switch stage {
    case .warmStart: metrics = try warmStartStep()
    case .rewardModel, .valuePretraining: metrics = try await lessonStep(&next)
    case .baseline: metrics = try await baselineStep(&next)
    case .reinforcement: metrics = try await reinforcementStep(&next)
    }
    try stopIfNotFinite(next.step)
    next.position = prompts.position
    next.guards = guards
    next.actorUpdates = actor?.optimizer.step ?? warmStart?.optimizer.step ?? 0
    next.criticUpdates = critic?.optimizer.step ?? 0
    next.actorImitations = imitation?.actor.step ?? 0
    next.criticImitations = imitation?.critic.step ?? 0
    let seconds = (clock.now - begin) / .seconds(1)
    next.seconds += seconds
    metrics.set("vapo/skipped_updates", Double(guards.total))
    metrics.set("timing_s/step", seconds)
    metrics.set("training/global_step", Double(next.step))
    metrics.set("training/stage", Double(stage.number))
    metrics.set("vapo/response_tokens", Double(next.tokens))
    if next.stage != .reinforcement && isLast(next, metrics) { leaveStage(&next) }
    state = next
    console.endProgress()
    console.step(stepLine(stage, metrics))
    var report = StepReport(step: state.step)
    for (name, value) in metrics.data { report[name] = value }
    return report
  }

  /// The steps a stage takes; of reinforcement learning that ends by tokens, as many as those so far
  /// let expect.
  func steps(of stage: Stage, at state: TrainingState) -> Int {
    let settings = configuration.trainer
    switch stage {
    case .warmStart: return WarmStart.steps(configuration.warmStart)
    case .rewardModel, .valuePretraining:
      return configuration.usesCritic ? configuration.criticTraining(in: stage)?.steps ?? 0 : 0
    case .baseline: return settings.evaluatesBeforeTraining ? 1 : 0
    case .reinforcement:
      guard settings.totalTokens > 0, state.stage == stage, state.stageTokens > 0 else {
        return settings.totalTrainingSteps
      }
      let share = Double(settings.totalTokens - state.tokens) / Double(state.stageTokens)
      let steps = Double(state.stageStep) * (1 + max(0, share))
      return min(settings.totalTrainingSteps, Int(steps.rounded(.up)))
    }
  }

  private func isLast(_ state: TrainingState, _ metrics: Metrics) -> Bool {
    if state.stageStep >= steps(of: state.stage, at: state) { return true }
    guard let lesson = configuration.criticTraining(in: state.stage),
      let explained = metrics["vapo/\(Self.lessonName(state.stage))/explained_var"]
    else { return false }
    return explained >= lesson.untilExplainedVariance
  }

  /// Lets go of a stage's optimizers, and enters the next stage that has steps.
  private func leaveStage(_ next: inout TrainingState) {
    criticModel = critic?.model ?? criticModel
    (warmStart, actor, critic) = (nil, nil, nil)
    (next.actorUpdates, next.criticUpdates) = (0, 0)
    let stages = Stage.allCases
    var place = stages.firstIndex(of: next.stage) ?? 0
    repeat {
      place += 1
    } while stages[place] != .reinforcement && steps(of: stages[place], at: next) == 0
    next.enter(stages[place])
  }

  /// Leaves a first stage that has no steps.
  private func skipEmptyStages() {
    if state.stage != .reinforcement && steps(of: state.stage, at: state) == 0 {
      leaveStage(&state)
    }
  }

  private func stopIfNotFinite(_ step: Int) throws {
    guard let culprit = guards.culprit else { return }
    throw TrainingError.notFinite(
      what: culprit, step: step, dump: folder.rollouts(of: step).path)
  }
}
