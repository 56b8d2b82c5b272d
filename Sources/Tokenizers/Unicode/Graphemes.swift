// Where a text may be cut between what readers take for characters: extended grapheme clusters, after
// Unicode Standard Annex 29. Only what the normalizer Precompiled shows of them matters, so flags of
// two letters, which it looks up letter by letter in any case, are not told from others.

/// What decides whether a scalar belongs to the cluster before it.
enum GraphemeKind: UInt8, Sendable {
  case other, control
  /// Belongs to the scalar before it.
  case extend
  /// The same, but not between the letters of an Indic conjunct: U+200C.
  case nonJoiner
  /// U+200D, which also joins pictures.
  case joiner
  /// The same, but joins neither pictures nor conjuncts.
  case spacing
  /// Joins two Indic consonants.
  case linker
  /// Belongs to the scalar after it.
  case prepend
  /// An Indic consonant.
  case consonant
  case picture
  /// Korean letters.
  case lead, vowel, trail
  /// Korean syllables without and with a trailing letter.
  case open, closed
}

/// Cuts a text into clusters.
struct Graphemes: Sendable {
  static let shared = Graphemes()

  /// One byte a scalar.
  private var kinds = [UInt8](repeating: 0, count: 0x110000)

  private init() {
    var numbers = PackedNumbers(GraphemeTable.kinds)
    var place = 0
    while let gap = numbers.next(), let length = numbers.next(), let number = numbers.next() {
      place += Int(gap)
      for scalar in place..<place + Int(length) { kinds[scalar] = UInt8(number) }
      place += Int(length)
    }
  }

  /// What is remembered of the cluster so far.
  private struct Cluster {
    /// Whether it ends in a picture and what extends it, and then in a joiner too.
    var endsInPicture = false
    var joinsPicture = false
    /// Whether it ends in a consonant and what may stand in a conjunct, and has a linker there.
    var endsInConjunct = false
    var joinsConsonant = false

    mutating func add(_ kind: GraphemeKind) {
      joinsPicture = endsInPicture && kind == .joiner
      switch kind {
      case .picture: endsInPicture = true
      case .extend, .nonJoiner, .linker: break
      default: endsInPicture = false
      }
      switch kind {
      case .consonant: (endsInConjunct, joinsConsonant) = (true, false)
      case .linker: joinsConsonant = endsInConjunct
      case .extend, .joiner: break
      default: (endsInConjunct, joinsConsonant) = (false, false)
      }
    }
  }

  /// The clusters of `scalars`, as ranges of indices in order.
  func clusters(of scalars: [UInt32], _ body: (Range<Int>) -> Void) {
    guard let first = scalars.first else { return }
    var start = 0
    var before = kind(of: first)
    var cluster = Cluster()
    cluster.add(before)
    for place in 1..<max(1, scalars.count) {
      let after = kind(of: scalars[place])
      let isLineEnd = scalars[place] == 0x0A && scalars[place - 1] == 0x0D
      if !isLineEnd && !isJoined(before, after, cluster) {
        body(start..<place)
        start = place
      }
      cluster.add(after)
      before = after
    }
    body(start..<scalars.count)
  }

  private func kind(of scalar: UInt32) -> GraphemeKind {
    if 0xAC00...0xD7A3 ~= scalar { return (scalar - 0xAC00) % 28 == 0 ? .open : .closed }
    return GraphemeKind(rawValue: kinds[Int(scalar)]) ?? .other
  }

  /// Whether two neighbors are of one cluster, a line end apart.
  private func isJoined(
    _ before: GraphemeKind, _ after: GraphemeKind, _ cluster: Cluster
  ) -> Bool {
    if before == .control || after == .control { return false }
    switch after {
    case .extend, .nonJoiner, .joiner, .spacing, .linker: return true
    default: break
    }
    switch (before, after) {
    case (.prepend, _): return true
    case (.lead, .lead), (.lead, .vowel), (.lead, .open), (.lead, .closed): return true
    case (.vowel, .vowel), (.open, .vowel): return true
    case (.vowel, .trail), (.open, .trail), (.trail, .trail), (.closed, .trail): return true
    case (_, .consonant): return cluster.joinsConsonant
    case (_, .picture): return cluster.joinsPicture
    default: return false
    }
  }
}
