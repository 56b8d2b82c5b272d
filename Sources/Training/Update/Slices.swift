// Slices: which elements of every tensor a process keeps, where processes share out what is kept of a
// model's weights, gradients and moments.

package import Ranks
import Torch

/// The cut of tensors into one slice a process.
///
/// A slice is a stretch of the elements in row-major order and begins at a multiple of 256, where a block of
/// moments in eight bits begins, and a block of the squares that a norm adds.
///
/// Source: ZeRO, arXiv:1910.02054, section 5.
package struct Slices {
  let ranks: Ranks

  /// The cut over these processes.
  package init(ranks: Ranks) { self.ranks = ranks }

  /// The elements of a block.
  private static let block = 256
  /// The most elements that are exchanged at once, so that what is sent and received takes little memory.
  static let most = 1 << 24

  /// How many elements a slice of a tensor has at most, which is what all but the last ones have.
  func part(of count: Int) -> Int { Self.part(of: count, over: ranks.count) }

  private static func part(of count: Int, over ranks: Int) -> Int {
    let even = (count + ranks - 1) / ranks
    return (even + block - 1) / block * block
  }

  /// The elements of a process's slice; none where the tensor is too short for so many slices.
  package static func range(of count: Int, rank: Int, of ranks: Int) -> Range<Int> {
    let part = part(of: count, over: ranks)
    return min(rank * part, count)..<min((rank + 1) * part, count)
  }

  /// The elements of this process's slice.
  func own(of count: Int) -> Range<Int> {
    Self.range(of: count, rank: ranks.rank, of: ranks.count)
  }

  /// This process's slice of a tensor, `[elements]`, sharing its memory.
  func own(_ tensor: Tensor) -> Tensor {
    tensor.detached().reshaped([tensor.count]).narrowed(0, own(of: tensor.count))
  }

  /// This process's slices of the sums of everybody's tensors.
  ///
  /// - Parameters:
  ///   - tensors: of the same shapes and types in every process, as all of them know.
  ///   - what: names it where it fails.
  /// - Returns: `[elements]` each, in memory of their own.
  func sums(_ tensors: [Tensor], _ what: String) -> [Tensor] {
    runs(tensors.map(\.type), tensors.map(\.count)).flatMap { places in
      begunRun(places.map { tensors[$0] }, what)()
    }
  }

  /// Begins to sum everybody's tensors of one type, and returns before that is done.
  ///
  /// - Returns: what waits for this process's slices of the sums, to be called once.
  private func begunRun(_ tensors: [Tensor], _ what: String) -> () -> [Tensor] {
    let counts = tensors.map(\.count)
    let rows = tensors.map { tensor in
      let part = part(of: tensor.count)
      return padded(tensor.detached().reshaped([-1]), to: part * ranks.count)
        .reshaped([ranks.count, part])
    }
    let arrival = ranks.arrival(
      ofSumOf: Tensor.concatenated(rows, along: 1), what, isAgreed: true)
    return { [self] in
      let sum = arrival()
      var start = 0
      return counts.map { count in
        defer { start += part(of: count) }
        // In memory of its own, so that the others' can go.
        return sum.narrowed(0, start..<start + own(of: count).count) + 0
      }
    }
  }

  /// Begins what ``sums(_:_:)`` does, and returns before it is done.
  ///
  /// - Returns: what waits for the sums, to be called once.
  func begunSums(_ tensors: [Tensor], _ what: String) -> () -> [Tensor] {
    let begun = runs(tensors.map(\.type), tensors.map(\.count)).map { places in
      begunRun(places.map { tensors[$0] }, what)
    }
    return { begun.flatMap { $0() } }
  }

  /// Tensors of which every process has its slice.
  ///
  /// - Parameters:
  ///   - slices: this process's, `[elements]` each.
  ///   - shapes: the tensors' own.
  ///   - what: names it where it fails.
  ///   - body: is given each tensor's place and the tensor, one after the other.
  func whole(
    _ slices: [Tensor], shapes: [[Int]], _ what: String, body: (_ place: Int, Tensor) -> Void
  ) {
    let counts = shapes.map { $0.reduce(1, *) }
    for places in runs(slices.map(\.type), counts) {
      let run = begunRun(
        places.map { slices[$0] }, shapes: places.map { shapes[$0] }, what, isAgreed: false)
      for (place, tensor) in zip(places, run()) { body(place, tensor) }
    }
  }

  /// Begins to make tensors of one type whole, and returns before they are there.
  ///
  /// - Returns: what waits for the tensors, to be called once.
  private func begunRun(
    _ slices: [Tensor], shapes: [[Int]], _ what: String, isAgreed: Bool
  ) -> () -> [Tensor] {
    let counts = shapes.map { $0.reduce(1, *) }
    let parts = counts.map { part(of: $0) }
    let mine = zip(slices, parts).map { padded($0, to: $1) }
    let all = ranks.arrival(of: Tensor.concatenated(mine, along: 0), what, isAgreed: isAgreed)
    return { [count = ranks.count] in
      let all = all()  // [ranks, parts]
      var start = 0
      return counts.indices.map { place in
        let part = parts[place]
        let flat = all.narrowed(1, start..<start + part).reshaped([part * count])
        start += part
        return flat.narrowed(0, 0..<counts[place]).reshaped(shapes[place])
      }
    }
  }

  /// Begins to make tensors of any types and sizes whole, and returns before they are there.
  ///
  /// - Parameters:
  ///   - slices: this process's, `[elements]` each.
  ///   - shapes: the tensors' own.
  ///   - what: names it where it fails.
  ///   - isAgreed: whether all processes know that what they bring is alike, and need not say so first.
  /// - Returns: what gives each tensor's place and the tensor, one after the other, to be called once.
  func begun(
    _ slices: [Tensor], shapes: [[Int]], _ what: String, isAgreed: Bool
  ) -> (_ body: (_ place: Int, Tensor) -> Void) -> Void {
    let runs = runs(slices.map(\.type), shapes.map { $0.reduce(1, *) }).map { places in
      let (mine, whole) = (places.map { slices[$0] }, places.map { shapes[$0] })
      return (places, begunRun(mine, shapes: whole, what, isAgreed: isAgreed))
    }
    return { body in
      for (places, run) in runs {
        for (place, tensor) in zip(places, run()) { body(place, tensor) }
      }
    }
  }

  /// One tensor of which every process has its slice.
  ///
  /// - Parameters:
  ///   - slice: this process's.
  ///   - shape: the whole one's; its first axis is what is cut, unless the slice is flat.
  ///   - count: the elements of the tensor that it goes with, whose cut it has.
  ///   - what: names it where it fails.
  /// - Returns: the whole one.
  func whole(_ slice: Tensor, shape: [Int], cutAs count: Int, _ what: String) -> Tensor {
    let length = shape.reduce(1, *)
    // Moments in eight bits have a row a block.
    let part = slice.rank == 2 ? part(of: count) / Self.block * slice.size(1) : part(of: count)
    let mine = padded(slice.reshaped([slice.count]), to: part)
    let all = ranks.gather(mine, what).reshaped([part * ranks.count])
    return all.narrowed(0, 0..<length).reshaped(shape)
  }

  /// This process's rows of a tensor that has a row for every block of another.
  ///
  /// - Parameters:
  ///   - rows: `[blocks, …]`.
  ///   - count: the elements of the other.
  /// - Returns: the rows, sharing their memory.
  func ownRows(_ rows: Tensor, cutAs count: Int) -> Tensor {
    let own = own(of: count)
    return rows.narrowed(
      0, own.lowerBound / Self.block..<(own.upperBound + Self.block - 1) / Self.block)
  }

  /// The places of tensors in runs of one type that are not too long.
  private func runs(_ types: [ElementType], _ counts: [Int]) -> [[Int]] {
    var runs: [[Int]] = []
    var elements = 0
    for (place, count) in counts.enumerated() {
      if let last = runs.last?.last, types[last] == types[place], elements + count <= Self.most {
        runs[runs.count - 1].append(place)
        elements += count
      } else {
        runs.append([place])
        elements = count
      }
    }
    return runs
  }

  private func padded(_ flat: Tensor, to length: Int) -> Tensor {
    guard flat.count < length else { return flat }
    let rest = Tensor.zeros([length - flat.count], type: flat.type, device: flat.device)
    return Tensor.concatenated([flat, rest], along: 0)
  }
}
