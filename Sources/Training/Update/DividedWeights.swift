// DividedWeights: a model's weights of which every process has a slice. A layer's are brought together while
// it is at work, forward and once more backward, and its gradient goes to whoever has the slices.

import Ranks
package import Torch
package import Transformers

/// The weights of a model that no process has whole.
///
/// The model's own tensors have memory only while they are brought together. All processes must call the
/// same things in the same order.
///
/// Source: ZeRO, arXiv:1910.02054, section 5.3 (stage 3).
package final class DividedWeights: WeightKeeper {
  let slices: Slices
  /// The model's tensors, under their names.
  let table: Parameters
  /// This process's slice of each, in memory of its own.
  package let kept: [Tensor]
  /// The places of each layer's weights.
  private let layers: [[Int]]
  /// The places of what belongs to no layer: the table of embeddings, the last norm, the output layer.
  private let rest: [Int]
  /// What has been gathered since ``begin()``.
  private var gradients: [Tensor?] = []
  private var isCollected: [Bool]
  private var isBrought: [Bool]

  /// Keeps a slice of every tensor and gives the tensors' memory back.
  ///
  /// - Parameters:
  ///   - table: with their memory, the same in every process.
  ///   - count: how many layers the model has.
  ///   - slices: the cut.
  package init(_ table: Parameters, layers count: Int, _ slices: Slices) {
    (self.table, self.slices) = (table, slices)
    kept = withoutGradient { table.tensors.map { slices.own($0) + 0 } }
    var layers = [[Int]](repeating: [], count: count)
    var rest: [Int] = []
    for (place, name) in table.names.enumerated() {
      let parts = name.split(separator: ".")
      let layer = parts.firstIndex(of: "layers").flatMap { Int(parts[$0 + 1]) }
      if let layer { layers[layer].append(place) } else { rest.append(place) }
    }
    (self.layers, self.rest) = (layers, rest)
    (isCollected, isBrought) = ([], [])
    for tensor in table.tensors { tensor.vacate() }
  }

  package func bring(layer: Int) {
    if !recordsGradients, layer < isBrought.count { isBrought[layer] = true }
    bring(layers[layer])
  }

  package func release(layer: Int) { vacate(layers[layer]) }

  package func collect(layer: Int) {
    isCollected[layer] = true
    collect(layers[layer])
  }

  /// Begins a micro-batch of every process.
  package func begin() {
    gradients = table.tensors.map { _ in nil }
    isCollected = layers.map { _ in false }
    isBrought = isCollected
    bring(rest)
  }

  /// Ends it: a process that had no micro-batch goes through the layers with the others.
  ///
  /// - Returns: what has been gathered, a slice of the sum over processes for each of the tensors; nil for
  ///   what took no part.
  package func end() -> [Tensor?] {
    for layer in layers.indices where !isBrought[layer] {
      bring(layers[layer])
      vacate(layers[layer])
    }
    for layer in layers.indices.reversed() where !isCollected[layer] {
      bring(layers[layer])
      collect(layer: layer)
    }
    collect(rest)
    isBrought = []
    defer { gradients = [] }
    return gradients
  }

  /// Makes all weights, one after the other.
  package func whole(_ body: (_ place: Int, Tensor) -> Void) {
    withoutGradient {
      slices.whole(kept, shapes: table.tensors.map(\.shape), "the weights", body: body)
    }
  }

  /// The whole of one of the weights.
  func whole(_ place: Int) -> Tensor {
    let tensor = table.tensors[place]
    return withoutGradient {
      slices.whole(kept[place], shape: tensor.shape, cutAs: tensor.count, table.names[place])
    }
  }

  /// Runs something that reads the model's own tensors.
  package func broughtTogether<Result>(_ body: () throws -> Result) rethrows -> Result {
    bring(Array(table.tensors.indices))
    defer { vacate(Array(table.tensors.indices)) }
    return try body()
  }

  private func bring(_ places: [Int]) {
    withoutGradient {
      for place in places { table.tensors[place].occupy() }
      slices.whole(
        places.map { kept[$0] }, shapes: places.map { table.tensors[$0].shape }, "a layer's weights"
      ) { table.tensors[places[$0]].copy(from: $1) }
    }
  }

  private func vacate(_ places: [Int]) {
    for place in places { table.tensors[place].vacate() }
  }

  private func collect(_ places: [Int]) {
    let learning = places.filter { table.tensors[$0].requiresGradient }
    let sums = slices.presentSums(learning.map { table.tensors[$0] }, "a layer's gradient")
    for (place, sum) in zip(learning, sums) {
      gradients[place] = sum
      table.tensors[place].dropGradient()
    }
    vacate(places)
  }
}

extension Slices {
  /// This process's slices of the sums of everybody's gradients, which the parameters have gathered.
  ///
  /// - Parameters:
  ///   - parameters: the same in every process.
  ///   - what: names it where it fails.
  /// - Returns: a slice a parameter; nil for one that has no gradient in any process. In single processes none
  ///   counts as zero.
  func presentSums(_ parameters: [Tensor], _ what: String) -> [Tensor?] {
    presentSums(parameters, parameters.map(\.gradient), what)
  }

  /// The same of gradients that lie elsewhere.
  func presentSums(_ parameters: [Tensor], _ own: [Tensor?], _ what: String) -> [Tensor?] {
    let (places, mine) = ranks.present(parameters, own)
    var total = [Tensor?](repeating: nil, count: parameters.count)
    for (place, sum) in zip(places, sums(mine, what)) { total[place] = sum }
    return total
  }
}

extension Ranks {
  /// The gradients that some process has, with zeros for those that this one has not.
  ///
  /// - Parameters:
  ///   - parameters: the same in every process.
  ///   - own: this process's gradients of them.
  /// - Returns: the places of the parameters, and a gradient each.
  func present(_ parameters: [Tensor], _ own: [Tensor?]) -> (places: [Int], gradients: [Tensor]) {
    let present = gather(own.map { $0 == nil ? 0 : 1 }, "which parameters moved")
    guard present.allSatisfy({ $0.count == parameters.count }) else {
      leave(because: "another process has other parameters")
    }
    let places = parameters.indices.filter { place in present.contains { $0[place] == 1 } }
    return (
      places,
      places.map { place in
        let parameter = parameters[place]
        return own[place]
          ?? Tensor.zeros(parameter.shape, type: parameter.type, device: parameter.device)
      }
    )
  }
}
