// The tables and the composition against the library's, and against laws that must hold.

import Foundation
import Testing
import TestSupport
import Tokenizers

@Suite("Unicode is the library's")
struct UnicodeTests {
  struct Golden: Decodable {
    struct Class: Decodable {
      var count: Int
      var digest: String
    }
    var classes: [String: Class]
    /// Of every normalizer: the scalars it changes, with what it makes of them.
    var forms: [String: Class]
    var normalizations: [[String]]
  }

  static func golden() throws -> Golden {
    try TestSupport.Golden.decode(Golden.self, from: "tokenizers-unicode")
  }

  static let allScalars = (UInt32(0)..<0x110000).filter { Unicode.Scalar($0) != nil }

  /// FNV-1a, a number at a time, as the golden script has it.
  static func digest(_ numbers: some Sequence<UInt32>) -> String {
    let digest = numbers.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { digest, number in
      (digest ^ UInt64(number)) &* 0x0000_0100_0000_01B3
    }
    return String(digest)
  }

  static func composed(_ text: String) -> String {
    String(decoding: Normalizer.unicode(.composed).normalized(Array(text.utf8)), as: UTF8.self)
  }

  @Test(
    "each class has the scalars it has there",
    arguments: [
      ("letter", CharacterClasses.letter), ("number", .number), ("space", .space), ("word", .word),
      ("punctuation", .punctuation), ("digit", .digit), ("accent", .accent),
    ])
  func classes(name: String, member: CharacterClasses) throws {
    let expected = try #require(try Self.golden().classes[name])
    let members = Self.allScalars.filter { CharacterClasses.of($0).contains(member) }
    #expect(members.count == expected.count)
    #expect(Self.digest(members) == expected.digest)
  }

  @Test(
    "every scalar becomes what it becomes there",
    arguments: [
      ("NFC", Normalizer.unicode(.composed)), ("NFD", .unicode(.decomposed)),
      ("NFKC", .unicode(.compatibilityComposed)), ("NFKD", .unicode(.compatibilityDecomposed)),
      ("Lowercase", .lowercase), ("StripAccents", .stripAccents),
    ])
  func singleScalars(name: String, normalizer: Normalizer) throws {
    let golden = try #require(try Self.golden().forms[name])
    var changed = 0
    var record: [UInt32] = []
    for scalar in Self.allScalars {
      let normal = ScalarText(normalizer.normalized(ScalarText.bytes(of: [scalar]))).scalars
      if normal != [scalar] {
        changed += 1
        record.append(scalar)
        record += normal
      }
    }
    #expect(changed == golden.count)
    #expect(Self.digest(record) == golden.digest)
  }

  @Test("heaps of marks have their normal form, and are then left alone")
  func heapsOfMarks() throws {
    let pairs = try Self.golden().normalizations
    #expect(pairs.count == 300)
    for pair in pairs {
      let normal = Self.composed(pair[0])
      #expect(scalars(normal) == scalars(pair[1]))
      #expect(scalars(Self.composed(normal)) == scalars(normal))
    }
  }

  @Test("ordinary accents compose as Foundation composes them")
  func againstFoundation() {
    for letter in "aeiouyncsgAEIOUYNCSGαηωΑΗΩиИ" {
      for first in "\u{300}\u{301}\u{302}\u{303}\u{308}\u{30C}\u{323}\u{327}\u{345}" {
        for second in "\u{301}\u{323}\u{304}\u{313}x" {
          let text = "\(letter)\(first)\(second)"
          let expected = text.precomposedStringWithCanonicalMapping
          #expect(scalars(Self.composed(text)) == scalars(expected))
        }
      }
    }
  }

  @Test(
    "worked by hand",
    arguments: [
      // Canonical order: below (220) before above (230); then only one of them finds a pair.
      ("a\u{301}\u{323}", "\u{1EA1}\u{301}"),
      // A mark of the same class blocks: e with acute, the grave stays.
      ("e\u{301}\u{300}", "\u{E9}\u{300}"),
      // Other names of letters go; the compatibility ligature stays.
      ("\u{212B}\u{2126}\u{FB01}", "\u{C5}\u{3A9}\u{FB01}"),
      // Excluded from composition: taken apart and left so.
      ("\u{958}", "\u{915}\u{93C}"),
      // Korean: two letters, three letters, a syllable and a letter; U+11A7 is no letter.
      (
        "\u{1112}\u{1161}\u{11AB}\u{D558}\u{11AB}\u{D558}\u{11A7}",
        "\u{D55C}\u{D55C}\u{D558}\u{11A7}"
      ),
      // Not À: the syllable's low sixteen bits are those of A.
      ("\u{10041}\u{300}", "\u{10041}\u{300}"),
      // Marks with nothing before them.
      ("\u{301}\u{323}", "\u{323}\u{301}"),
    ])
  func byHand(text: String, expected: String) {
    #expect(scalars(Self.composed(text)) == scalars(expected))
  }

  @Test("UTF-8 to scalars and back, every scalar")
  func scalarText() {
    let text = ScalarText(ScalarText.bytes(of: Self.allScalars))
    #expect(text.scalars == Self.allScalars)
    // 128 of one byte, 1920 of two, 61440 of three (2048 surrogates are none), 1048576 of four.
    let length: Int = 128 + 1920 * 2 + 61440 * 3 + 1_048_576 * 4
    #expect(text.offsets.last == length)
  }
}
