// What must hold of drawing tokens.

import Foundation
import Generation
import Records
import Testing
import Torch

@Suite("Sampler")
struct SamplerTests {
  /// Probabilities 0.5, 0.25, 0.125, 0.125 on tokens 2, 0, 3, 1: their logits.
  private let logits: [Float] = [0.25, 0.125, 0.5, 0.125].map { Float(log($0)) }

  private func draw(
    _ settings: SamplingSettings, at uniforms: [Double]
  ) -> (tokens: [Int], logProbs: [Float], masks: RowMasks?) {
    let rows = uniforms.flatMap { _ in logits }
    return sample(
      logits: Tensor(rows, shape: [uniforms.count, 4]), settings: settings, uniforms: uniforms)
  }

  @Test("a uniform number picks the token whose slice of [0, 1) it falls in")
  func slices() {
    // In token order the slices end at 0.25, 0.375, 0.875, 1.
    let drawn = draw(SamplingSettings(), at: [0, 0.2499, 0.2501, 0.3751, 0.8749, 0.8751, 0.9999])
    #expect(drawn.tokens == [0, 0, 1, 2, 2, 3, 3])
    let expected: [Float] = [0.25, 0.25, 0.125, 0.5, 0.5, 0.125, 0.125].map { Float(log($0)) }
    for (found, wanted) in zip(drawn.logProbs, expected) { #expect(abs(found - wanted) < 1e-6) }
  }

  @Test("temperature zero takes the likeliest token, of equals the lowest id")
  func greedy() {
    for temperature in [0, .leastNonzeroMagnitude, 1e-300, 1e-30, 9e-11] {
      let drawn = draw(SamplingSettings(temperature: temperature), at: [0.999])
      #expect(drawn.tokens == [2] && drawn.logProbs.allSatisfy(\.isFinite))
    }
    let tied = sample(
      logits: Tensor([1, 3, 3, 0] as [Float], shape: [1, 4]),
      settings: SamplingSettings(temperature: 0), uniforms: [0.5])
    #expect(tied.tokens == [1])
  }

  @Test("temperature divides the logits: at one half, probabilities are squared")
  func temperature() {
    // Squares: 1/16, 1/64, 1/4, 1/64 over 22/64: token 2 has 16/22.
    let drawn = draw(SamplingSettings(temperature: 0.5), at: [0.5])
    #expect(drawn.tokens == [2])
    #expect(abs(drawn.logProbs[0] - Float(log(16.0 / 22.0))) < 1e-6)
  }

  @Test(
    "a filter keeps the likeliest tokens, and the log-probability is of what is left",
    arguments: [
      // top-k 2 keeps 1/2 and 1/4 of tokens 2 and 0.
      (SamplingSettings(topK: 2), Set([0, 2]), 0.75),
      // The likeliest alone reaches 0.5: the next would begin at 0.5, which is not below it.
      (SamplingSettings(topP: 0.5), Set([2]), 0.5),
      (SamplingSettings(topP: 0.51), Set([0, 2]), 0.75),
      // At least 0.4 times as likely as the likeliest.
      (SamplingSettings(minP: 0.4), Set([0, 2]), 0.75),
      (SamplingSettings(minP: 0.2), Set([0, 1, 2, 3]), 1.0),
      (SamplingSettings(topK: 3, topP: 0.9, minP: 0.3), Set([0, 2]), 0.75),
    ])
  func filters(settings: SamplingSettings, kept: Set<Int>, mass: Double) {
    let uniforms = (0..<200).map { (Double($0) + 0.5) / 200 }
    let drawn = draw(settings, at: uniforms)
    #expect(Set(drawn.tokens) == kept)
    let probabilities = [0.25, 0.125, 0.5, 0.125]
    for (token, logProb) in zip(drawn.tokens, drawn.logProbs) {
      #expect(abs(logProb - Float(log(probabilities[token] / mass))) < 1e-5)
    }
  }

  @Test("frequencies over many draws follow the distribution")
  func frequencies() {
    let source = RandomSource(seed: 3)
    let count = 20_000
    let drawn = draw(SamplingSettings(), at: (0..<count).map { source.uniform(at: $0) })
    let expected = [0.25, 0.125, 0.5, 0.125]
    for (token, share) in expected.enumerated() {
      let found = Double(drawn.tokens.count { $0 == token }) / Double(count)
      // Five standard deviations of a binomial share.
      #expect(abs(found - share) < 5 * (share * (1 - share) / Double(count)).squareRoot())
    }
  }

  @Test("a token of probability zero is never drawn")
  func impossible() {
    let rows: [Float] = [0, -.infinity, -.infinity, 0]
    let uniforms = (0..<64).map { Double($0) / 64 }
    let drawn = sample(
      logits: Tensor(uniforms.flatMap { _ in rows }, shape: [64, 4]), settings: SamplingSettings(),
      uniforms: uniforms)
    #expect(Set(drawn.tokens) == [0, 3])
  }

  @Test(
    "the kernel draws what libtorch's operators draw", .enabled(if: Kernel.canRun),
    arguments: [
      SamplingSettings(), SamplingSettings(temperature: 0), SamplingSettings(temperature: 0.6),
      SamplingSettings(topK: 20), SamplingSettings(topP: 0.9), SamplingSettings(minP: 0.1),
      SamplingSettings(temperature: 1.5, topK: 100, topP: 0.95, minP: 0.02),
    ])
  func kernelAgrees(settings: SamplingSettings) {
    var differing = 0
    for (vocabulary, isTied) in [(1, false), (64, false), (1030, false), (4096, true)] {
      let rows = 150
      let seed = UInt64(vocabulary)
      var numbers = Tensor.normal([rows, vocabulary], deviation: 2, seed: seed).floats
      if isTied { numbers = numbers.map { ($0 * 4).rounded() / 4 } }
      let logits = Tensor(numbers, shape: [rows, vocabulary])
      let uniforms = Tensor.uniform([rows], in: 0..<1, seed: seed + 1).doubles
      let ours = sample(logits: logits, settings: settings, uniforms: uniforms)
      let theirs = Kernel.with([.sampler], on: false) {
        sample(logits: logits, settings: settings, uniforms: uniforms)
      }
      for row in 0..<rows {
        guard ours.tokens[row] == theirs.tokens[row] else {
          differing += 1
          continue
        }
        #expect(abs(ours.logProbs[row] - theirs.logProbs[row]) < 5e-6)
      }
    }
    // Where a number falls next to a border the rounding of sums decides: once in a million draws.
    #expect(differing <= 1)
  }

  @Test("several draws may be from one row, with the kernel and without", arguments: [true, false])
  func sharedRows(kernel: Bool) {
    // Row 1 is the first one's mirror image: slices end at 0.125, 0.625, 0.75, 1.
    let both = Tensor(logits + logits.reversed(), shape: [2, 4])
    let drawn = Kernel.with([.sampler], on: kernel) {
      sample(
        logits: both, rows: [0, 0, 1, 1, 1], settings: SamplingSettings(),
        uniforms: [0.3, 0.9, 0.3, 0.7, 0.9])
    }
    #expect(drawn.tokens == [1, 3, 1, 2, 3])
  }

  @Test("settings that cannot be used say why")
  func complaints() {
    #expect(SamplingSettings(temperature: -1).problems.map(\.key) == ["temperature"])
    #expect(SamplingSettings(topP: 0).problems.map(\.key) == ["top_p"])
    #expect(SamplingSettings(minP: 1.5).problems.map(\.key) == ["min_p"])
    #expect(SamplingSettings(temperature: 0, topK: 0).problems.isEmpty)
  }
}
