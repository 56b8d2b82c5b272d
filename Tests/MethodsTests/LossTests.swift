// Every loss, value and gradient: against PyTorch's autograd on padded batches, by hand, and by the
// laws that padding, masks and micro-batches ask for.

import Foundation
import Methods
import Records
import Testing
import TestSupport
import Torch

struct LossGoldens: Decodable {
  struct Surrogate: Decodable {
    var mode: LossAggregation
    var lengths: [Int]
    var horizon: Int
    var low, high, dual: Double
    var log_probs, old, advantages: [Float]
    var loss: Double
    var gradient: [Float]
    var clipped_low, clipped_high, clipped_dual, k1, k3: Double
  }
  struct Value: Decodable {
    var mode: LossAggregation
    var lengths: [Int]
    var range: Double
    var old, values, returns: [Float]
    var clipped, loss: Double
    var gradient: [Float]
  }
  struct Divergence: Decodable {
    var estimator: DivergenceEstimator
    var log_probs, reference, terms: [Float]
    var loss: Double
    var gradient: [Float]
  }
  struct Outcome: Decodable {
    var loss: Double
    var gradient: [Float]
  }
  struct Terms: Decodable {
    var weights, inputs, returns, values: [Float]
    var cap: Double
    var imitation, entropy, self_imitation, self_imitation_capped, self_imitation_value: Outcome
  }
  var surrogate: [Surrogate]
  var value: [Value]
  var divergence: [Divergence]
  var terms: Terms

  static func read() throws -> LossGoldens {
    try Golden.decode(LossGoldens.self, from: "algorithms-losses")
  }
}

/// One weight a token of the flat axis.
func flatWeights(_ mode: LossAggregation, _ lengths: [Int], horizon: Int = 20) -> [Float] {
  let totals = StepTotals(lengths: lengths, horizon: horizon)
  return lengths.flatMap { length in
    [Float](repeating: Float(mode.tokenWeight(length: length, of: totals)), count: length)
  }
}

@Suite("Losses against PyTorch")
struct LossGoldenTests {
  @Test("the clipped surrogate in every aggregation mode: loss, gradient and statistics")
  func surrogate() throws {
    for (index, one) in try LossGoldens.read().surrogate.enumerated() {
      let clip = ClipRange(low: one.low, high: one.high, dual: one.dual == 0 ? .infinity : one.dual)
      let weights = Tensor(flatWeights(one.mode, one.lengths, horizon: one.horizon))
      var found: SurrogateStatistics?
      let (loss, slope) = gradient(one.log_probs) { logProbs in
        let result = clippedSurrogateLoss(
          logProbs: logProbs, oldLogProbs: Tensor(one.old), advantages: Tensor(one.advantages),
          weights: weights, clip: clip)
        found = result.statistics
        return result.loss
      }
      let statistics = try #require(found)
      #expect(isClose(loss, one.loss, within: 2e-6), "case \(index)")
      #expect(areClose(slope, one.gradient, within: 2e-6), "case \(index)")
      #expect(statistics.clippedLow.item == one.clipped_low, "case \(index)")
      #expect(statistics.clippedHigh.item == one.clipped_high, "case \(index)")
      #expect(statistics.clippedDual.item == one.clipped_dual, "case \(index)")
      #expect(isClose(statistics.divergenceK1.item, one.k1, within: 1e-5), "case \(index)")
      #expect(isClose(statistics.divergenceK3.item, one.k3, within: 1e-5), "case \(index)")
      #expect(statistics.tokens.item == Double(one.lengths.reduce(0, +)))
      for (token, found) in zip(statistics.trace.ratios.floats, statistics.trace.clips.floats)
        .enumerated()
      {
        let ratio = exp(min(20, max(-20, Double(one.log_probs[token] - one.old[token]))))
        let advantage = one.advantages[token]
        let wanted: Float =
          switch advantage {
          case ..<0 where ratio < 1 - one.low: -1
          case ..<0 where ratio > clip.dual: 2
          case _ where advantage > 0 && ratio > 1 + one.high: 1
          default: 0
          }
        #expect(abs(Double(found.0) - ratio) < 1e-5 * ratio, "case \(index), token \(token)")
        #expect(found.1 == wanted, "case \(index), token \(token)")
      }
    }
  }

  @Test("the value loss with and without clipping")
  func value() throws {
    for (index, one) in try LossGoldens.read().value.enumerated() {
      let weights = Tensor(flatWeights(one.mode, one.lengths))
      var clipped = -1.0
      let (loss, slope) = gradient(one.values) { values in
        let result = valueLoss(
          values: values, returns: Tensor(one.returns), oldValues: Tensor(one.old),
          weights: weights, range: one.range == 0 ? .infinity : one.range)
        clipped = result.clipped.item
        return result.loss
      }
      #expect(isClose(loss, one.loss), "case \(index)")
      #expect(areClose(slope, one.gradient), "case \(index)")
      #expect(clipped == one.clipped, "case \(index)")
    }
  }

  @Test("every divergence estimator, as a loss and on the host")
  func divergence() throws {
    let goldens = try LossGoldens.read().divergence
    #expect(Set(goldens.map(\.estimator)) == Set(DivergenceEstimator.allCases))
    for one in goldens {
      let count = one.log_probs.count
      let weights = Tensor([Float](repeating: 1 / Float(count), count: count))
      let (loss, slope) = gradient(one.log_probs) {
        divergenceLoss(
          one.estimator, logProbs: $0, reference: Tensor(one.reference), weights: weights)
      }
      #expect(isClose(loss, one.loss, within: 2e-6), "\(one.estimator)")
      #expect(areClose(slope, one.gradient, within: 2e-6), "\(one.estimator)")
      let terms = one.estimator.estimates(logProbs: one.log_probs, reference: one.reference)
      #expect(areClose(terms, one.terms), "\(one.estimator)")
    }
  }

  @Test("imitation, entropy and both halves of self-imitation")
  func terms() throws {
    let one = try LossGoldens.read().terms
    let (weights, returns) = (Tensor(one.weights), Tensor(one.returns))
    let values = Tensor(one.values)
    let cases: [(LossGoldens.Outcome, [Float], (Tensor) -> Tensor)] = [
      (one.imitation, one.inputs, { imitationLoss(logProbs: $0, weights: weights) }),
      (one.entropy, one.inputs, { entropyLoss(entropies: $0, weights: weights) }),
      (
        one.self_imitation, one.inputs,
        { selfImitationLoss(logProbs: $0, returns: returns, values: values, weights: weights) }
      ),
      (
        one.self_imitation_capped, one.inputs,
        {
          selfImitationLoss(
            logProbs: $0, returns: returns, values: values, weights: weights, cap: one.cap)
        }
      ),
      (
        one.self_imitation_value, one.values,
        { selfImitationValueLoss(values: $0, returns: returns, weights: weights) }
      ),
    ]
    for (index, (wanted, inputs, function)) in cases.enumerated() {
      let (loss, slope) = gradient(inputs, of: function)
      #expect(isClose(loss, wanted.loss), "case \(index)")
      #expect(areClose(slope, wanted.gradient), "case \(index)")
    }
  }
}
