// TokenStatistics: log-probabilities and entropies of response tokens, from a model and a
// micro-batch. Used without gradients to score and with them to update: one definition, so that
// the ratio of a fresh policy is one.

import Torch
import Transformers

/// What the policy says of every response token.
struct TokenStatistics {
  /// `[P]`, log π(token | what came before), at the rollout's temperature.
  let logProbs: Tensor
  /// `[P]`, the entropy of the whole distribution, in nats; only when asked for.
  let entropy: Tensor?

  init(_ model: LanguageModel, _ batch: MicroBatch, temperature: Double, entropy: Bool) {
    let hidden = batch.picking(model.decoder.hidden(batch.ids))  // [P, D]
    var logits = model.logits(hidden)  // [P, V]
    if temperature != 1 && temperature > 0 { logits = logits / temperature }
    let normalizer = logits.logSumExp(along: -1)  // [P]
    let chosen = logits.gathered(along: -1, at: batch.targets.unsqueezed(-1)).squeezed(-1)
    logProbs = chosen - normalizer
    self.entropy =
      entropy ? normalizer - (logits.softmax(along: -1) * logits).sum(along: -1) : nil
  }
}

/// Host values for every response token of every sequence.
struct ScoredTokens {
  var logProbs: [[Float]]
  var entropy: [[Float]]
}

/// Scores sequences without gradients.
struct Scorer {
  let packer: BatchPacker
  let temperature: Double

  /// Log-probabilities and entropies of every response token, in the order of the sequences.
  func policy(_ model: LanguageModel, on sequences: [TokenSequence]) -> ScoredTokens {
    var result = ScoredTokens(
      logProbs: Array(repeating: [], count: sequences.count),
      entropy: Array(repeating: [], count: sequences.count))
    withoutGradient {
      for batch in packer.pack(sequences) {
        let statistics = TokenStatistics(model, batch, temperature: temperature, entropy: true)
        for (row, values) in batch.split(statistics.logProbs.floats, of: sequences) {
          result.logProbs[row] = values
        }
        for (row, values) in batch.split(statistics.entropy?.floats ?? [], of: sequences) {
          result.entropy[row] = values
        }
      }
    }
    return result
  }

  /// The critic's estimate before every response token, in the order of the sequences.
  func values(_ model: ValueModel, on sequences: [TokenSequence]) -> [[Float]] {
    var result = [[Float]](repeating: [], count: sequences.count)
    withoutGradient {
      for batch in packer.pack(sequences) {
        let values = model.values(batch.picking(model.decoder.hidden(batch.ids)))  // [P]
        for (row, values) in batch.split(values.floats, of: sequences) { result[row] = values }
      }
    }
    return result
  }
}
