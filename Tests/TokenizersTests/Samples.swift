// What the suites of this room share: how goldens are decoded, a tiny tokenizer file to spoil, and
// comparison by scalars, as Swift's == calls canonically equal texts the same.

import JSON
import Foundation
import TestSupport
import Tokenizers

/// A text with what the library made of it; what is missing goes without saying.
struct GoldenCase: Decodable {
  var text: String
  var ids: [Int]
  /// With control tokens read as text.
  var plain: [Int]?
  var decoded: String?
  /// Decoded without control tokens.
  var skipped: String?
}

/// Ids with the text the library decodes them to.
struct GoldenDecoding: Decodable {
  var ids: [Int]
  var decoded: String
}

/// Everything recorded of one tokenizer.
struct GoldenCases: Decodable {
  var vocabularySize: Int
  var specials: [Int]
  var tokens: [String: String]
  var cases: [GoldenCase]
  var decodings: [GoldenDecoding]
}

/// The scalars of a text.
func scalars(_ text: String) -> [UInt32] {
  text.unicodeScalars.map(\.value)
}

/// Where the golden tokenizer `name` lies.
func goldenFile(_ name: String) -> URL {
  Golden.folder.appending(path: "tokenizers-\(name)-file.json")
}

/// A file with all that is allowed in it and a vocabulary of six, in one line a field.
let tinyFile = """
  {
    "version": "1.0",
    "truncation": null,
    "padding": null,
    "added_tokens": [
      {"id": 6, "content": "<|end|>", "single_word": false, "lstrip": false, "rstrip": false,
       "normalized": false, "special": true}
    ],
    "normalizer": {"type": "NFC"},
    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
      {"type": "Split", "pattern": {"Regex": \(quoted(KnownPattern.qwen2Pattern))},
       "behavior": "Isolated", "invert": false},
      {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}
    ]},
    "post_processor": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false},
    "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true},
    "model": {
      "type": "BPE",
      "dropout": null,
      "unk_token": null,
      "continuing_subword_prefix": "",
      "end_of_word_suffix": "",
      "fuse_unk": false,
      "byte_fallback": false,
      "ignore_merges": false,
      "vocab": {"a": 0, "b": 1, "c": 2, "ab": 3, "abc": 4, "bc": 5},
      "merges": ["a b", "ab c", ["b", "c"]]
    }
  }
  """

/// A tokenizer from text, under the name `t.json`.
func tokenizer(_ json: String) throws(TokenizerError) -> Tokenizer {
  try Tokenizer(json: Data(json.utf8), file: "t.json")
}

/// Random numbers that are the same in every run: SplitMix64 (Vigna).
struct Draws: RandomNumberGenerator {
  private var state: UInt64

  init(seed: Int) { state = UInt64(seed) }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
