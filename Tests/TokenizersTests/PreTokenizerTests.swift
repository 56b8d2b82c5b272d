// The splitting rules with scanners: by hand, and against an engine that reads the pattern itself.

import Foundation
import Testing
import TestSupport
import Tokenizers

@Suite("Text is cut as the known patterns say")
struct PreTokenizerTests {
  static func pieces(_ text: String, by pattern: KnownPattern = .qwen2) -> [String] {
    let bytes = Array(text.utf8)
    return pattern.pieces(of: bytes, in: 0..<bytes.count).map {
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

  @Test(
    "Llama 3 takes digits by three, GPT-2 all of them, and contractions only in small letters",
    arguments: [
      ("x=12345+3", ["x", "=", "123", "45", "+", "3"], ["x", "=", "12345", "+", "3"]),
      (
        "we'LL 1234 !!\n", ["we", "'LL", " ", "123", "4", " !!\n"],
        ["we", "'", "LL", " 1234", " !!", "\n"]
      ),
      ("a'll\n\n b", ["a", "'ll", "\n\n", " b"], ["a", "'ll", "\n\n", " b"]),
      ("(word", ["(word"], ["(", "word"]),
    ])
  func otherPatterns(text: String, llama3: [String], gpt2: [String]) {
    #expect(Self.pieces(text, by: .llama3) == llama3)
    #expect(Self.pieces(text, by: .gpt2) == gpt2)
  }

  @Test(
    "on random texts an engine for regular expressions cuts at the same places",
    arguments: [
      (KnownPattern.qwen2, KnownPattern.qwen2Pattern), (.llama3, KnownPattern.llama3Pattern),
      (.gpt2, KnownPattern.gpt2Pattern),
    ])
  func againstAnEngine(known: KnownPattern, pattern: String) throws {
    let engine = try NSRegularExpression(pattern: pattern)
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
      #expect(Self.pieces(text, by: known).map(scalars) == expected.map(scalars))
    }
  }

  @Test("only the exact pattern is known")
  func exactPattern() {
    #expect(KnownPattern(pattern: Array(KnownPattern.qwen2Pattern.utf8)) == .qwen2)
    #expect(KnownPattern(pattern: Array((KnownPattern.qwen2Pattern + "|x").utf8)) == nil)
    #expect(KnownPattern(pattern: Array(KnownPattern.llama3Pattern.utf8)) == .llama3)
    #expect(KnownPattern(pattern: Array(KnownPattern.gpt2Pattern.utf8)) == .gpt2)
    #expect(KnownPattern(pattern: []) == nil)
  }
}

@Suite("Text is cut as patterns without a scanner say")
struct GeneralPatternTests {
  /// What Tools/goldens/tokenizer_patterns.py writes.
  private struct Golden: Decodable {
    struct Case: Decodable, CustomTestStringConvertible {
      var name: String
      var pattern: String
      var texts: UInt32?
      var long: UInt32?
      var testDescription: String { name }
    }
    var texts: Int
    var parts: Int
    var cases: [Case]
  }

  /// The lengths in bytes of a text's pieces, matches and what lies between, and a zero.
  private func record(_ text: String, by pattern: GeneralPattern, into sum: inout CheckSum) {
    let bytes = Array(text.utf8)
    var end = 0
    for match in pattern.ranges(in: bytes, within: 0..<bytes.count) + [bytes.count..<bytes.count] {
      for length in [match.lowerBound - end, match.count] where length > 0 {
        sum.add(number: length)
      }
      end = match.upperBound
    }
    sum.add(number: 0)
  }

  @Test("Where the library cuts, on short texts and on one of 100,000 characters")
  func library() throws {
    let golden = try TestSupport.Golden.decode(Golden.self, from: "tokenizers-patterns")
    let fragments = try ParityTests.golden.get().fragments
    let texts = (0..<golden.texts).map { ParityTests.text(78, $0, fragments) }
    let long = (0..<golden.parts).map { ParityTests.text(77, $0, fragments) }.joined()
    #expect(golden.cases.count >= 15 && long.unicodeScalars.count >= 100_000)
    for one in golden.cases {
      let pattern = try GeneralPattern(one.pattern)
      var sum = CheckSum()
      for text in texts { record(text, by: pattern, into: &sum) }
      #expect(one.texts == nil || sum.value == one.texts, "\(one.name)")
      var whole = CheckSum()
      record(long, by: pattern, into: &whole)
      #expect(one.long == nil || whole.value == one.long, "\(one.name)")
    }
  }

  @Test(
    "What takes other engines for ever ends in a moment",
    arguments: [
      ("(a+)+b", 0), ("(a|aa)*c", 0), ("(?:a*a*)b|a{3}", 16_666), ("(a+a+)+b|a", 50_000),
      ("(?=a*b)a|a(?=a)", 49_999), ("(?!a*c)a+?", 50_000), ("(a++)b|a", 50_000),
    ])
  func hard(pattern: String, matches: Int) throws {
    let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 50_000)
    let time = try processorTime {
      let found = try GeneralPattern(pattern).ranges(in: bytes, within: 0..<bytes.count)
      #expect(found.count == matches)
    }
    #expect(time < .seconds(20))
  }
}
