// The verifier of form: thinking in its place, and an answer after it. R1-Zero's second reward.

public import Records

/// Whether a response is `<think>…</think>` once, with an answer after it and nothing before.
///
/// Source: the format reward of DeepSeek-R1-Zero, arXiv:2501.12948, sec. 2.2.2.
public struct FormatVerifier: AnswerVerifier {
  /// Makes the verifier.
  public init() {}

  /// Grades one response; what the right answer is does not matter.
  public func verify(response: String, finish: FinishReason, truth: String) -> Verdict {
    let (open, close) = ("<think>", "</think>")
    let opens = response.ranges(of: open)
    let closes = response.ranges(of: close)
    guard opens.count == 1, closes.count == 1 else {
      return Verdict(
        .wrong, reason: "\(opens.count) times \(open), \(closes.count) times \(close)")
    }
    guard trimmed(response[..<opens[0].lowerBound]).isEmpty else {
      return Verdict(.wrong, reason: "text before \(open)")
    }
    guard opens[0].upperBound <= closes[0].lowerBound,
      !trimmed(response[opens[0].upperBound..<closes[0].lowerBound]).isEmpty
    else { return Verdict(.wrong, reason: "nothing between \(open) and \(close)") }
    let answer = trimmed(response[closes[0].upperBound...])
    guard !answer.isEmpty else { return Verdict(.wrong, reason: "nothing after \(close)") }
    return Verdict(.correct, extracted: clipped(answer))
  }

  /// Complains about nothing.
  public func complaint(about truth: String) -> String? { nil }
}
