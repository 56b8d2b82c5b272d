// GradientTree: the gradient of an optimizer step out of those of its grains.

import Ranks
import Torch

/// Gradients that are added as a balanced tree over leaves that come one after the other.
struct TreeSum {
  /// Sums of 1, 2, 4, … leaves that wait for a neighbor of their size, the largest first.
  private var waiting: [(leaves: Int, gradients: [Tensor?])] = []

  /// Adds a leaf, a gradient a parameter; the tensors become the tree's.
  ///
  /// Nil is one that took no part, which counts as zero where others did.
  mutating func add(_ gradients: [Tensor?]) {
    var newest = (leaves: 1, gradients: gradients)
    while let last = waiting.last, last.leaves == newest.leaves {
      newest = (2 * last.leaves, Self.sum(last.gradients, newest.gradients))
      waiting.removeLast()
    }
    waiting.append(newest)
  }

  /// The sum; nil of no leaves.
  mutating func total() -> [Tensor?]? {
    var total = waiting.popLast()?.gradients
    while let last = waiting.popLast() { total = total.map { Self.sum(last.gradients, $0) } }
    return total
  }

  static func sum(_ left: [Tensor?], _ right: [Tensor?]) -> [Tensor?] {
    zip(left, right).map { left, right in
      switch (left, right) {
      case (let left?, let right?):
        left.add(right)
        return left
      // As if zeros were added, which turns a negative zero into a positive one.
      case (let one?, nil), (nil, let one?): return one + 0
      case (nil, nil): return nil
      }
    }
  }
}

/// Sums gradients over grains, first those of this process, then over processes.
///
/// Of one grain nothing is touched: the gradient is where `backward` has gathered it.
struct GradientTree {
  private let parameters: [Tensor]
  private let division: Division
  private var sums = TreeSum()

  /// Starts with nothing gathered.
  init(_ parameters: [Tensor], _ division: Division) {
    (self.parameters, self.division) = (parameters, division)
  }

  /// Takes up what the parameters have gathered as the next grain's gradient.
  mutating func endGrain() {
    guard division.grains > 1 else { return }
    sums.add(parameters.map(\.gradient))
    for parameter in parameters { parameter.dropGradient() }
  }

  /// The whole gradient, in every process, or this process's slice of it.
  ///
  /// - Parameter slices: how it is cut; nil leaves it whole.
  /// - Returns: a tensor a parameter; nil for one that took no part in any grain of any process.
  mutating func finish(_ slices: Slices?) -> [Tensor?] {
    guard division.grains > 1 else {
      defer { for parameter in parameters { parameter.dropGradient() } }
      return parameters.map(\.gradient)
    }
    let own = sums.total() ?? parameters.map { _ in nil }
    if let slices { return slices.presentSums(parameters, own, "the gradient") }
    let ranks = division.ranks
    guard ranks.count > 1 else { return own }
    let (places, mine) = ranks.present(parameters, own)
    var total = [Tensor?](repeating: nil, count: parameters.count)
    let sums = ranks.sum(mine, "the gradient", isAgreed: true)
    for (place, sum) in zip(places, sums) { total[place] = sum }
    return total
  }
}
