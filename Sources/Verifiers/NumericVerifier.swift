// The verifier for answers that are one number.

public import Records

/// Compares the extracted answer with the truth as exact numbers: `0.5`, `1/2`, `50%`, `5e-1` and
/// `\frac{1}{2}` are the same.
///
/// An answer that is not a number, or has too many digits, is wrong: it was given, and it is not
/// the right one. A truth that is not a number is an error of the data, never of the answer.
public struct NumericVerifier: AnswerVerifier {
  /// Where the answer is looked for.
  public let extraction: AnswerExtraction

  /// Makes the verifier.
  public init(extraction: AnswerExtraction) { self.extraction = extraction }

  /// Grades one response.
  public func verify(
    response: String, finish: FinishReason, truth: String
  ) throws(VerifierError) -> Verdict {
    let wanted: ExactNumber
    do { wanted = try ExactNumber(truth) } catch {
      throw .truth(clipped(truth, to: 60), reason: error.words)
    }
    guard let answer = extraction.answer(in: response) else {
      return Verdict(.noAnswer, reason: "found no \(extraction.words)")
    }
    do {
      return Verdict(
        try ExactNumber(answer) == wanted ? .correct : .wrong, extracted: clipped(answer))
    } catch {
      return Verdict(.wrong, extracted: clipped(answer), reason: error.words)
    }
  }

  /// Complains about a truth that is not a number.
  public func complaint(about truth: String) -> String? {
    do {
      _ = try ExactNumber(truth)
      return nil
    } catch {
      return "the right answer '\(clipped(truth, to: 60))' is not usable: \(error.words)"
    }
  }
}
