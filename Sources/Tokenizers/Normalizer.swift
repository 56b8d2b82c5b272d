// What happens to text before it is split. Qwen2 composes it (NFC); the composition is our own,
// because the library's tables are of Unicode 9 while Foundation's are newer, and Foundation joins
// U+10041 and a grave accent to À, taking the syllable for the A with the same low sixteen bits.

/// The step that rewrites text before splitting.
///
/// Prepend, Replace and their like go here when SentencePiece-style files are read.
package enum Normalizer: Equatable, Sendable {
  /// The text stays as it is.
  case none
  /// Unicode's normal form C.
  case composed

  /// `bytes` (UTF-8) rewritten.
  package func normalized(_ bytes: [UInt8]) -> [UInt8] {
    switch self {
    case .none: return bytes
    case .composed:
      // Everything below U+0300 is its own normal form, and in UTF-8 begins with a byte below CC.
      guard bytes.contains(where: { $0 >= 0xCC }) else { return bytes }
      let scalars = ScalarText(bytes).scalars
      guard scalars.contains(where: { CharacterClasses.of($0).contains(.composing) }) else {
        return bytes
      }
      return ScalarText.bytes(of: Composition.shared.composed(scalars))
    }
  }
}
