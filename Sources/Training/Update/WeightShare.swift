// WeightShare: what a process keeps of a model's weights while they are trained, and what its optimizers move.

import Ranks
import Settings
import Torch
import Transformers

/// The weights of a model that are trained, as this process keeps them.
final class WeightShare {
  /// The weights, under their names.
  let trained: Parameters
  let division: Division
  /// How weights are cut over processes; nil where each keeps all of its own.
  let slices: Slices?
  /// Those of which no process has more than a slice.
  private let divided: DividedWeights?
  /// What this process moves: the weights, or slices of them.
  let moving: [Tensor]
  /// Where gradients are, and where weights are moved.
  let device: Device
  /// The newest gradient of what is moved; nil for what took no part.
  private(set) var gradients: [Tensor?]
  /// Where each of the weights stands among those that are divided; nil for one that everybody has.
  private let places: [Int?]

  /// - Parameters:
  ///   - trained: what is trained.
  ///   - decoder: the trunk of the model that it belongs to.
  ///   - division: the processes, and what they share out.
  init(_ trained: Parameters, of decoder: Decoder, _ division: Division) {
    (self.trained, self.division) = (trained, division)
    let slices = division.sharding == .none ? nil : Slices(ranks: division.ranks)
    let divided = decoder.keeper as? DividedWeights
    (self.slices, self.divided) = (slices, divided)
    let known = divided.map {
      Dictionary(uniqueKeysWithValues: zip($0.table.names, $0.kept.indices))
    }
    let places = trained.names.map { known?[$0] }
    self.places = places
    device = decoder.device
    moving = zip(trained.tensors, places).map { weight, place in
      if let divided, let place { return divided.kept[place] }
      return slices?.own(weight) ?? weight
    }
    gradients = moving.map { _ in nil }
    trained.requireGradients(true)
  }

  /// How many elements come before what is moved of each of the weights.
  var offsets: [Int] {
    trained.tensors.map { slices?.own(of: $0.count).lowerBound ?? 0 }
  }

  /// Gathers a gradient over all grains of all processes.
  ///
  /// - Parameters:
  ///   - packer: cuts sequences into grains and micro-batches.
  ///   - sequences: what to go through.
  ///   - body: adds a micro-batch's gradient to the weights'.
  func gatherGradient(
    _ packer: BatchPacker, over sequences: [TokenSequence],
    _ body: (_ grain: Int, MicroBatch) -> Void
  ) {
    let dealt = packer.dealt(sequences)
    if division.addsGrainsFirst {
      gradients = gatheredInTurns(packer.batchCounts(sequences, dealt)) { grain, number in
        // Ids are made anew for every turn: they are small beside what is done with them.
        body(grain, packer.batch(number, of: dealt[grain], in: sequences))
      }
      return
    }
    var tree = GradientTree(trained.tensors, division)
    for (grain, batches) in packer.ownBatches(sequences, dealt) {
      for batch in batches { body(grain, batch) }
      tree.endGrain()
    }
    gradients = tree.finish(slices)
  }

  /// Goes through micro-batches in turns, in each of which every process has one of another grain.
  ///
  /// Over the grains the tree is that of ``GradientTree``; the micro-batches of a grain are added after
  /// that, where it has several.
  private func gatheredInTurns(
    _ counts: [Int], _ body: (_ grain: Int, _ batch: Int) -> Void
  ) -> [Tensor?] {
    let ranks = division.ranks
    let nothing: [Tensor?] = trained.tensors.map { _ in nil }
    var total: [Tensor?]?
    for batch in 0..<(counts.max() ?? 0) {
      var tree = TreeSum()
      for first in stride(from: 0, to: division.grains, by: ranks.count) {
        let turn = counts[first..<min(first + ranks.count, counts.count)]
        guard turn.contains(where: { $0 > batch }) else {
          tree.add(nothing)
          continue
        }
        divided?.begin()
        let mine = first + ranks.rank
        if mine < counts.count, counts[mine] > batch { body(mine, batch) }
        tree.add(takeTurn(divided?.end() ?? []))
      }
      let sum = tree.total() ?? nothing
      total = total.map { TreeSum.sum($0, sum) } ?? sum
    }
    return total ?? nothing
  }

  /// What a turn has gathered, summed over processes.
  ///
  /// - Parameter slices: the sums of what is divided.
  /// - Returns: a gradient, or this process's slice of it, for each of the weights.
  private func takeTurn(_ slices: [Tensor?]) -> [Tensor?] {
    let common = places.indices.filter { places[$0] == nil }
    let tensors = common.map { trained.tensors[$0] }
    defer { for tensor in tensors { tensor.dropGradient() } }
    let sums =
      self.slices?.presentSums(tensors, "the gradient of what all have")
      ?? tensors.map(\.gradient)
    var gradients = places.map { place in place.flatMap { slices[$0] } }
    for (place, sum) in zip(common, sums) { gradients[place] = sum }
    return gradients
  }

  /// Forgets the gradient.
  func dropGradients() { gradients = moving.map { _ in nil } }

  /// The norm of the newest gradient, the same in every process.
  var gradientNorm: Double {
    let own = gradients.compactMap(\.self)
    guard let ranks = slices?.ranks else { return totalNorm(own) }
    return totalNorm(
      own,
      largest: { mine in
        ranks.exchange(mine.bitPattern, "the largest gradient").map { Double(bitPattern: $0) }
          .reduce(0) { $0.isNaN || $0 > $1 ? $0 : $1 }
      },
      sum: { mine in
        ranks.exchange(
          [Int64(truncatingIfNeeded: mine >> 64), Int64(truncatingIfNeeded: mine)],
          "the norm of the gradient"
        )
        .reduce(0) { $0 + (Int128($1[0]) << 64 | Int128(UInt64(bitPattern: $1[1]))) }
      })
  }

  /// The name of the first of the weights whose gradient is not finite; nil where all are.
  var firstNotFinite: String? {
    let own = gradients.firstIndex { $0.map { !$0.isFinite().all() } ?? false } ?? gradients.count
    let first = slices?.ranks.exchange(own, "what is not finite").min() ?? own
    return first < gradients.count ? trained.names[first] : nil
  }

  /// Gives all processes what each has moved of the weights that all of them have.
  func spread() {
    guard let slices else { return }
    let common = places.indices.filter { places[$0] == nil }
    withoutGradient {
      slices.whole(
        common.map { moving[$0] }, shapes: common.map { trained.tensors[$0].shape }, "the weights"
      ) { trained.tensors[common[$0]].copy(from: $1) }
    }
  }
}
