// From one JSON object to one problem: which column is what, and what a value may look like.

/// The mapping of columns, as the settings name them.
struct ProblemColumns {
  let settings: DataSettings

  /// verl's column of the right answer.
  private static let verlLabel = "reward_model.ground_truth"

  /// The problem of a row and how its columns were found.
  ///
  /// - Parameters:
  ///   - row: The row.
  ///   - name: The file's name without its extension, the source where no column says.
  ///   - number: The line, part of the id where no column says.
  /// - Returns: Both.
  /// - Throws: Why the row is not a usable problem.
  func problem(
    of row: JSONValue, name: String, number: Int
  ) throws(LineFault) -> (Problem, ProblemSet.Schema) {
    guard case .object(let members) = row else {
      throw LineFault(reason: "the line is \(row.kind), not an object")
    }
    let names = members.map(\.key)
    guard let prompt = try row.column(settings.promptKey) else {
      throw missing(settings.promptKey, setting: "data.prompt_key", names)
    }
    var schema = ProblemSet.Schema.plain
    var label = try row.column(settings.labelKey)
    if label == nil, let truth = try row.column(Self.verlLabel) {
      label = truth
      schema = .verl
    }
    guard let label else { throw missing(settings.labelKey, setting: "data.label_key", names) }
    let text = try text(of: prompt)
    guard !text.isEmpty else { throw LineFault(reason: "'\(settings.promptKey)' is empty") }
    let source = try row.column(settings.sourceKey).map { value throws(LineFault) in
      try scalar(value, settings.sourceKey)
    }
    let id = try row.column(settings.idKey).map { value throws(LineFault) in
      try scalar(value, settings.idKey)
    }
    let problem = Problem(
      id: id ?? "\(name):\(number)", source: source ?? name, text: text,
      truth: try truth(of: label))
    return (problem, schema)
  }

  /// The prompt as plain text.
  private func text(of prompt: JSONValue) throws(LineFault) -> String {
    let key = settings.promptKey
    if case .string(let text) = prompt { return text }
    guard case .array(let messages) = prompt else {
      throw LineFault(reason: "'\(key)' is \(prompt.kind), not text or a list of messages")
    }
    var contents: [String] = []
    for message in messages {
      guard case .string(let role) = try message.column("role"),
        case .string(let content) = try message.column("content")
      else {
        throw LineFault(
          reason: "'\(key)' is a list, but not of messages with a text 'role' and 'content'")
      }
      guard role == "user" else {
        throw LineFault(
          reason: "'\(key)' has a message of the role '\(role)': conversations need a chat "
            + "template, and only user messages can be read without one")
      }
      contents.append(content)
    }
    return contents.joined(separator: "\n")
  }

  /// The right answer as text: text, a number as it is written, or the first of a list.
  private func truth(of label: JSONValue) throws(LineFault) -> String {
    if case .array(let answers) = label {
      guard let first = answers.first else {
        throw LineFault(reason: "'\(settings.labelKey)' is an empty list")
      }
      return try scalar(first, settings.labelKey)
    }
    return try scalar(label, settings.labelKey)
  }

  private func scalar(_ value: JSONValue, _ key: String) throws(LineFault) -> String {
    switch value {
    case .string(let text) where !text.isEmpty: return text
    case .string: throw LineFault(reason: "'\(key)' is empty")
    case .number(let written): return written
    case .object, .array, .bool, .null:
      throw LineFault(reason: "'\(key)' is \(value.kind), not text or a number")
    }
  }

  private func missing(_ key: String, setting: String, _ names: [String]) -> LineFault {
    guard !names.isEmpty else { return LineFault(reason: "the object is empty") }
    let listed = names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
    let nearest = names.prefix(100).min { distance($0, key) < distance($1, key) } ?? ""
    return LineFault(
      reason: "no column '\(key)'; the columns are: \(listed); \(setting) names the right one, "
        + "the nearest is '\(nearest)'")
  }

  /// The fewest letters inserted, removed or replaced that turn one name into the other
  /// (Levenshtein), of at most the first 64 bytes.
  private func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right.utf8.prefix(64))
    var row = Array(0...right.count)
    for (i, a) in left.utf8.prefix(64).enumerated() {
      var corner = row[0]
      row[0] = i + 1
      for (j, b) in right.enumerated() {
        (corner, row[j + 1]) = (
          row[j + 1], min(row[j + 1] + 1, row[j] + 1, corner + (a == b ? 0 : 1))
        )
      }
    }
    return row[right.count]
  }
}
