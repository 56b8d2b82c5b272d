// Self-imitation: after each rollout's updates, a few more on replayed episodes that once went
// better than the critic now expects (arXiv:1806.05635).

import Methods
import Records
import Settings
import Torch
import Transformers

/// The moments and step counts of self-imitation, apart from those of the method it goes with: its
/// gradients are of other episodes, and its schedule is spread over its own updates.
struct ImitationOptimizers {
  /// The policy's.
  var actor: Optimizer
  /// The critic's.
  var critic: Optimizer
}

extension Trainer {
  /// Stores a rollout's good episodes and learns from replayed ones, when the method asks for it.
  ///
  /// - Parameters:
  ///   - episodes: the rollout with its credit.
  ///   - step: the global step.
  ///   - total: the rollouts that the schedule is spread over.
  ///   - metrics: gets the losses.
  func imitate(
    _ episodes: [CreditedEpisode], _ step: Int, total: Int, _ metrics: inout Metrics
  ) {
    guard var replay, let imitation, let actor, let critic else { return }
    defer { self.replay = replay }
    let settings = configuration.algorithm.selfImitation
    let objective = SelfImitationObjective(settings)
    replay.insert(episodes)
    metrics.set("vapo/self_imitation/tokens", Double(replay.tokens))
    // A weight of zero is no update at all: AdamW would decay the weights all the same.
    guard replay.tokens > settings.minimumTokens && settings.coefficient > 0 else { return }
    let updates = settings.updatesPerStep * total
    var averages = Averages()
    for update in 0..<settings.updatesPerStep {
      let draws = replay.draw(
        settings.batchSize, random: stations.random["replay"][step][update])
      let sequences = draws.map { TokenSequence($0.entry.episode.episode) }
      let batch = objective.batch(
        draws, values: stations.scorer.values(critic.model, on: sequences))
      if settings.valueCoefficient > 0 {
        let sums = critic.model.gather(
          sequences, batch.table, critic.packer, terms: objective.terms)
        averages.add(sums, of: batch)
        guards.critic.note(
          imitation.critic.update(
            loss: sums.loss, total: updates,
            factor: settings.coefficient * settings.valueCoefficient), of: "critic")
      }
      let sums = actor.model.gather(
        LearningInput(sequences, batch.table, temperature: actor.temperature), actor.packer,
        terms: objective.terms)
      averages.add(sums, of: batch)
      guards.actor.note(
        imitation.actor.update(loss: sums.loss, total: updates, factor: settings.coefficient),
        of: "actor")
      replay.reprioritize(draws, values: stations.scorer.values(critic.model, on: sequences))
    }
    metrics.append(
      averages.metrics([
        "vapo/self_imitation/policy_loss", "vapo/self_imitation/value_loss",
      ]))
  }
}
