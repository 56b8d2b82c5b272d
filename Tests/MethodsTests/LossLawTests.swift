// What every loss must hold whatever its inputs: worked examples, cuts into micro-batches, tokens
// that do not count, batches with nothing in them.

import Foundation
import Methods
import Records
import Testing
import TestSupport
import Torch

@Suite("Laws of the losses")
struct LossLawTests {
  let plain = ClipRange(low: 0.2, high: 0.28)

  @Test(
    "the surrogate of one token, worked by hand",
    arguments: [
      // ratio, A, gain = min(ratio·A, clipped·A), d gain/d log π = ratio·A where not clipped
      (1.0, 2.0, 2.0, 2.0), (1.2, 1.0, 1.2, 1.2), (1.5, 1.0, 1.28, 0.0), (0.5, 1.0, 0.5, 0.5),
      (0.5, -1.0, -0.8, 0.0), (0.9, -1.0, -0.9, -0.9), (5.0, -1.0, -3.0, 0.0),
      (2.0, -1.0, -2.0, -2.0),
    ])
  func surrogateByHand(ratio: Double, advantage: Double, gain: Double, slope: Double) {
    let (loss, found) = gradient([Float(log(ratio)) - 1]) {
      clippedSurrogateLoss(
        logProbs: $0, oldLogProbs: Tensor([Float(-1)]), advantages: Tensor([Float(advantage)]),
        weights: Tensor([Float(1)]), clip: ClipRange(low: 0.2, high: 0.28, dual: 3)
      ).loss
    }
    #expect(isClose(loss, -gain))
    #expect(areClose(found, [Float(-slope)]))
  }

  @Test("at the old policy the gradient is that of the advantage-weighted likelihood")
  func firstStep() {
    let logProbs: [Float] = [-1, -2, -0.5]
    let (_, slope) = gradient(logProbs) {
      clippedSurrogateLoss(
        logProbs: $0, oldLogProbs: Tensor(logProbs), advantages: Tensor([1, -2, 0.5] as [Float]),
        weights: Tensor([0.5, 0.25, 1] as [Float]), clip: plain
      ).loss
    }
    #expect(areClose(slope, [-0.5, 0.5, -0.5]))
  }

  @Test("clip-higher is visible exactly between the two bounds")
  func clipHigher() {
    let symmetric = ClipRange(low: 0.2, high: 0.2)
    for (ratio, differs) in [(1.1, false), (1.25, true), (0.7, false)] {
      let losses = [plain, symmetric].map { clip in
        clippedSurrogateLoss(
          logProbs: Tensor([Float(log(ratio))]), oldLogProbs: Tensor([Float(0)]),
          advantages: Tensor([Float(1)]), weights: Tensor([Float(1)]), clip: clip
        ).loss.item
      }
      #expect((losses[0] != losses[1]) == differs)
    }
  }

  @Test("without a bound the log-ratio may be anything")
  func unboundedRatio() {
    let (loss, slope) = gradient([25]) {
      clippedSurrogateLoss(
        logProbs: $0, oldLogProbs: Tensor([Float(0)]), advantages: Tensor([Float(-1)]),
        weights: Tensor([Float(1)]), clip: plain, bound: .infinity
      ).loss
    }
    #expect(isClose(loss, exp(25), within: 1e-5))
    #expect(areClose(slope, [Float(exp(25.0))], within: 1e-5))
  }

  @Test("the gradient does not depend on how a step is cut into micro-batches", arguments: 1...6)
  func microBatches(seed: Int) {
    var numbers = SplitMix64(state: UInt64(seed))
    let lengths = (0..<8).map { _ in Int.random(in: 1...9, using: &numbers) }
    let count = lengths.reduce(0, +)
    let old = numbers.floats(count, in: -3...0)
    let new = zip(old, numbers.floats(count, in: -0.5...0.5)).map(+)
    let advantages = numbers.floats(count, in: -1...1)
    let values = numbers.floats(count, in: -1...1)
    let returns = numbers.floats(count, in: -1...1)
    let starts = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }

