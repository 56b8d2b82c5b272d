// From one row to one problem, by the plan of its file.

import JSON
import Records

/// Makes problems of the rows of one file.
struct ProblemColumns {
  let plan: ColumnPlan
  let settings: DataSettings
  /// The file's name without its extension: the source, and part of the id, where no column says.
  let name: String
  /// All columns of the file, where the format knows them.
  let names: [String]?

  /// The problem of a row, and what kind of value its answer is.
  ///
  /// - Throws: Why the row is not a usable problem.
  func problem(of row: JSONValue, number: Int) throws(LineFault) -> (Problem, LabelKind) {
    guard case .object = row else {
      throw LineFault(reason: "the line is \(row.kind), not an object")
    }
    if let refusal = plan.refusal { throw LineFault(reason: refusal) }
    guard let prompt = try row.column(plan.prompt) else {
      throw missing(plan.prompt, setting: "data.prompt_key", in: row)
    }
    let none: JSONValue? = plan.needsNoLabel ? .null : nil
    guard let label = try row.column(plan.label) ?? none else {
      throw missing(plan.label, setting: "data.label_key", in: row)
    }
    let whole = try joined(prompt, in: row)
    let messages = settings.framed(try MessageReader(key: plan.prompt).messages(of: whole))
    let (truth, kind) =
      try settings.feedsFunctions ? anyTruth(of: label, in: row) : truth(of: label, in: row)
    var problem = Problem(
      id: try optional(plan.id, of: row) ?? "\(name):\(number)",
      source: try optional(plan.source, of: row) ?? name,
      text: messages.map(\.content).joined(separator: "\n"), truth: truth, messages: messages,
      extra: try extra(of: row))
    if settings.feedsFunctions {
      problem.row = kept(row, prompt: whole, messages: messages, label: (label, kind, truth))
    }
    if settings.chatTemplate == .never, problem.needsChatTemplate {
      throw LineFault(
        reason: "'\(plan.prompt)' is a conversation of several, which only a chat template can "
          + "write as text, and data.apply_chat_template is never")
    }
    return (problem, kind)
  }

  /// The problem's column with the others that belong to its text.
  private func joined(_ prompt: JSONValue, in row: JSONValue) throws(LineFault) -> JSONValue {
    guard case .string(let text) = prompt else { return prompt }
    return .string(try plan.parts.text(around: text, in: row))
  }

  /// What reward functions are given beside problem and answer, as JSON.
  private func extra(of row: JSONValue) throws(LineFault) -> String? {
    guard !settings.extraKey.isEmpty, let value = try row.column(settings.extraKey), !value.isNull
    else { return nil }
    let text = value.text
    guard text.utf8.count <= Self.extraLimit else {
      throw LineFault(
        reason: "'\(settings.extraKey)' is longer than \(Self.extraLimit) bytes; data.extra_key "
          + "names another column, or none")
    }
    return text
  }

  /// The longest column that goes out with every response, in bytes.
  static let extraLimit = 256 << 10

  /// A column that not every row needs to have.
  private func optional(_ key: String, of row: JSONValue) throws(LineFault) -> String? {
    guard let value = try row.column(key), !value.isNull else { return nil }
    return try scalar(value, key)
  }

  /// The right answer as text.
  ///
  /// Numbers stay as they are written. A list means that any of its elements is right: a list of one
  /// is its element, and a longer one stays whole as JSON, which the verifier of mathematics reads
  /// and verl hands to a reward function. The report counts such labels.
  /// A list of instructions stands with its arguments, which are in a column of their own.
  func truth(
    of label: JSONValue, in row: JSONValue
  ) throws(LineFault) -> (String, LabelKind) {
    let choices = try plan.parts.choices(of: row)
    if let answers = ProblemParts.answers(label, among: choices) {
      return (answers.count == 1 ? answers[0] : jsonText(of: answers), .choice)
    }
    switch label {
    case .array where plan.label == ProblemSchema.instructionNames:
      let both: JSONValue = [
        ProblemSchema.instructionNames: label,
        ProblemSchema.instructionArguments:
          try row.column(ProblemSchema.instructionArguments) ?? .null,
      ]
      return (both.text, .instructions)
    case .array(let answers):
      guard let first = answers.first else {
        throw LineFault(reason: "'\(plan.label)' is an empty list")
      }
      let texts = try answers.map { answer throws(LineFault) in try part(of: answer) }
      return answers.count == 1 ? (try part(of: first), .single) : (jsonText(of: texts), .list)
    case .string: return (try part(of: label), .text)
    case .boolean(let value): return (value ? "true" : "false", .boolean)
    case .integer, .number:
      return (label.written ?? "", label.isWhole ? .wholeNumber : .number)
    case .object, .null: throw unfit(label, plan.label)
    }
  }

  private func jsonText(of texts: [String]) -> String {
    JSONValue.array(texts.map { .string($0) }).text
  }

  private func part(of value: JSONValue) throws(LineFault) -> String {
    let text = try scalar(value, plan.label)
    guard case .string = value else { return text }
    let answer = try plan.part.answer(in: text, key: plan.label)
    guard !answer.isEmpty else {
      throw LineFault(reason: "'\(plan.label)' is empty \(plan.part.rawValue)")
    }
    return answer
  }

  private func scalar(_ value: JSONValue, _ key: String) throws(LineFault) -> String {
    switch value {
    case .string(let text) where !text.isEmpty: return text
    case .string: throw LineFault(reason: "'\(key)' is empty")
    case .integer, .number: return value.written ?? ""
    case .object, .array, .boolean, .null: throw unfit(value, key)
    }
  }

  private func unfit(_ value: JSONValue, _ key: String) -> LineFault {
    var reason = "'\(key)' is \(value.kind), not text or a number"
    if case .object(let members) = value, let first = members.first {
      reason += "; dots reach into it, such as \(key).\(first.key)"
    }
    return LineFault(reason: reason)
  }

  private func missing(_ key: String, setting: String, in row: JSONValue) -> LineFault {
    let names = names ?? row.names
    guard !names.isEmpty else { return LineFault(reason: "the object is empty") }
    let listed = names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
    // A name may be as long as a file; a long one was not mistyped.
    let nearest =
      names.prefix(100).filter { $0.utf8.count <= 64 }
      .min { editDistance($0, key) < editDistance($1, key) } ?? ""
    return LineFault(
      reason: "no column '\(key)'; the columns are: \(listed); \(setting) names the right one, "
        + "the nearest is '\(nearest)'")
  }
}
