// What reward functions of other trainers get of a row: the right answer in its own type, the prompt
// as the data holds it, and every column.

import JSON
import Records

extension ProblemColumns {
  /// What TRL gives under names of its own.
  private static let trainersOwn = ["prompt", "completion", "completion_ids"]

  /// The right answer as text, whatever it is: a reward function gets it in its own type.
  func anyTruth(
    of label: JSONValue, in row: JSONValue
  ) throws(LineFault) -> (String, LabelKind) {
    switch label {
    case .null: return ("", .missing)
    case .string(""): return ("", .text)
    case .object: return (label.text, .object)
    case .array(let elements) where !elements.allSatisfy(\.isTextOrNumber):
      return (label.text, .list)
    case .array([]): return (label.text, .list)
    default: return try truth(of: label, in: row)
    }
  }

  /// What is kept of a row beside the problem.
  ///
  /// A column that is too long to go out with every response is left out; a right answer that is a
  /// text is not kept twice.
  func kept(
    _ row: JSONValue, prompt: JSONValue, messages: [ProblemMessage],
    label: (value: JSONValue, kind: LabelKind, truth: String)
  ) -> PromptRow {
    var columns = JSONObject()
    if case .object(let members) = row {
      for (name, value) in members where !Self.trainersOwn.contains(name) {
        if value.text.utf8.count <= Self.extraLimit { columns[name] = value }
      }
    }
    let asked: JSONValue
    if case .array = prompt {
      asked = .array(
        messages.map { .object(["role": .string($0.role), "content": .string($0.content)]) })
    } else {
      asked = .string(messages.map(\.content).joined(separator: "\n"))
    }
    let own: String? =
      switch label.kind {
      case .text: nil
      // The list of instructions means nothing without its arguments.
      case .instructions: label.truth
      default: label.value.text
      }
    return PromptRow(prompt: asked.text, columns: JSONValue.object(columns).text, label: own)
  }
}

extension JSONValue {
  /// Whether it can be one of several right answers.
  fileprivate var isTextOrNumber: Bool {
    switch self {
    case .string(let text): !text.isEmpty
    case .integer, .number: true
    case .array, .object, .boolean, .null: false
    }
  }
}
