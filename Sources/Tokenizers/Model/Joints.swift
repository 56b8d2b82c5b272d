// Where a piece may be cut without changing its tokens: between two characters that no merge ever
// joins. Files of the SentencePiece kind split nothing, so that a whole text is one piece; but no
// token of theirs has a space in the middle, so that its words can be merged one at a time.

/// The pairs of neighboring characters inside the tokens that merges make.
struct Joints: Sendable {
  /// Of ASCII characters: a bit a pair.
  private var narrow = [UInt64](repeating: 0, count: 128 * 2)
  /// Of others.
  private var wide: Set<UInt64> = []
  /// A bit a scalar: whether it is a token by itself.
  private var known = [UInt64](repeating: 0, count: 0x110000 / 64)
  private let isUnknownKept: Bool

  /// - Parameters:
  ///   - products: what the merges make, spelled as in the vocabulary.
  ///   - scalars: those that are tokens.
  ///   - isUnknownKept: whether characters that are no tokens become tokens that no merge joins;
  ///     else they may be left out, and what is around them merges.
  init(
    products: some Sequence<ArraySlice<UInt8>>, scalars: some Sequence<UInt32>, isUnknownKept: Bool
  ) {
    self.isUnknownKept = isUnknownKept
    for scalar in scalars { known[Int(scalar >> 6)] |= 1 << UInt64(scalar & 63) }
    for product in products {
      let scalars = ScalarText(product).scalars
      for (left, right) in zip(scalars, scalars.dropFirst()) {
        if left < 128, right < 128 {
          narrow[Int(left * 2 + (right >> 6))] |= 1 << UInt64(right & 63)
        } else {
          wide.insert(UInt64(left) << 32 | UInt64(right))
        }
      }
    }
  }

  @inline(__always)
  private func isKnown(_ scalar: UInt32) -> Bool {
    known[Int(scalar >> 6)] >> UInt64(scalar & 63) & 1 == 1
  }

  /// Whether no merge reaches over the place between two scalars.
  ///
  /// Between two that are no tokens it is not known: unknown characters may become one token.
  @inline(__always)
  private func separates(_ left: UInt32, _ right: UInt32) -> Bool {
    let (isLeftKnown, isRightKnown) = (isKnown(left), isKnown(right))
    guard isLeftKnown, isRightKnown else {
      return isUnknownKept && (isLeftKnown || isRightKnown)
    }
    if left < 128, right < 128 {
      return narrow[Int(left * 2 + (right >> 6))] >> UInt64(right & 63) & 1 == 0
    }
    return !wide.contains(UInt64(left) << 32 | UInt64(right))
  }

  /// The first place after `start` where `text` may be cut; the end of `range` when there is none.
  func next(in text: TextView, _ range: Range<Int>, after start: Int) -> Int {
    var (left, length) = text.scalar(at: start)
    var place = start + length
    while place < range.upperBound {
      let (right, length) = text.scalar(at: place)
      if separates(left, right) { return place }
      left = right
      place += length
    }
    return range.upperBound
  }
}
