// Reading the model: a vocabulary and the merges that build its tokens.

import JSON

extension TokenizerFile {
  enum ModelKind: String, CaseIterable { case bytePair = "BPE", unigram = "Unigram" }

  /// A longer text around characters is refused, as it is looked up with every character.
  private static let longestAffix = 256

  /// What kind of model a file has: old ones do not say it, and only Unigram's vocabulary is a list.
  static func modelKind(_ field: JSONField) throws(TokenizerError) -> ModelKind {
    guard !field.isNull else {
      throw field.unsupported("null", supported: "a model of type BPE or Unigram")
    }
    if let type = try field.optional("type") { return try type.choice(ModelKind.self) }
    if case .array = try field.required("vocab").value { return .unigram }
    return .bytePair
  }

  static func bytePair(
    _ field: JSONField, readsBytes: Bool
  ) throws(TokenizerError) -> BytePairModel {
    try field.allowOnly([
      "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
      "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges",
    ])
    if let dropout = try field.present("dropout"), dropout.value.double != 0 {
      throw dropout.unsupported("merging by chance", supported: "null or 0")
    }
    let vocabulary = try vocabulary(field.required("vocab"))
    var options = BytePairModel.Options()
    options.readsBytes = readsBytes
    options.fusesUnknown = try field.present("fuse_unk")?.bool() ?? false
    options.fallsBackToBytes = try field.present("byte_fallback")?.bool() ?? false
    options.ignoresMerges = try field.present("ignore_merges")?.bool() ?? false
    options.prefix = try affix(field.present("continuing_subword_prefix"))
    options.suffix = try affix(field.present("end_of_word_suffix"))
    let unknown = try field.present("unk_token")
    let spelling = try unknown?.string()
    options.unknown = spelling.flatMap { vocabulary.id(of: $0) }.map(UInt32.init)
    let merges = try merges(
      field.required("merges"), vocabulary: vocabulary, prefix: options.prefix)
    let model = BytePairModel(
      vocabulary: vocabulary, merges: merges.byPair, growsAlways: merges.growsAlways,
      options: options)
    if let unknown, let spelling, options.unknown == nil, !model.knowsEveryByte {
      throw unknown.unsupported(
        "the token \(shown(spelling)), which the vocabulary lacks,",
        supported: "a token of the vocabulary, null, or any where every byte is a token")
    }
    return model
  }

  private static func affix(_ field: JSONField?) throws(TokenizerError) -> [UInt8] {
    guard let field else { return [] }
    let affix = try field.string()
    guard affix.count <= longestAffix else {
      throw field.invalid("the text is longer than \(longestAffix) bytes")
    }
    return affix
  }

  private static func vocabulary(_ field: JSONField) throws(TokenizerError) -> Vocabulary {
    let members = try field.members()
    // Room for as many holes as anybody leaves, and not for a list of ten million.
    let limit = min(largestID, 4 * members.count + 65_536)
    var vocabulary = Vocabulary(capacity: members.count)
    var taken = [Bool](repeating: false, count: limit + 1)
    for member in members {
      guard case .integer(let id) = member.value, (0...limit).contains(id) else {
        throw field.invalid(
          "the id of \(shown(member.key.utf8)) is not an integer in 0...\(limit), "
            + "the limit for a vocabulary of \(members.count)")
      }
      guard !taken[id] else {
        throw field.invalid(
          "the id \(id) of \(shown(member.key.utf8)) belongs to another token too")
      }
      taken[id] = true
      vocabulary.add(Array(member.key.utf8), id: id)
    }
    return vocabulary
  }

  /// Merges by the pair they join, and whether none of them joins nothing.
  ///
  /// Of a pair that is there twice the last place counts, as in the library.
  private static func merges(
    _ field: JSONField, vocabulary: Vocabulary, prefix: [UInt8]
  ) throws(TokenizerError) -> (byPair: [UInt64: Merge], growsAlways: Bool) {
    let elements = try field.elements()
    var merges: [UInt64: Merge] = [:]
    merges.reserveCapacity(elements.count)
    var growsAlways = true
    // A list from a merges.txt may still have that file's first line.
    let version = Array("#version".utf8)
    var rank = 0
    for (index, value) in elements.enumerated() {
      if case .string(let line) = value, line.utf8.starts(with: version) { continue }
      let element = field.element(value, at: index)
      guard let (left, right) = parts(of: value) else {
        throw element.invalid("a merge is \"left right\" or [\"left\", \"right\"]")
      }
      guard right.count >= prefix.count else {
        throw element.invalid(
          "the part \(shown(right)) is shorter than the prefix \(shown(prefix))")
      }
      func id(_ token: [UInt8]) throws(TokenizerError) -> Int {
        guard let id = vocabulary.id(of: token) else {
          throw element.invalid("the token \(shown(token)) is not in the vocabulary")
        }
        return id
      }
      if left.isEmpty || right.count == prefix.count { growsAlways = false }
      let pair = MergeTable.pair(UInt32(try id(left)), UInt32(try id(right)))
      merges[pair] = Merge(rank: rank, product: try id(left + right.dropFirst(prefix.count)))
      rank += 1
    }
    return (merges, growsAlways)
  }

  private static func parts(of value: JSONValue) -> (left: [UInt8], right: [UInt8])? {
    switch value {
    case .string(let line):
      let parts = line.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      return parts.count == 2 ? (Array(parts[0]), Array(parts[1])) : nil
    case .array(let pair):
      guard pair.count == 2, case .string(let left) = pair[0], case .string(let right) = pair[1]
      else { return nil }
      return (Array(left.utf8), Array(right.utf8))
    default: return nil
    }
  }
}
