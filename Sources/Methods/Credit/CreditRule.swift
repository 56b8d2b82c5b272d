// CreditRule: what an estimator is. A method's page names one, or makes its own.

public import Records

/// How the rewards of a batch become the advantages of its tokens.
public struct CreditRule: Sendable {
  /// Whether it needs a critic's values, and gives the returns that teach one.
  public var usesCritic: Bool
  /// Whether its advantages are whitened over the batch whatever `whiten_advantages` says.
  public var whitens: Bool
  let assign: @Sendable (CreditBatch) -> [CreditedEpisode]

  /// Puts a rule together.
  ///
  /// - Parameters:
  ///   - usesCritic: whether it needs values.
  ///   - whitens: whether its advantages are whitened afterwards.
  ///   - assign: credits every episode of the batch, in order.
  public init(
    usesCritic: Bool = false, whitens: Bool = false,
    assign: @escaping @Sendable (CreditBatch) -> [CreditedEpisode]
  ) {
    self.usesCritic = usesCritic
    self.whitens = whitens
    self.assign = assign
  }
}

/// A batch as a rule sees it.
public struct CreditBatch {
  /// The method's settings.
  public let settings: AlgorithmSettings
  /// The episodes, groups complete.
  public let episodes: [ScoredEpisode]
  /// `[T]` an episode, the rewards of its tokens, the price of a divergence taken off.
  public let rewards: [[Float]]

  /// The episodes that have a verdict; no other has a part in any mean.
  public var graded: [Int] {
    episodes.indices.filter { episodes[$0].episode.verdict.isGraded }
  }

  /// The graded episodes by prompt.
  public var groups: [[Int]] {
    Array(Dictionary(grouping: graded) { episodes[$0].episode.completion.prompt.place }.values)
  }

  /// Every episode as it is before credit, which is also all that one without a verdict gets.
  public var uncredited: [CreditedEpisode] {
    episodes.map { scored in
      CreditedEpisode(
        scored, advantages: [Float](repeating: 0, count: scored.episode.length), returns: [],
        policyLambda: 1, isTrained: scored.episode.verdict.isGraded)
    }
  }

  /// The sum of every graded episode's rewards against its group's, with the episode's index.
  ///
  /// A group is all episodes of one `prompt.place`; a group of one has nothing to be compared
  /// with, so its rewards turn to 0.
  public func compared(
    _ rewards: [[Float]], against comparison: GroupComparison
  ) -> [(index: Int, advantage: Double)] {
    groups.flatMap { members in
      let sums = members.map { rewards[$0].reduce(0.0) { $0 + Double($1) } }
      return zip(members, groupAdvantages(sums, against: comparison)).map { ($0, $1) }
    }
  }
}

extension CreditRule {
  /// One advantage a response, the same for all its tokens: its rewards against its group's.
  ///
  /// - Parameters:
  ///   - whitens: whether the advantages are whitened afterwards.
  ///   - scale: what the batch's advantages are multiplied with.
  ///   - comparison: with what of its group, by the settings.
  /// - Returns: the rule.
  public static func grouped(
    whitens: Bool = false, scale: @escaping @Sendable (CreditBatch) -> Double = { _ in 1 },
    against comparison: @escaping @Sendable (AlgorithmSettings) -> GroupComparison
  ) -> CreditRule {
    CreditRule(whitens: whitens) { batch in
      var credited = batch.uncredited
      let scale = scale(batch)
      for (index, advantage) in batch.compared(batch.rewards, against: comparison(batch.settings)) {
        credited[index].advantages = [Float](
          repeating: Float(advantage * scale), count: batch.rewards[index].count)
      }
      return credited
    }
  }

  /// Generalized advantages against a critic: less the group's baseline where one is set; then
  /// λ_policy for the advantages and λ_critic for the returns, of the same rewards.
  public static let generalized = CreditRule(usesCritic: true) { batch in
    let settings = batch.settings
    let rewards = batch.rewardsLessBaseline
    let graded = batch.graded
    let lambdas = settings.policyLambda.policyLambda.lambdas(
      forLengths: graded.map { batch.episodes[$0].episode.length })
    var credited = batch.uncredited
    for (index, lambda) in zip(graded, lambdas) {
      let scored = batch.episodes[index]
      var bootstrap = 0.0
      if settings.bootstrapsTruncated && isTruncated(scored.episode) {
        guard let final = scored.finalValue else {
          preconditionFailure("the settings of this method need the value after the last token")
        }
        bootstrap = Double(final)
      }
      precondition(
        scored.values.count == scored.episode.length,
        "the settings of this method need the critic's values")
      credited[index].policyLambda = lambda
      (credited[index].rewards, credited[index].bootstrap) = (rewards[index], bootstrap)
      credited[index].advantages = generalizedAdvantages(
        rewards: rewards[index], values: scored.values, discount: settings.gamma, lambda: lambda,
        bootstrap: bootstrap)
      credited[index].returns = lambdaReturns(
        rewards: rewards[index], values: scored.values, discount: settings.gamma,
        lambda: settings.criticLambda, bootstrap: bootstrap)
    }
    return credited
  }
}

extension CreditBatch {
  /// Moves every episode's last reward so that their sums are the compared ones.
  fileprivate var rewardsLessBaseline: [[Float]] {
    switch settings.rewardBaseline {
    case .none: rewards
    case .groupMean: rebased(.mean)
    case .groupMeanDeviation: rebased(.meanAndDeviation())
    }
  }

  private func rebased(_ comparison: GroupComparison) -> [[Float]] {
    let terminal = episodes.map { [$0.episode.reward] }
    var result = rewards
    for (index, compared) in compared(terminal, against: comparison) {
      guard let last = result[index].indices.last else { continue }
      result[index][last] += Float(compared) - terminal[index][0]
    }
    return result
  }
}
