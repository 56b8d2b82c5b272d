// Files that are broken, hostile, or ask for more than is done here: each ends in an error that
// names the file and the field.

import JSON
import Foundation
import Testing
import TestSupport
import Tokenizers

@Suite("A file that cannot be honored is refused by name")
struct TokenizerFileTests {
  /// The tiny file with `old` replaced, and what the error must say.
  static let spoiled: [(old: String, new: String, says: [String])] = [
    ("\"version\": \"1.0\"", "\"version\": \"2.0\"", ["version", "2.0", "1.0"]),
    ("\"version\": \"1.0\"", "\"vresion\": \"1.0\"", ["vresion", "version"]),
    ("\"truncation\": null", "\"truncation\": {\"max_length\": 9}", ["truncation", "strategy"]),
    ("\"padding\": null", "\"padding\": {\"strategy\": {\"Fixed\": 9}}", ["padding", "direction"]),
    (
      "{\"type\": \"NFC\"}", "{\"type\": \"BertNormalizer\"}",
      ["normalizer.type", "BertNormalizer", "NFC"]
    ),
    ("{\"type\": \"NFC\"}", "{\"type\": \"NFC\", \"x\": 1}", ["normalizer", "\"x\""]),
    ("{\"type\": \"NFC\"}", "[]", ["normalizer", "an object", "a list"]),
    (
      "\"type\": \"Sequence\"", "\"type\": \"UnicodeScripts\"",
      ["pre_tokenizer.type", "UnicodeScripts", "Metaspace"]
    ),
    ("\\\\p{N}|", "(\\\\p{N}*)+|", ["pretokenizers[0].pattern.Regex", "match nothing"]),
    ("\\\\p{N}|", "\\\\p{N}|(", ["pretokenizers[0].pattern.Regex", "not closed"]),
    ("\\\\p{N}|", "^\\\\p{N}|", ["pretokenizers[0].pattern.Regex", "^ means"]),
    ("\"Regex\"", "\"Glob\"", ["pretokenizers[0].pattern", "Glob", "Regex"]),
    ("\"Isolated\"", "\"Merged\"", ["pretokenizers[0].behavior", "Merged", "Isolated"]),
    ("\"invert\": false", "\"invert\": 0", ["pretokenizers[0].invert", "true"]),
    ("\"use_regex\": false", "\"use_regex\": null", ["pretokenizers[1].use_regex", "true"]),
    (
      "\"post_processor\": {\"type\": \"ByteLevel\"",
      "\"post_processor\": {\"type\": \"RobertaProcessing\"", ["post_processor", "cls", "missing"]
    ),
    (
      "\"post_processor\": {\"type\": \"ByteLevel\"",
      "\"post_processor\": {\"type\": \"RobertaProcessing\", \"cls\": [\"a\", 7]",
      ["post_processor.cls", "id 7", "no token has"]
    ),
    (
      "\"post_processor\": {\"type\": \"ByteLevel\"",
      "\"post_processor\": {\"type\": \"RobertaProcessing\", \"cls\": [\"a\"]",
      ["post_processor.cls", "a token is"]
    ),
    (
      "\"post_processor\": {\"type\": \"ByteLevel\"", "\"post_processor\": {\"type\": \"Other\"",
      ["post_processor.type", "Other", "ByteLevel", "TemplateProcessing"]
    ),
    (
      "\"decoder\": {\"type\": \"ByteLevel\"", "\"decoder\": {\"type\": \"WordPiece\"",
      ["decoder.type", "WordPiece", "ByteLevel"]
    ),
    (", \"trim_offsets\": true}", "}", ["decoder", "trim_offsets", "missing"]),
    (
      "\"type\": \"BPE\"", "\"type\": \"WordPiece\"", ["model.type", "WordPiece", "BPE", "Unigram"]
    ),
    ("\"dropout\": null", "\"dropout\": 0.1", ["model.dropout", "null"]),
    ("\"unk_token\": null", "\"unk_token\": \"z\"", ["model.unk_token", "every byte"]),
    ("subword_prefix\": \"\"", "subword_prefix\": \"##\"", ["model.merges[0]", "##"]),
    ("word_suffix\": \"\"", "word_suffix\": 1", ["end_of_word_suffix", "text"]),
    ("\"byte_fallback\": false", "\"byte_fallback\": 1", ["model.byte_fallback", "false"]),
    ("\"fuse_unk\": false", "\"fuse_unk\": 0", ["model.fuse_unk", "a number"]),
    ("\"ignore_merges\"", "\"ignore_mergers\"", ["model", "ignore_mergers", "ignore_merges"]),
    ("\"vocab\": {", "\"vocabulary\": {", ["model", "vocabulary", "vocab"]),
    ("\"a\": 0, ", "", ["model.merges[0]", "\"a\"", "not in the vocabulary"]),
    ("\"a\": 0, ", "\"a\": 1, ", ["model.vocab", "the id 1", "another"]),
    ("\"a\": 0, ", "\"a\": -1, ", ["model.vocab", "\"a\"", "0..."]),
    ("\"a\": 0, ", "\"a\": 0.0, ", ["model.vocab", "\"a\"", "integer"]),
    ("\"a\": 0, ", "\"a\": 99999999999, ", ["model.vocab", "\"a\"", "0..."]),
    ("\"a\": 0, ", "\"a\": 5000000, ", ["model.vocab", "\"a\"", "65560"]),
    ("\"ab\": 3", "\"xy\": 3", ["model.merges[0]", "\"ab\"", "not in the vocabulary"]),
    ("\"a b\"", "\"a b c\"", ["model.merges[0]", "left right"]),
    ("\"a b\"", "\"ab\"", ["model.merges[0]", "left right"]),
    ("\"a b\"", "7", ["model.merges[0]", "left right"]),
    ("[\"b\", \"c\"]", "[\"b\"]", ["model.merges[2]", "left right"]),
    ("\"id\": 6", "\"id\": 7", ["added_tokens[0]", "<|end|>", "7", "6"]),
    ("\"id\": 6", "\"id\": -6", ["added_tokens[0]", "-6", "0..."]),
    ("\"id\": 6", "\"id\": \"6\"", ["added_tokens[0].id", "an integer", "text"]),
    ("\"id\": 6, ", "", ["added_tokens[0]", "\"id\"", "missing"]),
    ("\"special\": true", "\"special\": 1", ["added_tokens[0].special", "true or false"]),
    ("\"content\": \"<|end|>\"", "\"content\": \"\"", ["added_tokens[0]", "empty"]),
    (
      "\"added_tokens\": [", "\"added_tokens\": [[],", ["added_tokens[0]", "an object", "a list"]
    ),
  ]

