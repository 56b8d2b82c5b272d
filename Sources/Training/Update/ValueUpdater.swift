// ValueUpdater: credited episodes in, a better critic out. The same in value pretraining, where
// the policy stands still, and in reinforcement learning.

package import Methods
package import Records
package import Settings
import Torch
package import Transformers

/// How often and in what portions the critic goes over a rollout.
package struct ValueUpdatePlan {
  var epochs: Int
  var miniBatchSize: Int
  var maximumTokens: Int
  var recomputesActivations: Bool

  /// Puts a plan together.
  ///
  /// - Parameters:
  ///   - epochs: passes over the rollout.
  ///   - miniBatchSize: responses an optimizer step.
  ///   - maximumTokens: the most positions of a micro-batch.
  ///   - recomputesActivations: whether activations are computed twice in place of being kept.
  package init(
    epochs: Int, miniBatchSize: Int, maximumTokens: Int, recomputesActivations: Bool
  ) {
    self.epochs = epochs
    self.miniBatchSize = miniBatchSize
    self.maximumTokens = maximumTokens
    self.recomputesActivations = recomputesActivations
  }
}

/// Moves the critic.
package final class ValueUpdater {
  package let model: ValueModel
  let share: WeightShare
  let optimizer: Optimizer
  private let plan: ValueUpdatePlan
  private let objective: ValueObjective
  private let division: Division

  /// - Parameters:
  ///   - model: the critic; its weights move in place.
  ///   - plan: epochs and portions.
  ///   - objective: what is minimized.
  ///   - optimizer: the update.
  ///   - division: how the gradient is shared out over processes.
  package init(
    _ model: ValueModel, plan: ValueUpdatePlan, objective: ValueObjective,
    optimizer: OptimizerSettings, division: Division = Division()
  ) {
    self.model = model
    self.plan = plan
    self.objective = objective
    self.division = division
    share = WeightShare(model.trainable, of: model.decoder, division)
    self.optimizer = Optimizer(share, optimizer)
    model.decoder.recomputesActivations = plan.recomputesActivations
  }

  /// The critic as reinforcement learning moves it.
  convenience init(
    _ model: ValueModel, _ settings: UpdateSettings<ValueLossSettings>, horizon: Int,
    division: Division
  ) {
    self.init(
      model,
      plan: ValueUpdatePlan(
        epochs: settings.epochs, miniBatchSize: settings.miniBatchSize,
        maximumTokens: settings.maximumTokens,
        recomputesActivations: settings.recomputesActivations),
      objective: ValueObjective(settings.loss, horizon: horizon), optimizer: settings.optimizer,
      division: division)
  }

  var packer: BatchPacker {
    BatchPacker(
      tokenBudget: plan.maximumTokens, device: model.decoder.device, division: division)
  }

  /// Runs every epoch and mini-batch over a rollout's graded episodes.
  ///
  /// - Parameters:
  ///   - episodes: the rollout with values and returns.
  ///   - order: the source of the shuffles.
  ///   - time: where the rollout stands in the learning-rate schedule.
  ///   - watch: counts skipped steps.
  /// - Returns: means over the optimizer steps.
  package func update(
    on episodes: [CreditedEpisode], order: RandomSource, at time: ScheduleTime,
    watch: inout UpdateGuard
  ) -> Metrics {
    let graded = episodes.filter { $0.episode.verdict.isGraded }
    let timer = Stopwatch()
    let schedule = time.spread(
      updates: (episodes.count + plan.miniBatchSize - 1) / plan.miniBatchSize * plan.epochs)
    var averages = Averages()
    var updates = 0
    for rows in miniBatches(
      of: graded.count, size: plan.miniBatchSize, epochs: plan.epochs, order: order)
    {
      let chosen = rows.map { graded[$0] }
      let batch = objective.batch(chosen)
      let sums = model.gather(
        chosen.map { TokenSequence($0.episode) }, batch.table, packer, into: share,
        terms: objective.terms)
      averages.add(sums, of: batch)
      let outcome = optimizer.update(loss: sums.loss, at: schedule)
      watch.note(outcome, of: "critic")
      if outcome.skipped == nil { averages.add("critic/grad_norm", outcome.gradientNorm) }
      averages.add("critic/lr", outcome.rate)
      updates += 1
      if watch.mustStop { break }
    }
    var metrics = averages.metrics(
      ValueObjective.alwaysReported + ["critic/grad_norm", "critic/lr"])
    metrics.set("vapo/critic_updates", Double(updates))
    model.decoder.forgetPanels()
    metrics.set("timing_s/update_critic", timer.seconds)
    return metrics
  }
}
