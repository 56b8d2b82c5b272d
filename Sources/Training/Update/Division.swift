// Division: how the work on many sequences is shared out over processes so that its sums are the same
// bits whatever their number. Sequences are dealt to grains, a fixed number of them; a process has a
// stretch of the grains; sums go over grains as a balanced tree.

public import Ranks
public import Settings
import Torch

/// The processes of a run, and the grains that its sums are made of.
public struct Division {
  /// The processes.
  let ranks: Ranks
  /// How many grains there are.
  let grains: Int
  /// What the processes share out of a model's state; of one process nothing.
  let sharding: Sharding
  /// Whether gradients are added over grains before the micro-batches of a grain are: as they must be where
  /// no process has a whole gradient, and for the same bits by one process too.
  let addsGrainsFirst: Bool
  /// Whether slices of weights lie in the host's memory, and their moments with them.
  let offloadsWeights: Bool
  /// Slices of models that are read or made, and not divided yet; nil where none will be.
  let cut: WeightCut?

  /// Takes the processes and the number of grains.
  ///
  /// - Parameters:
  ///   - ranks: by themselves one process.
  ///   - grains: sums are the same bits for 1, 2, 4, … processes up to this power of two; one grain
  ///     leaves everything in one piece. Every process has one at least.
  ///   - sharding: what is shared out of a model's state; by itself a process keeps all of it.
  ///   - offloadsWeights: whether slices of weights lie in the host's memory: of one process too, where `sharding` is
  ///     full.
  public init(
    ranks: Ranks = Ranks(), grains: Int = 1, sharding: Sharding = .none,
    offloadsWeights: Bool = false
  ) {
    self.ranks = ranks
    self.grains = max(grains, ranks.count)
    self.offloadsWeights = offloadsWeights && sharding == .full
    self.sharding = ranks.count > 1 || self.offloadsWeights ? sharding : .none
    addsGrainsFirst = sharding == .full
    cut =
      self.sharding == .full
      ? WeightCut(Slices(ranks: ranks), onHost: self.offloadsWeights) : nil
  }

  /// The grains of this process.
  ///
  /// A stretch, so that what its tree adds is a branch of the whole tree. Where gradients are shared out,
  /// grains are added over processes first and its grains are taken in turns, for the same tree.
  var own: [Int] { own(of: ranks.rank) }

  func own(of rank: Int) -> [Int] {
    sharding == .full
      ? Array(stride(from: rank, to: grains, by: ranks.count))
      : Array(rank * grains / ranks.count..<(rank + 1) * grains / ranks.count)
  }

  /// The turns in which every process has one micro-batch of another grain, where gradients are shared out.
  ///
  /// - Parameter counts: how many micro-batches every grain has.
  /// - Returns: the grains of each turn, rank by rank, and which of their micro-batches it is; turns in which nobody
  ///   has one are left out.
  func turns(_ counts: [Int]) -> [(grains: Range<Int>, batch: Int)] {
    (0..<(counts.max() ?? 0)).flatMap { batch in
      stride(from: 0, to: counts.count, by: ranks.count).map {
        ($0..<min($0 + ranks.count, counts.count), batch)
      }.filter { grains, batch in counts[grains].contains { $0 > batch } }
    }
  }

  /// Deals pieces of work, the costliest first, each to the grain that has least.
  ///
  /// - Parameter costs: a piece each.
  /// - Returns: the pieces of every grain, in their order.
  func dealt(_ costs: [Double]) -> [[Int]] {
    var loads = [Double](repeating: 0, count: grains)
    var pieces = [[Int]](repeating: [], count: grains)
    for piece in costs.indices.sorted(by: { (costs[$1], $0) < (costs[$0], $1) }) {
      let least = loads.indices.min { loads[$0] < loads[$1] } ?? 0
      loads[least] += costs[piece]
      pieces[least].append(piece)
    }
    return pieces.map { $0.sorted() }
  }

  /// A list of numbers a sequence, of which each process knows those of its own grains.
  ///
  /// - Parameters:
  ///   - known: by sequence; those of other processes' grains are not looked at.
  ///   - dealt: the sequences of every grain.
  ///   - lengths: how many numbers each sequence has.
  ///   - what: names it where a process is gone.
  /// - Returns: all of them, in every process.
  func gathered(
    _ known: [[Float]], dealt: [[Int]], lengths: [Int], _ what: String
  ) -> [[Float]] {
    guard ranks.count > 1 else { return known }
    let mine = own.flatMap { dealt[$0] }.flatMap { known[$0] }
    var all = known
    for (rank, bytes) in ranks.gather(mine.bytes, what).enumerated() {
      var rest = [Float](bytes: bytes)[...]
      let theirs = own(of: rank).flatMap { dealt[$0] }
      guard rest.count == theirs.reduce(0, { $0 + lengths[$1] }) else {
        ranks.leave(because: "rank \(rank) sent \(what) of other sequences")
      }
      for sequence in theirs {
        all[sequence] = Array(rest.prefix(lengths[sequence]))
        rest = rest.dropFirst(lengths[sequence])
      }
    }
    return all
  }
}

extension [Float] {
  /// Their bits, four bytes a number.
  var bytes: [UInt8] { withUnsafeBytes { Array<UInt8>($0) } }

  /// Numbers of their bits.
  init(bytes: [UInt8]) {
    self = bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / 4).map {
        bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self)
      }
    }
  }
}
