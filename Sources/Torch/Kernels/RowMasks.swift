// Masks over the vocabulary, a row each: what a filtered draw could have been, and so what its
// log-probability is normalized over.

internal import CKernels
internal import CTorch

/// Which tokens of the vocabulary count in each of some rows of logits.
///
/// A row has words of 32 bits. No word: all tokens count. One for every 32 tokens of the vocabulary: a
/// bit a token, the first token's the lowest of the first word. Fewer: the ids of those that count. So a
/// row takes at most an eighth of a byte a token.
public struct RowMasks: Equatable, Sendable {
  /// Where each row's words begin, and where the last one's end.
  private var starts: [Int64]
  private var words: [UInt32]

  /// Puts rows together.
  ///
  /// - Parameters:
  ///   - lengths: how many words every row has.
  ///   - words: of the rows, one after the other.
  public init(lengths: [Int], words: [UInt32]) {
    precondition(lengths.reduce(0, +) == words.count, "lengths for other than \(words.count) words")
    starts = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int64($1)) }
    self.words = words
  }

  /// How many rows there are.
  public var count: Int { starts.count - 1 }

  /// The words of a row.
  public subscript(row: Int) -> ArraySlice<UInt32> {
    words[Int(starts[row])..<Int(starts[row + 1])]
  }

  /// Some of the rows.
  public func narrowed(_ range: Range<Int>) -> RowMasks {
    var part = self
    part.starts = Array(starts[range.lowerBound...range.upperBound])
    return part
  }

  /// Logits `[P, V]` with -1e30 in place of those that do not count.
  public func applied(to logits: Tensor) -> Tensor {
    precondition(logits.size(0) == count, "\(count) masks, \(logits.size(0)) rows")
    return withExtendedLifetime(logits) {
      lent { Tensor(owning: ct_masked(logits.handle, $0)) }
    }
  }

  /// Lends the masks to a kernel.
  func lent<Result>(_ body: (UnsafePointer<CTMasks>) -> Result) -> Result {
    words.withUnsafeBufferPointer { words in
      starts.withUnsafeBufferPointer { starts in
        withUnsafePointer(to: CTMasks(words: words.baseAddress, starts: starts.baseAddress)) {
          body($0)
        }
      }
    }
  }
}
