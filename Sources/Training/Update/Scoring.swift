// Scoring: from graded to scored episodes, a pass a model.

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

extension Trainer {
  /// A rollout scored by every model that the method needs.
  func scored(_ episodes: [GradedEpisode], _ metrics: inout Metrics) -> [ScoredEpisode] {
    let timer = Stopwatch()
    var scored = episodes.map { ScoredEpisode($0) }
    if configuration.rollout.reusesLogProbs {
      for index in scored.indices {
        scored[index].oldLogProbs = episodes[index].completion.logProbs
      }
    } else {
      let found = stations.scorer.policy(stations.policy, on: episodes.map { TokenSequence($0) })
      for index in scored.indices { scored[index].oldLogProbs = found.logProbs[index] }
      metrics.append(agreement(episodes, found))
      metrics.append(mismatchMetrics(scored, configuration.algorithm.rolloutCorrection))
    }
    if let reference { stations.scorer.addReference(reference, to: &scored) }
    if let critic {
      stations.scorer.addValues(
        of: critic.model, bootstraps: configuration.algorithm.bootstrapsTruncated, to: &scored)
    }
    stations.policy.forgetPanels()
    reference?.forgetPanels()
    metrics.set("timing_s/old_log_prob", timer.seconds)
    return scored
  }

  /// Held-out or training episodes as a critic before reinforcement learning sees them: the policy
  /// stands still, so nothing diverges from the reference.
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
    stations.scorer.addValues(
      of: critic, bootstraps: settings.bootstrapsTruncated, to: &scored)
    return CreditAssignment(settings: settings).credit(scored)
  }
}
