// PolicyUpdater: credited episodes in, better policy weights out. Many mini-batch steps a rollout,
// each cut into micro-batches whose losses are weighted so that the cut changes nothing.

import Methods
import Records
import Torch
import Transformers

/// What the policy's update needs besides the episodes.
struct PolicyTargets {
  /// log π_old of every response token, scored by the trainer before the first update.
  var oldLogProbs: [[Float]]
  /// log π_ref of every response token; nil without a divergence in the loss.
  var referenceLogProbs: [[Float]]?
}

/// Moves the policy.
final class PolicyUpdater {
  let model: LanguageModel
  let optimizer: Optimizer
  private let settings: ActorSettings
  let temperature: Double
  private let horizon: Int
  private let positiveWeight: Double
  /// Whether the update measures the policy's entropy, as nobody has scored the rollout before.
  private let reportsEntropy: Bool

  /// - Parameters:
  ///   - model: the policy; its weights move in place.
  ///   - settings: the section `actor`.
  ///   - temperature: the rollout's.
  ///   - horizon: the longest response, the constant length of one aggregation mode.
  ///   - positiveWeight: μ, of the loss that imitates right answers.
  ///   - reportsEntropy: whether the update measures the policy's entropy.
  init(
    _ model: LanguageModel, _ settings: ActorSettings, temperature: Double, horizon: Int,
    positiveWeight: Double, reportsEntropy: Bool
  ) {
    self.reportsEntropy = reportsEntropy
    self.model = model
    self.settings = settings
    self.temperature = temperature
    self.horizon = horizon
    self.positiveWeight = positiveWeight
    optimizer = Optimizer(model.trainable, settings.optimizer)
    model.decoder.recomputesActivations = settings.recomputesActivations
  }

  var packer: BatchPacker {
    BatchPacker(tokenBudget: settings.maximumTokens, device: model.decoder.device)
  }

  /// Runs every epoch and mini-batch over a rollout.
  ///
  /// - Parameters:
  ///   - episodes: the rollout with its credit.
  ///   - targets: old and reference log-probabilities, in the episodes' order.
  ///   - order: the source of the shuffles.
  ///   - totalUpdates: what a falling learning rate is spread over.
  ///   - watch: counts skipped steps.
  /// - Returns: means over the optimiser steps.
  func update(
    on episodes: [CreditedEpisode], _ targets: PolicyTargets, order: RandomSource,
    totalUpdates: Int, watch: inout UpdateGuard
  ) -> Metrics {
    var averages = Averages()
    var updates = 0
    for epoch in 0..<settings.epochs {
      var generator = order[epoch].generator
      let shuffled = episodes.indices.shuffled(using: &generator)
      for start in stride(from: 0, to: shuffled.count, by: settings.miniBatchSize) {
        let rows = shuffled[start..<min(start + settings.miniBatchSize, shuffled.count)]
        let batch = MiniBatch(
          rows.map { episodes[$0] }, rows.map { targets.oldLogProbs[$0] },
          targets.referenceLogProbs.map { all in rows.map { all[$0] } })
        guard let loss = gather(batch, &averages) else { continue }
        let outcome = optimizer.update(loss: loss, total: totalUpdates)
        watch.note(outcome, of: "actor")
        if outcome.skipped == nil { averages.add("grad_norm", outcome.gradientNorm) }
        averages.add("lr", outcome.rate)
        updates += 1
        if watch.mustStop { break }
      }
    }
    var metrics = Metrics()
    for name in ["pg_loss", "pg_clipfrac", "pg_clipfrac_lower", "ppo_kl", "grad_norm", "lr"] {
      metrics.set("actor/\(name)", averages[name])
    }
    if settings.loss.usesKLLoss { metrics.set("actor/kl_loss", averages["kl_loss"]) }
    if reportsEntropy { metrics.set("actor/entropy", averages["entropy"]) }
    metrics.set("vapo/clipfrac_low", averages["clipped_low"])
    metrics.set("vapo/clipfrac_high", averages["clipped_high"])
    metrics.set("vapo/positive_loss", averages["positive_loss"])
    metrics.set("vapo/actor_updates", Double(updates))
    return metrics
  }

