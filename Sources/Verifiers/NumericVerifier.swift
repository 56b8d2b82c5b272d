// The verifier for answers that are one number.

import MathAnswers
public import Records

/// Compares the extracted answer with the truth as exact numbers: `0.5`, `1/2`, `50%`, `5e-1`,
/// `\frac{1}{2}` and `0.5 dollars` are the same.
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
    let wanted = try Self.number(truth: truth)
    guard let answer = extraction.answer(in: response, isCut: finish == .length) else {
      return Verdict(.noAnswer, reason: "found no \(extraction.words)")
    }
    do {
      let isSame = try Number(answer).isSame(as: wanted)
      return Verdict(isSame ? .correct : .wrong, extracted: clipped(answer))
    } catch {
      return Verdict(.wrong, extracted: clipped(answer), reason: error.words)
    }
  }

  /// Complains about a truth that is not a number.
  public func complaint(about truth: String) -> String? {
    do {
      _ = try Self.number(truth: truth)
      return nil
    } catch { return "\(error)" }
  }

  private static func number(truth: String) throws(VerifierError) -> Number {
    do { return try Number(truth) } catch {
      throw .truth(clipped(truth, to: 60), reason: error.words)
    }
  }
}

/// A number as it is written, with or without a unit or a name: `18`, `18 dollars`, `x = 18`.
private struct Number {
  private let plain: ExactNumber?
  private let dressed: MathAnswer?

  /// Reads a number.
  init(_ text: String) throws(ExactNumber.Failure) {
    do {
      plain = try ExactNumber(text)
      dressed = nil
    } catch {
      guard case .notANumber = error, let answer = try? MathAnswer(parsing: text), answer.isNumber
      else { throw error }
      plain = nil
      dressed = answer
    }
  }

  /// Whether two are the same number, exactly.
  func isSame(as other: Number) -> Bool {
    if let plain, let number = other.plain { return plain == number }
    guard let left = dressed ?? mathematics(plain),
      let right = other.dressed ?? mathematics(other.plain)
    else { return false }
    return left.isSameNumber(as: right)
  }

  private func mathematics(_ number: ExactNumber?) -> MathAnswer? {
    number.flatMap { try? MathAnswer(parsing: $0.text) }
  }
}
