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
  /// What this process moves: the weights, or slices of them that share their memory.
  let moving: [Tensor]
  /// The newest gradient of what is moved; nil for what took no part.
  private(set) var gradients: [Tensor?]

  /// - Parameters:
  ///   - trained: what is trained.
  ///   - division: the processes, and what they share out.
  init(_ trained: Parameters, _ division: Division) {
    self.trained = trained
    self.division = division
    let slices = division.sharding == .none ? nil : Slices(ranks: division.ranks)
    self.slices = slices
    moving = trained.tensors.map { slices?.own($0) ?? $0 }
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
  ///   - grains: this process's, each the micro-batches it is made of.
  ///   - body: adds a micro-batch's gradient to the weights'.
  func gatherGradient(over grains: some Sequence<[MicroBatch]>, _ body: (MicroBatch) -> Void) {
    var tree = GradientTree(trained.tensors, division)
    for grain in grains {
      for batch in grain { body(batch) }
      tree.endGrain()
    }
    gradients = tree.finish(slices)
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

  /// Gives all processes what each has moved.
  func spread() {
    guard let slices else { return }
    withoutGradient {
      slices.whole(moving, shapes: trained.tensors.map(\.shape), "the weights") { place, weight in
        trained.tensors[place].copy(from: weight)
      }
    }
  }
}
