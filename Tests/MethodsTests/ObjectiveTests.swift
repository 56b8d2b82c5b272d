// The objectives: which tokens get which weights, and which terms with which coefficients, by hand.

import Foundation
import Methods
import Records
import Testing
import TestSupport
import Torch

@Suite("Objectives")
struct ObjectiveTests {
  /// Two answers of two tokens and one; the first is right.
  let batch = [
    CreditedEpisode(
      ScoredEpisode(
        episode(length: 2, reward: 1), oldLogProbs: [-1, -2], referenceLogProbs: [-1.5, -2],
        values: [0, 0]),
      advantages: [1, 1], returns: [1, 1], policyLambda: 1),
    CreditedEpisode(
      ScoredEpisode(
        episode(length: 1, reward: 0), oldLogProbs: [-1], referenceLogProbs: [-1], values: [0.5]),
      advantages: [-2], returns: [0], policyLambda: 1),
  ]

  /// The loss of the batch at given log-probabilities, its gradient, and its measures by name.
  func evaluate(
    _ method: MethodSettings, _ episodes: [CreditedEpisode], logProbs: [Float],
    whole: [Float]? = nil, reportsEntropy: Bool = false
  ) throws -> (loss: Double, slope: [Float], measures: [String: Double]) {
    let objective = PolicyObjective(method, horizon: 4, reportsEntropy: reportsEntropy)
    let columns = try #require(objective.batch(episodes)).table
      .gathered(Array(episodes.indices), on: .cpu)
    var measures: [String: Double] = [:]
    let (loss, slope) = gradient(logProbs) { logProbs in
      let terms = objective.terms(
        on: PolicyTokens(
          logProbs: logProbs, wholeLogProbs: whole.map { Tensor($0) },
          entropies: objective.usesEntropies ? Tensor([1, 2, 3] as [Float]) : nil,
          columns: columns))
      for measure in terms.flatMap(\.measures) { measures[measure.name] = measure.sum.item }
      return LossTerm.total(terms)
    }
    return (loss, slope, measures)
  }

  @Test("VAPO's objective is the surrogate's mean over tokens and the imitation of right answers")
  func vapo() throws {
    let found = try evaluate(MethodSettings(.vapo), batch, logProbs: [-1, -2, -1])
    // Surrogate at the old policy: -(1 + 1 - 2)/3 = 0; imitation: (1 + 2)/2 = 1.5, times 0.1.
    #expect(isClose(found.loss, 0.15))
    #expect(areClose(found.slope, [-0.383_333_3, -0.383_333_3, 0.666_666_7]))
    #expect(found.measures["vapo/positive_loss"].map { isClose($0, 1.5) } == true)
    #expect(found.measures["actor/pg_loss"].map { isClose($0, 0) } == true)
    #expect(found.measures["actor/kl_loss"] == nil)
  }

  @Test("of a filtered rollout the imitation alone counts the whole vocabulary")
  func filtered() throws {
    let found = try evaluate(
      MethodSettings(.vapo), batch, logProbs: [-1, -2, -1], whole: [-3, -4, -9])
    #expect(found.measures["vapo/positive_loss"].map { isClose($0, 3.5) } == true)
    #expect(found.measures["actor/pg_loss"].map { isClose($0, 0) } == true)
    #expect(isClose(found.loss, 0.35))
    #expect(areClose(found.slope, [-0.333_333_3, -0.333_333_3, 0.666_666_7]))
  }

  @Test("GRPO's objective is a mean over responses with the divergence from the reference")
  func grpo() throws {
    let found = try evaluate(MethodSettings(.grpo), batch, logProbs: [-1, -2, -1])
    // k3 at d = 0.5: exp(-0.5) + 0.5 - 1 = 0.106531, weight 1/4; β = 0.04.
    let divergence = (exp(-0.5) - 0.5) / 4
    // Surrogate: -(1/4 + 1/4 - 2/2) = 0.5.
    #expect(isClose(found.loss, 0.5 + 0.04 * divergence))
    #expect(found.measures["actor/kl_loss"].map { isClose($0, divergence) } == true)
    let tie = 0.04 * (1 - exp(-0.5)) / 4
    let slope: [Float] = [Float(-0.25 + tie), -0.25, 1]
    #expect(areClose(found.slope, slope))
  }

  @Test("the entropy bonus enters with a minus, and is reported when asked for")
  func entropy() throws {
    var method = MethodSettings(.drGRPO)
    let plain = try evaluate(method, batch, logProbs: [-1, -2, -1])
    method.policy.entropyCoefficient = 0.5
    let found = try evaluate(method, batch, logProbs: [-1, -2, -1], reportsEntropy: true)
    // Weights 1/(2·4): (1 + 2 + 3)/8 = 0.75.
    #expect(isClose(found.loss, plain.loss - 0.375))
    #expect(found.measures["actor/entropy"] == 6)
  }

  @Test("what is not trained has no weight and no part in the denominator")
  func untrained() throws {
    var method = MethodSettings(.vapo)
    method.algorithm.positiveLossCoefficient = 0
    var half = batch
    half[0].isTrained = false
    let found = try evaluate(method, half, logProbs: [-1, -2, -1])
    #expect(areClose(found.slope, [0, 0, 2]))
    half[1].isTrained = false
    #expect(PolicyObjective(method, horizon: 4, reportsEntropy: false).batch(half) == nil)
  }