    for mode in LossAggregation.allCases {
      let weights = flatWeights(mode, lengths)
      func total(_ cuts: [Range<Int>]) -> (loss: Double, slope: [Float]) {
        cuts.reduce((0, [])) { sum, cut in
          func part(_ list: [Float]) -> Tensor { Tensor(Array(list[cut])) }
          let policy = gradient(Array(new[cut])) { logProbs in
            let surrogate = clippedSurrogateLoss(
              logProbs: logProbs, oldLogProbs: part(old), advantages: part(advantages),
              weights: part(weights), clip: plain)
            let others =
              imitationLoss(logProbs: logProbs, weights: part(weights))
              + divergenceLoss(
                .k3, logProbs: logProbs, reference: part(old), weights: part(weights))
            return surrogate.loss + others
          }
          let value = gradient(Array(values[cut])) {
            valueLoss(
              values: $0, returns: part(returns), oldValues: part(old), weights: part(weights),
              range: 0.2
            ).loss
          }
          return (sum.loss + policy.loss + value.loss, sum.slope + policy.1 + value.1)
        }
      }
      let whole = total([0..<count])
      let two = total([0..<starts[3], starts[3]..<count])
      let each = total(zip(starts, starts.dropFirst()).map { $0..<$1 })
      #expect(isClose(whole.loss, two.loss) && isClose(whole.loss, each.loss))
      func sorted(_ slope: [Float]) -> [Float] { slope.sorted() }
      #expect(sorted(whole.slope) == sorted(two.slope))
      #expect(sorted(whole.slope) == sorted(each.slope))
    }
  }

  @Test("a token of weight zero adds nothing, whatever it holds")
  func uncountedTokens() {
    let dirt: [Float] = [.nan, .infinity, -.infinity, -1e30]
    let weights = Tensor([0, 0, 0, 0, 1] as [Float])
    let other = Tensor(dirt + [-1])
    let losses: [(Tensor) -> Tensor] = [
      { input in
        clippedSurrogateLoss(
          logProbs: input, oldLogProbs: other, advantages: other, weights: weights, clip: plain
        ).loss
      },
      {
        valueLoss(values: $0, returns: other, oldValues: other, weights: weights, range: 0.2).loss
      },
      { imitationLoss(logProbs: $0, weights: weights) },
      { entropyLoss(entropies: $0, weights: weights) },
      { selfImitationValueLoss(values: $0, returns: other, weights: weights) },
    ]
    for (index, loss) in losses.enumerated() {
      let clean = gradient(Array(repeating: -2, count: 4) + [-1.5], of: loss)
      let dirty = gradient([.infinity, 3, .nan, 1e30, -1.5], of: loss)
      #expect(clean.loss.isFinite && clean.loss == dirty.loss, "loss \(index)")
      #expect(clean.1[4] == dirty.1[4], "loss \(index)")
    }
  }

  @Test("statistics leave out tokens of weight zero")
  func uncountedStatistics() {
    let statistics = clippedSurrogateLoss(
      logProbs: Tensor([1, 1, 0] as [Float]), oldLogProbs: Tensor([0, 0, 0] as [Float]),
      advantages: Tensor([1, 1, 1] as [Float]), weights: Tensor([0, 0.5, 0.5] as [Float]),
      clip: plain
    ).statistics
    #expect(statistics.clippedHigh.item == 1)
    #expect(statistics.tokens.item == 2)
    #expect(statistics.divergenceK1.item == -1)
    #expect(isClose(statistics.divergenceK3.item, exp(1) - 2))
  }

  @Test("without a right answer imitation is exactly zero, and so is its gradient")
  func noPositives() {
    let totals = StepTotals(lengths: [], horizon: 8)
    let weight = Float(LossAggregation.tokenMean.tokenWeight(length: 2, of: totals))
    let (loss, slope) = gradient([-1, -50]) {
      imitationLoss(logProbs: $0, weights: Tensor([weight, weight]))
    }
    #expect(loss == 0)
    #expect(slope == [0, 0])
  }

  @Test("a micro-batch without tokens loses nothing")
  func emptyMicroBatch() {
    let none = Tensor([] as [Float])
    let surrogate = clippedSurrogateLoss(
      logProbs: none, oldLogProbs: none, advantages: none, weights: none, clip: plain)
    #expect(surrogate.loss.item == 0 && surrogate.statistics.tokens.item == 0)
    #expect(imitationLoss(logProbs: none, weights: none).item == 0)
  }

  @Test("clipping the value never makes its loss smaller, and a wide range changes nothing")
  func valueClipping() {
    var numbers = SplitMix64(state: 5)
    let lists = (0..<3).map { _ in numbers.floats(40, in: -1...1) }
    func loss(_ range: Double) -> Double {
      valueLoss(
        values: Tensor(lists[0]), returns: Tensor(lists[1]), oldValues: Tensor(lists[2]),
        weights: Tensor(flatWeights(.tokenMean, [40])), range: range
      ).loss.item
    }
    #expect(loss(0.1) > loss(.infinity))
    #expect(loss(100) == loss(.infinity))
  }

  @Test("nothing flows into the old policy, the reference model, old values or replayed values")
  func fixedInputs() {
    let (weights, live) = (Tensor([1, 1] as [Float]), Tensor([-1, -0.5] as [Float]))
    live.requiresGradient = true
    let losses: [(Tensor) -> Tensor] = [
      {
        clippedSurrogateLoss(
          logProbs: live, oldLogProbs: $0, advantages: weights, weights: weights, clip: plain
        ).loss
      },
      { divergenceLoss(.k3, logProbs: live, reference: $0, weights: weights) },
      { divergenceLoss(.k1StraightThrough, logProbs: live, reference: $0, weights: weights) },
      {
        valueLoss(values: live, returns: weights, oldValues: $0, weights: weights, range: 0.1).loss
      },
      { selfImitationLoss(logProbs: live, returns: weights, values: $0, weights: weights) },
    ]
    for loss in losses { #expect(gradient([-0.9, -0.6], of: loss).1 == []) }
  }

  @Test("self-imitation never learns from what the critic already expects")
  func selfImitationIsOneSided() {
    let (returns, values) = (Tensor([0, 1] as [Float]), Tensor([1, 0.25] as [Float]))
    let weights = Tensor([1, 1] as [Float])
    let policy = gradient([-1, -1]) {
      selfImitationLoss(logProbs: $0, returns: returns, values: values, weights: weights)
    }
    #expect(policy.loss == 0.75 && policy.1 == [0, -0.75])
    let value = gradient([1, 0.25]) {
      selfImitationValueLoss(values: $0, returns: returns, weights: weights)
    }
    #expect(value.loss == 0.28125 && value.1 == [0, -0.75])
  }

  @Test("self-imitation weights divide by the useful tokens, and by no fewer than the minimum")
  func selfImitationNormalizer() {
    let (returns, values): ([[Float]], [[Float]]) = ([[1, 1], [1]], [[0, 2], [0.5]])
    func weights(_ minimum: Int) -> [Double] {
      selfImitationWeights(
        importance: [1, 0.5], returns: returns, values: values, minimum: minimum)
    }
    #expect(weights(1) == [0.5, 0.25])
    #expect(weights(10) == [0.1, 0.05])
  }

  @Test("k3 and k2 are never negative, and every estimator is zero between equal models")
  func divergenceLaws() {
    var numbers = SplitMix64(state: 11)
    let (left, right) = (numbers.floats(200, in: -6...0), numbers.floats(200, in: -6...0))
    for estimator in DivergenceEstimator.allCases {
      #expect(estimator.estimates(logProbs: left, reference: left).allSatisfy { $0 == 0 })
    }
    for estimator in [DivergenceEstimator.k2, .k3, .abs] {
      #expect(estimator.estimates(logProbs: left, reference: right).allSatisfy { $0 >= 0 })
    }
  }

  @Test("k1 and k3 average to the divergence, and k2's gradient to the divergence's")
  func divergenceExpectation() {
    // Two outcomes: π = (0.7, 0.3), π_ref = (0.4, 0.6).
    // KL = 0.7·ln(0.7/0.4) + 0.3·ln(0.3/0.6) = 0.391731 - 0.207944 = 0.183787
    let (policy, reference): ([Float], [Float]) = ([log(0.7), log(0.3)], [log(0.4), log(0.6)])
    for estimator in [DivergenceEstimator.k1, .k3] {
      let terms = estimator.estimates(logProbs: policy, reference: reference)
      #expect(abs(0.7 * terms[0] + 0.3 * terms[1] - 0.183_787) < 1e-5)
    }
    // E[d k2/dθ] = Σ p·d·d log p/dθ, which is dKL/dθ since Σ dp/dθ = 0. With θ the logit of the
    // first outcome: d log p = (0.3, -0.7), so 0.7·0.559616·0.3 - 0.3·(-0.693147)·0.7 = 0.263080.
    let (_, slope) = gradient(policy) {
      divergenceLoss(
        .k3StraightThrough, logProbs: $0, reference: Tensor(reference),
        weights: Tensor([0.7, 0.3] as [Float]))
    }
    #expect(abs(slope[0] * 0.3 - slope[1] * 0.7 - 0.263_080) < 1e-5)
  }
}
