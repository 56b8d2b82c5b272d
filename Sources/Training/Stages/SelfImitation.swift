// Self-imitation: after each rollout's updates, a few more on replayed episodes that once went
// better than the critic now expects (arXiv:1806.05635).

import Methods
import Records
import Settings
import Torch
import Transformers

/// The memory of good episodes, and updates of its own on them.
///
/// Its moments and step counts are apart from those of the method it goes with: its gradients are of
/// other episodes, and its schedule is spread over its own updates.
final class SelfImitation {
  /// The moments and step counts of the policy's imitation.
  let actorOptimizer: Optimizer
  /// Those of the critic's.
  let criticOptimizer: Optimizer
  /// The episodes that are remembered.
  var replay: ReplayBuffer
  private let actor: PolicyUpdater
  private let critic: ValueUpdater
  private let settings: SelfImitationSettings

  init(
    _ settings: SelfImitationSettings, actor: PolicyUpdater, critic: ValueUpdater,
    _ configuration: RunConfiguration
  ) {
    self.settings = settings
    self.actor = actor
    self.critic = critic
    replay = ReplayBuffer(settings: settings)
    actorOptimizer = Optimizer(actor.share, configuration.actor.optimizer)
    criticOptimizer = Optimizer(critic.share, configuration.critic.update.optimizer)
  }

  /// Stores a rollout's good episodes and learns from replayed ones.
  ///
  /// - Parameters:
  ///   - episodes: the rollout with its credit.
  ///   - step: the global step.
  ///   - time: where the rollout stands in the schedule.
  ///   - run: what every stage uses.
  /// - Returns: the losses.
  @MainActor
  func update(
    after episodes: [CreditedEpisode], _ step: Int, at time: ScheduleTime, _ run: RunContext
  ) -> Metrics {
    let objective = SelfImitationObjective(settings)
    let scorer = run.stations.scorer
    replay.insert(episodes)
    var metrics = Metrics()
    metrics.set("vapo/self_imitation/tokens", Double(replay.tokens))
    // A weight of zero moves nothing, so nothing is computed for it.
    guard replay.tokens > settings.minimumTokens && settings.coefficient > 0 else { return metrics }
    let schedule = time.spread(updates: settings.updatesPerStep)
    var averages = Averages()
    for update in 0..<settings.updatesPerStep {
      let draws = replay.draw(
        settings.batchSize, random: run.stations.random["replay"][step][update])
      let sequences = draws.map { TokenSequence($0.entry.episode.episode) }
      let batch = objective.batch(draws, values: scorer.values(critic.model, on: sequences))
      if settings.valueCoefficient > 0 {
        let sums = critic.model.gather(
          sequences, batch.table, critic.packer, into: critic.share, terms: objective.terms)
        averages.add(sums, of: batch)
        run.guards.critic.note(
          criticOptimizer.update(
            loss: sums.loss, at: schedule,
            factor: settings.coefficient * settings.valueCoefficient), of: "critic")
      }
      let sums = actor.model.gather(
        LearningInput(sequences, batch.table, temperature: actor.temperature), actor.packer,
        into: actor.share, terms: objective.terms)
      averages.add(sums, of: batch)
      run.guards.actor.note(
        actorOptimizer.update(loss: sums.loss, at: schedule, factor: settings.coefficient),
        of: "actor")
      replay.reprioritize(draws, values: scorer.values(critic.model, on: sequences))
    }
    metrics.append(
      averages.metrics([
        "vapo/self_imitation/policy_loss", "vapo/self_imitation/value_loss",
      ]))
    return metrics
  }
}
