// What the pages of single methods bring along, against PyTorch and by hand.

import Foundation
import Methods
import Records
import Testing
import TestSupport
import Torch

struct MethodGoldens: Decodable {
  struct Surrogate: Decodable {
    var mode: PolicyLossMode
    var average: LossAggregation
    var low, high: Double
    var lengths: [Int]
    var log_probs, old, advantages: [Float]
    var loss: Double
    var gradient: [Float]
  }
  struct Credits: Decodable {
    var lengths, prompts: [Int]
    var rewards: [Float]
    var coefficient, discount: Double
    var policy, reference: [Float]
    var advantages: [String: [Float]]
  }
  var surrogates: [Surrogate]
  var credits: Credits
}

/// A flat list cut into lists of these lengths.
private func cut(_ list: [Float], _ lengths: [Int]) -> [[Float]] {
  var start = 0
  return lengths.map { length in
    defer { start += length }
    return Array(list[start..<start + length])
  }
}

@Suite("Pages of methods")
struct MethodPageTests {
  /// The loss of responses under a mode, with its gradient.
  func evaluate(
    _ method: MethodSettings, lengths: [Int], logProbs: [Float], old: [Float],
    advantages: [Float]
  ) throws -> (loss: Double, slope: [Float]) {
    let episodes = zip(lengths, zip(cut(old, lengths), cut(advantages, lengths))).map {
      CreditedEpisode(
        ScoredEpisode(episode(length: $0, reward: 0), oldLogProbs: $1.0), advantages: $1.1,
        returns: [], policyLambda: 1)
    }
    let objective = PolicyObjective(method, horizon: 20, reportsEntropy: false)
    let columns = try #require(objective.batch(episodes)).table
      .gathered(Array(episodes.indices), on: .cpu)
    let sequences = zip(cut(logProbs, lengths), cut(old, lengths)).flatMap { new, old in
      let mean = zip(new, old).reduce(Float(0)) { $0 + $1.0 - $1.1 } / Float(new.count)
      return [Float](repeating: mean, count: new.count)
    }
    return gradient(logProbs) {
      LossTerm.total(
        objective.terms(
          on: PolicyTokens(
            logProbs: $0, sequenceLogRatios: Tensor(sequences), columns: columns)))
    }
  }

  func method(_ mode: PolicyLossMode) -> MethodSettings {
    var method = MethodSettings(.drGRPO)
    method.policy.surrogate.mode = mode
    return method
  }

  @Test("GSPO, CISPO and the plain policy gradient against PyTorch: loss and gradient")
  func surrogates() throws {
    let goldens = try Golden.decode(MethodGoldens.self, from: "algorithms-methods").surrogates
    #expect(Set(goldens.map(\.mode)) == [.gspo, .cispo, .gpg])
    for (index, one) in goldens.enumerated() {
      var method = method(one.mode)
      method.policy.aggregation = one.average
      (method.policy.clipRatioLow, method.policy.clipRatioHigh) = (one.low, one.high)
      let found = try evaluate(
        method, lengths: one.lengths, logProbs: one.log_probs, old: one.old,
        advantages: one.advantages)
      #expect(isClose(found.loss, one.loss, within: 2e-6), "case \(index)")
      #expect(areClose(found.slope, one.gradient, within: 2e-6), "case \(index)")
    }
  }

  @Test("RLOO, REINFORCE++ with and without baseline, and GPG against PyTorch: advantages")
  func credits() throws {
    let golden = try Golden.decode(MethodGoldens.self, from: "algorithms-methods").credits
    let policy = cut(golden.policy, golden.lengths)
    let reference = cut(golden.reference, golden.lengths)
    let batch = golden.lengths.indices.map { index in
      ScoredEpisode(
        episode(
          place: golden.prompts[index], length: golden.lengths[index],
          reward: golden.rewards[index], status: .correct),
        oldLogProbs: policy[index], referenceLogProbs: reference[index])
    }
    #expect(golden.advantages.count == 4)
    for preset in [
      Preset.rloo, .reinforcePlusPlus, .reinforcePlusPlusBaseline, .gpg,
    ] {
      var settings = MethodSettings(preset).algorithm
      settings.klCoefficient = golden.coefficient
      settings.gamma = golden.discount
      let wanted = try #require(golden.advantages[settings.advantageEstimator.rawValue])
      let found = CreditAssignment(settings: settings).credit(batch).flatMap(\.advantages)
      #expect(areClose(found, wanted, within: 1e-5), "\(preset)")
    }
  }

