// The λ of every form, against the table and the worked figures of the design's algorithms.md, and
// by law.

import Foundation
import Methods
import Testing
import TestSupport

@Suite("The policy's λ")
struct PolicyLambdaTests {
  @Test(
    "the paper's form at the lengths of the table",
    arguments: [
      (
        0.05, [1, 10, 20, 40, 100, 200, 400, 2000, 8000],
        [0, 0, 0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.9975]
      ),
      (0.2, [10, 20, 40, 100, 200, 400, 2000], [0.5, 0.75, 0.875, 0.95, 0.975, 0.9875, 0.9975]),
    ])
  func lengthAdaptive(alpha: Double, lengths: [Int], expected: [Double]) {
    let lambdas = PolicyLambda.lengthAdaptive(alpha: alpha).lambdas(forLengths: lengths)
    for (lambda, wanted) in zip(lambdas, expected) { #expect(abs(lambda - wanted) < 1e-12) }
  }

  @Test("the weights of the paper's form sum to α·l")
  func weightsSumToShareOfLength() {
    for length in [40, 100, 333, 2000] {
      let lambda = PolicyLambda.lengthAdaptive(alpha: 0.05).lambdas(forLengths: [length])[0]
      let sum = (0..<200_000).reduce(0.0) { $0 + pow(lambda, Double($1)) }
      #expect(isClose(sum, 0.05 * Double(length), within: 1e-9))
    }
  }

  @Test("the form with a floor at the lengths of the table, and at the shortest")
  func floor() {
    let lambdas = PolicyLambda.lengthAdaptiveFloor(alpha: 0.05)
      .lambdas(forLengths: [1, 2, 5, 10, 20, 40, 100, 200, 400, 2000, 8000])
    let expected = [0, 0.5, 0.8, 0.9, 0.95, 0.95, 0.95, 0.95, 0.95, 0.99, 0.9975]
    for (lambda, wanted) in zip(lambdas, expected) { #expect(abs(lambda - wanted) < 1e-12) }
  }

  @Test("both adaptive forms rise with the length and stay in 0..<1")
  func monotone() {
    for form in [PolicyLambda.lengthAdaptive(alpha: 0.07), .lengthAdaptiveFloor(alpha: 0.07)] {
      let lambdas = form.lambdas(forLengths: Array(1...3000))
      #expect(zip(lambdas, lambdas.dropFirst()).allSatisfy { $0 <= $1 })
      #expect(lambdas.allSatisfy { $0 >= 0 && $0 < 1 })
    }
  }

  @Test("the threshold counts its own length as short")
  func threshold() {
    let form = PolicyLambda.threshold(length: 100, short: 0.95, long: 0.99)
    #expect(form.lambdas(forLengths: [1, 100, 101]) == [0.95, 0.95, 0.99])
  }

  @Test("the threshold by quantile follows the batch")
  func thresholdByQuantile() {
    // The median of 10, 20, 30, 40 is 25; the 75th percentile is 32.5.
    let median = PolicyLambda.thresholdQuantile(0.5, short: 0.95, long: 0.99)
    #expect(median.lambdas(forLengths: [40, 10, 30, 20]) == [0.99, 0.95, 0.99, 0.95])
    let upper = PolicyLambda.thresholdQuantile(0.75, short: 0.95, long: 0.99)
    #expect(upper.lambdas(forLengths: [40, 10, 30, 20]) == [0.99, 0.95, 0.95, 0.95])
    #expect(median.lambdas(forLengths: []) == [])
  }

  @Test("with an endpoint weight the last reward reaches the first token with that weight")
  func endpointWeight() {
    let lengths = [2, 3, 10, 257, 4000]
    let lambdas = PolicyLambda.endpointWeight(0.3).lambdas(forLengths: lengths)
    for (length, lambda) in zip(lengths, lambdas) {
      // A zero critic passes the reward on by λ alone: A[0] = λ^(l-1)·r.
      let advantages = generalizedAdvantages(
        rewards: terminalRewards(1, length: length),
        values: [Float](repeating: 0, count: length), lambda: lambda)
      #expect(abs(advantages[0] - 0.3) < 1e-6)
    }
    #expect(PolicyLambda.endpointWeight(0.3).lambdas(forLengths: [1]) == [1])
  }

  @Test("the weight of the last reward on the first token tends to exp(-1/α)")
  func firstTokenWeight() {
    for (alpha, weight) in [(0.2, 0.0067), (0.5, 0.135), (1.0, 0.37), (1.5, 0.51)] {
      let lambda = PolicyLambda.lengthAdaptive(alpha: alpha).lambdas(forLengths: [100_000])[0]
      #expect(abs(pow(lambda, 99_999) - weight) < 0.005)
    }
  }

  @Test("quantiles agree with PyTorch's")
  func quantiles() throws {
    let golden = try Golden.decode(BatchGoldens.self, from: "algorithms-batches").quantiles
    for (share, wanted) in zip(golden.shares, golden.quantiles) {
      #expect(isClose(quantile(share, of: golden.lengths), wanted, within: 1e-12))
    }
  }
}
