// The "model" of a tokenizer.json: a vocabulary and the merges that build its tokens from bytes.

/// A byte-level BPE model as its file describes it.
struct BytePairModel {
  let vocabulary: [ByteString: Int]
  let encoder: BytePairEncoder

  init(_ field: JSONField) throws(TokenizerError) {
    guard !field.isNull else { throw field.unsupported("null", supported: "a model of type BPE") }
    if try field.optional("type") != nil { try field.requireType("BPE", supported: "BPE") }
    try field.allowOnly([
      "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix",
      "fuse_unk", "byte_fallback", "ignore_merges", "vocab", "merges",
    ])
    try Self.checkOptions(field)
    let vocabulary = try Self.vocabulary(field.required("vocab"))
    self.vocabulary = vocabulary
    let byteTokens = (UInt8.min...UInt8.max).map {
      vocabulary[ByteString(ByteAlphabet.spelling(of: [$0]))]
    }
    if let unknown = try field.optional("unk_token"), !unknown.isNull {
      _ = try unknown.string()
      guard !byteTokens.contains(nil) else {
        throw unknown.unsupported(
          "a token for unknown bytes", supported: "null, or a vocabulary that has every byte")
      }
    }
    let ignoresMerges = try Self.flag(field, "ignore_merges")
    encoder = BytePairEncoder(
      byteTokens: byteTokens,
      merges: try Self.merges(field.required("merges"), vocabulary: vocabulary),
      wholePieces: ignoresMerges ? Self.wholePieces(vocabulary) : [:])
  }

  private static func flag(_ field: JSONField, _ key: String) throws(TokenizerError) -> Bool {
    guard let flag = try field.optional(key), !flag.isNull else { return false }
    return try flag.bool()
  }

  /// Options that would change the tokens in ways not done here.
  private static func checkOptions(_ field: JSONField) throws(TokenizerError) {
    if let dropout = try field.optional("dropout"), !dropout.isNull,
      dropout.value != .integer(0), dropout.value != .real(0)
    {
      throw dropout.unsupported("merging by chance", supported: "null or 0")
    }
    for key in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let affix = try field.optional(key), !affix.isNull, try !affix.string().isEmpty {
        throw affix.unsupported(shown(try affix.string()), supported: "null or an empty string")
      }
    }
    _ = try flag(field, "fuse_unk")
    if let fallback = try field.optional("byte_fallback"), try flag(field, "byte_fallback") {
      throw fallback.unsupported("true", supported: "false")
    }
  }

  private static func vocabulary(
    _ field: JSONField
  ) throws(TokenizerError) -> [ByteString: Int] {
    let members = try field.members()
    var vocabulary: [ByteString: Int] = [:]
    vocabulary.reserveCapacity(members.count)
    var taken: Set<Int> = []
    taken.reserveCapacity(members.count)
    for member in members {
      guard case .integer(let id) = member.value, (0...TokenizerFile.largestID).contains(id) else {
        throw field.invalid(
          "the id of \(shown(member.key)) is not an integer in 0...\(TokenizerFile.largestID)")
      }
      guard taken.insert(id).inserted else {
        throw field.invalid("the id \(id) of \(shown(member.key)) belongs to another token too")
      }
      vocabulary[ByteString(member.key)] = id
    }
    return vocabulary
  }

  private static func wholePieces(_ vocabulary: [ByteString: Int]) -> [ByteString: Int] {
    vocabulary.reduce(into: [:]) { pieces, token in
      if let bytes = ByteAlphabet.bytes(spelledBy: token.key.bytes) {
        pieces[ByteString(bytes)] = token.value
      }
    }
  }

  /// Merges by the pair they join.
  ///
  /// Of a pair that is there twice the last place counts, as in the library.
  private static func merges(
    _ field: JSONField, vocabulary: [ByteString: Int]
  ) throws(TokenizerError) -> [UInt64: BytePairEncoder.Merge] {
    let elements = try field.elements()
    var merges: [UInt64: BytePairEncoder.Merge] = [:]
    merges.reserveCapacity(elements.count)
    // A list from a merges.txt may still have that file's first line.
    let version = Array("#version".utf8)
    var rank = 0
    for (index, value) in elements.enumerated() {
      if case .string(let line) = value, line.starts(with: version) { continue }
      guard let (left, right) = parts(of: value) else {
        throw field.element(value, at: index)
          .invalid("a merge is \"left right\" or [\"left\", \"right\"]")
      }
      func id(_ token: [UInt8]) throws(TokenizerError) -> Int {
        guard let id = vocabulary[ByteString(token)] else {
          throw field.element(value, at: index)
            .invalid("the token \(shown(token)) is not in the vocabulary")
        }
        return id
      }
      let pair = BytePairEncoder.pair(UInt32(try id(left)), UInt32(try id(right)))
      merges[pair] = BytePairEncoder.Merge(rank: rank, product: try id(left + right))
      rank += 1
    }
    return merges
  }

  private static func parts(of value: JSONValue) -> (left: [UInt8], right: [UInt8])? {
    switch value {
    case .string(let line):
      let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      return parts.count == 2 ? (Array(parts[0]), Array(parts[1])) : nil
    case .array(let pair):
      guard pair.count == 2, case .string(let left) = pair[0], case .string(let right) = pair[1]
      else { return nil }
      return (left, right)
    default: return nil
    }
  }
}