  @Test("the critic's objective is half the squared error, of all tokens or of the last ones")
  func value() {
    func slope(ofLastTokens: Bool) -> (loss: Double, [Float]) {
      let objective = ValueObjective(ValueLossSettings(), horizon: 4, ofLastTokens: ofLastTokens)
      let columns = objective.batch(batch).table.gathered([0, 1], on: .cpu)
      return gradient([0, 0.5, 0.5]) { LossTerm.total(objective.terms(on: $0, columns)) }
    }
    let whole = slope(ofLastTokens: false)
    #expect(isClose(whole.loss, 0.25))
    #expect(areClose(whole.1, [-0.333_333_3, -0.166_666_7, 0.166_666_7]))
    #expect(areClose(slope(ofLastTokens: true).1, [0, -0.25, 0.25]))
  }

  @Test("a table is gathered row by row and narrowed token by token")
  func table() {
    var table = TokenTable()
    table.add(.weight, [[1, 2], [3], [4, 5]])
    table.add(.advantage, [[10, 20], [30], [40, 50]])
    let columns = table.gathered([2, 0], on: .cpu)
    #expect(columns[.weight].floats == [4, 5, 1, 2])
    #expect(columns.narrowed(1..<3)[.advantage].floats == [50, 10])
    #expect(columns.has(.advantage) && !columns.has(.importance))
  }
}

@Suite("Rollout correction")
struct RolloutCorrectionTests {
  /// An answer whose tokens have ρ = 4, 1 and 1/4: the rollout sampled with log μ = -1.
  let scored = ScoredEpisode(
    episode(length: 3, reward: 1),
    oldLogProbs: [0.386_294_4, -1, -2.386_294_4])

  func importance(_ change: (inout RolloutCorrectionSettings) -> Void) -> [Float] {
    var settings = RolloutCorrectionSettings()
    change(&settings)
    return settings.importance(of: scored)
  }

  @Test("token weights are truncated, masks drop, and the geometric mean keeps or drops all")
  func byHand() {
    #expect(importance { _ in } == [1, 1, 1])
    #expect(areClose(importance { $0.weighting = .token }, [2, 1, 0.25]))
    #expect(importance { $0.rejection = .token } == [0, 1, 0])
    let icePop = importance {
      ($0.weighting, $0.weightCap) = (.token, 5)
      ($0.rejection, $0.rejectionLower, $0.rejectionUpper) = (.token, 0.5, 5)
    }
    #expect(areClose(icePop, [4, 1, 0]))
    // The mean of log ρ is 0.
    #expect(importance { $0.rejection = .geometric } == [1, 1, 1])
    var shifted = scored
    shifted.oldLogProbs = [0, 0, 0]
    var settings = RolloutCorrectionSettings()
    settings.rejection = .geometric
    #expect(settings.importance(of: shifted) == [0, 0, 0])
  }

  @Test("a dropped token leaves the denominator, and weights scale the surrogate alone")
  func denominators() throws {
    var method = MethodSettings(.dapo)
    method.policy.usesKLLoss = false
    method.algorithm.rolloutCorrection.rejection = .token
    let credited = CreditedEpisode(
      scored, advantages: [1, 1, 1], returns: [], policyLambda: 1)
    func slope() throws -> [Float] {
      let objective = PolicyObjective(method, horizon: 4, reportsEntropy: false)
      let columns = try #require(objective.batch([credited])).table.gathered([0], on: .cpu)
      return gradient(scored.oldLogProbs) {
        LossTerm.total(objective.terms(on: PolicyTokens(logProbs: $0, columns: columns)))
      }.1
    }
    #expect(areClose(try slope(), [0, -1, 0]))
    method.algorithm.rolloutCorrection.rejection = .none
    method.algorithm.rolloutCorrection.weighting = .token
    #expect(areClose(try slope(), [-0.666_666_7, -0.333_333_3, -0.083_333_3]))
  }

  @Test("the mismatch is measured by its distance, its divergence and what was done about it")
  func mismatch() {
    var settings = RolloutCorrectionSettings()
    settings.weighting = .token
    settings.rejection = .token
    settings.rejectionUpper = 5
    settings.rejectionLower = 0.5
    let found = RolloutMismatch([scored], settings)
    let distance = log(4.0)
    #expect(isClose(found.meanDistance, 2 * distance / 3))
    #expect(isClose(found.largestDistance, distance))
    // (4 - 1 - log 4) + 0 + (1/4 - 1 + log 4) = 2.25.
    #expect(isClose(found.divergenceK3, 0.75))
    #expect(isClose(found.truncated, 1.0 / 3) && isClose(found.dropped, 1.0 / 3))
  }
}

@Suite("Which groups are trained")
struct GroupMetricTests {
  @Test("graded answers differ by score or reward where none is right or wrong")
  func metrics() {
    let batch = [
      episode(place: 1, length: 1, reward: 0.25, score: 0.5, status: .wrong),
      episode(place: 1, length: 1, reward: 0.75, score: 0.75, status: .wrong),
      episode(place: 2, length: 1, reward: 0.5, score: 1, status: .correct),
      episode(place: 2, length: 1, reward: 1, score: 1, status: .correct),
      episode(place: 3, length: 1, reward: 1, score: 1, status: .correct),
      episode(place: 3, length: 1, reward: 1, score: 1, status: .wrong),
      episode(place: 4, length: 1, reward: 1, score: 1, status: .correct),
      episode(place: 4, length: 1, reward: 9, score: 9, status: .error),
    ]
    #expect(mixedGroups(of: batch) == [3])
    #expect(mixedGroups(of: batch, by: .score) == [1])
    #expect(mixedGroups(of: batch, by: .sequenceReward) == [1, 2])
    var settings = MethodSettings(.grpo).algorithm
    settings.filterGroups.enable = true
    settings.filterGroups.metric = .score
    #expect(
      CreditAssignment(settings: settings).credit(scored(batch)).map(\.isTrained)
        == [true, true, false, false, false, false, false, false])
  }
}
