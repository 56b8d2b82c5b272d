// What the tests of this room share: small episodes, seeded numbers, gradients.

import Records
import TestSupport
import Torch

/// A graded episode of `length` tokens with what credit looks at.
func episode(
  place: Int = 0, length: Int, reward: Float, score: Float? = nil,
  status: Verdict.Status? = nil, finish: FinishReason = .stop
) -> GradedEpisode {
  GradedEpisode(
    completion: Completion(
      prompt: Prompt(
        id: "test/\(place)", place: place, source: "test", text: "?", tokens: [1], truth: "1"),
      sample: 0, tokens: Array(repeating: 5, count: length),
      logProbs: Array(repeating: -1, count: length), text: "", finish: finish),
    verdict: Verdict(status ?? (reward > 0 ? .correct : .wrong)), score: score ?? reward,
    reward: reward, penalty: score.map { reward - $0 } ?? 0)
}

/// Episodes with what a critic says of their tokens.
func scored(_ episodes: [GradedEpisode], values: [[Float]]? = nil) -> [ScoredEpisode] {
  episodes.enumerated().map { ScoredEpisode($1, values: values?[$0] ?? []) }
}

extension SplitMix64 {
  /// `count` numbers of a range, as float32.
  mutating func floats(_ count: Int, in range: ClosedRange<Float>) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }
}

/// A scalar's gradient at one list of inputs.
func gradient(_ inputs: [Float], of function: (Tensor) -> Tensor) -> (loss: Double, [Float]) {
  let leaf = Tensor(inputs)
  leaf.requiresGradient = true
  let loss = function(leaf)
  loss.backward()
  return (loss.item, leaf.gradient?.floats ?? [])
}

/// Whether two numbers agree within a share of the larger, or of one.
func isClose(_ left: Double, _ right: Double, within tolerance: Double = 1e-6) -> Bool {
  abs(left - right) <= tolerance * max(1, abs(left), abs(right))
}

/// Whether two lists agree, number by number.
func areClose(_ left: [Float], _ right: [Float], within tolerance: Double = 1e-6) -> Bool {
  left.count == right.count
    && zip(left, right).allSatisfy { isClose(Double($0), Double($1), within: tolerance) }
}
