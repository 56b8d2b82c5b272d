// ValueUpdater: credited episodes in, a better critic out. The same in value pretraining, where
// the policy stands still, and in reinforcement learning.

import Methods
import Records
import Torch
import Transformers

/// How often and in what portions the critic goes over a rollout.
struct ValueUpdatePlan {
  var epochs: Int
  var miniBatchSize: Int
  var maximumTokens: Int
  var recomputesActivations: Bool
  /// Whether only a response's last token counts, as for a reward model.
  var ofLastTokens = false
}

/// Moves the critic.
final class ValueUpdater {
  let model: ValueModel
  let optimizer: Optimizer
  private let plan: ValueUpdatePlan
  private let loss: ValueLossSettings
  private let horizon: Int

  /// - Parameters:
  ///   - model: the critic; its weights move in place.
  ///   - plan: epochs and portions.
  ///   - loss: the regression.
  ///   - optimizer: the update.
  ///   - horizon: the longest response, the constant length of one aggregation mode.
  init(
    _ model: ValueModel, plan: ValueUpdatePlan, loss: ValueLossSettings,
    optimizer: OptimizerSettings, horizon: Int
  ) {
    self.model = model
    self.plan = plan
    self.loss = loss
    self.horizon = horizon
    self.optimizer = Optimizer(model.trainable, optimizer)
    model.decoder.recomputesActivations = plan.recomputesActivations
  }

  var packer: BatchPacker {
    BatchPacker(tokenBudget: plan.maximumTokens, device: model.decoder.device)
  }

  /// Runs every epoch and mini-batch over a rollout's judged episodes.
  ///
  /// - Parameters:
  ///   - episodes: the rollout with values and returns.
  ///   - order: the source of the shuffles.
  ///   - totalUpdates: what a falling learning rate is spread over.
  ///   - watch: counts skipped steps.
  /// - Returns: means over the optimiser steps.
  func update(
    on episodes: [CreditedEpisode], order: RandomSource, totalUpdates: Int,
    watch: inout UpdateGuard
  ) -> Metrics {
    let judged = episodes.filter { $0.episode.verdict.isJudgement }
    var averages = Averages()
    for epoch in 0..<plan.epochs {
      var generator = order[epoch].generator
      let shuffled = judged.indices.shuffled(using: &generator)
      for start in stride(from: 0, to: shuffled.count, by: plan.miniBatchSize) {
        let rows = shuffled[start..<min(start + plan.miniBatchSize, shuffled.count)]
        let total = gather(rows.map { judged[$0] }, &averages)
        let outcome = optimizer.update(loss: total, total: totalUpdates)
        watch.note(outcome, of: "critic")
        if outcome.skipped == nil { averages.add("grad_norm", outcome.gradientNorm) }
        averages.add("lr", outcome.rate)
        if watch.mustStop { break }
      }
    }
    var metrics = Metrics()
    for name in ["vf_loss", "vf_clipfrac", "grad_norm", "lr"] {
      metrics.set("critic/\(name)", averages[name])
    }
    return metrics
  }

  /// Gathers the gradient of one optimiser step.
  private func gather(_ episodes: [CreditedEpisode], _ averages: inout Averages) -> Double {
    let totals = StepTotals(lengths: episodes.map(\.episode.length), horizon: horizon)
    let weights = episodes.map { episode -> [Float] in
      let length = episode.episode.length
      if plan.ofLastTokens {
        return (0..<length).map { $0 == length - 1 ? 1 / Float(episodes.count) : 0 }
      }
      let weight = loss.aggregation.tokenWeight(length: length, of: totals)
      return [Float](repeating: Float(weight), count: length)
    }
    let values = episodes.map(\.values)
    let returns = episodes.map(\.returns)
    var total = 0.0
    var clipped = 0.0
    for micro in packer.pack(episodes.map { TokenSequence($0.episode.completion) }) {
      let predicted = micro.values(model)  // [P]
      let part = valueLoss(
        values: predicted, returns: micro.flat(returns), oldValues: micro.flat(values),
        weights: micro.flat(weights), range: loss.range)
      part.loss.backward()
      total += part.loss.item
      clipped += part.clipped.item
    }
    averages.add("vf_loss", total)
    averages.add("vf_clipfrac", clipped / Double(max(1, totals.tokens)))
    return total
  }
}
