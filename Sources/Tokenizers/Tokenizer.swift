// Text to token ids and back, as the `tokenizers` library does it from the same tokenizer.json.
// On one page: added tokens are taken out, the rest is normalised, split and merged. Byte-level
// BPE with Qwen2's splitting is what it knows; a file that asks for more is refused by name.

public import Foundation

/// A tokenizer made from a Hugging Face tokenizer.json.
public struct Tokenizer: Sendable {
  /// The file's bytes, so that saving a model copies its tokenizer unchanged.
  public let json: Data
  /// The largest id plus one, added tokens included.
  public let vocabularySize: Int
  /// The ids of the control tokens, ascending.
  public let specialTokens: [Int]

  private let normalizer: Normalizer
  private let preTokenizer: PreTokenizer
  private let encoder: BytePairEncoder
  /// Tokens looked for in the text as it came, and those looked for after normalising.
  private let verbatimTokens: AddedTokenFinder
  private let normalizedTokens: AddedTokenFinder
  private let ids: [ByteString: Int]
  private let addedIDs: [ByteString: Int]
  /// By id: how the token is spelled in the file, and the bytes it stands for; nil in holes.
  private let spellings: [[UInt8]?]
  private let contents: [[UInt8]]
  /// By id: whether decoding without specials leaves the token out.
  private let isSkipped: [Bool]

  /// Reads a tokenizer.json.
  ///
  /// - Throws: `TokenizerError`, naming the file and the field, when it cannot be read, is not
  ///   strict JSON, contradicts itself, or asks for what this room does not do.
  public init(contentsOf file: URL) throws(TokenizerError) {
    let json = try TokenizerFile.contents(of: file)
    try self.init(json: json, file: file.path(percentEncoded: false))
  }

  /// Makes a tokenizer from the bytes of a tokenizer.json.
  ///
  /// - Parameters:
  ///   - json: the file's bytes.
  ///   - file: the name to use in errors.
  /// - Throws: `TokenizerError`, as `init(contentsOf:)`.
  public init(json: Data, file: String) throws(TokenizerError) {
    let parts = try TokenizerFile(json: json, name: file)
    self.json = json
    normalizer = parts.normalizer
    preTokenizer = parts.preTokenizer
    encoder = parts.encoder
    let added = parts.addedTokens
    verbatimTokens = AddedTokenFinder(added.filter { !$0.isNormalized })
    normalizedTokens = AddedTokenFinder(
      added.filter(\.isNormalized).map { [normalizer] token in
        var token = token
        token.content = normalizer.normalized(token.content)
        return token
      })
    ids = parts.vocabulary
    addedIDs = Dictionary(uniqueKeysWithValues: added.map { (ByteString($0.content), $0.id) })
    specialTokens = added.filter(\.isSpecial).map(\.id).sorted()

    let largest = max(ids.values.max() ?? -1, addedIDs.values.max() ?? -1)
    vocabularySize = largest + 1
    var spellings = [[UInt8]?](repeating: nil, count: largest + 1)
    for (token, id) in ids { spellings[id] = token.bytes }
    for token in added {
      // Decoding shows a normalised token in its normalised form, as the library does.
      spellings[token.id] =
        token.isNormalized ? normalizer.normalized(token.content) : token.content
    }
    self.spellings = spellings
    contents = spellings.map { $0.map { ByteAlphabet.bytes(spelledBy: $0) ?? $0 } ?? [] }
    let specials = Set(added.filter(\.isSpecial).map { ByteString($0.content) })
    isSkipped = spellings.map { $0.map { specials.contains(ByteString($0)) } ?? true }
  }

  /// The ids of `text`.
  ///
  /// No beginning or end token is added.
  /// A byte that the vocabulary has no token for is left out, as the library does; `covers` tells.
  ///
  /// - Parameters:
  ///   - text: any text.
  ///   - recognisingSpecials: false to read control tokens in the text as plain text, for text
  ///     that comes from data and not from a template.
  /// - Returns: ids below `vocabularySize`, in the text's order.
  public func encode(_ text: String, recognisingSpecials: Bool = true) -> [Int] {
    var result: [Int] = []
    var known: [ByteString: [Int]] = [:]
    let bytes = Array(text.utf8)
    for part in verbatimTokens.parts(of: bytes, recognisingSpecials: recognisingSpecials) {
      guard case .text(let range) = part else {
        if case .token(let id) = part { result.append(id) }
        continue
      }
      let normal = normalizer.normalized(Array(bytes[range]))
      for part in normalizedTokens.parts(of: normal, recognisingSpecials: recognisingSpecials) {
        switch part {
        case .token(let id): result.append(id)
        case .text(let range): encode(Array(normal[range]), into: &result, known: &known)
        }
      }
    }
    return result
  }

  private func encode(
    _ text: [UInt8], into result: inout [Int], known: inout [ByteString: [Int]]
  ) {
    for range in preTokenizer.pieces(of: text) {
      let piece = ByteString(Array(text[range]))
      if let tokens = known[piece] {
        result += tokens
      } else {
        let tokens = encoder.encode(text[range])
        known[piece] = tokens
        result += tokens
      }
    }
  }

  /// The text of `tokens`.
  ///
  /// Bytes that are not UTF-8 become U+FFFD; ids without a token are passed over.
  ///
  /// - Parameters:
  ///   - tokens: ids in any number.
  ///   - skippingSpecials: true to leave the control tokens out.
  /// - Returns: the text, never failing: every list of ids has one.
  public func decode(_ tokens: [Int], skippingSpecials: Bool = false) -> String {
    var bytes: [UInt8] = []
    for id in tokens where contents.indices.contains(id) {
      if skippingSpecials && isSkipped[id] { continue }
      bytes += contents[id]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The bytes that a token stands for, for text that is built up token by token; empty for an id
  /// without a token.
  public func bytes(of id: Int) -> [UInt8] {
    contents.indices.contains(id) ? contents[id] : []
  }

  /// The id of a token spelled as in the file (a space is Ġ), added tokens first.
  public func id(of token: String) -> Int? {
    let key = ByteString(Array(token.utf8))
    return addedIDs[key] ?? ids[key]
  }

  /// How the file spells the token `id`; nil where there is none.
  public func token(of id: Int) -> String? {
    guard spellings.indices.contains(id), let spelling = spellings[id] else { return nil }
    return String(decoding: spelling, as: UTF8.self)
  }

  /// Whether no byte of `text` is left out by `encode`: always so with a vocabulary of all bytes.
  public func covers(_ text: String) -> Bool {
    normalizer.normalized(Array(text.utf8)).allSatisfy { encoder.byteTokens[Int($0)] != nil }
  }
}
