// The verifier for mathematics in any notation.

import Children
import JSON
import MathAnswers
public import Records

/// Compares the extracted answer with the truth as mathematics: `\frac{1}{\sqrt2}` and
/// `\sqrt{2}/2`, `(x+1)^2` and `x^2+2x+1`, `(0,1]` and `0 < x \le 1` are the same.
///
/// An answer that cannot be read, is too large, or cannot be shown to be the same within a counted
/// amount of work is wrong: it was given, and whoever gives it must not gain by being obscure. A truth
/// that cannot be read is an error of the data. A truth that is a JSON list of texts is any of them.
public struct MathVerifier: ExtractingVerifier {
  /// Where the answer is looked for.
  public let extraction: AnswerExtraction

  /// Makes the verifier.
  public init(extraction: AnswerExtraction) { self.extraction = extraction }

  /// Grades one response.
  public func verify(
    response: String, finish: FinishReason, truth: String
  ) throws(VerifierError) -> Verdict {
    let golds = try golds(truth)
    guard let found = extraction.answer(in: response, isCut: finish == .length) else {
      return Verdict(.noAnswer, reason: "found no \(extraction.words)")
    }
    let answer: MathAnswer
    do { answer = try MathAnswer(parsing: found) } catch {
      return Verdict(.wrong, extracted: clipped(found), reason: clipped(error.description))
    }
    var doubt = ""
    for gold in golds {
      switch gold.isEquivalent(to: answer) {
      case .equal: return Verdict(.correct, extracted: clipped(found))
      case .undecided(let reason): doubt = "not shown to be the same: \(clipped(reason))"
      case .different: break
      }
    }
    return Verdict(.wrong, extracted: clipped(found), reason: doubt)
  }

  /// Complains about a truth that cannot be read.
  public func complaint(about truth: String) -> String? {
    do {
      _ = try golds(truth)
      return nil
    } catch { return "\(error)" }
  }

  private func golds(_ truth: String) throws(VerifierError) -> [MathAnswer] {
    var golds: [MathAnswer] = []
    for text in Self.texts(truth) {
      do { golds.append(try MathAnswer(parsing: text)) } catch {
        throw .truth(clipped(text, to: 60), reason: error.description)
      }
    }
    return golds
  }

  /// The right answers that a truth lists.
  func alternatives(of truth: String) -> [String] { Self.texts(truth) }

  /// Why too many answers are equal to a right one.
  func looseness(of truth: String) -> String? {
    Self.texts(truth).lazy.compactMap { try? MathAnswer(parsing: $0).looseness }.first
  }

  /// The texts of a JSON list of them; otherwise the truth itself.
  private static func texts(_ truth: String) -> [String] {
    guard truth.hasPrefix("[\""), case .array(let parts)? = try? JSONValue(parsing: truth.utf8)
    else { return [truth] }
    let texts = parts.compactMap { part -> String? in
      guard case .string(let text) = part else { return nil }
      return text
    }
    return texts.count == parts.count && !texts.isEmpty ? texts : [truth]
  }
}
