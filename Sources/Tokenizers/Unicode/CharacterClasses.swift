// Which scalars are letters, numbers, white space and so on, as the `tokenizers` library has them:
// the tables are read off the library itself, so its Unicode versions are ours.

/// What the splitting rules ask of a scalar.
package struct CharacterClasses: OptionSet, Sendable {
  package let rawValue: UInt8

  package init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// `\p{L}` in a Split pattern.
  package static let letter = CharacterClasses(rawValue: 1)
  /// `\p{N}` in a Split pattern.
  package static let number = CharacterClasses(rawValue: 2)
  /// `\s`, in Split patterns and around added tokens alike.
  package static let space = CharacterClasses(rawValue: 4)
  /// `\w` around added tokens, and in the pre-tokenizer Whitespace.
  package static let word = CharacterClasses(rawValue: 8)
  /// NFC may change a text that has this scalar: it is a combining mark, changes by itself, or
  /// joins what stands before it.
  package static let composing = CharacterClasses(rawValue: 16)
  /// What the pre-tokenizer Punctuation cuts at.
  package static let punctuation = CharacterClasses(rawValue: 32)
  /// What the pre-tokenizer Digits cuts at: a newer `\p{N}`.
  package static let digit = CharacterClasses(rawValue: 64)
  /// What the normalizer StripAccents takes away.
  package static let accent = CharacterClasses(rawValue: 128)

  /// The classes of `scalar`.
  @inline(__always)
  package static func of(_ scalar: UInt32) -> CharacterClasses {
    CharacterClasses(rawValue: table[Int(scalar)])
  }

  /// One byte a scalar: a megabyte, for one load a look-up.
  static let table: [UInt8] = {
    var table = [UInt8](repeating: 0, count: 0x110000)
    let classes: [(CharacterClasses, StaticString)] = [
      (.letter, CharacterClassTable.letters), (.number, CharacterClassTable.numbers),
      (.space, CharacterClassTable.spaces), (.word, CharacterClassTable.words),
      (.composing, CharacterClassTable.composing),
      (.punctuation, CharacterClassTable.punctuation), (.digit, CharacterClassTable.digits),
      (.accent, CharacterClassTable.accents),
    ]
    for (member, packed) in classes {
      var numbers = PackedNumbers(packed)
      var place = 0
      while let gap = numbers.next(), let length = numbers.next() {
        place += Int(gap)
        for scalar in place..<place + Int(length) { table[scalar] |= member.rawValue }
        place += Int(length)
      }
    }
    return table
  }()
}
