// What a step reports of its responses, by hand.

import Methods
import Records
import Testing
import Training

@Suite struct DiagnosticsTests {
  private func episode(
    problem: Int = 0, difficulty: Int = 0, length: Int = 1, reward: Float
  ) -> GradedEpisode {
    let prompt = Prompt(
      id: "\(problem)", place: problem, source: "s", text: "", tokens: [1], truth: "",
      difficulty: difficulty)
    let completion = Completion(
      prompt: prompt, sample: 0, tokens: Array(repeating: 2, count: length),
      logProbs: Array(repeating: 0, count: length), text: "", finish: .stop)
    return GradedEpisode(
      completion: completion, verdict: Verdict(reward > 0 ? .correct : .wrong), score: reward,
      reward: reward)
  }

  @Test func `accuracy is counted by classes of difficulty that double`() {
    let found = Evaluator.result(
      [(1, 1), (2, 1), (3, -1), (4, 1), (7, 1), (8, -1)].enumerated().map { place, problem in
        episode(problem: place, difficulty: problem.0, reward: problem.1)
      }, samples: 1
    ).byDifficulty
    #expect(found.map(\.from) == [1, 2, 4, 8] && found.map(\.through) == [1, 3, 7, 15])
    #expect(found.map(\.correct) == [1, 1, 2, 0] && found.map(\.responses) == [1, 2, 2, 1])
  }

  /// Two responses of rewards 1 and -1.
  ///
  /// log π - log π_ref is 0.5 at the first's two tokens and -0.25 at
  /// the second's one: k1 is 0.5 and -0.25 in the mean over their tokens, 0.125 over both, and β is 0.1.
  @Test func `the rewards that are reported have paid for the divergence from the reference`() {
    let scored = [
      ScoredEpisode(
        episode(length: 2, reward: 1), oldLogProbs: [-1, -2], referenceLogProbs: [-1.5, -2.5]),
      ScoredEpisode(
        episode(length: 1, reward: -1), oldLogProbs: [-1], referenceLogProbs: [-0.75]),
    ]
    var algorithm = AlgorithmSettings()
    #expect(divergenceMetrics(scored, algorithm: algorithm)["critic/rewards/mean"] == nil)
    algorithm.usesKLInReward = true
    algorithm.klCoefficient = 0.1
    let metrics = divergenceMetrics(scored, algorithm: algorithm)
    #expect(metrics["actor/reward_kl_penalty"].map { abs($0 - 0.125) < 1e-6 } == true)
    #expect(metrics["actor/reward_kl_penalty_coeff"] == 0.1)
    #expect(metrics["critic/rewards/max"].map { abs($0 - 0.9) < 1e-6 } == true)
    #expect(metrics["critic/rewards/min"].map { abs($0 + 0.975) < 1e-6 } == true)
    #expect(metrics["critic/rewards/mean"].map { abs($0 + 0.0375) < 1e-6 } == true)
  }

  /// The rollout said log-probabilities of 0, the trainer -0.5 and 0.25: distances 0.5 and 0.25.
  @Test func `the rollout's mismatch is reported, and what was done about it where something was`()
  {
    let scored = [ScoredEpisode(episode(length: 2, reward: 1), oldLogProbs: [-0.5, 0.25])]
    var correction = RolloutCorrectionSettings()
    let metrics = mismatchMetrics(scored, correction)
    #expect(metrics["rollout_corr/abs_log_ratio_mean"] == 0.375)
    #expect(metrics["rollout_corr/abs_log_ratio_max"] == 0.5)
    #expect(metrics["rollout_corr/dropped"] == nil)
    correction.weighting = .token
    #expect(mismatchMetrics(scored, correction)["rollout_corr/dropped"] == 0)
  }

  @Test func `problems that say no difficulty are in no class`() {
    #expect(Evaluator.result([episode(reward: 1)], samples: 1).byDifficulty.isEmpty)
  }

  /// Two responses of ten tokens, one right, one wrong, whose λ-returns are the values themselves:
  /// the targets are explained whole, the rewards only in the last tenth.
  @Test func `the critic is held against the reward, not against targets made of its own values`() {
    let credited = [(Float(1), Float(0.8)), (-1, -0.6)].map { reward, last in
      let values = Array(repeating: Float(0.25), count: 9) + [last]
      return CreditedEpisode(
        ScoredEpisode(episode(length: 10, reward: reward), values: values), advantages: [],
        returns: values, policyLambda: 0.95)
    }
    let metrics = criticMetrics(credited)
    #expect(metrics["critic/vf_explained_var"].map { abs($0 - 1) < 1e-3 } == true)
    #expect(metrics["vapo/explained_var/decile_1"].map { abs($0) < 1e-4 } == true)
    // Errors 0.2 and -0.4: variance 0.18 of 2.
    #expect(metrics["vapo/explained_var/decile_10"].map { abs($0 - 0.91) < 1e-3 } == true)
    #expect(metrics["vapo/value_bias/decile_1"].map { abs($0 - 0.25) < 1e-6 } == true)
    #expect(metrics["vapo/value_bias/decile_10"].map { abs($0 - 0.1) < 1e-6 } == true)
  }

  @Test func `where every answer is right there is no variance to explain, but a bias`() {
    let credited = CreditedEpisode(
      ScoredEpisode(episode(length: 1, reward: 1), values: [0.5]), advantages: [], returns: [1],
      policyLambda: 1)
    let metrics = criticMetrics([credited])
    #expect(metrics["vapo/explained_var/decile_1"] == nil)
    #expect(metrics["vapo/value_bias/decile_1"] == -0.5)
  }
}
