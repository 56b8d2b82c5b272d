// Reading the splitting rule: sequences are laid out flat.

extension TokenizerFile {
  private enum PreTokenizerKind: String, CaseIterable {
    case byteLevel = "ByteLevel", split = "Split", metaspace = "Metaspace", digits = "Digits"
    case whitespace = "Whitespace", whitespaceSplit = "WhitespaceSplit"
    case punctuation = "Punctuation", sequence = "Sequence"
  }

  private enum BehaviorName: String, CaseIterable {
    case isolated = "Isolated", removed = "Removed", contiguous = "Contiguous"
    case mergedWithPrevious = "MergedWithPrevious", mergedWithNext = "MergedWithNext"
  }

  /// The splitting rule; where `spellsBytes`, a last ByteLevel spells bytes for the model, too.
  static func preTokenizer(
    _ field: JSONField?, spellsBytes: Bool, _ growth: inout Growth
  ) throws(TokenizerError) -> PreTokenizer {
    guard let field else { return PreTokenizer([]) }
    return PreTokenizer(try steps(field, &growth), spellsBytes: spellsBytes)
  }

  private static func steps(
    _ field: JSONField, _ growth: inout Growth
  ) throws(TokenizerError) -> [PreTokenizer.Step] {
    try growth.step(field)
    switch try field.required("type").choice(PreTokenizerKind.self) {
    case .byteLevel:
      let options = try byteLevel(field)
      var steps: [PreTokenizer.Step] = []
      if options.addsPrefixSpace { steps.append(.prefixSpace) }
      if options.cuts {
        steps.append(.cut(.pattern(.known(.gpt2)), .isolated, isInverted: false))
      }
      try growth.grow(by: options.addsPrefixSpace ? 4 : 2, field)
      return steps + [.spell]
    case .split:
      try field.allowOnly(["type", "pattern", "behavior", "invert"])
      let pattern = try pattern(field.required("pattern"))
      let behavior = try behavior(field.required("behavior"))
      return [
        .cut(.pattern(pattern), behavior, isInverted: try field.required("invert").bool())
      ]
    case .metaspace:
      let options = try metaspace(field)
      try growth.grow(by: 2 * options.replacement.count, field)
      let space = PreTokenizer.Step.metaspace(
        replacement: options.replacement, options.prepending)
      let cut = PreTokenizer.Step.cut(
        .pattern(.literal(options.replacement)), .mergedWithNext, isInverted: false)
      return options.splits ? [space, cut] : [space]
    case .digits:
      try field.allowOnly(["type", "individual_digits"])
      let isIndividual = try field.required("individual_digits").bool()
      return [.cut(.scalars(.digit), isIndividual ? .isolated : .contiguous, isInverted: false)]
    case .whitespace:
      try field.allowOnly(["type"])
      return [.cut(.words, .removed, isInverted: true)]
    case .whitespaceSplit:
      try field.allowOnly(["type"])
      return [.cut(.scalars(.space), .removed, isInverted: false)]
    case .punctuation:
      try field.allowOnly(["type", "behavior"])
      let behavior = try field.optional("behavior").map(behavior) ?? .isolated
      return [.cut(.scalars(.punctuation), behavior, isInverted: false)]
    case .sequence:
      try field.allowOnly(["type", "pretokenizers"])
      var steps: [PreTokenizer.Step] = []
      for step in try field.required("pretokenizers").fields() {
        steps += try self.steps(step, &growth)
      }
      return steps
    }
  }

  private static func behavior(
    _ field: JSONField
  ) throws(TokenizerError) -> PreTokenizer.Behavior {
    switch try field.choice(BehaviorName.self) {
    case .isolated: .isolated
    case .removed: .removed
    case .contiguous: .contiguous
    case .mergedWithPrevious: .mergedWithPrevious
    case .mergedWithNext: .mergedWithNext
    }
  }

  /// The fields of a ByteLevel, which is a splitting rule, a post-processor and a decoder.
  @discardableResult
  static func byteLevel(
    _ field: JSONField
  ) throws(TokenizerError) -> (addsPrefixSpace: Bool, cuts: Bool) {
    try field.allowOnly(["type", "add_prefix_space", "trim_offsets", "use_regex"])
    let addsPrefixSpace = try field.required("add_prefix_space").bool()
    // Where it trims, only offsets change.
    _ = try field.required("trim_offsets").bool()
    return (addsPrefixSpace, try field.optional("use_regex")?.bool() ?? true)
  }

  /// The fields of a Metaspace, which is a splitting rule and a decoder.
  static func metaspace(
    _ field: JSONField
  ) throws(TokenizerError) -> (
    replacement: [UInt8], prepending: PreTokenizer.Prepending, splits: Bool
  ) {
    enum Scheme: String, CaseIterable { case always, never, first }
    try field.allowOnly([
      "type", "replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep",
    ])
    let replacement = try field.required("replacement").scalar()
    let scheme = try field.optional("prepend_scheme")?.choice(Scheme.self) ?? .always
    var prepending: PreTokenizer.Prepending =
      switch scheme {
      case .always: .always
      case .never: .never
      case .first: .first
      }
    // Older files say it this way.
    if let addsPrefix = try field.present("add_prefix_space"), try !addsPrefix.bool() {
      guard prepending == .never else {
        throw addsPrefix.invalid("false contradicts the prepend_scheme")
      }
      prepending = .never
    }
    _ = try field.present("str_rep")?.string()
    return (replacement, prepending, try field.present("split")?.bool() ?? true)
  }
}
