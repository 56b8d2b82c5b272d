// The gauge of credit and critic on two responses of one step, by hand.

import Foundation
import Locks
import Methods
import Prompts
import Records
import Testing
import Training

@Suite("The gauge of credit")
struct CreditGaugeTests {
  private let task: any ValuedTask
  private let problem: LocksProblem

  init() throws {
    var settings = TaskSettings()
    (settings.name, settings.maximumMoves, settings.nodes) = (.locks, 6, 16)
    task = try #require(try settings.makeTask(seed: 0) as? any ValuedTask)
    let rules = try #require(LocksRules(nodes: 16, longest: 6))
    problem = try #require(
      LocksProblem(rules: rules, node: 3, steps: 1, score: -1, luckyColor: nil))
  }

  /// A response of one step, whose score is 0 where its door is safe and -2 where not.
  private func response(
    isSafe: Bool, values: [Float], advantages: [Float], sample: Int
  ) throws -> CreditedEpisode {
    let door = try #require(problem.rules.safe[3].firstIndex(of: isSafe))
    let prompt = Prompt(
      id: "0", place: 0, source: "locks", text: problem.text, tokens: [1], truth: problem.truth)
    let completion = Completion(
      prompt: prompt, sample: sample, tokens: [1, 2, 3, 4, 5, 6, 0],
      logProbs: Array(repeating: 0, count: 7),
      text: " 1 n3 \(LocksRules.written(door: door, of: 3)) \(isSafe ? "+0" : "-2") so #",
      finish: .stop)
    let reward: Float = isSafe ? 1 : -1
    let episode = GradedEpisode(
      completion: completion, verdict: Verdict(isSafe ? .correct : .wrong), score: reward,
      reward: reward)
    return CreditedEpisode(
      ScoredEpisode(episode, values: values), advantages: advantages, returns: [],
      policyLambda: 0.5)
  }

  private func episodes(values: Bool = true) throws -> [CreditedEpisode] {
    try [
      response(
        isSafe: true, values: values ? [0, 0, 0.1, 0.3, 0.6, 1, 1] : [],
        advantages: [0, 0, 0.8, 0, 0.2, 0, 0], sample: 0),
      response(
        isSafe: false, values: values ? [0, 0, -0.1, -0.5, -0.4, -1, -1] : [],
        advantages: [0, 0, -0.4, 0, -0.2, 0, 0], sample: 1),
    ]
  }

  /// The true values are 0, 0, 0 and then what the response gets: a door decides all, and half of the
  /// doors were safe.
  @Test func `signal, noise, the critic's error and what it shows of a step`() throws {
    let metrics = creditGauge(task, try episodes())
    let squares = 0.8 * 0.8 + 0.2 * 0.2 + 0.4 * 0.4 + 0.2 * 0.2
    let ratio = 1.2 / (squares / 4).squareRoot()
    let found: [(String, Double)] = [
      ("vapo/task/good_decisions", 0.5), ("vapo/task/misprinted", 0),
      ("vapo/credit/good", 0.8), ("vapo/credit/bad", -0.4),
      ("vapo/credit/rms", (squares / 4).squareRoot()), ("vapo/credit/signal_to_noise", ratio),
      // The group's mean is 0: every token gets its response's reward.
      ("vapo/credit/group_signal_to_noise", 2), ("vapo/credit/times_group", ratio * ratio / 4),
      ("vapo/critic/error", (0.01 + 0.49 + 0.16 + 0.01 + 0.25 + 0.36) / 14),
      // Of a change of 1 it shows 0.5, of one of -1 it shows -0.3.
      ("vapo/critic/step_shown", 0.4),
      // With exact values a door gets 1 or -1 and an idle word 0.
      ("vapo/credit/exact_signal_to_noise", 2 / 0.5.squareRoot()),
    ]
    for (name, value) in found {
      let seen = try #require(metrics[name], "\(name)")
      #expect(abs(seen - value) < 1e-6, "\(name): \(seen), not \(value)")
    }
  }

  @Test func `without a critic there is credit and nothing of a critic`() throws {
    let metrics = creditGauge(task, try episodes(values: false))
    #expect(metrics["vapo/credit/times_group"] != nil)
    #expect(metrics["vapo/critic/error"] == nil && metrics["vapo/critic/step_shown"] == nil)
    #expect(metrics["vapo/credit/exact_signal_to_noise"] == nil)
  }

  @Test func `responses that are all alike, alone or not worked are no trap`() throws {
    let all = try episodes()
    for some in [[], [all[0]], [all[0], all[0]], [all[1]]] {
      let metrics = creditGauge(task, some)
      #expect(metrics["vapo/critic/error"] == nil)
      #expect((metrics["vapo/credit/good"] == nil) == some.isEmpty)
    }
  }

  @Test func `a model whose tokens are no words is not measured`() throws {
    let others = try episodes().map { credited in
      var other = credited
      other.scored.episode.completion.tokens.append(0)
      return other
    }
    #expect(creditGauge(task, others)["vapo/credit/good"] == nil)
  }
}
