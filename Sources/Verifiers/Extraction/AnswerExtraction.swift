// Where in a response its answer stands. docs/rewards.md has the table of what each extraction takes,
// and every row of it is a test. All searches run over bytes, from the end; what is returned is short.
// The last mark of its kind decides, whether or not an earlier one would be more welcome.

/// Where an answer is looked for, by the names of the setting `reward.extraction`.
public enum AnswerExtraction: String, Codable, Sendable, CaseIterable {
  /// The first of these that occurs in the response, in this order: `<answer>…</answer>`, `boxed`,
  /// `hashes`, `answer`, and the last number where nothing is marked.
  case auto
  /// Like `auto`, but where nothing is marked the last formula comes before the last number.
  case lastFormula = "last_formula"
  /// What stands in the last `\boxed{…}` that is not empty.
  case boxed
  /// The rest of the line after the last `####`.
  case hashes
  /// What follows the last `Answer:`, or the last "the answer is".
  case answer
  /// The rest of the line after the last `Answer:`, as DAPO's and verl's `math_dapo` reads it.
  case dapo
  /// The last number in the text.
  case lastNumber = "last_number"
  /// The whole response.
  case whole

  /// The longest answer that is looked at, in bytes.
  package static let answerLimit = 4096
  /// How deep braces may stand in one another.
  package static let nestingLimit = 64

  /// The answer without the spaces around it, or nothing if there is none.
  ///
  /// A response that thinks aloud between `<think>` and `</think>` is read after the thinking.
  ///
  /// - Parameters:
  ///   - response: The response, without its stop token.
  ///   - isCut: Whether it was cut off, so that a box or a tag which is still open holds no answer.
  /// - Returns: The answer, of at most 4,096 bytes.
  public func answer(in response: String, isCut: Bool = false) -> String? {
    var bytes = Array(response.utf8)[...]
    if let end = bytes.lastPlace(of: "</think>") {
      bytes = bytes[(end + 8)...]
    } else if bytes.lastPlace(of: "<think>") != nil {
      return nil
    }
    guard let found = find(in: AnswerMarks(bytes: bytes, isCut: isCut)),
      found.count <= Self.answerLimit
    else { return nil }
    let text = trimmed(String(decoding: found, as: UTF8.self))
    return text.isEmpty ? nil : text
  }

  /// A response that gives an answer as this extraction wants it: what a model could have said.
  package func response(saying answer: String) -> String {
    switch self {
    case .auto, .lastFormula, .boxed: "\\boxed{\(answer)}"
    case .hashes: "#### \(answer)"
    case .answer, .dapo: "Answer: \(answer)"
    case .lastNumber, .whole: answer
    }
  }

  /// What is looked for, in words.
  var words: String {
    switch self {
    case .auto: "<answer>, \\boxed{…}, ####, 'Answer:' or number"
    case .lastFormula: "<answer>, \\boxed{…}, ####, 'Answer:', formula or number"
    case .boxed: "\\boxed{…}"
    case .hashes: "####"
    case .answer: "'Answer:' or 'the answer is'"
    case .dapo: "'Answer:' in the last \(AnswerMarks.dapoWindow) characters"
    case .lastNumber: "number"
    case .whole: "text"
    }
  }

  private func find(in text: AnswerMarks) -> ArraySlice<UInt8>? {
    switch self {
    case .auto: return text.marked().answer { text.lastNumber() }
    case .lastFormula: return text.marked().answer { text.lastFormula() ?? text.lastNumber() }
    case .boxed: return text.boxed().answer { nil }
    case .hashes: return text.afterHashes().answer { nil }
    case .answer: return text.tagged().or { text.afterAnswer() }.answer { nil }
    case .dapo: return text.afterAnswerForDAPO()
    case .lastNumber: return text.lastNumber()
    case .whole: return text.bytes
    }
  }
}
