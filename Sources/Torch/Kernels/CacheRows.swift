// Rows of key-value caches: filling them with what a model read, and moving them about.

internal import CKernels
internal import CTorch

/// The first `length` positions of one row, which go to another.
public struct CacheMove: Sendable, Hashable {
  /// The row that is read.
  public var from: Int
  /// The row that is written.
  public var to: Int
  /// The number of positions.
  public var length: Int

  /// Names two rows and how much goes from one to the other.
  public init(from: Int, to: Int, length: Int) {
    self.from = from
    self.to = to
    self.length = length
  }
}

/// Copies rows of some caches into rows of as many others.
///
/// - Parameters:
///   - moves: which rows. Where a cache is both source and target, no row may be read and written.
///   - source: `[B, G, capacity, K]` each.
///   - target: the same but for B and capacity; written in place.
public func move(_ moves: [CacheMove], from source: [Tensor], to target: [Tensor]) {
  precondition(source.count == target.count, "\(source.count) caches into \(target.count)")
  let all = moves.map { CTMove(from: Int64($0.from), to: Int64($0.to), length: Int64($0.length)) }
  withExtendedLifetime((source, target)) {
    must(
      ct_cache_move(
        target.map(\.handle), source.map(\.handle), Int64(source.count), all, Int64(all.count)))
  }
}

extension Tensor {
  /// Puts the keys and values of these rotated rows `[N, (H + 2G)·K]` into caches, in place.
  ///
  /// - Parameters:
  ///   - keys: `[B, G, capacity, K]`.
  ///   - values: `[B, G, capacity, K]`.
  ///   - segments: segment i goes into row i, from its own position on.
  ///   - heads: how a row divides.
  public func fillCache(
    keys: Tensor, values: Tensor, segments: [RowSegment], heads: HeadShape
  ) {
    withExtendedLifetime((keys, values)) {
      must(
        ct_cache_fill(
          keys.handle, values.handle, handle, segments.map(\.shim), Int64(segments.count),
          heads.shim))
    }
  }
}
