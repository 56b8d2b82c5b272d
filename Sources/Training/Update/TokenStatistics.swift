// TokenStatistics: log-probabilities and entropies of response tokens, from a model and a
// micro-batch. Used without gradients to score and with them to update: one definition, so that
// the ratio of a fresh policy is one.

import Generation
package import Methods
import Ranks
import Settings
package import Torch
package import Transformers

/// What the policy says of some response tokens.
package struct TokenStatistics {
  /// `[P]`, log π(token | what came before), at the rollout's temperature.
  package let logProbs: Tensor
  /// `[P]`, the entropy of the distribution the token is drawn from, in nats; only when asked for.
  package let entropy: Tensor?

  init(
    _ model: LanguageModel, _ hidden: Tensor, _ targets: Tensor, _ masks: RowMasks?,
    temperature: Double, entropy: Bool
  ) {
    // Greedy draws have no distribution of their own: the model's is scored.
    let isGreedy = temperature < SamplingSettings.leastTemperature
    (logProbs, self.entropy) = model.logProbs(
      of: targets, after: hidden, temperature: isGreedy ? 1 : temperature, entropy: entropy,
      masks: masks)
  }
}

/// What a policy learns from: sequences, what is known of their tokens, and what losses ask of the
/// policy.
package struct LearningInput {
  /// What to read.
  package var sequences: [TokenSequence]
  /// What losses read of the response tokens, in the order of the sequences.
  package var table: TokenTable
  /// What logits are divided by.
  package var temperature: Double
  /// Whether the losses or their readers want entropies.
  package var usesEntropies = false
  /// Whether the losses want the ratios of whole responses; the table then has the old
  /// log-probabilities.
  package var readsSequences = false
  /// The weight of the loss that keeps experts evenly used; 0 leaves it out.
  package var routerBalance = 0.0
  /// Whether what happened at every token is asked for.
  package var tracesTokens = false

  /// Puts an input together.
  package init(
    _ sequences: [TokenSequence], _ table: TokenTable, temperature: Double,
    usesEntropies: Bool = false, readsSequences: Bool = false
  ) {
    self.sequences = sequences
    self.table = table
    self.temperature = temperature
    self.usesEntropies = usesEntropies
    self.readsSequences = readsSequences
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
///   - input: what it learns from.
///   - batch: which of the input's sequences.
///   - share: the batch's share of the rows of the optimizer step.
///   - loss: the share `[]` of a portion.
/// - Returns: the share `[]` of the experts' imbalance; nil where it is not part of the loss.
@discardableResult
package func learn(
  _ model: LanguageModel, _ input: LearningInput, _ batch: MicroBatch, share: Double = 1,
  loss: (PolicyTokens) -> Tensor
) -> Tensor? {
  let (whole, balance) =
    input.routerBalance > 0
    ? model.decoder.hiddenAndBalance(batch.ids, segments: batch.segments)
    : (model.decoder.hidden(batch.ids, segments: batch.segments), nil)
  let hidden = batch.picking(whole)  // [P, D]
  let ends = hidden.detached()
  ends.requiresGradient = true
  let columns = batch.columns(of: input.table)
  let count = hidden.size(0)
  // On a GPU the output layer keeps no probabilities.
  let most =
    model.decoder.device == .cpu
    ? max(1, portionElements / model.configuration.vocabularySize) : max(1, count)
  let ranges = stride(from: 0, to: count, by: most).map { $0..<min($0 + most, count) }
  func statistics(
    _ range: Range<Int>, _ masks: RowMasks?, entropy: Bool = false
  ) -> TokenStatistics {
    TokenStatistics(
      model, ends.narrowed(0, range), batch.targets.narrowed(0, range), masks?.narrowed(range),
      temperature: input.temperature, entropy: entropy)
  }
  var sequenceLogRatios: Tensor?
  if input.readsSequences && ranges.count > 1 {
    // A response may lie in several portions: its ratio is known only when all have been read.
    sequenceLogRatios = withoutGradient {
      let logProbs = ranges.map { statistics($0, batch.masks).logProbs }
      return logRatios(Tensor.concatenated(logProbs, along: 0))
    }
  }
  func logRatios(_ logProbs: Tensor) -> Tensor {
    batch.sequenceMeans(logProbs - columns[.oldLogProb], of: input.sequences)
  }
  for range in ranges {
    let found = statistics(range, batch.masks, entropy: input.usesEntropies)
    var tokens = PolicyTokens(
      logProbs: found.logProbs, entropies: found.entropy, columns: columns.narrowed(range))
    if batch.masks != nil && columns.has(.imitationWeight) {
      tokens.wholeLogProbs = statistics(range, nil).logProbs
    }
    if input.readsSequences {
      tokens.sequenceLogRatios =
        sequenceLogRatios?.narrowed(0, range)
        ?? withoutGradient { logRatios(found.logProbs.detached()) }
    }
    loss(tokens).backward()
  }
  guard let balance else {
    if let gradient = ends.gradient { hidden.backward(gradient) }
    return nil
  }
  // Back through the trunk once, from both.
  let uneven = balance * share
  let tokens = ends.gradient.map { (hidden * $0).sum().to(.float32) }
  let weighted = uneven * input.routerBalance
  (tokens.map { $0 + weighted } ?? weighted).backward()
  return uneven.detached()
}

extension LanguageModel {
  /// Gathers the gradient of one optimizer step.
  ///
  /// - Parameters:
  ///   - input: what to learn from.
  ///   - packer: cuts it into micro-batches.
  ///   - share: this model's, which has the gradient afterwards.
  ///   - terms: the loss of some tokens.
  /// - Returns: the sums of the terms, read from the device once.
  func gather(
    _ input: LearningInput, _ packer: BatchPacker, into share: WeightShare,
    terms: (PolicyTokens) -> [LossTerm]
  ) -> LossSums {
    var ledger = LossLedger(keepsTraces: input.tracesTokens)
    let rows = input.routerBalance > 0 ? packer.rowCount(of: input.sequences) : 1
    share.gatherGradient(packer, over: input.sequences) { grain, batch in
      ledger.grain = grain
      let share = Double(batch.ids.count) / Double(rows)
      let uneven = learn(self, input, batch, share: share) { ledger.note(terms($0)) }
      if let uneven { ledger.note(uneven: uneven, weight: input.routerBalance) }
      ledger.endBatch(batch.rows)
    }
    var sums = ledger.read(packer.division.ranks)
    sums.traces = ledger.traces(of: input.sequences, packer)
    return sums
  }
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

extension ValueModel {
  /// Gathers the gradient of one optimizer step.
  ///
  /// - Parameters:
  ///   - sequences: what to read.
  ///   - table: what the losses read of the response tokens, in the order of the sequences.
  ///   - packer: cuts them into micro-batches.
  ///   - share: this model's, which has the gradient afterwards.
  ///   - terms: the loss of some tokens.
  /// - Returns: the sums of the terms, read from the device once.
  func gather(
    _ sequences: [TokenSequence], _ table: TokenTable, _ packer: BatchPacker,
    into share: WeightShare,
    terms: (Tensor, TokenColumns) -> [LossTerm]
  ) -> LossSums {
    var ledger = LossLedger()
    share.gatherGradient(packer, over: sequences) { grain, batch in
      ledger.grain = grain
      ledger.note(terms(batch.values(self), batch.columns(of: table))).backward()
    }
    return ledger.read(packer.division.ranks)
  }
}

/// Scores sequences without gradients.
package struct Scorer {
  let packer: BatchPacker
  let temperature: Double
  /// Whether divided models are read a layer at a time: no process then has the whole of one.
  private let readsByLayer: Bool

  /// Takes what cuts sequences, the rollout's temperature, and whether divided models are read a layer at a time.
  package init(packer: BatchPacker, temperature: Double, readsByLayer: Bool = false) {
    self.packer = packer
    self.temperature = temperature
    self.readsByLayer = readsByLayer
  }

  /// Goes through this process's micro-batches, without gradients.
  private func read(
    _ keeper: DividedWeights?, _ sequences: [TokenSequence], _ dealt: [[Int]],
    _ body: (MicroBatch) -> Void
  ) {
    withoutGradient {
      guard let keeper else {
        for batch in packer.ownBatches(sequences, dealt).lazy.flatMap(\.batches) { body(batch) }
        return
      }
      let counts = packer.batchCounts(sequences, dealt)
      for (grains, number) in packer.division.turns(counts) {
        keeper.begin()
        let mine = grains.lowerBound + packer.division.ranks.rank
        if grains.contains(mine), counts[mine] > number {
          body(packer.batch(number, of: dealt[mine], in: sequences))
        }
        keeper.endReading()
      }
    }
  }

  /// Log-probabilities and entropies of every response token, in the order of the sequences.
  package func policy(_ model: LanguageModel, on sequences: [TokenSequence]) -> ScoredTokens {
    let model = readsByLayer ? model : model.whole
    var result = ScoredTokens(
      logProbs: Array(repeating: [], count: sequences.count),
      entropy: Array(repeating: [], count: sequences.count))
    let dealt = packer.dealt(sequences)
    read(model.decoder.divided, sequences, dealt) { batch in
      let hidden = batch.picking(model.decoder.hidden(batch.ids, segments: batch.segments))
      let statistics = TokenStatistics(
        model, hidden, batch.targets, batch.masks, temperature: temperature, entropy: true)
      for (row, values) in batch.split(statistics.logProbs.floats, of: sequences) {
        result.logProbs[row] = values
      }
      for (row, values) in batch.split(statistics.entropy?.floats ?? [], of: sequences) {
        result.entropy[row] = values
      }
    }
    result.logProbs = gathered(result.logProbs, dealt, sequences, "log-probabilities")
    result.entropy = gathered(result.entropy, dealt, sequences, "entropies")
    return result
  }

  private func gathered(
    _ known: [[Float]], _ dealt: [[Int]], _ sequences: [TokenSequence], _ what: String
  ) -> [[Float]] {
    packer.division.gathered(
      known, dealt: dealt, lengths: sequences.map(\.response.count), what)
  }

  /// The critic's estimate before every response token, in the order of the sequences.
  package func values(_ model: ValueModel, on sequences: [TokenSequence]) -> [[Float]] {
    let model = readsByLayer ? model : model.whole
    var result = [[Float]](repeating: [], count: sequences.count)
    let dealt = packer.dealt(sequences)
    read(model.decoder.divided, sequences, dealt) { batch in
      let values = batch.values(model)  // [P]
      for (row, values) in batch.split(values.floats, of: sequences) { result[row] = values }
    }
    return gathered(result, dealt, sequences, "values")
  }
}
