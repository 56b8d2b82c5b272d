// Self-imitation: after each rollout's updates, a few more on replayed episodes that once went
// better than the critic now expects (arXiv:1806.05635).

import Methods
import Records
import Torch
import Transformers

/// Replayed tokens with what their two losses need, one list a sequence.
struct ReplayedTokens {
  var sequences: [TokenSequence]
  var returns: [[Float]]
  var values: [[Float]]
  var weights: [[Float]]
}

extension Trainer {
  /// Stores a rollout's good episodes and learns from replayed ones, when the method asks for it.
  func imitate(_ episodes: [CreditedEpisode], _ step: Int, _ metrics: inout Metrics) throws {
    guard var replay, let actor, let critic else { return }
    defer { self.replay = replay }
    let settings = configuration.algorithm.selfImitation
    replay.insert(episodes)
    metrics.set("vapo/self_imitation/tokens", Double(replay.tokens))
    guard replay.tokens > settings.minimumTokens else { return }
    var policyLoss = 0.0
    var valueLoss = 0.0
    for update in 0..<settings.updatesPerStep {
      let draws = replay.draw(
        settings.batchSize, random: stations.random["replay"][step][update])
      let sequences = draws.map { TokenSequence($0.entry.episode.episode.completion) }
      let returns = draws.map(\.entry.episode.returns)
      let values = stations.scorer.values(critic.model, on: sequences)
      let weights = selfImitationWeights(
        importance: draws.map(\.importance), returns: returns, values: values,
        minimum: settings.minimumNormalizer)
      let tokens = ReplayedTokens(
        sequences: sequences, returns: returns, values: values,
        weights: zip(weights, returns).map { Array(repeating: Float($0), count: $1.count) })
      valueLoss += critic.imitate(tokens, weight: settings.valueCoefficient, watch: &watch)
      policyLoss += actor.imitate(
        tokens, weight: settings.coefficient, cap: settings.maximumAdvantage, watch: &watch)
      replay.reprioritize(draws, values: stations.scorer.values(critic.model, on: sequences))
    }
    metrics.set("vapo/self_imitation/policy_loss", policyLoss / Double(settings.updatesPerStep))
    metrics.set("vapo/self_imitation/value_loss", valueLoss / Double(settings.updatesPerStep))
  }
}

extension PolicyUpdater {
  /// One optimiser step towards replayed tokens; returns its loss.
  func imitate(
    _ tokens: ReplayedTokens, weight: Double, cap: Double, watch: inout UpdateGuard
  ) -> Double {
    var total = 0.0
    for micro in packer.pack(tokens.sequences) {
      learn(model, micro, temperature: temperature, entropy: false) { portion in
        let loss =
          selfImitationLoss(
            logProbs: portion.statistics.logProbs, returns: portion.flat(tokens.returns),
            values: portion.flat(tokens.values), weights: portion.flat(tokens.weights), cap: cap)
          * weight
        total += loss.item
        return loss
      }
    }
    watch.note(optimizer.update(loss: total, total: optimizer.step + 1), of: "actor")
    return total
  }
}

extension ValueUpdater {
  /// One optimiser step that raises values which replayed returns exceed; returns its loss.
  func imitate(_ tokens: ReplayedTokens, weight: Double, watch: inout UpdateGuard) -> Double {
    var total = 0.0
    for micro in packer.pack(tokens.sequences) {
      let predicted = micro.values(model)  // [P]
      let loss =
        selfImitationValueLoss(
          values: predicted, returns: micro.flat(tokens.returns),
          weights: micro.flat(tokens.weights)) * weight
      loss.backward()
      total += loss.item
    }
    watch.note(optimizer.update(loss: total, total: optimizer.step + 1), of: "critic")
    return total
  }
}
