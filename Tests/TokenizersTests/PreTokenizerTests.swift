// Qwen2's splitting rule: by hand, and against an engine that reads the pattern itself.

import Foundation
import Testing
import Tokenizers

@Suite("Text is cut as Qwen2's pattern says")
struct PreTokenizerTests {
  static func pieces(_ text: String) -> [String] {
    let bytes = Array(text.utf8)
    return PreTokenizer.qwen2.pieces(of: bytes).map {
      String(decoding: bytes[$0], as: UTF8.self)
    }
  }

  @Test(
    "worked by hand",
    arguments: [
      ("", []),
      ("Hello, world!", ["Hello", ",", " world", "!"]),
      ("x=12+3", ["x", "=", "1", "2", "+", "3"]),
      ("we'Ll don'T", ["we", "'Ll", " don", "'T"]),
      ("a'\u{17F}b", ["a", "'\u{17F}", "b"]),
      ("'tis it's", ["'t", "is", " it", "'s"]),
      ("a   b", ["a", "  ", " b"]),
      ("a   ", ["a", "   "]),
      ("a \n \n b", ["a", " \n \n", " b"]),
      ("x;\r\n\r\ny", ["x", ";\r\n\r\n", "y"]),
      ("\tif\t(", ["\tif", "\t", "("]),
      (" 1", [" ", "1"]),
      ("\u{301}a", ["\u{301}a"]),
      ("\u{E000}\u{E001} ", ["\u{E000}\u{E001}", " "]),
    ])
  func byHand(text: String, expected: [String]) {
    #expect(Self.pieces(text).map(scalars) == expected.map(scalars))
  }

  @Test("on random texts an engine for regular expressions cuts at the same places")
  func againstAnEngine() throws {
    let engine = try NSRegularExpression(pattern: PreTokenizer.qwen2Pattern)
    let fragments = [
      " ", "  ", "\n", "\r\n", "\t", "\u{A0}", "\u{3000}", "'s", "'LL", "'v", "'", "a", "Zoë", "日本",
      "\u{301}", "7", "٣", "½", "!", "=", "😀", "\u{200B}", "\u{85}", "\u{17F}", "_", "\u{0}", "क्षि",
    ]
    var generator = Draws(seed: 5)
    for _ in 0..<2000 {
      let length = Int.random(in: 1...14, using: &generator)
      let text = (0..<length).map { _ in
        fragments[Int.random(in: 0..<fragments.count, using: &generator)]
      }.joined()
      let whole = NSRange(location: 0, length: text.utf16.count)
      let expected = engine.matches(in: text, range: whole).map {
        (text as NSString).substring(with: $0.range)
      }
      #expect(Self.pieces(text).map(scalars) == expected.map(scalars))
    }
  }

  @Test("only the exact pattern is known")
  func exactPattern() {
    #expect(PreTokenizer(pattern: Array(PreTokenizer.qwen2Pattern.utf8)) == .qwen2)
    #expect(PreTokenizer(pattern: Array((PreTokenizer.qwen2Pattern + "|x").utf8)) == nil)
    #expect(PreTokenizer(pattern: []) == nil)
  }
}
