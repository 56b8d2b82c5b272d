// The verifier for answers that are words.

public import Records

/// Compares the extracted answer with the truth as text, spaces at both ends apart.
///
/// Texts are compared as Swift compares them: two spellings of one accented letter are the same.
public struct ExactVerifier: AnswerVerifier {
  /// Where the answer is looked for.
  public let extraction: AnswerExtraction
  /// Whether upper and lower case are the same.
  public let foldCase: Bool
  /// Whether every run of white space is one space.
  public let foldWhitespace: Bool

  /// Makes the verifier.
  public init(extraction: AnswerExtraction, foldCase: Bool = false, foldWhitespace: Bool = false) {
    self.extraction = extraction
    self.foldCase = foldCase
    self.foldWhitespace = foldWhitespace
  }

  /// Grades one response.
  public func verify(response: String, finish: FinishReason, truth: String) -> Verdict {
    guard let answer = extraction.answer(in: response, isCut: finish == .length) else {
      return Verdict(.noAnswer, reason: "found no \(extraction.words)")
    }
    return Verdict(
      folded(answer) == folded(truth) ? .correct : .wrong, extracted: clipped(answer))
  }

  func folded(_ text: String) -> String {
    var result =
      foldWhitespace
      ? text.split(whereSeparator: \.isWhitespace).joined(separator: " ") : trimmed(text)
    if foldCase { result = result.lowercased() }
    return result
  }
}

/// A text without the white space at its ends.
func trimmed(_ text: some StringProtocol) -> String {
  let start = text.drop { $0.isWhitespace }
  guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
  return String(start[...end])
}
