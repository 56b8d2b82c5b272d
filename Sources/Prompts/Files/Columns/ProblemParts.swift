// Problems whose text stands in several columns: a story and its question, a passage, a table, a list
// of choices. They are joined as the published evaluations of these data sets join them.

import JSON

/// The columns beside the problem's own that belong to its text.
public struct ProblemParts: Equatable, Sendable {
  /// A column that stands before the problem.
  struct Opening: Equatable {
    var column: String
    /// What stands between the two.
    var separator: String
  }

  /// Columns before the problem, in their order.
  var openings: [Opening] = []
  /// The column of the choices.
  var choices: String?
  /// Columns with text that nothing is made of, though their names say that a problem may need them.
  public var leftOut: [String] = []

  /// SVAMP has its story in `Body`; the others are what passages and tables are called.
  private static let known = [
    Opening(column: "Body", separator: " "), Opening(column: "context", separator: "\n\n"),
    Opening(column: "passage", separator: "\n\n"), Opening(column: "table", separator: "\n\n"),
  ]
  private static let choiceColumns = ["choices", "options"]
  /// What columns are called that a problem may not be understood without.
  private static let telling = [
    "body", "context", "passage", "paragraph", "article", "story", "document", "table", "choices",
    "options", "image", "images", "figure", "premise", "hypothesis", "instruction", "instructions",
    "starter_code", "input",
  ]

  /// Every column that may be needed.
  static var columns: [String] { known.map(\.column) + choiceColumns }

  /// No other columns.
  init() {}

  /// Decides by the first rows.
  ///
  /// - Parameters:
  ///   - rows: The first rows.
  ///   - prompt: The problem's column.
  ///   - used: The other columns that are read.
  ///   - isMapped: Whether the settings name the problem's column, and so leave out all others.
  ///   - names: All columns.
  init(rows: [JSONValue], prompt: String, used: [String], isMapped: Bool, names: [String]) {
    func isThere(_ key: String) -> Bool {
      key != prompt && !used.contains(key)
        && rows.contains { ((try? $0.column(key)) ?? nil).map { !$0.isNull } ?? false }
    }
    // A whole prompt needs nothing else, and what stands beside one is somebody's bookkeeping.
    let isQuestion = ["question", "problem"].contains(prompt.lowercased())
    if isQuestion, !isMapped {
      openings = Self.known.filter { isThere($0.column) }
      choices = Self.choiceColumns.first(where: isThere)
    }
    let taken = used + openings.map(\.column) + [choices, prompt].compactMap(\.self)
    if isQuestion {
      leftOut = names.filter { name in
        !taken.contains(name) && Self.telling.contains(name.lowercased()) && isThere(name)
      }
    }
  }

  /// In words, behind those of the problem's column.
  var words: String {
    (openings.map(\.column) + [choices].compactMap(\.self)).map { " and '\($0)'" }.joined()
  }

  /// The problem's text with the other columns around it.
  func text(around problem: String, in row: JSONValue) throws(LineFault) -> String {
    var text = problem
    for opening in openings.reversed() {
      guard let value = try row.column(opening.column), !value.isNull else { continue }
      guard case .string(let before) = value else {
        throw LineFault(
          reason: "'\(opening.column)', which stands before the problem, is \(value.kind), not text"
        )
      }
      if !before.isEmpty { text = before + opening.separator + text }
    }
    for choice in try choices(of: row) { text += "\n\(choice.letter). \(choice.text)" }
    return text
  }

  /// A choice and what it is called.
  struct Choice: Equatable {
    var letter: String
    var text: String
  }

  /// The choices of a row; none where it has none.
  func choices(of row: JSONValue) throws(LineFault) -> [Choice] {
    guard let choices, let value = try row.column(choices), !value.isNull else { return [] }
    func texts(_ value: JSONValue?) throws(LineFault) -> [String] {
      guard case .array(let elements)? = value, elements.count <= 26 else {
        throw LineFault(reason: "'\(choices)' is not a list of at most 26 choices")
      }
      return try elements.map { element throws(LineFault) in
        switch element {
        case .string(let text): return text
        case .integer, .number: return element.written ?? ""
        default: throw LineFault(reason: "'\(choices)' has a choice that is \(element.kind)")
        }
      }
    }
    // ARC: {"text": […], "label": ["A", …]}.
    if case .object(let members) = value {
      let (contents, letters) = (try texts(members["text"]), try texts(members["label"]))
      guard contents.count == letters.count else {
        throw LineFault(reason: "'\(choices)' has not as many labels as texts")
      }
      return zip(letters, contents).map { Choice(letter: $0, text: $1) }
    }
    let contents = try texts(value)
    let letters = contents.indices.map { String(UnicodeScalar(UInt8(ascii: "A") + UInt8($0))) }
    // AQuA: ["A)21", "B)21.5"].
    let own = zip(letters, contents).allSatisfy { letter, text in
      [")", ".", ":"].contains { text.hasPrefix(letter + $0) }
    }
    return zip(letters, contents).map { letter, text in
      Choice(letter: letter, text: own ? trimmed(String(text.dropFirst(2))) : text)
    }
  }

  private func trimmed(_ text: String) -> String {
    String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }

  /// The answers that are right where a label names one of the choices: its letter and its text; nil
  /// where it names none.
  static func answers(_ label: JSONValue, among choices: [Choice]) -> [String]? {
    let place: Int?
    switch label {
    case .integer(let index): place = choices.indices.contains(index) ? index : nil
    case .string(let text):
      place =
        choices.firstIndex { $0.letter == text } ?? choices.firstIndex { $0.text == text }
    default: place = nil
    }
    guard let place else { return nil }
    let choice = choices[place]
    // A text that is another choice's letter would make that one right too.
    let isAmbiguous = choices.contains { $0.letter == choice.text } || choice.text.isEmpty
    return isAmbiguous ? [choice.letter] : [choice.letter, choice.text]
  }
}
