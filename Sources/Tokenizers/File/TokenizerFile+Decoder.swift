// Reading the decoder, and what is put around the ids of a text.

extension TokenizerFile {
  private enum DecoderKind: String, CaseIterable {
    case byteLevel = "ByteLevel", replace = "Replace", byteFallback = "ByteFallback"
    case fuse = "Fuse", strip = "Strip", metaspace = "Metaspace", sequence = "Sequence"
  }

  static func decoder(_ field: JSONField?) throws(TokenizerError) -> Decoder {
    guard let field else { return .none }
    var growth = Growth()
    return try decoder(field, &growth)
  }

  private static func decoder(
    _ field: JSONField, _ growth: inout Growth
  ) throws(TokenizerError) -> Decoder {
    switch try field.required("type").choice(DecoderKind.self) {
    case .byteLevel:
      try byteLevel(field)
      // Bytes that are no text become three each.
      try growth.grow(by: 3, field)
      return .byteLevel
    case .replace:
      let (pattern, content) = try replacement(field, &growth)
      return .replace(pattern, with: content)
    case .byteFallback:
      try field.allowOnly(["type"])
      return .byteFallback
    case .fuse:
      try field.allowOnly(["type"])
      return .fuse
    case .strip:
      try field.allowOnly(["type", "content", "start", "stop"])
      let content = try field.required("content").scalar()
      return try .strip(
        scalar: ScalarText(content).scalars[0], start: field.required("start").count(),
        stop: field.required("stop").count())
    case .metaspace:
      let options = try metaspace(field)
      return .metaspace(
        replacement: options.replacement, dropsFirst: options.prepending != .never)
    case .sequence:
      try field.allowOnly(["type", "decoders"])
      var steps: [Decoder] = []
      for step in try field.required("decoders").fields() {
        steps.append(try decoder(step, &growth))
      }
      return .sequence(steps)
    }
  }
}

// MARK: - Post-processors

extension TokenizerFile {
  private enum PostProcessorKind: String, CaseIterable {
    case byteLevel = "ByteLevel", template = "TemplateProcessing", sequence = "Sequence"
    case bert = "BertProcessing", roberta = "RobertaProcessing"
  }

  /// More tokens around a text are no template of a language model.
  private static let longestTemplate = 256

  static func postProcessor(
    _ field: JSONField?, vocabularySize: Int
  ) throws(TokenizerError) -> PostProcessor {
    var result = PostProcessor()
    guard let field else { return result }
    switch try field.required("type").choice(PostProcessorKind.self) {
    case .byteLevel: try byteLevel(field)
    case .bert:
      try field.allowOnly(["type", "sep", "cls"])
      result.templates = [try ends(field, vocabularySize: vocabularySize)]
    case .roberta:
      try field.allowOnly(["type", "sep", "cls", "trim_offsets", "add_prefix_space"])
      // Only offsets change.
      _ = try field.required("trim_offsets").bool()
      _ = try field.required("add_prefix_space").bool()
      result.templates = [try ends(field, vocabularySize: vocabularySize)]
    case .template: result.templates = [try template(field, vocabularySize: vocabularySize)]
    case .sequence:
      try field.allowOnly(["type", "processors"])
      for step in try field.required("processors").fields() {
        result.templates += try postProcessor(step, vocabularySize: vocabularySize).templates
      }
    }
    return result
  }

  /// One token before the text and one after it, each stated as `["text", id]`.
  private static func ends(
    _ field: JSONField, vocabularySize: Int
  ) throws(TokenizerError) -> [PostProcessor.Piece] {
    func token(_ key: String) throws(TokenizerError) -> PostProcessor.Piece {
      let pair = try field.required(key)
      let parts = try pair.fields()
      guard parts.count == 2 else { throw pair.invalid("a token is [\"text\", id]") }
      let name = try parts[0].string()
      let id = try parts[1].count()
      guard id < vocabularySize else {
        throw pair.invalid("the token \(shown(name)) has the id \(id), which no token has")
      }
      return .tokens([id])
    }
    return [try token("cls"), .text, try token("sep")]
  }

  private static func template(
    _ field: JSONField, vocabularySize: Int
  ) throws(TokenizerError) -> [PostProcessor.Piece] {
    try field.allowOnly(["type", "single", "pair", "special_tokens"])
    let specials = try specialTokens(field.required("special_tokens"))
    let single = try field.required("single")
    var template: [PostProcessor.Piece] = []
    for piece in try single.fields() {
      guard let name = try templatePiece(piece) else {
        template.append(.text)
        continue
      }
      guard let ids = specials[ByteString(name)] else {
        throw piece.invalid("the token \(shown(name)) is not among the special_tokens")
      }
      for id in ids where id >= vocabularySize {
        throw piece.invalid("the token \(shown(name)) has the id \(id), which no token has")
      }
      template.append(.tokens(ids))
    }
    guard template.filter({ $0 == .text }).count == 1, template.count <= longestTemplate else {
      throw single.unsupported(
        "a template that has the text not exactly once",
        supported: "tokens before and after the text, \(longestTemplate) in all")
    }
    // Templates of two texts go unused here, but must be sound.
    for piece in try field.required("pair").fields() {
      _ = try templatePiece(piece, allowsSecond: true)
    }
    return template
  }

  /// The name of the token that a piece stands for; nil when it stands for the text.
  private static func templatePiece(
    _ field: JSONField, allowsSecond: Bool = false
  ) throws(TokenizerError) -> [UInt8]? {
    enum Text: String, CaseIterable { case first = "A", second = "B" }
    try field.allowOnly(["Sequence", "SpecialToken"])
    guard try field.members().count == 1 else {
      throw field.invalid("either a Sequence or a SpecialToken should stand here")
    }
    let text = try field.optional("Sequence")
    var piece = field
    if let text { piece = text } else { piece = try field.required("SpecialToken") }
    try piece.allowOnly(["id", "type_id"])
    _ = try piece.required("type_id").count()
    guard text != nil else { return try piece.required("id").string() }
    let id = try piece.required("id")
    guard try id.choice(Text.self) == .first || allowsSecond else {
      throw id.unsupported("a second text in the template of one", supported: "A")
    }
    return nil
  }

  private static func specialTokens(
    _ field: JSONField
  ) throws(TokenizerError) -> [ByteString: [Int]] {
    var result: [ByteString: [Int]] = [:]
    for member in try field.members() {
      let token = field.member(member)
      try token.allowOnly(["id", "ids", "tokens"])
      _ = try token.required("id").string()
      for text in try token.required("tokens").fields() { _ = try text.string() }
      var ids: [Int] = []
      for id in try token.required("ids").fields() { ids.append(try id.count()) }
      result[ByteString(Array(member.key.utf8))] = ids
    }
    return result
  }
}
