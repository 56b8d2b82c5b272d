// Credit: from graded episodes to what every token is held responsible for. Host numbers only,
// a batch at a time because groups, quantiles and whitening need the whole batch.

public import Records

/// Turns rewards into advantages and returns, as the settings say.
///
///     rewards      0 … 0 r, less β·KL a token where the reward pays for leaving the reference
///     gae          less the group's baseline where one is set; then λ_policy for the advantages
///                  and λ_critic for the returns, of the same rewards
///     grpo, rloo   the sum of an episode's rewards against its group's, the same for every token
///     isTrained    false for answers that were not judged, filtered groups, filtered cut-offs
///     whitening    last, over the tokens that are trained
///
/// An episode whose verifier failed has advantages of zero, no returns and no part in any mean.
/// A group is all episodes of one `prompt.place`; a group of one has nothing to be compared with,
/// so group advantages and group baselines turn its reward to 0.
public struct CreditAssignment: Sendable {
  private let settings: AlgorithmSettings

  /// Credit by these settings.
  public init(settings: AlgorithmSettings) { self.settings = settings }

  /// Credits a batch.
  ///
  /// With `value_bootstrap_truncated`, an answer that was cut off has no outcome: its score gives
  /// way to the critic's estimate after its last token; penalties stay.
  ///
  /// - Parameters:
  ///   - episodes: the batch, groups complete, in any order.
  ///   - values: `[T]` an episode, the critic's estimate before every token; needed by `gae`, not
  ///     looked at otherwise.
  ///   - referenceKL: `[T]` an episode, the estimated divergence at every token; needed where the
  ///     reward pays for it, not looked at otherwise.
  ///   - finalValues: one an episode, the critic's estimate after its last token; needed where
  ///     cut-off answers are bootstrapped, not looked at otherwise.
  /// - Returns: the episodes in the same order.
  public func credit(
    _ episodes: [GradedEpisode], values: [[Float]]? = nil, referenceKL: [[Float]]? = nil,
    finalValues: [Float]? = nil
  ) -> [CreditedEpisode] {
    let rewards = tokenRewards(episodes, referenceKL: referenceKL)
    var credited: [CreditedEpisode]
    switch settings.advantageEstimator {
    case .gae:
      credited = generalized(episodes, rewards, given(values, "values"), finalValues)
    case .grpo:
      credited = grouped(
        episodes, rewards, settings.dividesByDeviation ? .meanAndDeviation() : .mean)
    case .rloo: credited = grouped(episodes, rewards, .leaveOneOut)
    }
    choose(among: &credited)
    if settings.whitensAdvantages { whiten(&credited) }
    return credited
  }

  /// The rewards of every token, before any baseline.
  private func tokenRewards(_ episodes: [GradedEpisode], referenceKL: [[Float]]?) -> [[Float]] {
    let terminal = episodes.map { episode in
      let isOpen = settings.bootstrapsTruncated && isTruncated(episode)
      return terminalRewards(
        isOpen ? episode.reward - episode.score : episode.reward, length: episode.length)
    }
    guard settings.usesKLInReward else { return terminal }
    let divergences = given(referenceKL, "the divergence from the reference model")
    return zip(terminal, divergences).map {
      penalized($0, by: $1, coefficient: settings.klCoefficient)
    }
  }

  private func generalized(
    _ episodes: [GradedEpisode], _ raw: [[Float]], _ values: [[Float]], _ finalValues: [Float]?
  ) -> [CreditedEpisode] {
    precondition(
      values.count == episodes.count, "\(episodes.count) episodes, \(values.count) value lists")
    let rewards = lessBaseline(raw, episodes)
    let judged = episodes.indices.filter { episodes[$0].verdict.isJudgement }
    let lambdas = settings.policyLambda.policyLambda.lambdas(
      forLengths: judged.map { episodes[$0].length })
    var credited = episodes.indices.map { unjudged(episodes[$0], values: values[$0]) }
    for (index, lambda) in zip(judged, lambdas) {
      var bootstrap = 0.0
      if settings.bootstrapsTruncated && isTruncated(episodes[index]) {
        bootstrap = Double(given(finalValues, "values after the last token")[index])
      }
      credited[index].policyLambda = lambda
      credited[index].advantages = generalizedAdvantages(
        rewards: rewards[index], values: values[index], discount: settings.gamma, lambda: lambda,
        bootstrap: bootstrap)
      credited[index].returns = lambdaReturns(
        rewards: rewards[index], values: values[index], discount: settings.gamma,
        lambda: settings.criticLambda, bootstrap: bootstrap)
    }
    return credited
  }

  private func grouped(
    _ episodes: [GradedEpisode], _ rewards: [[Float]], _ comparison: GroupComparison
  ) -> [CreditedEpisode] {
    var credited = episodes.map { unjudged($0, values: []) }
    for (index, advantage) in compared(rewards, episodes, comparison) {
      credited[index].advantages = [Float](repeating: Float(advantage), count: rewards[index].count)
    }
    return credited
  }

  /// Moves every episode's last reward so that their sums are the compared ones.
  private func lessBaseline(_ rewards: [[Float]], _ episodes: [GradedEpisode]) -> [[Float]] {
    switch settings.rewardBaseline {
    case .none: return rewards
    case .groupMean: return rebased(rewards, episodes, .mean)
    case .groupMeanDeviation: return rebased(rewards, episodes, .meanAndDeviation())
    }
  }

  private func rebased(
    _ rewards: [[Float]], _ episodes: [GradedEpisode], _ comparison: GroupComparison
  ) -> [[Float]] {
    let terminal = episodes.map { [$0.reward] }
    var result = rewards
    for (index, compared) in compared(terminal, episodes, comparison) {
      guard let last = result[index].indices.last else { continue }
      result[index][last] += Float(compared) - episodes[index].reward
    }
    return result
  }

  /// The sum of every judged episode's rewards against its group's, with the episode's index.
  private func compared(
    _ rewards: [[Float]], _ episodes: [GradedEpisode], _ comparison: GroupComparison
  ) -> [(index: Int, advantage: Double)] {
    let judged = episodes.indices.filter { episodes[$0].verdict.isJudgement }
    let groups = Dictionary(grouping: judged) { episodes[$0].completion.prompt.place }
    return groups.values.flatMap { members in
      let sums = members.map { rewards[$0].reduce(0.0) { $0 + Double($1) } }
      return zip(members, groupAdvantages(sums, against: comparison)).map { ($0, $1) }
    }
  }

  /// An episode as it is before credit, which is also all that one without a verdict gets.
  private func unjudged(_ episode: GradedEpisode, values: [Float]) -> CreditedEpisode {
    CreditedEpisode(
      episode: episode, values: values,
      advantages: [Float](repeating: 0, count: episode.length), returns: [], policyLambda: 1,
      isTrained: episode.verdict.isJudgement)
  }

  private func choose(among credited: inout [CreditedEpisode]) {
    let mixed = mixedGroups(of: credited.map(\.episode))
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

  private func given<Value>(_ value: Value?, _ name: String) -> Value {
    guard let value else { preconditionFailure("the settings of this method need \(name)") }
    return value
  }
}
