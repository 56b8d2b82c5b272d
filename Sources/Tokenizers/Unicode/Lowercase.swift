// Small letters as the normalizer Lowercase makes them, scalar by scalar and whatever the language.

/// The small form of every capital.
struct Lowercase: Sendable {
  static let shared = Lowercase()

  private var small: [UInt32: UInt32] = [:]

  private init() {
    var numbers = PackedNumbers(LowercaseTable.capitals)
    var scalar: UInt32 = 0
    while let step = numbers.next(), let distance = numbers.next() {
      scalar += step
      // The lowest bit says whether the small letter comes before the capital.
      small[scalar] = distance & 1 == 1 ? scalar - (distance >> 1) : scalar + (distance >> 1)
    }
  }

  /// `scalars` in small letters, with how each came about.
  func edits(_ scalars: some Sequence<UInt32>) -> [Passage.Edit] {
    var edits: [Passage.Edit] = []
    for scalar in scalars {
      edits.append(Passage.Edit(scalar: small[scalar] ?? scalar, change: 0))
      // İ is the only scalar whose small form is two: i and the dot, which stays.
      if scalar == 0x130 { edits.append(Passage.Edit(scalar: 0x307, change: 1)) }
    }
    return edits
  }
}
