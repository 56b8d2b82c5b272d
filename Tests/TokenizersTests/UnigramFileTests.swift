// Unigram files that are broken or hostile, small cases worked by hand, and time.

import Foundation
import Testing
import TestSupport
import Tokenizers

@Suite("Unigram files are read strictly")
struct UnigramFileTests {
  static let pieces = #"[["<unk>", 0], ["a", -1], ["b", -1.5], ["ab", -2.5], ["▁", -3]]"#

  static func file(
    _ vocabulary: String = pieces, normalizer: String = "null", model: String = ""
  ) -> String {
    """
    {"normalizer": \(normalizer), "model": {"type": "Unigram", "unk_id": 0, \(model)
     "vocab": \(vocabulary)}}
    """
  }

  static func map(_ bytes: [UInt8]) -> String {
    let base64 = Data(bytes).base64EncodedString()
    return #"{"type": "Precompiled", "precompiled_charsmap": "\#(base64)"}"#
  }

  @Test("worked by hand: sums of scores, the longer piece among equals, unknown neighbors as one")
  func byHand() throws {
    let plain = try tokenizer(Self.file())
    // a + b and ab both have -2.5, and ab ends there first; a + b + a has -3.5.
    #expect(plain.encode("ab") == [3])
    #expect(plain.encode("aba") == [3, 1])
    // xy is one unknown text, and x is another.
    #expect(plain.encode("axyb x") == [1, 0, 2, 0])
    #expect(plain.encode("") == [])
    let bytes = try tokenizer(
      Self.file(
        #"[["<unk>", 0], ["a", -1], ["<0xC3>", 0], ["<0xA9>", 0]]"#,
        model: #""byte_fallback": true,"#))
    // Each byte stands for all of the unknown text; where one byte has no token, none is used.
    #expect(bytes.encode("aéé") == [1, 2, 3, 2, 3])
    #expect(bytes.aligned("aéé").map(\.range) == [0..<1, 1..<5, 1..<5, 1..<5, 1..<5])
    #expect(bytes.encode("aéè") == [1, 0])
  }

  @Test("of a piece that is there twice the last counts, and both ids have its text")
  func twice() throws {
    let tokenizer = try tokenizer(Self.file(#"[["<unk>", 0], ["a", -1], ["aa", -1.5], ["a", -9]]"#))
    #expect(tokenizer.encode("aa") == [2])
    #expect(tokenizer.encode("a") == [3])
    #expect(tokenizer.token(of: 1) == "a")
    #expect(tokenizer.vocabularySize == 4)
  }

  @Test("an old file does not name its model")
  func withoutType() throws {
    let json = Self.file().replacing(#""type": "Unigram", "#, with: "")
    #expect(try tokenizer(json).encode("ab") == [3])
  }

  @Test("numbers are the library's to the last bit")
  func numbers() throws {
    struct Golden: Decodable {
      struct Number: Decodable {
        var text: String
        var value: Double

        init(from decoder: any Decoder) throws {
          var pair = try decoder.unkeyedContainer()
          text = try pair.decode(String.self)
          value = try pair.decode(Double.self)
        }
      }
      var numbers: [Number]
    }
    let golden = try TestSupport.Golden.decode(Golden.self, from: "tokenizers-unigram")
    #expect(golden.numbers.count > 300)
    // Where the nearest Double were right everywhere, this would show nothing.
    #expect(golden.numbers.count { Double($0.text) != $0.value } > 40)
    for number in golden.numbers {
      let value = LibraryNumber.read(number.text)
      #expect(value?.bitPattern == number.value.bitPattern, "\(number.text)")
    }
    #expect(LibraryNumber.read("1e309") == nil)
    #expect(LibraryNumber.read("1e99999999999999999999") == nil)
    #expect(LibraryNumber.read("-\(String(repeating: "9", count: 400))") == nil)
  }

  @Test(
    "the last bit of a score decides: as the library reads these, a and b are no better than ab")
  func lastBit() throws {
    let pieces =
      #"[["<unk>", 0], ["a", -15.774467468261719], ["b", 0], ["ab", -15.77446746826172]]"#
    #expect(try tokenizer(Self.file(pieces)).encode("ab") == [3])
  }

  @Test(
    "what is wrong is named",
    arguments: [
      (file(#"{"a": 0}"#), ["model.vocab", "a list"]),
      (file(#"[["<unk>", 0], "a"]"#), ["model.vocab[1]", "score"]),
      (file(#"[["<unk>", 0], ["a"]]"#), ["model.vocab[1]", "score"]),
      (file(#"[["<unk>", 0], ["a", "b"]]"#), ["model.vocab[1]", "score"]),
      (file(#"[["<unk>", 0], [1, 0]]"#), ["model.vocab[1]", "score"]),
      (file("[]"), ["model.unk_id", "0 is outside"]),
      (file(#"[["\#(String(repeating: "a", count: 1025))", 0]]"#), ["model.vocab[0]", "1024"]),
      (file(model: #""alpha": 0.1,"#), ["model", "alpha"]),
      (file(model: #""byte_fallback": null,"#), ["model.byte_fallback", "null"]),
      (file(#"[["a", 1\#(String(repeating: "0", count: 310))]]"#), ["model.vocab[0]", "reach"]),
      (file().replacing("\"unk_id\": 0", with: "\"unk_id\": null"), ["model.unk_id", "null"]),
      (file().replacing("\"unk_id\": 0", with: "\"unk_id\": 5"), ["model.unk_id", "5 is outside"]),
      (file().replacing("\"unk_id\": 0", with: "\"unk_id\": -1"), ["model.unk_id", "-1"]),
      (file(normalizer: #"{"type": "Precompiled"}"#), ["normalizer", "precompiled_charsmap"]),
      (
        file(normalizer: #"{"type": "Precompiled", "precompiled_charsmap": "A-=="}"#),
        ["normalizer.precompiled_charsmap", "base64"]
      ),
      (file(normalizer: map([4, 0, 0])), ["precompiled_charsmap", "cut off"]),
      (file(normalizer: map([8, 0, 0, 0, 1, 2, 3, 4])), ["precompiled_charsmap", "cut off"]),
      (file(normalizer: map([255, 255, 255, 255])), ["precompiled_charsmap", "cut off"]),
      (file(normalizer: map([0, 0, 0, 0, 0xC3])), ["precompiled_charsmap", "UTF-8"]),
      (
        file(normalizer: map([0, 0, 0, 0] + [UInt8](repeating: 97, count: 5000))),
        ["normalizer", "4096"]
      ),
    ])
  func refusals(json: String, says: [String]) {
    let error = #expect(throws: TokenizerError.self) { try tokenizer(json) }
    let message = error?.description ?? ""
    for part in says { #expect(message.contains(part), "\(message)") }
  }

  @Test("a map that leads out of itself ends in a text, whatever it holds")
  func hostileMaps() throws {
    var draws = Draws(seed: 5)
    let texts = ["a", "ab é \r\n e\u{301}", "日本\u{0}語", "\u{1100}\u{1161}\u{200D}©"]
    var read = 0
    for round in 0..<2000 {
      let units = Int.random(in: 0...300, using: &draws)
      var bytes = withUnsafeBytes(of: UInt32(units * 4).littleEndian, Array.init)
      for place in 0..<units {
        // Units that fit every byte or none, with children anywhere, and ends of keys among them.
        var unit = UInt32.random(in: 0...(.max), using: &draws)
        if round % 2 == 0 {
          unit =
            UInt32(place & 0xFF) | unit & 0x100 | UInt32.random(in: 0...511, using: &draws) << 10
        }
        bytes += withUnsafeBytes(of: unit.littleEndian, Array.init)
      }
      bytes += Array("ab\u{0}é\u{0}日".utf8)
      guard let tokenizer = try? tokenizer(Self.file(normalizer: Self.map(bytes))) else { continue }
      read += 1
      for text in texts {
        let aligned = tokenizer.aligned(text)
        #expect(aligned.map(\.id) == tokenizer.encode(text))
        #expect(aligned.allSatisfy { $0.range.upperBound <= text.utf8.count })
      }
    }
    #expect(read == 2000)
  }

  @Test("time grows with the text: a hundred thousand and a million letters of one piece")
  func time() throws {
    let runs = (1...64).map { "[\"\(String(repeating: "a", count: $0))\", -\($0).5]" }
    let tokenizer = try tokenizer(Self.file("[[\"<unk>\", 0], \(runs.joined(separator: ", "))]"))
    func seconds(_ count: Int) -> Double {
      let text = String(repeating: "a", count: count)
      var found: [Int] = []
      let time = processorTime { found = tokenizer.encode(text) }
      #expect(found.count == (count + 63) / 64)
      return time / .seconds(1)
    }
    let short = (0..<5).map { _ in seconds(100_000) }.min() ?? 0
    #expect(seconds(1_000_000) < 100 * short)
  }
}
