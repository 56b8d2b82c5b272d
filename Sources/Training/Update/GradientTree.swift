// GradientTree: the gradient of an optimizer step out of those of its grains.

import Ranks
import Torch

/// Sums gradients over grains as a balanced tree, first those of this process, then over processes.
///
/// Of one grain nothing is touched: the gradient is where `backward` has gathered it.
struct GradientTree {
  private let parameters: [Tensor]
  private let division: Division
  /// Sums of 1, 2, 4, … grains that wait for a neighbor of their size, the largest first.
  private var waiting: [(grains: Int, gradients: [Tensor?])] = []

  /// Starts with nothing gathered.
  init(_ parameters: [Tensor], _ division: Division) {
    (self.parameters, self.division) = (parameters, division)
  }

  /// Takes up what the parameters have gathered as the next grain's gradient.
  mutating func endGrain() {
    guard division.grains > 1 else { return }
    let gathered = parameters.map { parameter in
      defer { parameter.dropGradient() }
      return parameter.gradient
    }
    var newest = (grains: 1, gradients: gathered)
    while let last = waiting.last, last.grains == newest.grains {
      newest = (2 * last.grains, Self.sum(last.gradients, newest.gradients))
      waiting.removeLast()
    }
    waiting.append(newest)
  }

  /// The whole gradient, in every process, or this process's slice of it.
  ///
  /// - Parameter slices: how it is cut; nil leaves it whole.
  /// - Returns: a tensor a parameter; nil for one that took no part in any grain of any process. In single
  ///   grains none counts as zero.
  mutating func finish(_ slices: Slices?) -> [Tensor?] {
    var total: [Tensor?]
    if division.grains > 1 {
      total = waiting.popLast()?.gradients ?? parameters.map { _ in nil }
      while let last = waiting.popLast() { total = Self.sum(last.gradients, total) }
    } else {
      total = parameters.map(\.gradient)
      for parameter in parameters { parameter.dropGradient() }
    }
    return division.ranks.count > 1 ? summedOverRanks(total, slices) : total
  }

  private func summedOverRanks(_ own: [Tensor?], _ slices: Slices?) -> [Tensor?] {
    let ranks = division.ranks
    let present = ranks.gather(own.map { $0 == nil ? 0 : 1 }, "which parameters moved")
    guard present.allSatisfy({ $0.count == parameters.count }) else {
      ranks.leave(because: "another process has other parameters")
    }
    let places = parameters.indices.filter { place in present.contains { $0[place] == 1 } }
    let mine = places.map { place in
      own[place]
        ?? Tensor.zeros(
          parameters[place].shape, type: parameters[place].type, device: parameters[place].device)
    }
    let sums = slices?.sums(mine, "the gradient") ?? ranks.sum(mine, "the gradient")
    var total = [Tensor?](repeating: nil, count: parameters.count)
    for (place, sum) in zip(places, sums) { total[place] = sum }
    return total
  }

  private static func sum(_ left: [Tensor?], _ right: [Tensor?]) -> [Tensor?] {
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