  @Test("and the error names the file, the field and what is supported", arguments: spoiled)
  func refusals(old: String, new: String, says: [String]) throws {
    try #require(tinyFile.contains(old))
    let error = #expect(throws: TokenizerError.self) {
      try tokenizer(tinyFile.replacing(old, with: new, maxReplacements: 1))
    }
    let message = error?.description ?? ""
    for part in ["t.json"] + says {
      #expect(message.contains(part), "\(message)")
    }
  }

  @Test("malformed text is refused with line and column")
  func malformed() {
    let error = #expect(throws: TokenizerError.self) {
      try tokenizer(tinyFile.replacing("\"padding\": null", with: "\"padding\": nil"))
    }
    #expect(
      error == .malformed(file: "t.json", line: 4, column: 14, reason: "a value is missing"))
    #expect(error?.description.hasPrefix("t.json:4:14:") == true)
  }

  @Test("what changes nothing is accepted")
  func accepted() throws {
    let expected = try tokenizer(tinyFile).encode("abcbcab<|end|>")
    #expect(expected == [4, 5, 3, 6])
    let harmless = [
      (
        "\"padding\": null",
        """
        "padding": {"strategy": {"Fixed": 9}, "direction": "Left", "pad_to_multiple_of": null,
          "pad_id": 0, "pad_type_id": 0, "pad_token": "a"}
        """
      ),
      (
        "\"truncation\": null",
        """
        "truncation": {"max_length": 1, "strategy": "LongestFirst", "stride": 0}
        """
      ),
      ("\"dropout\": null", "\"dropout\": 0.0"), ("\"normalizer\": {\"type\": \"NFC\"},", ""),
      ("\"version\": \"1.0\",", ""), ("\"fuse_unk\": false,", "\"fuse_unk\": null,"),
      ("\"continuing_subword_prefix\": \"\"", "\"continuing_subword_prefix\": null"),
      ("\"a b\"", "\"#version: 0.2\", \"a b\""), ("\"a b\"", "[\"a\", \"b\"]"),
      (
        "\"post_processor\": {\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"trim_offsets\": false},",
        ""
      ),
    ]
    for (old, new) in harmless {
      try #require(tinyFile.contains(old))
      let changed = try tokenizer(tinyFile.replacing(old, with: new))
      #expect(changed.encode("abcbcab<|end|>") == expected)
    }
  }

  @Test("of a merge that is there twice the last place counts, as in the library")
  func repeatedMerge() throws {
    let repeated = try tokenizer(
      tinyFile.replacing("\"a b\", \"ab c\", [\"b\", \"c\"]", with: "\"a b\", \"b c\", \"a b\""))
    #expect(repeated.encode("abc") == [0, 5])
  }

  @Test("added tokens that are there twice are refused, also once normalized")
  func repeatedTokens() {
    func added(_ id: Int, _ content: String) -> String {
      """
      {"id": \(id), "content": \(quoted(content)), "single_word": false, "lstrip": false,
       "rstrip": false, "normalized": true, "special": false}
      """
    }
    for (first, second) in [("xy", "xy"), ("e\u{301}", "\u{E9}")] {
      let error = #expect(throws: TokenizerError.self) {
        try tokenizer(
          tinyFile.replacing(
            "\"added_tokens\": [",
            with: "\"added_tokens\": [\(added(6, first)), \(added(7, second)),"
          ).replacing("\"id\": 6, \"content\": \"<", with: "\"id\": 8, \"content\": \"<"))
      }
      #expect(error?.description.contains("twice") == true)
    }
  }

  @Test("an added token that is there twice in the same words is one")
  func sameToken() throws {
    let token = """
      {"id": 6, "content": "<|end|>", "single_word": false, "lstrip": false, "rstrip": false,
       "normalized": false, "special": true}
      """
    let twice = tinyFile.replacing("\"added_tokens\": [", with: "\"added_tokens\": [\(token),")
    #expect(try tokenizer(twice).encode("ab<|end|>") == [3, 6])
  }

  @Test("an id that a hole in the vocabulary would give twice is refused")
  func collidingIDs() {
    let error = #expect(throws: TokenizerError.self) {
      try tokenizer(tinyFile.replacing("\"bc\": 5", with: "\"bc\": 6"))
    }
    #expect(error?.description.contains("added_tokens[0]") == true)
  }

  @Test("a hole in the vocabulary is an id without a token")
  func holes() throws {
    let json = tinyFile.replacing("\"bc\": 5", with: "\"bc\": 50")
    let tokenizer = try tokenizer(json)
    #expect(tokenizer.vocabularySize == 51)
    #expect(tokenizer.encode("bc<|end|>") == [50, 6])
    #expect(tokenizer.token(of: 20) == nil)
    #expect(tokenizer.decode([50, 20, 6]) == "bc<|end|>")
  }

  /// A hub's cache holds `snapshots/<revision>/tokenizer.json -> ../../blobs/<hash>`.
  @Test("a link is what it leads to: a file, a file that is too large, or nothing")
  func links() throws {
    try withTemporaryFolder { folder in
      let blob = folder.appending(path: "blob")
      let link = folder.appending(path: "tokenizer.json")
      try FileManager.default.createSymbolicLink(
        atPath: link.path, withDestinationPath: "blob")
      var error = #expect(throws: TokenizerError.self) { try Tokenizer(contentsOf: link) }
      #expect(error?.description.contains("cannot be read") == true)
      try Data(tinyFile.utf8).write(to: blob)
      #expect(try Tokenizer(contentsOf: link).encode("abc") == tokenizer(tinyFile).encode("abc"))
      let handle = try FileHandle(forWritingTo: blob)
      try handle.truncate(atOffset: 1 << 40)
      try handle.close()
      error = #expect(throws: TokenizerError.self) { try Tokenizer(contentsOf: link) }
      guard case .tooLarge(_, bytes: 1 << 40, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test("missing files, folders and oversized files are refused before they are read")
  func files() throws {
    try withTemporaryFolder { folder in
      let missing = folder.appending(path: "tokenizer.json")
      var error = #expect(throws: TokenizerError.self) { try Tokenizer(contentsOf: missing) }
      #expect(error?.description.contains("tokenizer.json: cannot be read") == true)
      error = #expect(throws: TokenizerError.self) { try Tokenizer(contentsOf: folder) }
      #expect(error?.description.contains("and no file") == true)

      try Data().write(to: missing)
      let handle = try FileHandle(forWritingTo: missing)
      try handle.truncate(atOffset: 1 << 40)
      try handle.close()
      error = #expect(throws: TokenizerError.self) { try Tokenizer(contentsOf: missing) }
      guard case .tooLarge(_, bytes: 1 << 40, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test("three thousand spoiled files end in an error or a tokenizer, never in a crash")
  func mutations() throws {
    var generator = Draws(seed: 36)
    let original = Array(tinyFile.utf8)
    let pieces = ["null", "{}", "[]", "-1", "1e9", "\"\"", "\"a\"", "99999999", ",", "}", "\u{0}"]
    var accepted = 0
    for _ in 0..<3000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let start = Int.random(in: 0..<bytes.count, using: &generator)
        let end = min(bytes.count, start + Int.random(in: 0...6, using: &generator))
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[start] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.replaceSubrange(start..<end, with: [])
        case 2: bytes.replaceSubrange(start..<end, with: bytes[start..<end] + bytes[start..<end])
        default:
          let piece = pieces.randomElement(using: &generator) ?? ""
          bytes.replaceSubrange(start..<end, with: Array(piece.utf8))
        }
      }
      guard let tokenizer = try? Tokenizer(json: Data(bytes), file: "t.json") else { continue }
      accepted += 1
      let ids = tokenizer.encode("abc <|end|>\u{0} cafe\u{301}")
      #expect(ids.allSatisfy { (0..<tokenizer.vocabularySize).contains($0) })
      _ = tokenizer.decode(ids, skippingSpecials: true)
    }
    #expect(accepted > 20)
  }
}