  @Test("a sequence ratio moves all its tokens alike, and is clipped as one")
  func gspoByHand() throws {
    var method = method(.gspo)
    method.policy.aggregation = .sequenceMeanTokenMean
    (method.policy.clipRatioLow, method.policy.clipRatioHigh) = (0.2, 0.2)
    // Mean log-ratio of (0.2, 0): s = e^0.1 = 1.105171; A = 2: loss -2.210342, slope -s·A/2.
    let inside = try evaluate(
      method, lengths: [2], logProbs: [-0.8, -1], old: [-1, -1], advantages: [2, 2])
    #expect(isClose(inside.loss, -2.210_342, within: 1e-5))
    #expect(areClose(inside.slope, [-1.105_171, -1.105_171], within: 1e-5))
    // s = e^0.25 = 1.284: beyond 1.2, no token moves, though the second's own ratio is 1.
    let outside = try evaluate(
      method, lengths: [2], logProbs: [-0.5, -1], old: [-1, -1], advantages: [2, 2])
    #expect(isClose(outside.loss, -2.4, within: 1e-5))
    #expect(areClose(outside.slope, [0, 0]))
  }

  @Test("CISPO's clipped token still has a gradient, where PPO's has none")
  func cispoByHand() throws {
    let ratio2: [Float] = [-1 + log(2)]
    for (mode, slope) in [(PolicyLossMode.cispo, Float(-1.2)), (.vanilla, 0), (.gpg, -1)] {
      var method = method(mode)
      method.policy.aggregation = .tokenMean
      let found = try evaluate(
        method, lengths: [1], logProbs: ratio2, old: [-1], advantages: [1])
      #expect(areClose(found.slope, [slope], within: 1e-5), "\(mode)")
    }
  }

  @Test("at the old policy every surrogate has the policy gradient")
  func commonGradient() throws {
    for mode in PolicyLossMode.allCases {
      var method = method(mode)
      method.policy.aggregation = .sequenceMeanTokenMean
      let found = try evaluate(
        method, lengths: [2, 1], logProbs: [-1, -2, -3], old: [-1, -2, -3],
        advantages: [2, 2, -1])
      #expect(areClose(found.slope, [-0.5, -0.5, 0.5]), "\(mode)")
    }
  }

  @Test("the credit rules of two answers, worked by hand")
  func creditByHand() {
    func advantages(_ preset: Preset) -> [[Float]] {
      var settings = MethodSettings(preset).algorithm
      settings.usesKLInReward = false
      return CreditAssignment(settings: settings).credit(
        scored([
          episode(place: 1, length: 1, reward: 1), episode(place: 1, length: 1, reward: 0),
          episode(place: 2, length: 1, reward: 1), episode(place: 2, length: 1, reward: 1),
        ])
      ).map(\.advantages)
    }
    #expect(advantages(.rloo) == [[1], [-1], [0], [0]])
    // Two of four answers say something: α = 2.
    #expect(advantages(.gpg) == [[1], [-1], [0], [0]])
    // Rewards 1, 0, 1, 1: mean 3/4, variance 1/4.
    #expect(areClose(advantages(.reinforcePlusPlus).flatMap { $0 }, [0.5, -1.5, 0.5, 0.5]))
    // 1/2, -1/2, 0, 0: mean 0, variance 1/6.
    let baseline = advantages(.reinforcePlusPlusBaseline).flatMap { $0 }
    #expect(areClose(baseline, [1.224_745, -1.224_745, 0, 0], within: 1e-5))
  }

  @Test("the pages have their papers' numbers")
  func numbers() {
    let gspo = MethodSettings(.gspo)
    #expect(gspo.policy.clip == ClipRange(low: 3e-4, high: 4e-4) && !gspo.usesReference)
    #expect(gspo.policy.aggregation == .sequenceMeanTokenMean)
    let cispo = MethodSettings(.cispo)
    #expect(cispo.policy.clip == ClipRange(low: 1, high: 4) && !cispo.usesReference)
    #expect(cispo.policy.aggregation == .tokenMean && cispo.overlongBuffer)
    let rloo = MethodSettings(.rloo)
    #expect(rloo.usesReference && rloo.policy.aggregation == .sequenceMeanTokenSum)
    let plain = MethodSettings(.reinforcePlusPlus)
    #expect(plain.usesReference && !plain.groupSampling && !plain.usesCritic)
    let baseline = MethodSettings(.reinforcePlusPlusBaseline)
    #expect(baseline.policy.usesKLLoss && baseline.policy.klLossType == .k2)
    #expect(baseline.groupSampling && !baseline.algorithm.usesKLInReward)
    let gpg = MethodSettings(.gpg)
    #expect(!gpg.usesReference && !gpg.usesCritic && gpg.policy.aggregation == .tokenMean)
  }
}
