// CriticTraining: rollouts of the fixed policy, and what the critic learns from them. Value
// pretraining, and before it, where a recipe asks for it, the critic's training as a reward model.

import Checkpoints
import Methods
import Prompts
import Records
import Settings
import Transformers

/// Trains the critic alone.
///
/// Source: VAPO, arXiv:2504.05118, sec. 4.1: Monte-Carlo returns of a fixed policy.
final class CriticTraining {
  let critic: ValueUpdater
  private let settings: CriticTrainingSettings
  private let isOfLastTokens: Bool
  /// Whether the critic knows enough before its steps are done.
  private(set) var isDone = false

  /// - Parameters:
  ///   - model: the critic.
  ///   - settings: the section of the stage.
  ///   - ofLastTokens: whether it learns the outcome at the last token of a response alone, as reward
  ///     models do.
  ///   - run: what every stage uses.
  @MainActor
  init(
    _ model: ValueModel, _ settings: CriticTrainingSettings, ofLastTokens: Bool, _ run: RunContext
  ) {
    let update = run.configuration.critic.update
    self.settings = settings
    isOfLastTokens = ofLastTokens
    critic = ValueUpdater(
      model,
      plan: ValueUpdatePlan(
        epochs: settings.epochs, miniBatchSize: settings.miniBatchSize,
        maximumTokens: update.maximumTokens, recomputesActivations: update.recomputesActivations),
      objective: ValueObjective(
        update.loss, horizon: run.configuration.data.maximumResponseLength,
        ofLastTokens: ofLastTokens),
      optimizer: settings.optimizer, division: run.stations.division)
  }

  /// A rollout, and what the critic learns from it: the outcome itself, whatever the λ of its targets
  /// is later.
  @MainActor
  func step(_ next: inout TrainingState, _ run: RunContext) async throws -> Metrics {
    var metrics = Metrics()
    let episodes = try await run.rollout(&next, &metrics)
    let credited = run.credited(episodes, by: critic.model, lambda: 1)
    metrics.append(creditMetrics(credited))
    metrics.append(run.gauge(credited))
    try run.dump(credited, next.step)
    metrics.append(
      critic.update(
        on: credited, order: run.stations.random["critic"][next.step],
        at: ScheduleTime(rollout: next.stageStep, of: settings.steps), watch: &run.guards.critic))
    try run.faults.pass(.criticUpdated)

    let explained =
      isOfLastTokens
      ? lastExplainedVariance(credited) : metrics["critic/vf_explained_var"] ?? 0
    let name = isOfLastTokens ? "vapo/reward_model" : "vapo/value_pretrain"
    metrics.set("\(name)/step", Double(next.stageStep))
    metrics.set("\(name)/loss", metrics["critic/vf_loss"] ?? 0)
    metrics.set("\(name)/explained_var", explained)
    isDone = explained >= settings.untilExplainedVariance
    return metrics
  }
}
