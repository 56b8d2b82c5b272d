// The vocabulary of characters: the file is the one the library writes, and it gives its ids.

import Foundation
import Testing
import TestSupport
import Tokenizers

@Suite("A vocabulary of characters is an ordinary tokenizer")
struct CharacterTokenizerTests {
  struct Golden: Decodable {
    var alphabet: String
    var cases: [GoldenCase]
  }

  static let endOfText = "<|endoftext|>"

  @Test("with the library's file and its ids")
  func likeTheLibrary() throws {
    let golden = try TestSupport.Golden.decode(Golden.self, from: "tokenizers-characters")
    let tokenizer = try Tokenizer.characters(Array(golden.alphabet), endOfText: Self.endOfText)
    for example in golden.cases {
      #expect(tokenizer.encode(example.text) == example.ids)
      let decoded = example.decoded ?? example.text
      #expect(tokenizer.decode(example.ids) == decoded)
      let skipped = tokenizer.decode(example.ids, skippingSpecials: true)
      #expect(skipped == example.skipped ?? decoded)
    }
    let file = TestSupport.Golden.folder.appending(path: "tokenizers-characters.json")
    let stored = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? NSDictionary
    let theirs = try #require(stored?["file"] as? NSDictionary)
    let ours = try JSONSerialization.jsonObject(with: tokenizer.json) as? NSDictionary
    #expect(ours == theirs)
  }

  struct WordGolden: Decodable {
    var words: [String]
    var cases: [GoldenCase]
  }

  @Test("words are tokens with the space before them, with the library's file and its ids")
  func words() throws {
    let golden = try TestSupport.Golden.decode(WordGolden.self, from: "tokenizers-words")
    let tokenizer = try Tokenizer.words(golden.words, endOfText: Self.endOfText)
    for example in golden.cases {
      #expect(tokenizer.encode(example.text) == example.ids, "\(example.text)")
      #expect(tokenizer.decode(example.ids) == example.decoded ?? example.text)
    }
    let file = TestSupport.Golden.folder.appending(path: "tokenizers-words.json")
    let stored = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? NSDictionary
    let theirs = try #require(stored?["file"] as? NSDictionary)
    let ours = try JSONSerialization.jsonObject(with: tokenizer.json) as? NSDictionary
    #expect(ours == theirs)
    for words in [["a", ""], ["a b"], ["é"], ["a", "b", "a"]] {
      #expect(throws: TokenizerError.self) { try Tokenizer.words(words, endOfText: Self.endOfText) }
    }
    #expect(throws: TokenizerError.self) { try Tokenizer.words(["a"], endOfText: "") }
  }

  @Test("ids follow the alphabet after the end of text")
  func order() throws {
    let tokenizer = try Tokenizer.characters(["0", "1", "+", " "], endOfText: Self.endOfText)
    #expect(tokenizer.vocabularySize == 5)
    #expect(tokenizer.specialTokens == [0])
    #expect(tokenizer.encode("1+0 1") == [2, 3, 1, 4, 2])
    #expect(tokenizer.encode("1<|endoftext|>") == [2, 0])
    #expect(tokenizer.encode("1<|endoftext|>", recognizingSpecials: false) == [2])
    #expect(tokenizer.decode([2, 4, 0], skippingSpecials: true) == "1 ")
    #expect(tokenizer.id(of: Self.endOfText) == 0)
    #expect(tokenizer.token(of: 4) == "Ġ")
  }

  @Test("every ASCII character can be in it, and texts come back")
  func allOfASCII() throws {
    let alphabet = (UInt8(0)..<128).map { Character(Unicode.Scalar($0)) }
    let tokenizer = try Tokenizer.characters(alphabet, endOfText: Self.endOfText)
    let text = String(decoding: (UInt8(0)..<128).shuffled(), as: UTF8.self)
    #expect(tokenizer.encode(text) == Array(text.utf8).map { Int($0) + 1 })
    #expect(tokenizer.decode(tokenizer.encode(text)) == text)
    let again = try Tokenizer(json: tokenizer.json, file: "again")
    #expect(again.encode(text) == tokenizer.encode(text))
  }

  @Test(
    "what makes no vocabulary is refused",
    arguments: [
      (["a", "é"], "<e>", "not one ASCII"), (["\r\n"], "<e>", "not one ASCII"),
      (["a", "b", "a"], "<e>", "twice"), (["a"], "", "empty"), (["a", "<"], "<", "both"),
      ([" "], "Ġ", "both"),
    ] as [([Character], String, String)])
  func refusals(alphabet: [Character], endOfText: String, says: String) {
    let error = #expect(throws: TokenizerError.self) {
      try Tokenizer.characters(alphabet, endOfText: endOfText)
    }
    #expect(error?.description.contains(says) == true)
  }

  @Test("the configuration beside it names the end of text as end and padding")
  func configuration() throws {
    let json = Tokenizer.configurationJSON(endOfText: "<\"e\\>", longestText: 512)
    let value = try JSONSerialization.jsonObject(with: json) as? [String: Any]
    #expect(value?["eos_token"] as? String == "<\"e\\>")
    #expect(value?["pad_token"] as? String == "<\"e\\>")
    #expect(value?["model_max_length"] as? Int == 512)
    #expect(value?["tokenizer_class"] as? String == "PreTrainedTokenizerFast")
  }
}
