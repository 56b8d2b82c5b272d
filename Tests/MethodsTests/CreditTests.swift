// Credit assignment as a whole: which episodes are credited, with which rewards, and who is trained.

import Methods
import Records
import Testing
import TestSupport

@Suite("Credit with a critic")
struct CriticCreditTests {
  @Test("VAPO's credit of two answers, worked by hand")
  func workedByHand() {
    // α = 0.5: l = 4 has λ = 0.5, l = 2 has λ = 0.
    // l = 4, r = 1, V = 0: A = 0.5³, 0.5², 0.5, 1.
    // l = 2, r = -1, V = 0.5, 0.25: A = 0.25 - 0.5, -1 - 0.25.
    var settings = AlgorithmSettings()
    settings.policyLambda.alpha = 0.5
    let batch = [episode(length: 4, reward: 1), episode(length: 2, reward: -1)]
    let credited = CreditAssignment(settings: settings).credit(
      scored(batch, values: [[0, 0, 0, 0], [0.5, 0.25]]))

    #expect(credited.map(\.episode) == batch)
    #expect(credited[0].advantages == [0.125, 0.25, 0.5, 1])
    #expect(credited[1].advantages == [-0.25, -1.25])
    #expect(credited[0].returns == [1, 1, 1, 1])
    #expect(credited[1].returns == [-1, -1])
    #expect(credited.map(\.policyLambda) == [0.5, 0])
    #expect(credited.map(\.values) == [[0, 0, 0, 0], [0.5, 0.25]])
    #expect(credited.allSatisfy { $0.isTrained })
  }

  @Test("the critic's returns do not depend on the policy's λ, nor the advantages on the critic's")
  func decoupling() {
    let batch = [episode(length: 5, reward: 1)]
    let values: [[Float]] = [[0.1, 0.4, 0.2, 0.6, 0.3]]
    func credit(_ policy: Double, _ critic: Double) -> CreditedEpisode {
      var settings = AlgorithmSettings()
      settings.policyLambda.form = .fixed
      settings.policyLambda.lam = policy
      settings.criticLambda = critic
      return CreditAssignment(settings: settings).credit(scored(batch, values: values))[0]
    }
    let base = credit(0.95, 1)
    #expect(credit(0.3, 1).returns == base.returns)
    #expect(credit(0.3, 1).advantages != base.advantages)
    #expect(credit(0.95, 0.3).advantages == base.advantages)
    #expect(credit(0.95, 0.3).returns != base.returns)
  }

  @Test("an answer whose verifier failed is not trained, not taught and not part of any mean")
  func ungraded() {
    var settings = AlgorithmSettings()
    settings.rewardBaseline = .groupMean
    settings.whitensAdvantages = true
    let graded = [episode(length: 2, reward: 1), episode(length: 1, reward: 0)]
    let failed = [
      episode(length: 3, reward: 9, status: .timeout),
      episode(length: 2, reward: -9, status: .error),
    ]
    let assignment = CreditAssignment(settings: settings)
    let alone = assignment.credit(scored(graded, values: [[0, 0], [0.5]]))
    let together = assignment.credit(
      scored(
        [graded[0], failed[0], graded[1], failed[1]], values: [[0, 0], [1, 2, 3], [0.5], [4, 5]]))

    #expect(together[0] == alone[0] && together[2] == alone[1])
    for (index, length) in [(1, 3), (3, 2)] {
      #expect(!together[index].isTrained)
      #expect(together[index].advantages == [Float](repeating: 0, count: length))
      #expect(together[index].returns == [])
    }
  }

  @Test("group baselines move the reward before the advantages, for policy and critic alike")
  func baselines() {
    let batch = [
      episode(place: 1, length: 1, reward: 1), episode(place: 2, length: 1, reward: 1),
      episode(place: 1, length: 2, reward: 0), episode(place: 2, length: 1, reward: 1),
      episode(place: 3, length: 1, reward: 1),
    ]
    let values: [[Float]] = [[0], [0], [0, 0], [0], [0]]
    func returns(_ baseline: RewardBaseline) -> [[Float]] {
      var settings = AlgorithmSettings()
      settings.rewardBaseline = baseline
      return CreditAssignment(settings: settings).credit(scored(batch, values: values)).map(
        \.returns)
    }
    #expect(returns(.none) == [[1], [1], [0, 0], [1], [1]])
    #expect(returns(.groupMean) == [[0.5], [0], [-0.5, -0.5], [0], [0]])
    // Deviation of 1 and 0 over n - 1: 0.70711; 0.5/0.70711 = 0.70711.
    let normal = returns(.groupMeanDeviation)
    #expect(abs(normal[0][0] - 0.707_106) < 1e-5 && abs(normal[2][0] + 0.707_106) < 1e-5)
    #expect(normal[1] == [0] && normal[4] == [0])
  }

