// Ids and decoded texts against those of the `tokenizers` library, on two tokenizers it trained:
// one like Qwen2's, and one with every kind of added token.

import Foundation
import Testing
import TestSupport
import Tokenizers

@Suite("A tokenizer.json gives the tokens that the library gives")
struct GoldenTests {
  static let names = ["trained", "awkward"]

  static func load(_ name: String) throws -> (Tokenizer, GoldenCases) {
    (
      try Tokenizer(contentsOf: goldenFile(name)),
      try Golden.decode(GoldenCases.self, from: "tokenizers-\(name)-cases")
    )
  }

  @Test("every text has the same ids", arguments: names)
  func encoding(name: String) throws {
    let (tokenizer, golden) = try Self.load(name)
    #expect(golden.cases.count > 200)
    for example in golden.cases {
      #expect(tokenizer.encode(example.text) == example.ids, "\(shown(Array(example.text.utf8)))")
    }
  }

  @Test("control tokens in a text are plain text on request", arguments: names)
  func encodingWithoutSpecials(name: String) throws {
    let (tokenizer, golden) = try Self.load(name)
    #expect(golden.cases.contains { $0.plain != nil })
    for example in golden.cases {
      let ids = tokenizer.encode(example.text, recognizingSpecials: false)
      #expect(ids == example.plain ?? example.ids, "\(shown(Array(example.text.utf8)))")
    }
  }

  @Test("the ids decode to the same text, with and without control tokens", arguments: names)
  func decoding(name: String) throws {
    let (tokenizer, golden) = try Self.load(name)
    #expect(golden.cases.contains { $0.skipped != nil })
    for example in golden.cases {
      let decoded = example.decoded ?? example.text
      let skipped = tokenizer.decode(example.ids, skippingSpecials: true)
      #expect(scalars(tokenizer.decode(example.ids)) == scalars(decoded))
      #expect(scalars(skipped) == scalars(example.skipped ?? decoded))
    }
  }

  @Test("broken UTF-8 becomes replacement characters, and ids without a token nothing")
  func brokenDecoding() throws {
    for name in Self.names {
      let (tokenizer, golden) = try Self.load(name)
      #expect(golden.decodings.contains { $0.decoded.contains("\u{FFFD}") })
      for example in golden.decodings {
        #expect(scalars(tokenizer.decode(example.ids)) == scalars(example.decoded))
      }
      #expect(tokenizer.decode([-1, .max, .min, tokenizer.vocabularySize]) == "")
    }
  }

  @Test("size, control tokens and spellings", arguments: names)
  func vocabulary(name: String) throws {
    let (tokenizer, golden) = try Self.load(name)
    #expect(tokenizer.vocabularySize == golden.vocabularySize)
    #expect(tokenizer.specialTokens == golden.specials)
    for (key, spelling) in golden.tokens {
      let id = try #require(Int(key))
      #expect(tokenizer.token(of: id).map(scalars) == scalars(spelling))
    }
    #expect(tokenizer.token(of: golden.vocabularySize) == nil)
    #expect(tokenizer.token(of: -1) == nil)
    #expect(tokenizer.id(of: "no such token") == nil)
  }

  @Test("a token is found by the spelling in the file, byte for byte")
  func lookUp() throws {
    let (tokenizer, golden) = try Self.load("awkward")
    // The file spells the token with a combining accent; canonically equal is not the same.
    let accented = try #require(tokenizer.id(of: "cafe\u{301}"))
    #expect(golden.tokens["\(accented)"].map(scalars) == scalars("caf\u{E9}"))
    #expect(tokenizer.id(of: "caf\u{E9}") == nil)
    #expect(tokenizer.id(of: "<|im_end|>") == tokenizer.encode("<|im_end|>").first)
    #expect(tokenizer.id(of: "!") == 0)
  }

  @Test("the bytes of the tokens, put together, are the decoded text")
  func bytesOfTokens() throws {
    let (tokenizer, golden) = try Self.load("trained")
    for example in golden.cases {
      let bytes = example.ids.flatMap(tokenizer.bytes(of:))
      #expect(bytes == Array((example.decoded ?? example.text).utf8))
    }
    #expect(tokenizer.bytes(of: -1).isEmpty)
  }

  @Test("with ignore_merges a piece that is a token is taken whole")
  func wholePieces() throws {
    struct Case: Decodable {
      var text: String
      var ids: [Int]
      var merged: [Int]
    }
    let cases = try Golden.decode([Case].self, from: "tokenizers-whole-pieces-cases")
    let json = try String(contentsOf: goldenFile("whole-pieces"), encoding: .utf8)
    let whole = try tokenizer(json)
    let merged = try tokenizer(
      json.replacing("\"ignore_merges\":true", with: "\"ignore_merges\":false"))
    for example in cases {
      #expect(whole.encode(example.text) == example.ids)
      #expect(merged.encode(example.text) == example.merged)
    }
  }

  @Test("the file's bytes are kept as they are")
  func keepsItsFile() throws {
    let tokenizer = try Tokenizer(contentsOf: goldenFile("trained"))
    #expect(try tokenizer.json == Data(contentsOf: goldenFile("trained")))
  }

  @Test("a byte without a token is left out, and what is around it merges, as in the library")
  func missingBytes() throws {
    #expect(try tokenizer(tinyFile).encode("abdc") == [4])
  }
}
