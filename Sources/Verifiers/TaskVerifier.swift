// The verifier of the generated tasks.

import Locks
public import Records

/// Compares what follows the last `#` with the right answer, byte by byte.
///
/// What the scratchpad says is the model's own business; but in `locks`, whose right answers are problems,
/// every step is graded. A response that starts with `#` answers without working: its verdict is direct.
public struct TaskVerifier: AnswerVerifier {
  /// Makes the verifier.
  public init() {}

  /// Grades one response.
  public func verify(response: String, finish: FinishReason, truth: String) -> Verdict {
    if let problem = LocksProblem(truth: truth) { return verdict(on: response, to: problem) }
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

  private func verdict(on response: String, to problem: LocksProblem) -> Verdict {
    let work = LocksWork(response, to: problem)
    let isRight = work.isRight(for: problem)
    switch work.outcome {
    case .escaped(let color):
      return Verdict(isRight ? .correct : .wrong, extracted: clipped(color), isDirect: true)
    case .broken(let reason):
      return Verdict(.noAnswer, reason: clipped(reason))
    case .worked:
      let score = LocksRules.written(work.steps.last?.score ?? problem.score)
      let misprints = work.misprints == 0 ? "" : "\(work.misprints) steps say what is not so"
      return Verdict(isRight ? .correct : .wrong, extracted: score, reason: misprints)
    }
  }
}
