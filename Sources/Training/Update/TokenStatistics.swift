// TokenStatistics: log-probabilities and entropies of response tokens, from a model and a
// micro-batch. Used without gradients to score and with them to update: one definition, so that
// the ratio of a fresh policy is one.

package import Torch
package import Transformers

/// What the policy says of some response tokens.
package struct TokenStatistics {
  /// `[P]`, log π(token | what came before), at the rollout's temperature.
  package let logProbs: Tensor
  /// `[P]`, the entropy of the whole distribution, in nats; only when asked for.
  package let entropy: Tensor?

  init(
    _ model: LanguageModel, _ hidden: Tensor, _ targets: Tensor, temperature: Double, entropy: Bool
  ) {
    (logProbs, self.entropy) = model.logProbs(
      of: targets, after: hidden, temperature: temperature > 0 ? temperature : 1, entropy: entropy)
  }
}

/// A part of a micro-batch's response tokens: what a loss is computed on at a time.
package struct Portion {
  fileprivate let batch: MicroBatch
  fileprivate let range: Range<Int>
  /// What the policy says of the part's tokens.
  package let statistics: TokenStatistics

  /// Gathers one host value a response token of the part.
  package func flat(_ perSequence: [[Float]]) -> Tensor {
    batch.flat(perSequence).narrowed(0, range)
  }
}

/// Adds the gradient of a loss that is a sum over response tokens to a policy's weights.
///
/// The loss is computed, and gone back through, in portions that bound the memory of tokens ×
/// vocabulary; the trunk is gone through once. As every loss is a sum with weights that were fixed
/// before, the cut changes nothing.
///
/// - Parameters:
///   - model: the policy.
///   - batch: what to read.
///   - temperature: what logits are divided by.
///   - entropy: whether the loss or its reader wants entropies.
///   - loss: the share `[]` of a portion.
package func learn(
  _ model: LanguageModel, _ batch: MicroBatch, temperature: Double, entropy: Bool,
  loss: (Portion) -> Tensor
) {
  let hidden = batch.picking(model.decoder.hidden(batch.ids, segments: batch.segments))  // [P, D]
  let ends = hidden.detached()
  ends.requiresGradient = true
  let count = hidden.size(0)
  // On a GPU the output layer keeps no probabilities.
  let most =
    model.decoder.device == .cpu
    ? max(1, portionElements / model.configuration.vocabularySize) : max(1, count)
  for start in stride(from: 0, to: count, by: most) {
    let range = start..<min(start + most, count)
    let statistics = TokenStatistics(
      model, ends.narrowed(0, range), batch.targets.narrowed(0, range), temperature: temperature,
      entropy: entropy)
    loss(Portion(batch: batch, range: range, statistics: statistics)).backward()
  }
  if let gradient = ends.gradient { hidden.backward(gradient) }
}

/// The most probabilities that a portion keeps for its gradient.
let portionElements = 1 << 26

/// Host values for every response token of every sequence.
package struct ScoredTokens {
  package var logProbs: [[Float]]
  package var entropy: [[Float]]
}

extension MicroBatch {
  /// What a critic expects before every response token, `[P]`.
  func values(_ model: ValueModel) -> Tensor {
    model.values(picking(model.decoder.hidden(ids, segments: segments)))
  }
}

/// Scores sequences without gradients.
package struct Scorer {
  let packer: BatchPacker
  let temperature: Double

  package init(packer: BatchPacker, temperature: Double) {
    self.packer = packer
    self.temperature = temperature
  }

  /// Log-probabilities and entropies of every response token, in the order of the sequences.
  package func policy(_ model: LanguageModel, on sequences: [TokenSequence]) -> ScoredTokens {
    var result = ScoredTokens(
      logProbs: Array(repeating: [], count: sequences.count),
      entropy: Array(repeating: [], count: sequences.count))
    withoutGradient {
      for batch in packer.pack(sequences) {
        let hidden = batch.picking(model.decoder.hidden(batch.ids, segments: batch.segments))
        let statistics = TokenStatistics(
          model, hidden, batch.targets, temperature: temperature, entropy: true)
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
  package func values(_ model: ValueModel, on sequences: [TokenSequence]) -> [[Float]] {
    var result = [[Float]](repeating: [], count: sequences.count)
    withoutGradient {
      for batch in packer.pack(sequences) {
        let values = batch.values(model)  // [P]
        for (row, values) in batch.split(values.floats, of: sequences) { result[row] = values }
      }
    }
    return result
  }
}
