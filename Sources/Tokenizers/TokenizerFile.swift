// A tokenizer.json, read strictly. Whatever in it would change the tokens and is not done here is
// refused by name: the normalizer, the splitting rule, the decoder, truncation and padding, and
// every key that is not known. The next kinds of tokenizer are new cases at these doors.

import Foundation

/// The parts of a tokenizer.json.
struct TokenizerFile {
  /// A larger file is no tokenizer: the largest published ones have about 35 MB.
  static let largestFile = 128 << 20
  /// A larger id is refused, as lists by id would fill the memory.
  static let largestID = (1 << 22) - 1

  let normalizer: Normalizer
  let preTokenizer: PreTokenizer
  let vocabulary: [ByteString: Int]
  let encoder: BytePairEncoder
  let addedTokens: [AddedToken]

  /// The bytes of `file`, if they are not too many.
  static func contents(of file: URL) throws(TokenizerError) -> Data {
    let name = file.path(percentEncoded: false)
    do {
      let values = try file.resourceValues(forKeys: [.fileSizeKey, .isRegularFileKey])
      guard values.isRegularFile == true else {
        throw TokenizerError.unreadable(file: name, reason: "it is not a regular file")
      }
      if let size = values.fileSize, size > largestFile {
        throw TokenizerError.tooLarge(file: name, bytes: size, limit: largestFile)
      }
      return try Data(contentsOf: file)
    } catch let error as TokenizerError {
      throw error
    } catch {
      throw .unreadable(file: name, reason: error.localizedDescription)
    }
  }

  init(json: Data, name: String) throws(TokenizerError) {
    guard json.count <= Self.largestFile else {
      throw .tooLarge(file: name, bytes: json.count, limit: Self.largestFile)
    }
    let value: JSONValue
    do throws(JSONReader.Failure) {
      value = try JSONReader.read(Array(json))
    } catch {
      throw .malformed(file: name, line: error.line, column: error.column, reason: error.reason)
    }
    let file = JSONField(value: value, path: "", file: name)
    try file.allowOnly([
      "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
      "post_processor", "decoder", "model",
    ])
    if let version = try file.optional("version"), try version.string() != Array("1.0".utf8) {
      throw version.unsupported(shown(try version.string()), supported: "\"1.0\"")
    }
    try Self.checkLengths(file)
    normalizer = try Self.normalizer(file.optional("normalizer"))
    preTokenizer = try Self.preTokenizer(file.required("pre_tokenizer"))
    try Self.checkPostProcessor(file.optional("post_processor"))
    try Self.checkByteLevel(file.required("decoder"), supported: "a decoder of type ByteLevel")
    let model = try BytePairModel(file.required("model"))
    vocabulary = model.vocabulary
    encoder = model.encoder
    addedTokens = try Self.addedTokens(file.optional("added_tokens"), vocabulary: vocabulary)
    try Self.checkDistinct(addedTokens, after: normalizer, in: file)
  }

  /// Refuses what would cut or pad a text.
  ///
  /// Files saved by transformers keep the lengths of its last call; padding to the longest of a
  /// batch does nothing to a single text and is passed over.
  private static func checkLengths(_ file: JSONField) throws(TokenizerError) {
    if let field = try file.optional("truncation"), !field.isNull {
      throw field.unsupported("cutting every text", supported: "null")
    }
    if let field = try file.optional("padding"), !field.isNull,
      try field.required("strategy").value != .string(Array("BatchLongest".utf8))
    {
      throw field.unsupported("padding every text", supported: "null, or strategy BatchLongest")
    }
  }

  private static func normalizer(_ field: JSONField?) throws(TokenizerError) -> Normalizer {
    guard let field, !field.isNull else { return .none }
    try field.requireType("NFC", supported: "NFC, or null for none")
    try field.allowOnly(["type"])
    return .composed
  }

