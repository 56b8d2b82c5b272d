// What a filtered draw could have been: kept with a response, so that the trainer normalizes its
// log-probabilities over the same tokens as the sampler did.

/// For every token of a response, which tokens of the vocabulary could have been drawn in its place.
///
/// A token has words of 32 bits. No word: all of the vocabulary. One for every 32 tokens of the
/// vocabulary: a bit a token, the first token's the lowest of the first word. Fewer: the ids of those
/// that could be drawn.
///
/// Source: "Keep Sampling Mask", DeepSeek-V3.2, arXiv:2512.02556, sec. 3.1.
public struct SamplingMask: Codable, Equatable, Sendable {
  /// `[T]`, how many words every token has.
  public private(set) var lengths: [Int] = []
  /// The words of all tokens, one after the other.
  public private(set) var words: [UInt32] = []

  /// The mask of no tokens.
  public init() {}

  /// Puts a mask together; nil where the lengths are none, or those of other words.
  ///
  /// - Parameters:
  ///   - lengths: how many words every token has.
  ///   - words: of the tokens, one after the other.
  public init?(lengths: [Int], words: [UInt32]) {
    var total = 0
    for length in lengths {
      guard length >= 0 && length <= words.count - total else { return nil }
      total += length
    }
    guard total == words.count else { return nil }
    (self.lengths, self.words) = (lengths, words)
  }

  /// Adds the mask of the next token.
  public mutating func append(_ token: ArraySlice<UInt32>) {
    lengths.append(token.count)
    words += token
  }

  /// The mask of tokens that were drawn from the whole vocabulary.
  public static func whole(_ count: Int) -> SamplingMask {
    var mask = SamplingMask()
    mask.lengths = Array(repeating: 0, count: count)
    return mask
  }

  /// Adds the masks of further tokens.
  public mutating func append(_ other: SamplingMask) {
    lengths += other.lengths
    words += other.words
  }
}
