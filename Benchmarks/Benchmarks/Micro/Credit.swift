// Generalized advantages and returns of responses of very different lengths, and their packing
// into micro-batches.

import Methods
import Benchmark
import Torch
import Training

/// 512 responses of 64 to 4096 tokens, as Benchmarks/peers/gae.py draws them; "each" is a token.
func credit() {
  var draws = Draws()
  let lengths = (0..<512).map { _ in Int.random(in: 64...4096, using: &draws) }
  let values = lengths.map { length in
    (0..<length).map { _ in Float.random(in: 0..<1, using: &draws) }
  }
  let rewards = lengths.map { terminalRewards(1, length: $0) }
  let tokens = lengths.reduce(0, +)
  benchmark("GAE: advantages, a token", count: tokens) {
    for (rewards, values) in zip(rewards, values) {
      blackHole(generalizedAdvantages(rewards: rewards, values: values, lambda: 0.95))
    }
  }
  benchmark("GAE: advantages and returns, a token", count: tokens) {
    for (rewards, values) in zip(rewards, values) {
      blackHole(generalizedAdvantages(rewards: rewards, values: values, lambda: 0.95))
      blackHole(lambdaReturns(rewards: rewards, values: values, lambda: 0.95))
    }
  }
}

/// 64 prompts of 8 responses each; "each" is a token.
func packing() {
  var draws = Draws()
  let sequences = (0..<64).flatMap { _ in
    let prompt = (0..<Int.random(in: 16...64, using: &draws)).map { $0 }
    return (0..<8).map { _ in
      TokenSequence(
        prompt: prompt, response: (0..<Int.random(in: 16...1024, using: &draws)).map { $0 })
    }
  }
  let tokens = sequences.reduce(0) { $0 + $1.prompt.count + $1.response.count }
  let packer = BatchPacker(tokenBudget: 16384, device: .cpu)
  benchmark("packing, a token", count: tokens) { blackHole(packer.pack(sequences)) }
}
