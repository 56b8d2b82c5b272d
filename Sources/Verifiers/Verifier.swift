// What judges an answer. A verifier says what it found; it does not know rewards. It may throw:
// then the sample is marked and left out, it is never scored wrong.

public import Records

/// Judges a response against the right answer.
///
/// Responses are written by a policy under pressure, so they are hostile input: a verifier bounds
/// its own work by lengths and counts, the same on every machine. The grader's time limit is the
/// second line of defence and can only abandon a verifier, not stop one that never suspends.
public protocol Verifier: Sendable {
  /// Judges one response on its text, whether or not it ended by itself.
  ///
  /// - Parameters:
  ///   - response: The response without its stop token.
  ///   - finish: Why it ended.
  ///   - truth: The right answer, as the data states it.
  /// - Returns: What was found.
  /// - Throws: Anything; the grader turns it into a verdict of status `error`.
  func verify(response: String, finish: FinishReason, truth: String) async throws -> Verdict

  /// Why `truth` cannot be judged against, or nothing if it can; asked before training starts.
  func complaint(about truth: String) -> String?
}

extension Verifier {
  /// Complains about an empty answer only.
  public func complaint(about truth: String) -> String? {
    truth.isEmpty ? "the right answer is empty" : nil
  }
}

/// The built-in verifiers, by the names of the setting `reward.verifier`.
public enum VerifierKind: String, Codable, Sendable, CaseIterable {
  /// The answer of a generated task: what follows the last `#`.
  case task
  /// The same text.
  case exact
  /// The same number.
  case numeric
}

extension RewardSettings {
  /// The verifier these settings name.
  public func makeVerifier() -> any Verifier {
    switch verifier {
    case .task: TaskVerifier()
    case .exact:
      ExactVerifier(extraction: extraction, foldCase: foldCase, foldWhitespace: foldWhitespace)
    case .numeric: NumericVerifier(extraction: extraction)
    }
  }
}

/// The first `limit` scalars of a text, for reports about answers that are absurdly long.
func clipped(_ text: some StringProtocol, to limit: Int = 200) -> String {
  var result = String.UnicodeScalarView()
  result.append(contentsOf: text.unicodeScalars.prefix(limit))
  return String(result)
}
