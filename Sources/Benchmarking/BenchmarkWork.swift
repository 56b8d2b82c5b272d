// What a phase has to do at the least, counted, and how long that takes at the machine's best:
// the denominator of every share. Nothing here is measured.

package import Torch
import Training
import Transformers

/// The parts of a training step that are timed.
package enum BenchmarkPhase: String, CaseIterable, Sendable {
  /// Sampling every response.
  case generation
  /// log π_ref of every response token.
  case reference
  /// The critic's estimate before every response token.
  case values
  /// One pass of the policy's update: forward, backward, AdamW.
  case actor
  /// One pass of the critic's update.
  case critic
  /// All of it, in the order of a step.
  case step
}

/// What the machine can do at its best.
package struct BenchmarkLimits: Sendable, Equatable {
  /// Floating-point operations a second of the best matrix product.
  package var operations: Double
  /// Bytes read from memory a second.
  package var bandwidth: Double

  /// Puts limits together.
  package init(operations: Double, bandwidth: Double) {
    self.operations = operations
    self.bandwidth = bandwidth
  }
}

extension BenchmarkWorkload {
  /// The least time of a phase, in seconds.
  ///
  /// Only products with weights and attention count, each 2 operations a multiplication:
  ///
  ///     forward   2·(weights of the layers)·tokens + 4·(query width)·layers·(pairs that see each other)
  ///     head      2·hidden·vocabulary for every response token; the critic's counts nothing
  ///     training  3 times the forward
  ///
  /// Scoring and training read every sequence whole. Generation reads a prompt once for all its
  /// responses, and its last token not at all; it takes the longer of its operations and of its
  /// reading: all weights once a token of the longest response, and every row's keys and values
  /// once a token.
  ///
  /// - Parameters:
  ///   - phase: what is done.
  ///   - limits: what the machine can do.
  ///   - type: what weights and caches are read in.
  /// - Returns: seconds.
  package func leastSeconds(
    of phase: BenchmarkPhase, _ limits: BenchmarkLimits, type: ElementType
  ) -> Double {
    switch phase {
    case .generation:
      max(
        generationOperations / limits.operations,
        generationBytes(elementSize: type.byteCount) / limits.bandwidth)
    case .reference: scoringOperations / limits.operations
    case .values: trunkOperations / limits.operations
    case .actor: 3 * scoringOperations / limits.operations
    case .critic: 3 * trunkOperations / limits.operations
    case .step:
      BenchmarkPhase.allCases.filter { $0 != .step }
        .reduce(0) { $0 + leastSeconds(of: $1, limits, type: type) }
    }
  }

  /// What a phase's tokens a second count: response tokens where they are made, else all.
  package func tokens(of phase: BenchmarkPhase) -> Int {
    phase == .generation ? responseTokens : allTokens
  }

  /// Tokens of all responses.
  package var responseTokens: Int { lengths.reduce(0, +) }

  /// Tokens of all sequences, a prompt counted for each of its responses.
  package var allTokens: Int { pairs.reduce(0) { $0 + $1.prompt + $1.response } }

  private var pairs: [(prompt: Int, response: Int)] {
    lengths.enumerated().map { (prompts[$0.offset / samples].count, $0.element) }
  }

  /// The width of all query heads.
  private var queryWidth: Int { model.headCount * model.headSize }

  /// The weights that every token is multiplied with.
  private var layerWeights: Int {
    let keys = model.keyValueHeadCount * model.headSize
    let layer =
      2 * model.hiddenSize * (queryWidth + keys) + 3 * model.hiddenSize * model.intermediateSize
    return layer * model.layerCount
  }

  private var headWeights: Int { model.hiddenSize * model.vocabularySize }

  /// Operations of a trunk over tokens, and over pairs of a query and a key it sees.
  private func operations(tokens: Int, pairs: Int) -> Double {
    2 * Double(layerWeights) * Double(tokens)
      + 4 * Double(queryWidth * model.layerCount) * Double(pairs)
  }

  private var trunkOperations: Double {
    operations(
      tokens: allTokens, pairs: pairs.reduce(0) { $0 + triangle($1.prompt + $1.response) })
  }

  private var headOperations: Double { 2 * Double(headWeights) * Double(responseTokens) }

  private var scoringOperations: Double { trunkOperations + headOperations }

  private var generationOperations: Double {
    let prefill = operations(
      tokens: prompts.reduce(0) { $0 + $1.count },
      pairs: prompts.reduce(0) { $0 + triangle($1.count) })
    let decoding = operations(
      tokens: pairs.reduce(0) { $0 + $1.response - 1 }, pairs: decodedPairs)
    return prefill + decoding + headOperations
  }

  private func generationBytes(elementSize: Int) -> Double {
    let weights = Double(lengths.max() ?? 0) * Double(layerWeights + headWeights)
    let cache = 2 * model.keyValueHeadCount * model.headSize * model.layerCount
    return Double(elementSize) * (weights + Double(cache) * Double(decodedPairs))
  }

  /// Keys seen by all tokens that are decoded after a prompt, the last of a response left out.
  private var decodedPairs: Int {
    pairs.reduce(0) { $0 + ($1.response - 1) * $1.prompt + triangle($1.response - 1) }
  }

  private func triangle(_ length: Int) -> Int { length * (length + 1) / 2 }
}
