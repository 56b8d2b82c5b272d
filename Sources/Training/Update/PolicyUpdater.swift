// PolicyUpdater: credited episodes in, better policy weights out. Many mini-batch steps a rollout,
// each cut into micro-batches whose losses are weighted so that the cut changes nothing. What the
// loss is, the method's objective says.

package import Methods
package import Records
package import Settings
import Torch
package import Transformers

/// Moves the policy.
package final class PolicyUpdater {
  package let model: LanguageModel
  let share: WeightShare
  let optimizer: Optimizer
  private let settings: ActorSettings
  private let objective: PolicyObjective
  let temperature: Double
  private let division: Division

  /// - Parameters:
  ///   - model: the policy; its weights move in place.
  ///   - settings: the section `actor`.
  ///   - objective: what is minimized.
  ///   - temperature: the rollout's.
  ///   - division: how the gradient is shared out over processes.
  package init(
    _ model: LanguageModel, _ settings: ActorSettings, objective: PolicyObjective,
    temperature: Double, division: Division = Division()
  ) {
    self.model = model
    self.settings = settings
    self.objective = objective
    self.temperature = temperature
    self.division = division
    share = WeightShare(model.trainable, of: model.decoder, division)
    optimizer = Optimizer(share, settings.optimizer)
    model.decoder.recomputesActivations = settings.recomputesActivations
  }

  var packer: BatchPacker {
    BatchPacker(
      tokenBudget: settings.maximumTokens, device: model.decoder.device, division: division)
  }

  /// Runs every epoch and mini-batch over a rollout.
  ///
  /// - Parameters:
  ///   - episodes: the rollout with its credit.
  ///   - order: the source of the shuffles.
  ///   - time: where the rollout stands in the learning-rate schedule.
  ///   - watch: counts skipped steps.
  ///   - traced: gets what happened at the tokens of an episode, every time that it is learned from; nil spares
  ///     the reading. All processes must have one, or none.
  /// - Returns: means over the optimizer steps.
  package func update(
    on episodes: [CreditedEpisode], order: RandomSource, at time: ScheduleTime,
    watch: inout UpdateGuard, traced: ((_ episode: Int, UpdateTrace) -> Void)? = nil
  ) -> Metrics {
    let timer = Stopwatch()
    let schedule = time.spread(
      updates: (episodes.count + settings.miniBatchSize - 1) / settings.miniBatchSize
        * settings.epochs)
    var averages = Averages()
    var updates = 0
    for rows in miniBatches(
      of: episodes.count, size: settings.miniBatchSize, epochs: settings.epochs, order: order)
    {
      let chosen = rows.map { episodes[$0] }
      guard let batch = objective.batch(chosen) else { continue }
      var input = LearningInput(
        chosen.map { TokenSequence($0.episode) }, batch.table, temperature: temperature,
        usesEntropies: objective.usesEntropies, readsSequences: objective.readsSequences)
      input.routerBalance = settings.loss.routerBalanceCoefficient
      input.tracesTokens = traced != nil
      let sums = model.gather(input, packer, into: share, terms: objective.terms)
      if let traced { for (row, trace) in zip(rows, sums.traces) { traced(row, trace) } }
      averages.add(sums, of: batch)
      let outcome = optimizer.update(loss: sums.loss, at: schedule)
      watch.note(outcome, of: "actor")
      if outcome.skipped == nil { averages.add("actor/grad_norm", outcome.gradientNorm) }
      averages.add("actor/lr", outcome.rate)
      updates += 1
      if watch.mustStop { break }
    }
    var metrics = averages.metrics(
      PolicyObjective.alwaysReported + ["actor/grad_norm", "actor/lr"])
    metrics.set("vapo/actor_updates", Double(updates))
    metrics.set("timing_s/update_actor", timer.seconds)
    return metrics
  }
}

/// Which rows of a rollout each optimizer step takes: every epoch shuffled anew, then cut.
func miniBatches(of count: Int, size: Int, epochs: Int, order: RandomSource) -> [ArraySlice<Int>] {
  (0..<epochs).flatMap { epoch in
    let shuffled = order[epoch].shuffled(count)
    return stride(from: 0, to: count, by: size).map { shuffled[$0..<min($0 + size, count)] }
  }
}