  private static func preTokenizer(_ field: JSONField) throws(TokenizerError) -> PreTokenizer {
    let supported = "a Sequence of Split (with Qwen2's pattern) and ByteLevel"
    guard !field.isNull else { throw field.unsupported("null", supported: supported) }
    try field.requireType("Sequence", supported: supported)
    try field.allowOnly(["type", "pretokenizers"])
    let list = try field.required("pretokenizers")
    let steps = try list.elements()
    guard steps.count == 2 else {
      throw list.unsupported("a list of \(steps.count)", supported: supported)
    }
    let split = list.element(steps[0], at: 0)
    try split.requireType("Split", supported: supported)
    try split.allowOnly(["type", "pattern", "behavior", "invert"])
    let behavior = try split.required("behavior")
    guard try behavior.string() == Array("Isolated".utf8) else {
      throw behavior.unsupported(shown(try behavior.string()), supported: "\"Isolated\"")
    }
    try split.required("invert").require(false)
    let pattern = try split.required("pattern")
    try pattern.allowOnly(["Regex"])
    let regex = try pattern.required("Regex")
    guard let rule = PreTokenizer(pattern: try regex.string()) else {
      throw regex.unsupported(
        "the pattern \(shown(try regex.string()))",
        supported: "Qwen2's, \(PreTokenizer.qwen2Pattern)")
    }
    let bytes = list.element(steps[1], at: 1)
    try checkByteLevel(bytes, supported: supported)
    try bytes.required("add_prefix_space").require(false)
    try bytes.required("use_regex").require(false)
    return rule
  }

  /// ByteLevel as a post-processor only moves offsets, which are not kept here.
  private static func checkPostProcessor(_ field: JSONField?) throws(TokenizerError) {
    guard let field, !field.isNull else { return }
    try checkByteLevel(field, supported: "ByteLevel, or null for none")
  }

  private static func checkByteLevel(
    _ field: JSONField, supported: String
  ) throws(TokenizerError) {
    guard !field.isNull else { throw field.unsupported("null", supported: supported) }
    try field.requireType("ByteLevel", supported: supported)
    try field.allowOnly(["type", "add_prefix_space", "trim_offsets", "use_regex"])
    _ = try field.required("add_prefix_space").bool()
    _ = try field.required("trim_offsets").bool()
    _ = try field.optional("use_regex")?.bool()
  }
}

// MARK: - Added tokens

extension TokenizerFile {
  /// A longer text for one token is refused, as looking for it could take very long.
  private static let longestAddedToken = 4096

  /// Added tokens with the ids that the library gives them.
  ///
  /// That is the vocabulary's where the token is in it, else the next free one. The library goes on
  /// when the file says otherwise; here that is an error, as one of the two numbers must be wrong.
  private static func addedTokens(
    _ field: JSONField?, vocabulary: [ByteString: Int]
  ) throws(TokenizerError) -> [AddedToken] {
    guard let field else { return [] }
    var tokens: [AddedToken] = []
    var contents: Set<ByteString> = []
    let taken = Set(vocabulary.values)
    var nextID = vocabulary.count
    for (index, value) in try field.elements().enumerated() {
      let element = field.element(value, at: index)
      let token = try addedToken(element)
      let content = ByteString(token.content)
      guard contents.insert(content).inserted else {
        throw element.invalid("the token \(shown(token.content)) is there twice")
      }
      let expected = vocabulary[content] ?? nextID
      if vocabulary[content] == nil {
        guard !taken.contains(nextID) else {
          throw element.invalid(
            "the id \(nextID) that the token would get belongs to a token of the vocabulary")
        }
        nextID += 1
      }
      guard token.id == expected else {
        throw element.invalid(
          "the token \(shown(token.content)) has the id \(token.id), but \(expected) is its place")
      }
      tokens.append(token)
    }
    return tokens
  }

  private static func addedToken(_ field: JSONField) throws(TokenizerError) -> AddedToken {
    try field.allowOnly([
      "id", "content", "single_word", "lstrip", "rstrip", "normalized", "special",
    ])
    let token = try AddedToken(
      id: field.required("id").integer(),
      content: field.required("content").string(),
      isSingleWord: field.required("single_word").bool(),
      stripsLeft: field.required("lstrip").bool(),
      stripsRight: field.required("rstrip").bool(),
      isNormalized: field.required("normalized").bool(),
      isSpecial: field.required("special").bool())
    guard (0...largestID).contains(token.id) else {
      throw field.invalid("the id \(token.id) is outside 0...\(largestID)")
    }
    guard !token.content.isEmpty else { throw field.invalid("the token is empty") }
    guard token.content.count <= longestAddedToken else {
      throw field.invalid("the token is longer than \(longestAddedToken) bytes")
    }
    return token
  }

  /// Two tokens that are one after normalising could not be told apart.
  private static func checkDistinct(
    _ tokens: [AddedToken], after normalizer: Normalizer, in file: JSONField
  ) throws(TokenizerError) {
    var seen: Set<ByteString> = []
    for token in tokens where token.isNormalized {
      guard seen.insert(ByteString(normalizer.normalized(token.content))).inserted else {
        throw try file.required("added_tokens")
          .invalid("the token \(shown(token.content)) is there twice once it is normalised")
      }
    }
  }
}
