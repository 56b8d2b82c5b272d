// RunContext: what every stage of a run uses, whatever the stage is.

import Checkpoints
import Methods
import Prompts
import Ranks
import Records
import Settings
import Torch
import Transformers

/// The stations of a run, where it writes, and what moves on in every stage alike.
@MainActor
final class RunContext {
  let configuration: RunConfiguration
  let stations: Stations
  let folder: RunFolder
  let journal: Journal
  let console: Console
  let stop: StopRequest
  let faults = FaultHook.environment
  /// Where the training prompts stand.
  var prompts: PromptStream
  /// The updates skipped so far.
  var guards: UpdateGuards
  /// Counts the changes of the policy, for those who have a copy of it elsewhere.
  var policyVersion = 0
  /// What draws responses where servers do.
  let remote: RemoteRollout?
  /// What loggers show of the step's rollout; nil where there was none.
  var glance: RolloutGlance?
  /// Rollouts of steps to come; nil where each is drawn at its own.
  var ahead: AheadRollouts?

  init(
    _ configuration: RunConfiguration, stations: Stations, folder: RunFolder, journal: Journal,
    console: Console, stop: StopRequest, state: TrainingState
  ) throws {
    self.configuration = configuration
    self.stations = stations
    self.folder = folder
    self.journal = journal
    self.console = console
    self.stop = stop
    prompts = try stations.trainingPrompts(from: state.position)
    remote = try RemoteRollout(configuration, stations, folder)
    ahead = try Self.ahead(configuration, stations, remote)
    guards = state.guards
  }

  private static func ahead(
    _ configuration: RunConfiguration, _ stations: Stations, _ remote: RemoteRollout?
  ) throws -> AheadRollouts? {
    let depth = configuration.trainer.asyncRollout
    guard depth > 0 else { return nil }
    return AheadRollouts(
      depth: depth, remote.map { RemoteAheadDrawer($0) } ?? OwnAheadDrawer(stations),
      stations.division.ranks)
  }

  /// Episodes as a critic sees them while the policy stands still, so that nothing diverges from the
  /// reference.
  ///
  /// - Parameters:
  ///   - episodes: graded.
  ///   - critic: whose estimates they get.
  ///   - lambda: λ of the critic's targets; nil for the method's.
  /// - Returns: the episodes in their order.
  func credited(
    _ episodes: [GradedEpisode], by critic: ValueModel, lambda: Double? = nil
  ) -> [CreditedEpisode] {
    var settings = configuration.algorithm
    settings.usesKLInReward = false
    settings.criticLambda = lambda ?? settings.criticLambda
    var scored = episodes.map { ScoredEpisode($0) }
    stations.scorer.addValues(of: critic, bootstraps: settings.bootstrapsTruncated, to: &scored)
    return CreditAssignment(settings: settings).credit(scored)
  }

  /// Whether a step's rollout is to be written.
  func isDumpDue(_ step: Int) -> Bool {
    let frequency = configuration.trainer.rolloutDumpFrequency
    return frequency > 0 && step % frequency == 0
  }

  /// Writes a rollout with its credit, when it is the step's turn.
  ///
  /// - Parameters:
  ///   - episodes: the rollout.
  ///   - step: the step.
  ///   - traces: what happened in the policy's update, by episode; nothing where there was none.
  /// - Throws: which file cannot be written.
  func dump(
    _ episodes: [CreditedEpisode], _ step: Int, traces: [Int: UpdateTrace] = [:]
  ) throws {
    glance = RolloutGlance(episodes)
    guard isDumpDue(step), stations.division.ranks.isFirst else { return }
    let records = episodes.enumerated().map { RolloutRecord($1, traces[$0]) }
    try journal.dump(records, step: step)
  }

  /// Says what of a rollout was trained: in numbers, and in words when nothing was.
  func noteTraining(_ episodes: [CreditedEpisode], updates: Double?, step: Int) -> Metrics {
    var metrics = Metrics()
    metrics.set("vapo/trained_responses", Double(episodes.count { $0.isTrained }))
    metrics.set("vapo/trained_nothing", updates == 0 ? 1 : 0)
    guard updates == 0 else { return metrics }
    let graded = episodes.count { $0.episode.verdict.isGraded }
    console.say(
      "warning: step \(step) trained nothing: of \(episodes.count) responses \(graded) were graded, "
        + "and none of them was left by algorithm.filter_groups and algorithm.overlong_filtering")
    return metrics
  }
}
