// SentencePiece's character map, which files carry as bytes in base64: a trie of texts, each with the
// text to put in its place. How it is applied is the library's way, its odd corners included: whole
// clusters of less than six bytes are looked up first, and the shortest key that a text begins with
// takes the place of all of it.

/// A map of short texts to others.
package struct CharacterMap: Sendable {
  /// Longer clusters are looked up scalar by scalar.
  private static let longestCluster = 5

  /// The trie.
  ///
  /// It is a double array (darts-clone's): in a unit, the label is in bits 0 to 7, whether a key
  /// ends there in bit 8, and from bit 10 what its place is combined with (by XOR) to find the block of
  /// its children, in steps of 256 where bit 9 is set. The first unit of a block is the end of a key.
  private let units: [UInt32]
  /// What is put in: well-formed UTF-8, each text with a NUL after it.
  private let texts: [UInt8]

  /// Reads a map: the size of the trie in bytes, the trie, the texts, all numbers lowest byte first.
  ///
  /// - Returns: nil when it is too short, or the texts are not UTF-8.
  package init?(_ bytes: [UInt8]) {
    func number(at place: Int) -> UInt32 {
      (0..<4).reduce(0) { $0 | UInt32(bytes[place + $1]) << UInt32(8 * $1) }
    }
    guard bytes.count >= 4 else { return nil }
    let count = Int(number(at: 0)) / 4
    guard count <= (bytes.count - 4) / 4 else { return nil }
    let texts = Array(bytes[(4 + 4 * count)...])
    guard String(validating: texts, as: UTF8.self) != nil else { return nil }
    units = (1..<count + 1).map { number(at: 4 * $0) }
    self.texts = texts
  }

  /// How many bytes the longest text has that may be put in.
  var longestText: Int {
    texts.split(separator: 0, omittingEmptySubsequences: true).reduce(0) { max($0, $1.count) }
  }

  /// The range of `texts` that takes the place of a text.
  ///
  /// nil where none does, and where the trie leads out of itself or to the middle of a scalar: the
  /// library breaks down there.
  private func replacement(for key: ArraySlice<UInt8>) -> Range<Int>? {
    guard !units.isEmpty else { return nil }
    var place = Self.offset(units[0])
    for byte in key {
      place ^= Int(byte)
      guard byte != 0, place < units.count else { return nil }
      let unit = units[place]
      guard unit & 0x8000_00FF == UInt32(byte) else { return nil }
      place ^= Self.offset(unit)
      guard unit >> 8 & 1 == 1 else { continue }
      guard place < units.count else { return nil }
      let start = Int(units[place] & 0x7FFF_FFFF)
      guard start <= texts.count, start == texts.count || texts[start] & 0xC0 != 0x80 else {
        return nil
      }
      return start..<(texts[start...].firstIndex(of: 0) ?? texts.count)
    }
    return nil
  }

  private static func offset(_ unit: UInt32) -> Int {
    Int(unit >> 10) << Int((unit & 1 << 9) >> 6)
  }

  /// Rewrites a passage.
  func apply(to passage: inout Passage) {
    let text = ScalarText(passage.bytes)
    var edits: [Passage.Edit] = []
    edits.reserveCapacity(text.scalars.count)
    var isChanged = false
    Graphemes.shared.clusters(of: text.scalars) { cluster in
      let bytes = text.offsets[cluster.lowerBound]..<text.offsets[cluster.upperBound]
      if bytes.count <= Self.longestCluster,
        let found = replacement(for: passage.bytes[bytes])
      {
        isChanged = true
        replace(cluster.count, with: found, in: &edits)
        return
      }
      for index in cluster {
        let scalar = passage.bytes[text.offsets[index]..<text.offsets[index + 1]]
        if let found = replacement(for: scalar) {
          isChanged = true
          replace(1, with: found, in: &edits)
        } else {
          edits.append(Passage.Edit(scalar: text.scalars[index], change: 0))
        }
      }
    }
    if isChanged { passage.rewrite(edits) }
  }

  /// Puts a text in place of the next `count` scalars.
  private func replace(_ count: Int, with text: Range<Int>, in edits: inout [Passage.Edit]) {
    let scalars = ScalarText(texts[text]).scalars
    for (index, scalar) in scalars.enumerated() {
      edits.append(Passage.Edit(scalar: scalar, change: index < count ? 0 : 1))
    }
    // What goes at the beginning of a text leaves no trace, and later origins slip: the library's way.
    if scalars.count < count, !edits.isEmpty {
      edits[edits.count - 1].change += scalars.count - count
    }
  }
}
