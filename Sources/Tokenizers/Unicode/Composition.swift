// Unicode's normal forms, after Standard Annex 15: take every scalar apart, sort each run of
// combining marks by class, and for the forms C put together again what is not blocked.

/// One of the four normal forms.
package enum NormalForm: Equatable, Sendable {
  case composed, decomposed, compatibilityComposed, compatibilityDecomposed

  var composes: Bool { self == .composed || self == .compatibilityComposed }

  var isCompatible: Bool { self == .compatibilityComposed || self == .compatibilityDecomposed }
}

/// Unicode's decompositions and compositions as the library has them.
struct Composition: Sendable {
  static let shared = Composition()

  /// A scalar taken apart one step; the second half is missing where it only has another name.
  private var halves: [UInt32: (UInt32, UInt32?)] = [:]
  /// What a scalar is taken apart to where only meaning counts, and not looks; all steps at once.
  private var meanings: [UInt32: [UInt32]] = [:]
  /// What two scalars join to, keyed by both.
  private var joined: [UInt64: UInt32] = [:]
  /// The combining class of every mark.
  private var markClasses: [UInt32: UInt8] = [:]

  private init() {
    var numbers = PackedNumbers(CompositionTable.pairs)
    var scalar: UInt32 = 0
    while let step = numbers.next(), let first = numbers.next(), let second = numbers.next() {
      scalar += step
      // The lowest bit says whether the two halves join again.
      halves[scalar] = (first >> 1, second)
      if first & 1 == 1 { joined[Self.key(first >> 1, second)] = scalar }
    }
    numbers = PackedNumbers(CompositionTable.renamed)
    scalar = 0
    while let step = numbers.next(), let other = numbers.next() {
      scalar += step
      halves[scalar] = (other, nil)
    }
    numbers = PackedNumbers(CompositionTable.marks)
    scalar = 0
    while let gap = numbers.next(), let length = numbers.next(), let markClass = numbers.next() {
      scalar += gap
      for mark in scalar..<scalar + length { markClasses[mark] = UInt8(markClass) }
      scalar += length
    }
    numbers = PackedNumbers(CompatibilityTable.meanings)
    scalar = 0
    while let step = numbers.next(), let length = numbers.next() {
      scalar += step
      meanings[scalar] = (0..<length).compactMap { _ in numbers.next() }
    }
  }

  private static func key(_ first: UInt32, _ second: UInt32) -> UInt64 {
    UInt64(first) << 32 | UInt64(second)
  }

  /// `scalars` in a normal form, with how each came about.
  func edits(_ scalars: some Sequence<UInt32>, to form: NormalForm) -> [Passage.Edit] {
    var apart: [Passage.Edit] = []
    for scalar in scalars {
      let first = apart.count
      takeApart(scalar, compatibly: form.isCompatible, into: &apart)
      for index in first..<apart.count { apart[index].change = index == first ? 0 : 1 }
    }
    let classes = apart.map { markClasses[$0.scalar] ?? 0 }
    let ordered = sorted(apart, by: classes)
    return form.composes ? joinedUp(ordered) : ordered.map(\.edit)
  }

  private func takeApart(
    _ scalar: UInt32, compatibly: Bool, into apart: inout [Passage.Edit]
  ) {
    if let syllable = Hangul.parts(of: scalar) {
      apart += syllable.map { Passage.Edit(scalar: $0, change: 0) }
    } else if compatibly, let meaning = meanings[scalar] {
      apart += meaning.map { Passage.Edit(scalar: $0, change: 0) }
    } else if let (first, second) = halves[scalar] {
      takeApart(first, compatibly: compatibly, into: &apart)
      if let second { takeApart(second, compatibly: compatibly, into: &apart) }
    } else {
      apart.append(Passage.Edit(scalar: scalar, change: 0))
    }
  }

  /// Sorts each run of marks by class, marks of one class in the text's order.
  private func sorted(
    _ edits: [Passage.Edit], by classes: [UInt8]
  ) -> [(edit: Passage.Edit, markClass: UInt8)] {
    var result: [(edit: Passage.Edit, markClass: UInt8)] = []
    result.reserveCapacity(edits.count)
    var place = 0
    while place < edits.count {
      var end = place + 1
      if classes[place] != 0 {
        while end < edits.count, classes[end] != 0 { end += 1 }
      }
      // Swift's sort is stable in practice but not by promise: the place decides among equals.
      let run = (place..<end).sorted { (classes[$0], $0) < (classes[$1], $1) }
      for index in run { result.append((edits[index], classes[index])) }
      place = end
    }
    return result
  }

  /// Joins every scalar to the last starter before it, unless a mark of its own class or higher
  /// stands between, or there is no such pair.
  private func joinedUp(
    _ edits: [(edit: Passage.Edit, markClass: UInt8)]
  ) -> [Passage.Edit] {
    var result: [Passage.Edit] = []
    result.reserveCapacity(edits.count)
    var starter: Int?
    var lastClass: UInt8?
    for (edit, markClass) in edits {
      if let starter, lastClass.map({ $0 < markClass }) ?? true,
        let whole = Hangul.joined(result[starter].scalar, edit.scalar)
          ?? joined[Self.key(result[starter].scalar, edit.scalar)]
      {
        result[starter].scalar = whole
        result[starter].change += edit.change - 1
        continue
      }
      if markClass == 0 {
        starter = result.count
        lastClass = nil
      } else if starter != nil {
        lastClass = markClass
      }
      result.append(edit)
    }
    return result
  }
}

/// Korean syllables, composed by arithmetic: Unicode Standard, section 3.12.
private enum Hangul {
  static let syllables: UInt32 = 0xAC00
  static let leading: UInt32 = 0x1100
  static let vowels: UInt32 = 0x1161
  /// One before the first trailing consonant: 0 stands for none.
  static let trailing: UInt32 = 0x11A7
  static let leadingCount: UInt32 = 19
  static let vowelCount: UInt32 = 21
  static let trailingCount: UInt32 = 28

  static func parts(of scalar: UInt32) -> [UInt32]? {
    guard scalar >= syllables, scalar < syllables + leadingCount * vowelCount * trailingCount
    else { return nil }
    let index = scalar - syllables
    let open = [
      leading + index / (vowelCount * trailingCount),
      vowels + index / trailingCount % vowelCount,
    ]
    return index % trailingCount == 0 ? open : open + [trailing + index % trailingCount]
  }

  static func joined(_ first: UInt32, _ second: UInt32) -> UInt32? {
    if (leading..<leading + leadingCount).contains(first),
      (vowels..<vowels + vowelCount).contains(second)
    {
      return syllables + ((first - leading) * vowelCount + second - vowels) * trailingCount
    }
    let last = syllables + leadingCount * vowelCount * trailingCount
    if (syllables..<last).contains(first), (first - syllables) % trailingCount == 0,
      (trailing + 1..<trailing + trailingCount).contains(second)
    {
      return first + second - trailing
    }
    return nil
  }
}
