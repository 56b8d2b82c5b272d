// DividedWeights: a model's weights of which every process has a slice. A layer's are brought together while
// it is at work, forward and once more backward, and its gradient goes to whoever has the slices. The next
// layer's are under way meanwhile.

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
  /// Waits for weights that are under way and gives each, by its number among them.
  private typealias Arrival = (_ body: (Int, Tensor) -> Void) -> Void

  let slices: Slices
  /// The model's tensors, under their names.
  let table: Parameters
  /// This process's slice of each, in memory of its own.
  package let kept: [Tensor]
  /// The places of each layer's weights.
  private let layers: [[Int]]
  /// The places of what belongs to no layer: the table of embeddings, the last norm, the output layer.
  private let rest: [Int]
  /// What matrices travel in; nil for what they are stored in.
  let type: ElementType?
  /// Brings what comes from the host's memory while the device is at work.
  private let side: SideStream
  /// A layer's weights that are under way.
  private var next: (layer: Int, arrive: Arrival)?
  /// Sums of gradients that are under way.
  private var leaving: (() -> Void)?
  /// What has been gathered since ``begin()``.
  private var gradients: [Tensor?] = []
  /// Which of the tensors have gathered something in this process.
  private var hasGradient: [Bool] = []
  private var isCollected: [Bool]
  private var isBrought: [Bool]

  /// Keeps a slice of every tensor and gives the tensors' memory back.
  ///
  /// - Parameters:
  ///   - table: with their memory, the same in every process; some of the tensors may have been cut already.
  ///   - count: how many layers the model has.
  ///   - type: what every product rounds matrices to: they travel so, for the same numbers in fewer bytes;
  ///     nil where they are read as they are stored.
  ///   - slices: how they are cut.
  ///   - cut: has the slices of what has been cut, and says where slices lie; by itself on the tensors' device.
  package convenience init(
    _ table: Parameters, layers count: Int, as type: ElementType? = nil, _ slices: Slices,
    cut: WeightCut? = nil
  ) {
    let cut = cut ?? WeightCut(slices, onHost: false)
    self.init(
      table, layers: count, as: type, slices,
      keeping: withoutGradient {
        table.tensors.map { cut.slice(of: $0) ?? cut.ownSlice(of: $0) }
      })
    for tensor in table.tensors { tensor.vacate() }
  }

  /// Some of another's weights, with its slices.
  convenience init(_ table: Parameters, layers count: Int, of other: DividedWeights) {
    let slices = Dictionary(uniqueKeysWithValues: zip(other.table.names, other.kept))
    self.init(
      table, layers: count, as: other.type, other.slices,
      keeping: table.names.compactMap { slices[$0] })
  }

  private init(
    _ table: Parameters, layers count: Int, as type: ElementType?, _ slices: Slices,
    keeping kept: [Tensor]
  ) {
    (self.table, self.slices, self.type, self.kept) = (table, slices, type, kept)
    var layers = [[Int]](repeating: [], count: count)
    var rest: [Int] = []
    for (place, name) in table.names.enumerated() {
      let parts = name.split(separator: ".")
      let layer = parts.firstIndex(of: "layers").flatMap { Int(parts[$0 + 1]) }
      if let layer { layers[layer].append(place) } else { rest.append(place) }
    }
    (self.layers, self.rest) = (layers, rest)
    let comesFromHost = zip(table.tensors, kept).first { $0.device != $1.device }
    side = SideStream(of: comesFromHost?.0.device ?? .cpu)
    (isCollected, isBrought) = ([], [])
  }

  package func bring(layer: Int) {
    // A layer is made again with gradients, in the backward pass.
    if !recordsGradients, layer < isBrought.count { isBrought[layer] = true }
    bring(layer: layer, before: recordsGradients ? layer - 1 : layer + 1)
  }

  package func release(layer: Int) { vacate(layers[layer]) }

  /// Brings a layer, and sends for the one that will be at work after it.
  private func bring(layer: Int, before following: Int) {
    let coming = next.flatMap { $0.layer == layer ? $0.arrive : nil }
    next = nil
    // What was sent for in vain is still read where it is kept.
    if coming == nil { side.join() }
    take(layers[layer], coming ?? sent(for: layers[layer], isAgreed: true))
    if layers.indices.contains(following) {
      next = (following, sent(beside: side, for: layers[following], isAgreed: true))
    }
  }

  package func collect(layer: Int) {
    isCollected[layer] = true
    collect(layers[layer])
  }

  /// Begins a micro-batch of every process.
  package func begin() {
    gradients = table.tensors.map { _ in nil }
    hasGradient = table.tensors.map { _ in false }
    isCollected = layers.map { _ in false }
    isBrought = isCollected
    // All say where they are; from here to the end they know what the others bring.
    take(rest, sent(for: rest, isAgreed: false))
  }

  /// Ends it: a process that had no micro-batch goes through the layers with the others.
  ///
  /// - Returns: what has been gathered, a slice of the sum over processes for each of the tensors; nil for
  ///   what took no part.
  package func end() -> [Tensor?] {
    for layer in layers.indices where !isBrought[layer] {
      bring(layer: layer, before: layer + 1)
      vacate(layers[layer])
    }
    for layer in layers.indices.reversed() where !isCollected[layer] {
      bring(layer: layer, before: layer - 1)
      collect(layer: layer)
    }
    collect(rest)
    settle()
    isBrought = []
    defer { gradients = [] }
    return zip(gradients, slices.ranks.movedAnywhere(hasGradient)).map { $1 ? $0 : nil }
  }

  /// Ends a micro-batch that was only read: a process that had none goes through the layers with the others.
  package func endReading() {
    for layer in layers.indices where !isBrought[layer] {
      bring(layer: layer, before: layer + 1)
      vacate(layers[layer])
    }
    vacate(rest)
    isBrought = []
  }

  /// Tensors without memory whose slices are copies of these.
  ///
  /// - Parameters:
  ///   - type: what they are stored as; nil for what these are.
  ///   - cut: gets the slices.
  ///   - isWanted: which of the names are copied.
  /// - Returns: the tensors under their names.
  func copy(
    as type: ElementType?, _ cut: WeightCut, where isWanted: (String) -> Bool = { _ in true }
  ) -> Parameters {
    withoutGradient {
      Parameters(
        zip(table.entries, kept).filter { isWanted($0.0.name) }.map { entry, slice in
          let slice = slice.to(type ?? slice.type) + 0
          return (entry.name, cut.tensor(like: entry.tensor, as: slice.type, keeping: slice))
        })
    }
  }

  /// Makes all weights, one after the other.
  package func whole(_ body: (_ place: Int, Tensor) -> Void) {
    withoutGradient {
      slices.whole(kept, shapes: table.tensors.map(\.shape), "the weights", body: body)
    }
  }

  /// Makes all weights as products read them, a layer's after the other.
  func wholeAsRead(_ body: (_ place: Int, Tensor) -> Void) {
    withoutGradient {
      for places in layers + [rest] {
        let arrive = sent(for: places, isAgreed: false)
        arrive { body(places[$0], $1) }
      }
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
    withoutGradient {
      for tensor in table.tensors { tensor.occupy() }
      whole { table.tensors[$0].copy(from: $1) }
    }
    defer { vacate(Array(table.tensors.indices)) }
    return try body()
  }

  /// Begins to bring weights together.
  ///
  /// - Parameters:
  ///   - side: where that is done; by itself as the device's next work, for what is waited for at once.
  ///   - places: which of them.
  ///   - isAgreed: whether all processes know that what they bring is alike.
  /// - Returns: what waits for them.
  private func sent(
    beside side: SideStream = SideStream(of: .cpu), for places: [Int], isAgreed: Bool
  ) -> Arrival {
    let begun = side.begin {
      withoutGradient {
        let travelling = places.map { place in
          let tensor = table.tensors[place]
          // As they are stored: the host has no part in it.
          let slice = kept[place].sent(to: tensor.device)
          return tensor.rank > 1 ? slice.to(type ?? slice.type) : slice
        }
        return slices.begun(
          travelling, shapes: places.map { table.tensors[$0].shape }, "a layer's weights",
          isAgreed: isAgreed)
      }
    }
    return { body in
      side.join()
      begun(body)
    }
  }

  /// Waits for weights and gives them to the model.
  private func take(_ places: [Int], _ arrive: Arrival) {
    withoutGradient {
      for place in places { table.tensors[place].occupy() }
      arrive { table.tensors[places[$0]].copy(from: $1) }
    }
  }

  private func vacate(_ places: [Int]) {
    for place in places { table.tensors[place].vacate() }
  }

  private func collect(_ places: [Int]) {
    let learning = places.filter { table.tensors[$0].requiresGradient }
    let mine = learning.map { place in
      let tensor = table.tensors[place]
      hasGradient[place] = tensor.gradient != nil
      return tensor.gradient
        ?? Tensor.zeros(tensor.shape, type: tensor.type, device: tensor.device)
    }
    let sums = slices.begunSums(mine, "a layer's gradient")
    for place in learning { table.tensors[place].dropGradient() }
    vacate(places)
    // One layer's at a time is under way, so that what is sent and received takes little memory.
    settle()
    leaving = { [unowned self] in
      for (place, sum) in zip(learning, sums()) { gradients[place] = sum }
    }
  }

  private func settle() {
    leaving?()
    leaving = nil
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
  /// Which parameters have a gradient in some process.
  ///
  /// - Parameter own: which have one in this process.
  /// - Returns: as many.
  func movedAnywhere(_ own: [Bool]) -> [Bool] {
    let all = gather(own.map { $0 ? 1 : 0 }, "which parameters moved")
    guard all.allSatisfy({ $0.count == own.count }) else {
      leave(because: "another process has other parameters")
    }
    return own.indices.map { place in all.contains { $0[place] == 1 } }
  }

  /// The gradients that some process has, with zeros for those that this one has not.
  ///
  /// - Parameters:
  ///   - parameters: the same in every process.
  ///   - own: this process's gradients of them.
  /// - Returns: the places of the parameters, and a gradient each.
  func present(_ parameters: [Tensor], _ own: [Tensor?]) -> (places: [Int], gradients: [Tensor]) {
    let moved = movedAnywhere(own.map { $0 != nil })
    let places = parameters.indices.filter { moved[$0] }
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
