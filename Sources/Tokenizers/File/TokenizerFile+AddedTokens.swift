// Reading the added tokens, with the ids that the library gives them.

extension TokenizerFile {
  /// A longer text for one token is refused, as looking for it could take very long.
  private static let longestAddedToken = 1024
  /// The most bytes of all added tokens together, as they are looked for.
  private static let mostAddedBytes = 8 << 20

  /// Added tokens with the ids that the library gives them.
  ///
  /// That is the vocabulary's where the token is in it, else the next free one. The library goes on
  /// when the file says otherwise; here that is an error, as one of the two numbers must be wrong.
  static func addedTokens(
    _ field: JSONField?, vocabulary: Vocabulary
  ) throws(TokenizerError) -> [AddedToken] {
    guard let field else { return [] }
    var tokens: [AddedToken] = []
    var places: [ByteString: Int] = [:]
    var bytes = 0
    let taken = Set(vocabulary.tokens.lazy.map(\.id))
    var nextID = vocabulary.count
    for (index, value) in try field.elements().enumerated() {
      let element = field.element(value, at: index)
      let token = try addedToken(element)
      let content = ByteString(token.content)
      if let place = places[content] {
        // Twice the same is no contradiction, and a published file has it.
        if tokens[place] == token { continue }
        throw element.invalid("the token \(shown(token.content)) is there twice")
      }
      let expected = vocabulary.id(of: token.content) ?? nextID
      if vocabulary.id(of: token.content) == nil {
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
      bytes += token.content.count
      try checkTotal(bytes, field)
      places[content] = tokens.count
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

  private static func checkTotal(_ bytes: Int, _ field: JSONField) throws(TokenizerError) {
    guard bytes <= mostAddedBytes else {
      throw field.unsupported(
        "added tokens of more than \(mostAddedBytes) bytes", supported: "less than that")
    }
  }

  /// Two tokens that are one after normalizing could not be told apart.
  static func checkDistinct(
    _ tokens: [AddedToken], after normalizer: Normalizer, in file: JSONField
  ) throws(TokenizerError) {
    var seen: Set<ByteString> = []
    var bytes = 0
    for token in tokens where token.isNormalized {
      let content = normalizer.normalized(token.content)
      bytes += content.count
      guard content.count <= longestAddedToken else {
        throw try file.required("added_tokens")
          .invalid(
            "the token \(shown(token.content)) is longer than \(longestAddedToken) bytes once it is "
              + "normalized")
      }
      try checkTotal(bytes, try file.required("added_tokens"))
      guard !content.isEmpty else {
        throw try file.required("added_tokens")
          .invalid("the token \(shown(token.content)) is empty once it is normalized")
      }
      guard seen.insert(ByteString(content)).inserted else {
        throw try file.required("added_tokens")
          .invalid("the token \(shown(token.content)) is there twice once it is normalized")
      }
    }
  }
}
