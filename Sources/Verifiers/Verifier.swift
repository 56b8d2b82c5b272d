// What grades a response. A verifier says what it found; it does not know rewards. It may throw:
// then the sample is marked and left out, it is never scored wrong.

public import Records

/// Grades a response against the right answer.
///
/// Responses are written by a policy under pressure, so they are hostile input: a verifier bounds
/// its own work by lengths and counts, the same on every machine. The grader's time limit is the
/// second line of defense and can only abandon a verifier, not stop one that never suspends.
public protocol Verifier: Sendable {
  /// Grades one response, whether or not it ended by itself.
  ///
  /// - Parameter completion: The response, and the prompt with the right answer.
  /// - Returns: What was found.
  /// - Throws: Anything; the grader turns it into a verdict of status `error`.
  func verify(_ completion: Completion) async throws -> Verdict

  /// Why `truth` cannot be graded against, or nothing if it can; asked before training starts.
  func complaint(about truth: String) -> String?

  /// Whether it ends every verdict by itself within limits of its own, so that the grader's clock,
  /// which also runs while a verdict waits for its turn, must not.
  var keepsTime: Bool { get }

  /// How many verdicts it can make at a time; nil where that does not matter.
  var width: Int? { get }

  /// Looks whether it can work, before training starts.
  ///
  /// - Throws: Why not.
  func check() async throws(VerifierError)
}

extension Verifier {
  /// Most do not.
  public var keepsTime: Bool { false }

  /// Most do not care.
  public var width: Int? { nil }

  /// Most need nothing that could be missing.
  public func check() async throws(VerifierError) {}

  /// Complains about an empty answer only.
  public func complaint(about truth: String) -> String? {
    truth.isEmpty ? "the right answer is empty" : nil
  }
}

/// Grades by the response's text and the right answer alone, here and now.
public protocol AnswerVerifier: Verifier {
  /// Grades one response.
  ///
  /// - Parameters:
  ///   - response: The response without its stop token.
  ///   - finish: Why it ended.
  ///   - truth: The right answer, as the data states it.
  /// - Returns: What was found.
  /// - Throws: What makes the right answer unusable.
  func verify(
    response: String, finish: FinishReason, truth: String
  ) throws(VerifierError) -> Verdict
}

extension AnswerVerifier {
  /// Grades one response.
  public func verify(_ completion: Completion) async throws -> Verdict {
    try verify(
      response: completion.text, finish: completion.finish, truth: completion.prompt.truth)
  }
}

/// Grades several responses at once, as servers and models do best.
public protocol BatchVerifier: Verifier {
  /// The most responses at once.
  var batchSize: Int { get }

  /// Grades some responses.
  ///
  /// - Parameter completions: At most `batchSize` responses.
  /// - Returns: What was found, in the same order.
  /// - Throws: Anything; the grader turns it into verdicts of status `error` for all of them.
  func verify(_ completions: [Completion]) async throws -> [Verdict]
}

extension BatchVerifier {
  /// Grades one response.
  public func verify(_ completion: Completion) async throws -> Verdict {
    try await verify([completion]).first ?? Verdict(.error, reason: "no verdict")
  }
}

/// The built-in verifiers, by the names of the setting `reward.verifier`.
public enum VerifierKind: String, Codable, Sendable, CaseIterable {
  /// The one that the problems are made for: `task` for generated ones, `instructions` where the
  /// labels are instructions, `math` for the answers of other files.
  case auto
  /// The answer of a generated task: what follows the last `#`.
  case task
  /// The same text.
  case exact
  /// The same number.
  case numeric
  /// The same mathematics, in any notation.
  case math
  /// Thinking between `<think>` and `</think>`, then an answer, right or wrong.
  case format
  /// All of a problem's instructions followed, such as a number of words or no commas.
  case instructions
  /// A program's tests, run in a sandbox.
  case code
  /// A program's numbers: somebody's reward function.
  case command
  /// A server's numbers, asked as OpenRLHF asks one.
  case http
  /// A reward model's numbers: a Hugging Face folder with a head of one number.
  case rewardModel = "reward_model"
}

/// The first `limit` scalars of a text, for reports about answers that are absurdly long.
func clipped(_ text: some StringProtocol, to limit: Int = 200) -> String {
  var result = String.UnicodeScalarView()
  result.append(contentsOf: text.unicodeScalars.prefix(limit))
  return String(result)
}
