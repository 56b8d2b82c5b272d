// Which column of a file is what: named by the settings, or found by the columns of known data sets.

import JSON

/// How the columns of one file are read.
public struct ColumnPlan: Equatable, Sendable {
  /// How they were found.
  public var schema: ProblemSchema
  /// The column of the problem.
  public var prompt: String
  /// The column of the right answer; dots reach into objects.
  public var label: String
  /// Which part of it is the answer.
  public var part: LabelPart
  /// The column of the data set's name, where rows have it.
  public var source: String
  /// The column of the problem's name, where rows have it.
  public var id: String
  /// The columns beside the problem's own that belong to its text.
  public var parts = ProblemParts()
  /// Whether the first rows have those two columns.
  var hasSource: Bool
  var hasID: Bool
  /// Whether there is no right answer in the file, and nobody asks for one.
  var needsNoLabel: Bool
  /// What the file is for, where it has none of the columns wanted.
  var refusal: String?

  /// How many rows are looked at to find out.
  static let sampleSize = 64

  /// Decides by the first rows.
  ///
  /// - Parameters:
  ///   - rows: The first rows of the file.
  ///   - names: All columns of the file, where the format knows them.
  ///   - settings: Which columns are named.
  init(rows: [JSONValue], names: [String]?, settings: DataSettings) {
    source = settings.sourceKey
    id = settings.idKey
    func found(_ key: String) -> Bool {
      rows.contains { ((try? $0.column(key)) ?? nil).map { !$0.isNull } ?? false }
    }
    let isPromptMapped = settings.promptKey != DataSettings.defaultPromptKey
    let isLabelMapped = settings.labelKey != DataSettings.defaultLabelKey
    let promptFound = ProblemSchema.prompts.first(where: found)
    let labelFound = ProblemSchema.labels.first(where: found)
    let prompt = isPromptMapped ? settings.promptKey : promptFound ?? settings.promptKey
    let label = isLabelMapped ? settings.labelKey : labelFound ?? settings.labelKey
    self.prompt = prompt
    self.label = label
    hasSource = found(settings.sourceKey)
    hasID = found(settings.idKey)
    needsNoLabel =
      settings.feedsFunctions && !isLabelMapped && labelFound == nil
      && (isPromptMapped || promptFound != nil)

    let labels = rows.compactMap { row -> String? in
      guard case .string(let text)? = try? row.column(label) else { return nil }
      return text
    }
    let sources = rows.compactMap { row -> String? in
      guard case .string(let text)? = try? row.column(settings.sourceKey) else { return nil }
      return text
    }
    part = labels.isEmpty ? .whole : .usual(of: labels)
    schema = .of(prompt: prompt, label: label, part: part)
    // The whole of a worked solution is nobody's answer.
    if schema == .math { part = .boxed }
    if schema == .verl, let first = sources.first, first.hasPrefix("math_dapo") { schema = .dapo }
    if isPromptMapped || isLabelMapped { schema = .mapped }

    parts = ProblemParts(
      rows: rows, prompt: prompt, used: [label, settings.extraKey, source, id],
      isMapped: isPromptMapped, names: names ?? rows.first?.names ?? [])

    if !isPromptMapped, !isLabelMapped, !needsNoLabel, promptFound == nil || labelFound == nil {
      let columns = names ?? rows.first?.names ?? []
      refusal = ProblemSchema.foreign.first { columns.contains($0.0) }.map {
        "the column '\($0.0)' is that of \($0.1); the columns are: "
          + columns.prefix(20).joined(separator: ", ")
          + "; data.prompt_key and data.label_key name the right ones, if there are any"
      }
    }
  }

  /// Whether a top-level column of a file may be needed.
  static func mayNeed(_ name: String, _ settings: DataSettings) -> Bool {
    if settings.feedsFunctions { return true }
    let keys =
      ProblemSchema.prompts + ProblemSchema.labels + ProblemParts.columns
      + [
        ProblemSchema.instructionArguments, settings.promptKey, settings.labelKey,
        settings.sourceKey, settings.idKey,
        settings.extraKey,
      ]
    return keys.contains { $0 == name || $0.hasPrefix("\(name).") }
  }

  /// What may be missing of the problems; nothing where all seems to be there.
  public var warning: String? {
    guard !parts.leftOut.isEmpty else { return nil }
    let names = parts.leftOut.map { "'\($0)'" }.joined(separator: ", ")
    return "the problem is '\(prompt)' alone, and \(names) may belong to it: write both into one "
      + "column if so"
  }

  /// Which column is what, on one line.
  public var words: String {
    let part = part == .whole ? "" : " \(part.rawValue)"
    let answer = needsNoLabel ? "no label" : "label from '\(label)'\(part)"
    return "prompt from '\(prompt)'\(parts.words), \(answer), source from "
      + (hasSource ? "'\(source)'" : "the file's name") + ", id from "
      + (hasID ? "'\(id)'" : "the file's name and the row")
  }
}
