// A tokenizer.json, read strictly. Whatever in it would change the tokens and is not done here is
// refused by name, and so is every key that is not known. Each part has a file of its own beside
// this one.

import Foundation
import JSON
import Words

/// The parts of a tokenizer.json.
struct TokenizerFile {
  /// A larger file is no tokenizer: the largest published ones have about 35 MB.
  static let largestFile = 128 << 20
  /// A larger id is refused, as lists by id would fill the memory.
  static let largestID = (1 << 22) - 1

  let normalizer: Normalizer
  let preTokenizer: PreTokenizer
  let model: TokenModel
  let postProcessor: PostProcessor
  let decoder: Decoder
  let addedTokens: [AddedToken]

  /// The bytes of `file`, if they are not too many.
  static func contents(of file: URL) throws(TokenizerError) -> Data {
    let name = file.path(percentEncoded: false)
    do throws(FileFault) { return try Words.contents(of: file, atMost: largestFile) } catch {
      if case .tooLarge(let size) = error {
        throw .tooLarge(file: name, bytes: size, limit: largestFile)
      }
      throw .unreadable(file: name, reason: error.words)
    }
  }

  /// The largest vocabularies hold about three million values.
  static let limits = JSONLimits(values: 12_000_000)

  init(json: Data, name: String) throws(TokenizerError) {
    guard json.count <= Self.largestFile else {
      throw .tooLarge(file: name, bytes: json.count, limit: Self.largestFile)
    }
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(parsing: json, limits: Self.limits)
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
    try Self.checkTruncation(file.present("truncation"))
    try Self.checkPadding(file.present("padding"))
    var growth = Growth()
    normalizer =
      try file.present("normalizer").map { field throws(TokenizerError) in
        try Self.normalizer(field, &growth)
      } ?? .none
    let modelField = try file.required("model")
    let kind = try Self.modelKind(modelField)
    preTokenizer = try Self.preTokenizer(
      file.present("pre_tokenizer"), spellsBytes: kind == .unigram, &growth)
    decoder = try Self.decoder(file.present("decoder"))
    model =
      switch kind {
      case .bytePair:
        .bytePair(try Self.bytePair(modelField, readsBytes: preTokenizer.endsInBytes))
      case .unigram: .unigram(try Self.unigram(modelField))
      }
    addedTokens = try Self.addedTokens(
      file.optional("added_tokens"), vocabulary: model.vocabulary)
    try Self.checkDistinct(addedTokens, after: normalizer, in: file)
    let count = addedTokens.reduce(model.vocabulary.largestID + 1) { max($0, $1.id + 1) }
    postProcessor = try Self.postProcessor(
      file.present("post_processor"), vocabularySize: count)
  }

  // What cuts or pads texts is left there by transformers' last call, and is no part of the
  // tokenizer: it is read, so that a broken file is told from a sound one, and goes no further.

  private enum Direction: String, CaseIterable { case left = "Left", right = "Right" }

  private static func checkTruncation(_ field: JSONField?) throws(TokenizerError) {
    enum Strategy: String, CaseIterable {
      case longestFirst = "LongestFirst", onlyFirst = "OnlyFirst", onlySecond = "OnlySecond"
    }
    guard let field else { return }
    try field.allowOnly(["direction", "max_length", "strategy", "stride"])
    _ = try field.optional("direction")?.choice(Direction.self)
    _ = try field.required("max_length").count()
    _ = try field.required("strategy").choice(Strategy.self)
    _ = try field.required("stride").count()
  }

  private static func checkPadding(_ field: JSONField?) throws(TokenizerError) {
    enum Strategy: String, CaseIterable { case batchLongest = "BatchLongest" }
    guard let field else { return }
    try field.allowOnly([
      "strategy", "direction", "pad_to_multiple_of", "pad_id", "pad_type_id", "pad_token",
    ])
    let strategy = try field.required("strategy")
    if case .object = strategy.value {
      try strategy.allowOnly(["Fixed"])
      _ = try strategy.required("Fixed").count()
    } else {
      _ = try strategy.choice(Strategy.self)
    }
    _ = try field.required("direction").choice(Direction.self)
    _ = try field.present("pad_to_multiple_of")?.count()
    _ = try field.required("pad_id").count()
    _ = try field.required("pad_type_id").count()
    _ = try field.required("pad_token").string()
  }
}