  @Test("the divergence is paid by every token, and the critic is taught the price")
  func divergenceInReward() {
    var settings = AlgorithmSettings()
    settings.usesKLInReward = true
    settings.klCoefficient = 0.5
    settings.policyLambda.form = .fixed
    settings.policyLambda.lam = 1
    // Rewards: -0.5·0.5 = -0.25 and 1 + 0.5·1 = 1.5.
    // k1: log π_old - log π_ref = 0.5 and -1.
    let credited = CreditAssignment(settings: settings).credit([
      ScoredEpisode(
        episode(length: 2, reward: 1), oldLogProbs: [-1, -2], referenceLogProbs: [-1.5, -1],
        values: [0, 0])
    ])
    #expect(credited[0].returns == [1.25, 1.5])
    #expect(credited[0].advantages == [1.25, 1.5])
  }

  @Test("a cut-off answer ends at its reward, or with bootstrapping at the critic's estimate")
  func truncation() {
    let batch = [
      episode(length: 2, reward: -1.25, score: -1, finish: .length),
      episode(length: 1, reward: -1, finish: .stop),
    ]
    var settings = AlgorithmSettings()
    let plain = CreditAssignment(settings: settings).credit(scored(batch, values: [[0, 0], [0]]))
    #expect(plain.map(\.returns) == [[-1.25, -1.25], [-1]])

    settings.bootstrapsTruncated = true
    var whole = scored(batch, values: [[0, 0], [0]])
    (whole[0].finalValue, whole[1].finalValue) = (0.75, 9)
    let open = CreditAssignment(settings: settings).credit(whole)
    // The score -1 gives way to 0.75; the penalty of -0.25 stays.
    #expect(open.map(\.returns) == [[0.5, 0.5], [-1]])
    #expect(open[0].advantages[1] == 0.5)
    // What they were made of goes with them.
    #expect(open.map(\.rewards) == [[0, -0.25], [-1]] && open.map(\.bootstrap) == [0.75, 0])
    #expect(plain.map(\.rewards) == [[0, -1.25], [-1]] && plain.map(\.bootstrap) == [0, 0])
  }

  @Test("the quantile threshold looks at the graded answers of the batch")
  func quantileOverBatch() {
    var settings = AlgorithmSettings()
    settings.policyLambda.form = .thresholdQuantile
    let lengths = [1, 2, 3]
    let batch =
      lengths.map { episode(length: $0, reward: 1) }
      + [
        episode(length: 50, reward: 0, status: .error),
        episode(length: 60, reward: 0, status: .error),
      ]
    let credited = CreditAssignment(settings: settings).credit(
      scored(batch, values: batch.map { [Float](repeating: 0, count: $0.length) }))
    #expect(credited.prefix(3).map(\.policyLambda) == [0.95, 0.95, 0.99])
  }

  @Test("values are asked for by name when they are missing")
  func missingValues() async {
    await #expect(processExitsWith: .failure) {
      _ = CreditAssignment(settings: AlgorithmSettings()).credit([
        ScoredEpisode(episode(length: 1, reward: 1))
      ])
    }
  }

  @Test("an empty batch is an empty batch")
  func emptyBatch() {
    #expect(CreditAssignment(settings: AlgorithmSettings()).credit([]) == [])
  }
}

@Suite("Credit without a critic")
struct GroupCreditTests {
  func credit(_ batch: [GradedEpisode], _ preset: Preset) -> [CreditedEpisode] {
    CreditAssignment(settings: MethodSettings(preset).algorithm).credit(scored(batch))
  }

