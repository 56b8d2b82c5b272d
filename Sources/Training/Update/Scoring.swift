// Scoring: from graded to scored episodes, a pass a model.

import Foundation
import Methods
package import Records
import Settings
package import Transformers

extension Scorer {
  /// Adds log π_ref of every token.
  package func addReference(_ reference: LanguageModel, to episodes: inout [ScoredEpisode]) {
    let scored = policy(reference, on: episodes.map { TokenSequence($0.episode) })
    for (index, logProbs) in scored.logProbs.enumerated() {
      episodes[index].referenceLogProbs = logProbs
    }
  }

  /// Adds the critic's estimates before every token, and after the last one when cut-off responses
  /// are bootstrapped with it.
  package func addValues(
    of critic: ValueModel, bootstraps: Bool, to episodes: inout [ScoredEpisode]
  ) {
    let values = values(critic, on: episodes.map { TokenSequence($0.episode) })
    for (index, values) in values.enumerated() { episodes[index].values = values }
    guard bootstraps else { return }
    // One more token of whatever kind: its prediction is made after the last real one.
    let extended = episodes.map { scored in
      TokenSequence(
        prompt: scored.episode.completion.prompt.tokens,
        response: scored.episode.completion.tokens + [0])
    }
    for (index, values) in self.values(critic, on: extended).enumerated() {
      episodes[index].finalValue = values.last
    }
  }
}

extension RunContext {
  /// A rollout scored by every model that the method needs.
  ///
  /// - Parameters:
  ///   - episodes: the rollout.
  ///   - reference: what the policy is compared with, where the method does.
  ///   - critic: the critic, where the method has one.
  ///   - metrics: gets the time, the entropy and how far the engine was from the trainer.
  /// - Returns: the episodes in their order.
  func scored(
    _ episodes: [GradedEpisode], _ reference: LanguageModel?, _ critic: ValueModel?,
    _ metrics: inout Metrics
  ) -> [ScoredEpisode] {
    let timer = Stopwatch()
    var scored = episodes.map { ScoredEpisode($0) }
    if configuration.rollout.reusesLogProbs {
      for index in scored.indices {
        scored[index].oldLogProbs = episodes[index].completion.logProbs
      }
    } else {
      let found = stations.scorer.policy(stations.policy, on: episodes.map { TokenSequence($0) })
      for index in scored.indices {
        scored[index].oldLogProbs = found.logProbs[index]
        scored[index].entropies = found.entropy[index]
      }
      metrics.append(agreement(episodes, found))
      metrics.append(mismatchMetrics(scored, configuration.algorithm.rolloutCorrection))
    }
    if let reference { stations.scorer.addReference(reference, to: &scored) }
    if let critic {
      stations.scorer.addValues(
        of: critic, bootstraps: configuration.algorithm.bootstrapsTruncated, to: &scored)
    }
    stations.policy.forgetPanels()
    reference?.forgetPanels()
    metrics.set("timing_s/old_log_prob", timer.seconds)
    return scored
  }
}

/// How far the engine's log-probabilities are from the trainer's, and the policy's entropy.
private func agreement(_ episodes: [GradedEpisode], _ scored: ScoredTokens) -> Metrics {
  var metrics = Metrics()
  let differences = zip(episodes, scored.logProbs).flatMap { episode, logProbs in
    zip(episode.completion.logProbs, logProbs).map { Double(abs(exp($0) - exp($1))) }
  }
  let count = Double(max(1, differences.count))
  metrics.set("training/rollout_probs_diff_mean", differences.reduce(0, +) / count)
  metrics.set("training/rollout_probs_diff_max", differences.max() ?? 0)
  let entropies = scored.entropy.joined()
  metrics.set("actor/entropy", entropies.reduce(0) { $0 + Double($1) } / count)
  return metrics
}
