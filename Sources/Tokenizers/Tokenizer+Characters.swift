// The small vocabularies of the generated tasks: one token a character, or one a word. Each is an
// ordinary byte-level tokenizer.json without merges, so every other tool that reads such files reads
// it too.

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
    let json = file(
      tokens: tokens, endOfText: endOfText, pattern: KnownPattern.qwen2Pattern, keepsPieces: false)
    return try Tokenizer(json: Data(json.utf8), file: "the vocabulary of characters")
  }

  /// A tokenizer with one token a word, the space before it included.
  ///
  /// `endOfText` is the token 0; the words follow from 1 in the order given. Example:
  /// `words(["12", "-3", "door"], endOfText: "<|endoftext|>")` encodes ` door -3` as `[3, 2]`. Text
  /// that is no such word has no token.
  ///
  /// - Parameters:
  ///   - vocabulary: words of printable ASCII characters without spaces, each once.
  ///   - endOfText: the one control token, which also serves as padding.
  /// - Returns: the tokenizer; its `json` is an ordinary tokenizer.json.
  /// - Throws: `TokenizerError.alphabet` when a word is empty, holds another character or is there
  ///   twice, or `endOfText` is empty.
  public static func words(
    _ vocabulary: [String], endOfText: String
  ) throws(TokenizerError) -> Tokenizer {
    for word in vocabulary where word.isEmpty || !word.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) {
      throw .alphabet(reason: "\(quoted(word)) is not one word of printable ASCII characters")
    }
    guard Set(vocabulary).count == vocabulary.count else {
      throw .alphabet(reason: "a word is there twice")
    }
    guard !endOfText.isEmpty else { throw .alphabet(reason: "the end-of-text token is empty") }
    let space = String(decoding: ByteAlphabet.spelling(of: [0x20]), as: UTF8.self)
    let json = file(
      tokens: [endOfText] + vocabulary.map { space + $0 }, endOfText: endOfText, pattern: " [^ ]+",
      keepsPieces: true)
    return try Tokenizer(json: Data(json.utf8), file: "the vocabulary of words")
  }

  private static func file(
    tokens: [String], endOfText: String, pattern: String, keepsPieces: Bool
  ) -> String {
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
              "pattern": {"Regex": \(quoted(pattern))},
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
          "ignore_merges": \(keepsPieces),
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