  /// Three prompts' answers, shuffled: mixed, all right, all wrong, and one alone.
  let batch = [
    episode(place: 1, length: 2, reward: 1), episode(place: 2, length: 1, reward: 1),
    episode(place: 3, length: 1, reward: -1), episode(place: 1, length: 1, reward: -1),
    episode(place: 2, length: 3, reward: 1), episode(place: 3, length: 1, reward: -1),
    episode(place: 4, length: 1, reward: 1),
  ]

  @Test("Dr. GRPO's advantages are the reward less the group's mean, on every token")
  func meanOnly() {
    let credited = credit(batch, .drGRPO)
    #expect(credited.map(\.advantages) == [[1, 1], [0], [0], [-1], [0, 0, 0], [0], [0]])
    #expect(credited.allSatisfy { $0.isTrained && $0.values.isEmpty && $0.returns.isEmpty })
  }

  @Test("GRPO divides by the deviation, 1.41421 for 1 and -1")
  func meanAndDeviation() {
    let credited = credit(batch, .grpo)
    #expect(areClose(credited[0].advantages, [0.707_106, 0.707_106], within: 1e-5))
    #expect(areClose(credited[3].advantages, [-0.707_106], within: 1e-5))
    #expect(credited[1].advantages == [0])
  }

  @Test("the mean of the others doubles the distance in a group of two")
  func leaveOneOut() {
    var settings = MethodSettings(.grpo).algorithm
    settings.advantageEstimator = .rloo
    let credited = CreditAssignment(settings: settings).credit(scored(batch))
    #expect(credited.map { $0.advantages[0] } == [2, 0, 0, -2, 0, 0, 0])
  }

  @Test("dynamic sampling trains only mixed groups")
  func dynamicSampling() {
    let credited = credit(batch, .dapo)
    #expect(credited.map(\.isTrained) == [true, false, false, true, false, false, false])
  }

  @Test("overlong filtering leaves cut-off answers in the group's mean and out of training")
  func overlongFiltering() {
    let cut = [
      episode(place: 1, length: 1, reward: 1),
      episode(place: 1, length: 1, reward: -1, finish: .length),
    ]
    let credited = credit(cut, .dapo)
    #expect(credited.map(\.isTrained) == [true, false])
    #expect(areClose(credited[0].advantages, [0.707_106], within: 1e-5))
    #expect(credit(cut, .grpo).allSatisfy { $0.isTrained })
  }

  @Test("a batch that is all cut off trains nothing and holds no not-a-number")
  func allTruncated() {
    let cut = (0..<4).map { episode(place: $0 / 2, length: 3, reward: -1, finish: .length) }
    var settings = MethodSettings(.dapo).algorithm
    settings.whitensAdvantages = true
    let credited = CreditAssignment(settings: settings).credit(scored(cut))
    #expect(credited.allSatisfy { !$0.isTrained && $0.advantages == [0, 0, 0] })
  }

  @Test("the reward's divergence counts in the group's comparison")
  func divergenceInReward() {
    var settings = MethodSettings(.drGRPO).algorithm
    settings.usesKLInReward = true
    settings.klCoefficient = 1
    // Sums: 1 - 0.25 - 0.25 = 0.5 and 0; mean 0.25.
    let credited = CreditAssignment(settings: settings).credit([
      ScoredEpisode(
        episode(length: 2, reward: 1), oldLogProbs: [-1, -1], referenceLogProbs: [-1.25, -1.25]),
      ScoredEpisode(episode(length: 1, reward: 0), oldLogProbs: [-2], referenceLogProbs: [-2]),
    ])
    #expect(credited.map(\.advantages) == [[0.25, 0.25], [-0.25]])
  }

  @Test("whitening is over the tokens that are trained, and comes last")
  func whitening() {
    var settings = MethodSettings(.drGRPO).algorithm
    settings.whitensAdvantages = true
    settings.filterGroups.enable = true
    // Trained: 1, 1, -1: mean 1/3, variance 4/3.
    let credited = CreditAssignment(settings: settings).credit(scored(batch))
    #expect(areClose(credited[0].advantages, [0.577_350, 0.577_350], within: 1e-5))
    #expect(areClose(credited[3].advantages, [-1.154_700], within: 1e-5))
    #expect(credited[4].advantages == [0, 0, 0])
  }
}