  /// Gathers the gradient of one optimiser step; nil when nothing in it is trained.
  private func gather(_ batch: MiniBatch, _ averages: inout Averages) -> Double? {
    let trained = batch.episodes.filter(\.isTrained).map(\.episode.length)
    let totals = StepTotals(lengths: trained, horizon: horizon)
    let positive = batch.episodes.filter { $0.episode.isPositive && positiveWeight > 0 }
    let positiveTokens = positive.reduce(0) { $0 + $1.episode.length }
    guard totals.tokens + positiveTokens > 0 else { return nil }

    let weights = batch.perToken { episode in
      episode.isTrained
        ? settings.loss.aggregation.tokenWeight(length: episode.episode.length, of: totals) : 0
    }
    let positiveWeights = batch.perToken { episode in
      episode.episode.isPositive && positiveTokens > 0 ? 1 / Double(positiveTokens) : 0
    }
    let advantages = batch.episodes.map(\.advantages)

    var sums = Sums()
    for micro in packer.pack(batch.sequences) {
      learn(
        model, micro, temperature: temperature,
        entropy: settings.loss.entropyCoefficient != 0 || reportsEntropy
      ) { portion in
        let statistics = portion.statistics
        let flatWeights = portion.flat(weights)
        let surrogate = clippedSurrogateLoss(
          logProbs: statistics.logProbs, oldLogProbs: portion.flat(batch.oldLogProbs),
          advantages: portion.flat(advantages), weights: flatWeights, clip: settings.loss.clip)
        var loss = surrogate.loss
        if let entropy = statistics.entropy {
          if reportsEntropy {
            let sum = withoutGradient { entropy.sum().item }
            averages.add("entropy", sum / Double(entropy.count), weight: Double(entropy.count))
          }
          if settings.loss.entropyCoefficient != 0 {
            let bonus = entropyLoss(entropies: entropy, weights: flatWeights)
            loss = loss + bonus * settings.loss.entropyCoefficient
          }
        }
        if settings.loss.usesKLLoss, let reference = batch.referenceLogProbs {
          let divergence = divergenceLoss(
            settings.loss.klLossType, logProbs: statistics.logProbs,
            reference: portion.flat(reference), weights: flatWeights)
          loss = loss + divergence * settings.loss.klLossCoefficient
          sums.divergence += divergence.item
        }
        if positiveTokens > 0 {
          let imitation = imitationLoss(
            logProbs: statistics.logProbs, weights: portion.flat(positiveWeights))
          loss = loss + imitation * positiveWeight
          sums.imitation += imitation.item
        }
        sums.loss += loss.item
        sums.surrogate += surrogate.loss.item
        sums.note(surrogate.statistics)
        return loss
      }
    }
    sums.report(to: &averages, hasPositive: positiveTokens > 0)
    return sums.loss
  }
}

/// What the micro-batches of one optimiser step add up to.
private struct Sums {
  var loss = 0.0
  var surrogate = 0.0
  var imitation = 0.0
  var divergence = 0.0
  private var low = 0.0
  private var high = 0.0
  private var dual = 0.0
  private var oldDivergence = 0.0
  private var tokens = 0.0

  mutating func note(_ statistics: SurrogateStatistics) {
    low += statistics.clippedLow.item
    high += statistics.clippedHigh.item
    dual += statistics.clippedDual.item
    oldDivergence += statistics.divergenceK1.item
    tokens += statistics.tokens.item
  }

  func report(to averages: inout Averages, hasPositive: Bool) {
    averages.add("pg_loss", surrogate)
    averages.add("kl_loss", divergence)
    if hasPositive { averages.add("positive_loss", imitation) }
    guard tokens > 0 else { return }
    averages.add("clipped_low", low / tokens, weight: tokens)
    averages.add("clipped_high", high / tokens, weight: tokens)
    averages.add("pg_clipfrac", (low + high) / tokens, weight: tokens)
    averages.add("pg_clipfrac_lower", dual / tokens, weight: tokens)
    averages.add("ppo_kl", oldDivergence / tokens, weight: tokens)
  }
}

/// The episodes of one optimiser step, with what belongs to them.
private struct MiniBatch {
  let episodes: [CreditedEpisode]
  let oldLogProbs: [[Float]]
  let referenceLogProbs: [[Float]]?

  init(_ episodes: [CreditedEpisode], _ old: [[Float]], _ reference: [[Float]]?) {
    self.episodes = episodes
    oldLogProbs = old
    referenceLogProbs = reference
  }

  var sequences: [TokenSequence] { episodes.map { TokenSequence($0.episode.completion) } }

  /// One number an episode, repeated for its tokens.
  func perToken(_ weight: (CreditedEpisode) -> Double) -> [[Float]] {
    episodes.map { Array(repeating: Float(weight($0)), count: $0.episode.length) }
  }
}
