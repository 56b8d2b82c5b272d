// What `vapo data check` prints: everything about files of problems that is worth knowing before a
// run, for people.

/// A report about the problems of files.
public struct DataReport: Sendable {
  /// How many unusable rows are printed.
  private static let rowsShown = 10
  /// How much of the example is printed, in characters.
  private static let exampleShown = 2000

  /// The report.
  public let text: String

  /// Puts a report together.
  ///
  /// - Parameters:
  ///   - set: What was read, every unusable row skipped.
  ///   - settings: How it was read.
  ///   - example: The first problem as the model reads it; nothing where no model is given.
  public init(_ set: ProblemSet, settings: DataSettings, example: PromptEncoding?) {
    var lines: [String] = []
    func add(_ name: String, _ value: String) {
      lines.append(name.padding(to: 12) + value)
    }
    for file in set.files {
      add("file", file.file)
      add("format", file.format)
      add("schema", file.plan.schema.words)
      add("columns", file.plan.words)
      if let warning = file.plan.warning { add("warning", warning) }
    }
    add("rows", "\(set.rows): \(set.rows - set.skipped) usable, \(set.skipped) unusable")
    for bad in set.badLines.prefix(Self.rowsShown) { add("", "\(bad)") }
    if set.skipped > Self.rowsShown { add("", "… and \(set.skipped - Self.rowsShown) more") }
    for remark in set.remarks { add("remark", "\(remark)") }
    var duplicates = "\(set.duplicates)"
    if set.duplicates > 0 {
      duplicates +=
        settings.dropDuplicates
        ? ", left out" : "; data.drop_duplicates=true keeps one of each problem"
    }
    add("duplicates", duplicates)
    let sources = set.sources
    for source in sources.prefix(20) { add("source", "\(source.name): \(source.count)") }
    if sources.count > 20 { add("source", "… and \(sources.count - 20) more") }
    for kind in LabelKind.allCases {
      guard let count = set.labelKinds[kind] else { continue }
      add("labels", "\(kind.rawValue): \(count)")
    }
    add("characters", "\(set.characters)")
    if let tokens = set.tokens { add("tokens", "\(tokens)") }
    if set.overlong > 0 {
      let cure =
        settings.filterOverlongPrompts
        ? "left out" : settings.truncation == .error ? "a run would stop" : "a run would cut them"
      add(
        "overlong",
        "\(set.overlong) longer than data.max_prompt_length, \(settings.maximumPromptLength): \(cure)"
      )
    }
    if set.neutralized > 0 {
      add("control", "\(set.neutralized) problems spell out control tokens, which are read as text")
    }
    if let problem = set.problems.first {
      lines.append("")
      lines.append(
        example == nil
          ? "the first prompt, \(problem.id), before any chat template (--model FOLDER applies it):"
          : "the first prompt, \(problem.id), as the model reads it:")
      lines.append(Self.indented(example?.text ?? Self.conversation(problem)))
      lines.append("its right answer:")
      lines.append(Self.indented(problem.truth))
    }
    text = Self.harmless(lines.joined(separator: "\n"))
  }

  /// A terminal is not to be told anything by a data set.
  package static func harmless(_ text: String) -> String {
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let isControl = scalar.properties.generalCategory == .control
      shown.append(isControl && scalar != "\n" && scalar != "\t" ? "\u{FFFD}" : scalar)
    }
    return String(shown)
  }

  private static func conversation(_ problem: Problem) -> String {
    problem.messages.map { "\($0.role): \($0.content)" }.joined(separator: "\n")
  }

  private static func indented(_ text: String) -> String {
    let cut = text.unicodeScalars.count > exampleShown ? " […]" : ""
    return (String(text.unicodeScalars.prefix(exampleShown)) + cut).split(
      separator: "\n", omittingEmptySubsequences: false
    )
    .map { "  │ \($0)" }.joined(separator: "\n")
  }
}

extension String {
  /// The text with spaces after it.
  fileprivate func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
