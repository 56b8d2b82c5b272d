// Attention over rows that lie end to end without padding, and its step for decoding. Segments say
// which rows belong together; several may share one prefix, whose rows are there only once.

internal import CKernels
internal import CTorch

/// Rows `start..<start + length`, one text.
///
/// Row i stands at position `prefixLength + i`, and sees all rows of its prefix and its own up to i.
/// A prefix is a segment without a prefix of its own.
public struct RowSegment: Sendable, Hashable {
  /// The first row.
  public var start: Int
  /// The number of rows.
  public var length: Int
  /// The first row of the prefix.
  public var prefixStart: Int
  /// The number of rows of the prefix; 0 is none.
  public var prefixLength: Int

  /// Names the rows of a text, and those of the text it goes on from.
  public init(start: Int, length: Int, prefixStart: Int = 0, prefixLength: Int = 0) {
    self.start = start
    self.length = length
    self.prefixStart = prefixStart
    self.prefixLength = prefixLength
  }

  var shim: CTSegment {
    CTSegment(
      start: Int64(start), length: Int64(length), prefix_start: Int64(prefixStart),
      prefix_length: Int64(prefixLength))
  }
}

/// How a row of queries, keys and values divides: `[H·K | G·K | G·K]`.
public struct HeadShape: Sendable, Hashable {
  /// Query heads, H.
  public var queries: Int
  /// Key-value heads, G, a divisor of H.
  public var groups: Int
  /// Places in a head, K.
  public var size: Int

  /// States the number of query heads, of key-value heads, and the size of each.
  public init(queries: Int, groups: Int, size: Int) {
    self.queries = queries
    self.groups = groups
    self.size = size
  }

  /// The width of a row, (H + 2G)·K.
  public var rowWidth: Int { (queries + 2 * groups) * size }

  /// Whether attention over numbers of this type never reads memory beyond a row's end.
  ///
  /// Our own kernel does not. libtorch's operators do, and give what they find no weight, which
  /// takes a number: a cache that they read may not be left unwritten.
  public func attendsInside(_ type: ElementType, on device: Device) -> Bool {
    let like = Tensor.empty([0], type: type, device: device)
    return withExtendedLifetime(like) { ct_attends_inside(like.handle, shim) }
  }

  var shim: CTHeads {
    CTHeads(queries: Int64(queries), groups: Int64(groups), size: Int64(size))
  }
}

extension Tensor {
  /// Turns the queries and keys of these rows `[N, (H + 2G)·K]` by their positions.
  ///
  ///     a' = a cos − b sin,  b' = b cos + a sin   of places i and i + K/2 of a head
  ///
  /// The memory of these rows may be used for the result: do not read them afterwards. A parameter
  /// keeps its numbers. Rows of no segment stay as they are.
  ///
  /// - Parameters:
  ///   - cosine: `[P, K/2]` float32, a row a position.
  ///   - sine: `[P, K/2]` float32.
  ///   - segments: which rows belong together.
  ///   - heads: how a row divides.
  /// - Returns: `[N, (H + 2G)·K]`.
  public func rotatingRows(
    cosine: Tensor, sine: Tensor, segments: [RowSegment], heads: HeadShape
  ) -> Tensor {
    withExtendedLifetime((self, cosine, sine)) {
      Tensor(
        owning: ct_rotate_rows(
          handle, cosine.handle, sine.handle, segments.map(\.shim), Int64(segments.count),
          heads.shim))
    }
  }

  /// softmax(query · keyᵀ / √K) · value of turned rows `[N, (H + 2G)·K]`, each within its segment.
  ///
  /// - Parameters:
  ///   - segments: which rows belong together.
  ///   - heads: how a row divides.
  ///   - window: a key is seen from fewer positions away than this; nil sees all.
  /// - Returns: `[N, H·K]`; rows of no segment are zero.
  public func attendingRows(
    segments: [RowSegment], heads: HeadShape, window: Int? = nil
  ) -> Tensor {
    Tensor(
      owning: ct_attend_rows(
        handle, segments.map(\.shim), Int64(segments.count), heads.shim, Int64(window ?? 0)))
  }
}

/// Attends from one new token a row to what the row's caches hold, which the token joins first.
///
/// Queries and keys are turned by the token's position. Without gradients.
///
/// - Parameters:
///   - qkv: `[B, (H + 2G)·K]`, not yet turned; its numbers may be overwritten.
///   - keys: `[B, G, capacity, K]`, changed in place.
///   - values: `[B, G, capacity, K]`, changed in place.
///   - lengths: the tokens that each row's caches hold already, the position of its new one.
///   - cosine: `[P, K/2]` float32, a row a position.
///   - sine: `[P, K/2]` float32.
///   - heads: how a row divides.
///   - window: a key is seen from fewer positions away than this; nil sees all.
/// - Returns: `[B, H·K]`.
public func attendNext(
  _ qkv: Tensor, keys: Tensor, values: Tensor, lengths: [Int], cosine: Tensor, sine: Tensor,
  heads: HeadShape, window: Int? = nil
) -> Tensor {
  precondition(lengths.count == qkv.size(0), "\(lengths.count) lengths of \(qkv.size(0)) rows")
  return withExtendedLifetime((qkv, keys, values, cosine, sine)) {
    Tensor(
      owning: ct_attend_next(
        qkv.handle, keys.handle, values.handle, lengths.map(Int64.init), cosine.handle,
        sine.handle, heads.shim, Int64(window ?? 0)))
  }
}
