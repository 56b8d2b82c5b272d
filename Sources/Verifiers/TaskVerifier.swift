// The verifier of the generated tasks. Only the final answer counts: what the scratchpad says is
// the model's own business.

public import Records

/// Compares what follows the last `#` with the right answer, byte by byte.
///
/// A response that starts with `#` answers without working: its verdict is direct.
public struct TaskVerifier: AnswerVerifier {
  /// Makes the verifier.
  public init() {}

  /// Grades one response.
  public func verify(response: String, finish: FinishReason, truth: String) -> Verdict {
    let mark = UInt8(ascii: "#")
    guard let last = response.utf8.lastIndex(of: mark) else {
      return Verdict(.noAnswer, reason: "no # in the response")
    }
    let isDirect = response.utf8.first == mark
    let answer = response.utf8[response.utf8.index(after: last)...]
    guard !answer.isEmpty else {
      return Verdict(.noAnswer, isDirect: isDirect, reason: "nothing after the last #")
    }
    return Verdict(
      answer.elementsEqual(truth.utf8) ? .correct : .wrong,
      extracted: clipped(Substring(answer)), isDirect: isDirect)
  }
}
