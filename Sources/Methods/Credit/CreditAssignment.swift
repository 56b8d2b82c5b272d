// Credit: from scored episodes to what every token is held responsible for. Host numbers only,
// a batch at a time because groups, quantiles and whitening need the whole batch.

public import Records

/// Turns rewards into advantages and returns, as the settings say.
///
///     rewards      0 … 0 r, less β·KL a token where the reward pays for leaving the reference
///     rule         the estimator's: advantages, and returns where there is a critic
///     isTrained    false for responses that were not graded, filtered groups, filtered cut-offs
///     whitening    last, over the tokens that are trained
///
/// An episode whose verifier failed has advantages of zero, no returns and no part in any mean.
public struct CreditAssignment: Sendable {
  private let settings: AlgorithmSettings

  /// Credit by these settings.
  public init(settings: AlgorithmSettings) { self.settings = settings }

  /// Credits a batch.
  ///
  /// With `value_bootstrap_truncated`, a response that was cut off has no outcome: its score gives
  /// way to the critic's estimate after its last token; penalties stay.
  ///
  /// - Parameter episodes: the batch, groups complete, in any order, scored by every model that the
  ///   settings need: the critic for `gae`, and after the last token where cut-off responses are
  ///   bootstrapped; policy and reference where the reward pays for their divergence.
  /// - Returns: the episodes in the same order.
  public func credit(_ episodes: [ScoredEpisode]) -> [CreditedEpisode] {
    let rule = settings.advantageEstimator.rule
    let batch = CreditBatch(
      settings: settings, episodes: episodes, rewards: episodes.map(tokenRewards))
    var credited = rule.assign(batch)
    choose(among: &credited)
    if settings.whitensAdvantages || rule.whitens { whiten(&credited) }
    return credited
  }

  /// The rewards of every token, before any baseline.
  private func tokenRewards(_ scored: ScoredEpisode) -> [Float] {
    let episode = scored.episode
    let isOpen = settings.bootstrapsTruncated && isTruncated(episode)
    let terminal = terminalRewards(
      isOpen ? episode.penalty : episode.reward, length: episode.length)
    guard settings.usesKLInReward else { return terminal }
    return penalized(
      terminal, by: rewardDivergences(scored, by: settings.klPenalty),
      coefficient: settings.klCoefficient)
  }

  private func choose(among credited: inout [CreditedEpisode]) {
    let mixed = mixedGroups(of: credited.map(\.episode), by: settings.filterGroups.metric)
    for index in credited.indices {
      let episode = credited[index].episode
      if settings.filterGroups.enable && !mixed.contains(episode.completion.prompt.place) {
        credited[index].isTrained = false
      }
      if settings.overlongFiltering && isTruncated(episode) { credited[index].isTrained = false }
    }
  }

  private func whiten(_ credited: inout [CreditedEpisode]) {
    let trained = credited.indices.filter { credited[$0].isTrained }
    for (index, advantages) in zip(trained, whitened(trained.map { credited[$0].advantages })) {
      credited[index].advantages = advantages
    }
  }
}

/// The divergence that an episode's reward pays for, at every token.
///
/// - Parameters:
///   - scored: an episode that policy and reference have scored.
///   - estimator: which estimate.
/// - Returns: `[T]`.
public func rewardDivergences(
  _ scored: ScoredEpisode, by estimator: DivergenceEstimator
) -> [Float] {
  let length = scored.episode.length
  precondition(
    scored.oldLogProbs.count == length && scored.referenceLogProbs.count == length,
    "the reward pays for the divergence from the reference, which was not scored")
  return estimator.estimates(logProbs: scored.oldLogProbs, reference: scored.referenceLogProbs)
}
