// LossLedger: the terms of a loss over the micro-batches of an optimizer step. The numbers stay on
// the device until the step's last; then they come over together.

import Methods
import Ranks
import Records
import Torch

/// What one optimizer step's terms add up to.
struct LossSums {
  /// The whole loss.
  var loss = 0.0
  /// The measures by name.
  var measures: [(name: String, sum: Double, share: Measure.Share)] = []
  /// What happened to the tokens of every sequence; empty unless asked for.
  var traces: [UpdateTrace] = []
}

/// Gathers the terms of micro-batches.
struct LossLedger {
  private var names: [(name: String, share: Measure.Share)] = []
  private var rows: [Tensor] = []
  /// The grain that each row is of.
  private var grains: [Int] = []
  /// The grain at work.
  var grain = 0
  private var uneven: [Tensor] = []
  private var unevenWeight = 0.0
  /// Whether it keeps what happened at every token.
  private let keepsTraces: Bool
  /// Of the micro-batch at work, `[2, tokens]` a portion.
  private var portions: [Tensor] = []
  /// Of those that are done, `[2, P]` with the sequences that they are of.
  private var traced: [(rows: [Int], numbers: Tensor)] = []

  init(keepsTraces: Bool = false) { self.keepsTraces = keepsTraces }

  /// Notes the terms of some tokens, the same terms every time.
  ///
  /// - Returns: `[]`, their sum, with the gradient.
  mutating func note(_ terms: [LossTerm]) -> Tensor {
    let total = LossTerm.total(terms)
    let measures = terms.flatMap(\.measures)
    names = measures.map { ($0.name, $0.share) }
    grains.append(grain)
    rows.append(
      withoutGradient {
        let numbers = [total.detached()] + measures.map(\.sum)
        return Tensor.concatenated(numbers.map { $0.to(.float32).reshaped([1]) }, along: 0)
      })
    if keepsTraces, let trace = terms.lazy.compactMap(\.trace).first {
      portions.append(
        Tensor.concatenated(
          [trace.ratios, trace.clips].map { $0.to(.float32).reshaped([1, $0.count]) }, along: 0))
    }
    return total
  }

  /// Notes that all portions of some sequences, end to end, have been noted.
  mutating func endBatch(_ rows: [Int]) {
    guard !portions.isEmpty else { return }
    traced.append((rows, Tensor.concatenated(portions, along: 1)))
    portions = []
  }

  /// What happened at the tokens of every sequence, read from the device once, in all processes the same.
  ///
  /// - Parameters:
  ///   - sequences: those of the optimizer step.
  ///   - packer: what has cut them.
  /// - Returns: one a sequence; nothing where it was not asked for.
  func traces(of sequences: [TokenSequence], _ packer: BatchPacker) -> [UpdateTrace] {
    guard keepsTraces else { return [] }
    let lengths = sequences.map(\.response.count)
    // The ratios of a sequence's tokens, then their clips.
    var known = [[Float]](repeating: [], count: sequences.count)
    for (rows, numbers) in traced {
      let flat = numbers.floats
      let (ratios, clips) = (flat[..<(flat.count / 2)], flat[(flat.count / 2)...])
      var start = 0
      for row in rows {
        known[row] = [ratios, clips].flatMap { $0.dropFirst(start).prefix(lengths[row]) }
        start += lengths[row]
      }
    }
    let all = packer.division.gathered(
      known, dealt: packer.dealt(sequences), lengths: lengths.map { 2 * $0 }, "what was clipped")
    return zip(all, lengths).map { numbers, length in
      UpdateTrace(
        ratios: Array(numbers.prefix(length)),
        clips: numbers.dropFirst(length).map { Int8(exactly: $0) ?? 0 })
    }
  }

  /// Notes a micro-batch's share `[]` of the experts' imbalance, which is part of the loss by a weight.
  mutating func note(uneven share: Tensor, weight: Double) {
    uneven.append(share.to(.float32).reshaped([1]))
    unevenWeight = weight
  }

  /// What a process has noted, in the bits of its numbers.
  private struct Noted: Codable {
    var names: [String]
    var shares: [Measure.Share]
    var numbers: [UInt32]
    var grains: [Int]
    var uneven: [UInt32]
    var unevenWeight: Double
  }

  private var noted: Noted {
    func bits(_ tensors: [Tensor]) -> [UInt32] {
      tensors.isEmpty ? [] : Tensor.concatenated(tensors, along: 0).floats.map(\.bitPattern)
    }
    return Noted(
      names: names.map(\.name), shares: names.map(\.share), numbers: bits(rows),
      grains: grains, uneven: bits(uneven), unevenWeight: unevenWeight)
  }

  /// The sums over all tokens noted, read from the device once, in all processes the same.
  ///
  /// - Parameter ranks: the processes; each has noted the tokens of its grains.
  /// - Returns: the sums, of nothing where nobody noted any.
  func read(_ ranks: Ranks) -> LossSums {
    // A process that had no part of the tokens has nothing to say.
    let parts = ranks.exchange(noted, "the loss").filter { !$0.numbers.isEmpty }
    guard let first = parts.first else { return LossSums() }
    let numbers = parts.flatMap(\.numbers).map { Double(Float(bitPattern: $0)) }
    let width = first.names.count + 1
    // Grain by grain, whoever has gone through them: the sums' bits are then the same.
    let grains = parts.flatMap(\.grains)
    let order = grains.indices.sorted { (grains[$0], $0) < (grains[$1], $1) }
    func sum(_ column: Int) -> Double {
      order.reduce(0) { $0 + numbers[$1 * width + column] }
    }
    var sums = LossSums(
      loss: sum(0),
      measures: first.names.indices.map { (first.names[$0], sum($0 + 1), first.shares[$0]) })
    if first.unevenWeight > 0 {
      let value = parts.flatMap(\.uneven).reduce(0) { $0 + Double(Float(bitPattern: $1)) }
      sums.loss += first.unevenWeight * value
      sums.measures.append(("actor/router_aux_loss", value, .step))
    }
    return sums
  }
}

extension Averages {
  /// Notes an optimizer step's measures.
  mutating func add(_ sums: LossSums, of batch: LossBatch) {
    for (name, sum, share) in sums.measures {
      switch share {
      case .step: add(name, sum)
      case .countedTokens: add(name, sum, over: batch.countedTokens)
      case .countedTokensOfStep: add(name, sum / Double(max(1, batch.countedTokens)))
      case .allTokens: add(name, sum, over: batch.allTokens)
      }
    }
  }

  private mutating func add(_ name: String, _ sum: Double, over tokens: Int) {
    guard tokens > 0 else { return }
    add(name, sum / Double(tokens), weight: Double(tokens))
  }
}
