// Text to token ids and back, as the `tokenizers` library does it from the same tokenizer.json.
// On one page: added tokens are taken out, the rest is normalized, split and merged. What a file
// asks for and is not done here is refused by name.

public import Foundation

/// A tokenizer made from a Hugging Face tokenizer.json.
public struct Tokenizer: Sendable {
  /// The file's bytes, so that saving a model copies its tokenizer unchanged.
  public let json: Data
  /// The largest id plus one, added tokens included.
  public let vocabularySize: Int
  /// The ids of the control tokens, ascending.
  public let specialTokens: [Int]

  let normalizer: Normalizer
  let preTokenizer: PreTokenizer
  let model: TokenModel
  let postProcessor: PostProcessor
  private let decoder: Decoder
  /// Tokens looked for in the text as it came, and those looked for after normalizing.
  let verbatimTokens: AddedTokenFinder
  let normalizedTokens: AddedTokenFinder
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
    model = parts.model
    postProcessor = parts.postProcessor
    decoder = parts.decoder
    let added = parts.addedTokens
    verbatimTokens = AddedTokenFinder(added.filter { !$0.isNormalized })
    normalizedTokens = AddedTokenFinder(
      added.filter(\.isNormalized).map { [normalizer] token in
        var token = token
        token.content = normalizer.normalized(token.content)
        return token
      })
    addedIDs = Dictionary(uniqueKeysWithValues: added.map { (ByteString($0.content), $0.id) })
    specialTokens = added.filter(\.isSpecial).map(\.id).sorted()
    vocabularySize = added.reduce(model.vocabulary.largestID + 1) { max($0, $1.id + 1) }

    var spellings = [[UInt8]?](repeating: nil, count: vocabularySize)
    for token in model.vocabulary.tokens { spellings[token.id] = Array(token.spelling) }
    for token in added {
      // The library decodes a token that it looks for in normalized text to its normalized form.
      spellings[token.id] =
        token.isNormalized ? normalizer.normalized(token.content) : token.content
    }
    self.spellings = spellings
    contents = spellings.map { [decoder] in $0.map { decoder.bytes(of: $0) } ?? [] }
    let specials = Set(added.filter(\.isSpecial).map { ByteString($0.content) })
    isSkipped = spellings.map { $0.map { specials.contains(ByteString($0)) } ?? true }
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
    let counted = tokens.lazy.filter {
      contents.indices.contains($0) && !(skippingSpecials && isSkipped[$0])
    }
    if case .byteLevel = decoder {
      return String(decoding: counted.flatMap { contents[$0] }, as: UTF8.self)
    }
    return String(decoding: decoder.text(of: counted.compactMap { spellings[$0] }), as: UTF8.self)
  }

  /// The bytes that a token stands for, for text that is built up token by token.
  ///
  /// Empty for an id without a token. Where the file's decoder takes a space away at the beginning
  /// of a text, the first token's bytes still have it: `decode` of all tokens has not.
  public func bytes(of id: Int) -> [UInt8] {
    contents.indices.contains(id) ? contents[id] : []
  }

  /// The id of a token spelled as in the file (a space is Ġ or ▁), added tokens first.
  public func id(of token: String) -> Int? {
    let key = Array(token.utf8)
    return addedIDs[ByteString(key)] ?? model.vocabulary.id(of: key)
  }

  /// How the file spells the token `id`; nil where there is none.
  public func token(of id: Int) -> String? {
    guard spellings.indices.contains(id), let spelling = spellings[id] else { return nil }
    return String(decoding: spelling, as: UTF8.self)
  }
}
