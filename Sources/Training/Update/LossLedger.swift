// LossLedger: the terms of a loss over the micro-batches of an optimizer step. The numbers stay on
// the device until the step's last; then they come over together.

import Methods
import Ranks
import Torch

/// What one optimizer step's terms add up to.
struct LossSums {
  /// The whole loss.
  var loss = 0.0
  /// The measures by name.
  var measures: [(name: String, sum: Double, share: Measure.Share)] = []
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
    return total
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
