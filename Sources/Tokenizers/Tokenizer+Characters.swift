// The small vocabulary of the default recipe: one token a character. It is an ordinary byte-level
// tokenizer.json without merges, so every other tool that reads such files reads it too.

public import Foundation
import JSON

extension Tokenizer {
  /// A tokenizer with one token a character.
  ///
  /// `endOfText` is the token 0; the characters follow from 1 in the order given. Example:
  /// `characters(["0", "1", "+"], endOfText: "<|endoftext|>")` encodes `1+0` as `[2, 3, 1]`.
  ///
  /// - Parameters:
  ///   - alphabet: ASCII characters, each once.
  ///   - endOfText: the one control token, which also serves as padding.
  /// - Returns: the tokenizer; its `json` is an ordinary tokenizer.json.
  /// - Throws: `TokenizerError.alphabet` when a character is not ASCII or there twice, or
  ///   `endOfText` is empty or one of the characters.
  public static func characters(
    _ alphabet: [Character], endOfText: String
  ) throws(TokenizerError) -> Tokenizer {
    var spellings: [[UInt8]] = []
    for character in alphabet {
      // A carriage return with a line feed is one Character, but two bytes.
      let bytes = Array(String(character).utf8)
      guard bytes.count == 1, bytes[0] < 0x80 else {
        throw .alphabet(reason: "\(quoted(String(character))) is not one ASCII character")
      }
      let spelling = ByteAlphabet.spelling(of: bytes)
      guard !spellings.contains(spelling) else {
        throw .alphabet(reason: "\(quoted(String(character))) is there twice")
      }
      spellings.append(spelling)
    }
    guard !endOfText.isEmpty else { throw .alphabet(reason: "the end-of-text token is empty") }
    let tokens = [endOfText] + spellings.map { String(decoding: $0, as: UTF8.self) }
    guard !tokens.dropFirst().contains(endOfText) else {
      throw .alphabet(reason: "\(quoted(endOfText)) is both a character and the end of text")
    }
    let json = characterFile(tokens: tokens, endOfText: endOfText)
    return try Tokenizer(json: Data(json.utf8), file: "the vocabulary of characters")
  }

  private static func characterFile(tokens: [String], endOfText: String) -> String {
    let vocabulary = tokens.enumerated()
      .map { "      \(quoted($1)): \($0)" }.joined(separator: ",\n")
    let byteLevel =
      #"{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false}"#
    return """
      {
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": [
          {
            "id": 0,
            "content": \(quoted(endOfText)),
            "single_word": false,
            "lstrip": false,
            "rstrip": false,
            "normalized": false,
            "special": true
          }
        ],
        "normalizer": {"type": "NFC"},
        "pre_tokenizer": {
          "type": "Sequence",
          "pretokenizers": [
            {
              "type": "Split",
              "pattern": {"Regex": \(quoted(KnownPattern.qwen2Pattern))},
              "behavior": "Isolated",
              "invert": false
            },
            \(byteLevel)
          ]
        },
        "post_processor": \(byteLevel),
        "decoder": \(byteLevel),
        "model": {
          "type": "BPE",
          "dropout": null,
          "unk_token": null,
          "continuing_subword_prefix": "",
          "end_of_word_suffix": "",
          "fuse_unk": false,
          "byte_fallback": false,
          "ignore_merges": false,
          "vocab": {
      \(vocabulary)
          },
          "merges": []
        }
      }

      """
  }

  /// A tokenizer_config.json to lie beside a saved tokenizer.json, so that `AutoTokenizer` of
  /// transformers loads the folder.
  ///
  /// - Parameters:
  ///   - endOfText: the token that ends a text and pads a batch.
  ///   - longestText: how many tokens the model reads at most.
  /// - Returns: the bytes of the file.
  public static func configurationJSON(endOfText: String, longestText: Int) -> Data {
    Data(
      """
      {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": null,
        "eos_token": \(quoted(endOfText)),
        "pad_token": \(quoted(endOfText)),
        "unk_token": null,
        "add_prefix_space": false,
        "clean_up_tokenization_spaces": false,
        "split_special_tokens": false,
        "model_max_length": \(longestText)
      }

      """.utf8)
  }
}
