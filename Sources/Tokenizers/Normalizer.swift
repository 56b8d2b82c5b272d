// What happens to text before it is split. The Unicode tables are our own, because the library's
// are of Unicode 9 while Foundation's are newer, and Foundation joins U+10041 and a grave accent
// to À, taking the syllable for the A with the same low sixteen bits.

/// The step that rewrites text before splitting.
package indirect enum Normalizer: Sendable {
  /// The text stays as it is.
  case none
  case unicode(NormalForm)
  case lowercase
  /// Takes white space away at the beginning, at the end, or both.
  case strip(left: Bool, right: Bool)
  /// Takes combining marks away.
  case stripAccents
  /// Puts a text before every text that is not empty.
  case prepend([UInt8])
  case replace(TextPattern, with: [UInt8])
  /// Puts other texts for those of a map.
  case map(CharacterMap)
  /// Takes control characters away and makes spaces of rare white space: for machine translation.
  case nmt
  /// Spells every byte as a printable character.
  case byteLevel
  case sequence([Normalizer])

  /// Whether the text always stays as it is.
  var isNone: Bool {
    switch self {
    case .none: true
    case .sequence(let steps): steps.allSatisfy(\.isNone)
    default: false
    }
  }

  /// `bytes` (UTF-8) rewritten.
  package func normalized(_ bytes: [UInt8]) -> [UInt8] {
    var passage = Passage(bytes, base: 0, tracksOrigins: false)
    apply(to: &passage)
    return passage.bytes
  }

  /// Rewrites a passage.
  func apply(to passage: inout Passage) {
    switch self {
    case .none: break
    case .unicode(.composed): Self.compose(&passage)
    case .unicode(let form):
      // All four forms leave ASCII alone.
      guard passage.bytes.contains(where: { $0 >= 0x80 }) else { return }
      passage.rewrite(
        Composition.shared.edits(ScalarText(passage.bytes).scalars, to: form))
    case .lowercase:
      passage.rewrite(Lowercase.shared.edits(ScalarText(passage.bytes).scalars))
    case .strip(let left, let right): Self.strip(&passage, left: left, right: right)
    case .stripAccents: Self.stripAccents(&passage)
    case .prepend(let prefix): passage.prepend(prefix)
    case .replace(let pattern, let content):
      passage.replace(pattern.ranges(in: passage.bytes), with: content)
    case .map(let map): map.apply(to: &passage)
    case .nmt: Self.tidy(&passage)
    case .byteLevel: ByteAlphabet.spell(&passage)
    case .sequence(let steps):
      for step in steps { step.apply(to: &passage) }
    }
  }

  /// Normal form C, with most text passed over quickly.
  private static func compose(_ passage: inout Passage) {
    // Everything below U+0300 is its own normal form, and in UTF-8 begins with a byte below CC.
    guard passage.bytes.contains(where: { $0 >= 0xCC }) else { return }
    if passage.origins != nil {
      let scalars = ScalarText(passage.bytes).scalars
      guard scalars.contains(where: { CharacterClasses.of($0).contains(.composing) }) else {
        return
      }
      passage.rewrite(Composition.shared.edits(scalars, to: .composed))
    } else if let composed = composedInParts(passage.bytes) {
      passage.replaceAll(with: composed)
    }
  }

  /// `bytes` composed; nil where nothing changes.
  ///
  /// Only what lies around scalars that may change is taken apart: everything else begins a part
  /// of its own, as it joins to nothing before it.
  private static func composedInParts(_ bytes: [UInt8]) -> [UInt8]? {
    TextView.with(bytes) { text in
      var result: [UInt8] = []
      var copied = 0
      var previous = 0
      var place = 0
      while place < text.count {
        guard text.bytes[place] >= 0xCC else {
          previous = place
          place += text.bytes[place] < 0x80 ? 1 : 2
          continue
        }
        let (classes, length) = text.classes(at: place)
        guard classes.contains(.composing) else {
          previous = place
          place += length
          continue
        }
        let end = text.run(of: .composing, from: place)
        let scalars = ScalarText(bytes[previous..<end]).scalars
        result += bytes[copied..<previous]
        for edit in Composition.shared.edits(scalars, to: .composed) {
          ScalarText.append(edit.scalar, to: &result)
        }
        copied = end
        previous = end
        place = end
      }
      guard copied > 0 else { return nil }
      result += bytes[copied...]
      return result
    }
  }

  private static func strip(_ passage: inout Passage, left: Bool, right: Bool) {
    let scalars = ScalarText(passage.bytes).scalars
    let isSpace = { (scalar: UInt32) in CharacterClasses.of(scalar).contains(.space) }
    let leading = left ? scalars.prefix(while: isSpace).count : 0
    let trailing = right ? scalars.reversed().prefix(while: isSpace).count : 0
    guard leading + trailing > 0 else { return }
    let kept = leading < scalars.count - trailing ? leading..<scalars.count - trailing : 0..<0
    passage.rewrite(
      scalars[kept].map { Passage.Edit(scalar: $0, change: 0) }, dropping: leading)
  }

  private static func stripAccents(_ passage: inout Passage) {
    remove(from: &passage) { CharacterClasses.of($0).contains(.accent) }
  }

  /// The library's lists, after those that translation models were trained with.
  private static func tidy(_ passage: inout Passage) {
    remove(from: &passage) { scalar in
      switch scalar {
      case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: true
      default: false
      }
    }
    passage.rewrite(
      ScalarText(passage.bytes).scalars.map { scalar in
        switch scalar {
        case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF,
          0xFFFD:
          Passage.Edit(scalar: 0x20, change: 0)
        default: Passage.Edit(scalar: scalar, change: 0)
        }
      })
  }

  private static func remove(
    from passage: inout Passage, where isUnwanted: (UInt32) -> Bool
  ) {
    var edits: [Passage.Edit] = []
    var dropped = 0
    for scalar in ScalarText(passage.bytes).scalars {
      if !isUnwanted(scalar) {
        edits.append(Passage.Edit(scalar: scalar, change: 0))
      } else if edits.isEmpty {
        dropped += 1
      } else {
        edits[edits.count - 1].change -= 1
      }
    }
    passage.rewrite(edits, dropping: dropped)
  }
}
