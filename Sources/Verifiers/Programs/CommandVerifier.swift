// The verifier that is somebody's program: a reward function of verl's or TRL's behind
// Adapters/reward_adapter.py, or anything that speaks its lines.

import Children
import JSON
public import Records

/// Which program scores responses (`reward.command`).
public struct CommandVerifierSettings: Codable, Equatable, Sendable {
  /// The program and its arguments; no shell is between.
  public var run: [String] = []
  /// How many of it run side by side.
  public var workers = 1
  /// How long it may take until it is ready, in seconds.
  public var startSeconds = 60.0
  /// How long one answer may take, in seconds.
  public var answerSeconds = 10.0
  /// Variables of the environment that it gets beside the usual ones, by name.
  public var environment: [String] = []

  enum CodingKeys: String, CodingKey {
    case run, workers, environment
    case startSeconds = "start_seconds"
    case answerSeconds = "answer_seconds"
  }

  /// The defaults, which name no program.
  public init() {}

  /// What is wrong with these settings.
  var problems: [SettingsProblem] {
    var rules = Rules()
    rules.require(
      run.first?.isEmpty == false, "run",
      "names no program, such as [python3, Adapters/reward_adapter.py, my_reward.py]")
    rules.require((1...256).contains(workers), "workers", "\(workers) is not from 1 to 256")
    for (key, seconds) in [("start_seconds", startSeconds), ("answer_seconds", answerSeconds)] {
      rules.require(
        seconds > 0 && seconds <= 86_400, key, "\(seconds) is not above 0 and within a day")
    }
    return rules.problems
  }
}

/// Scores responses by a program's numbers.
///
/// An answer counts as right if the program says so in `acc`, as verl's functions do, and otherwise
/// by its score. Other numbers it gives are kept with the verdict, `pred` as the answer found, and
/// texts among the reasons. It is asked about one response at a time: what a response is worth must
/// not depend on which others were finished with it, and one that cannot be graded costs no others.
public final class CommandVerifier: Verifier {
  private let command: RewardCommand
  private let threshold: Double
  /// How many responses can be scored side by side.
  public let width: Int?

  /// Prepares the program; it is not started yet.
  ///
  /// - Parameters:
  ///   - settings: Which program.
  ///   - threshold: From which score on an answer counts as right.
  /// - Throws: `VerifierError.setting`.
  public init(_ settings: CommandVerifierSettings, threshold: Double) throws(VerifierError) {
    command = try Self.command(settings)
    self.threshold = threshold
    width = settings.workers
  }

  private static func command(
    _ settings: CommandVerifierSettings
  ) throws(VerifierError) -> RewardCommand {
    try settings.problems.refuse("reward.command")
    var command = CommandSettings(settings.run)
    command.width = settings.workers
    command.startLimit = .seconds(settings.startSeconds)
    command.answerLimit = .seconds(settings.answerSeconds)
    command.environment = ChildEnvironment(passes: Set(settings.environment))
    do { return try RewardCommand(command) } catch {
      throw .setting(key: "reward.command.run", reason: "\(error)")
    }
  }

  /// The program is killed when it is late.
  public var keepsTime: Bool { true }

  /// Starts the program once, to be told early if it cannot run.
  public func check() async throws(VerifierError) {
    do { try await command.check() } catch {
      throw .setting(key: "reward.command.run", reason: "\(error)")
    }
  }

  /// Scores one response.
  ///
  /// - Throws: What was wrong with the program.
  public func verify(_ completion: Completion) async throws -> Verdict {
    let answer: RewardAnswer
    do { answer = try await command.score(try Self.request(completion)) } catch {
      guard case .timeout? = error as? ChildError else { throw error }
      return Verdict(.timeout, reason: "\(error)")
    }
    guard let score = answer.score else {
      return Verdict(.error, reason: "the command gives no verdict of this response")
    }
    var isRight = score >= threshold
    switch answer.extras["acc"] {
    case .boolean(let value)?: isRight = value
    case let value?: isRight = value.double.map { $0 > 0 } ?? isRight
    case nil: break
    }
    var verdict = Verdict(isRight ? .correct : .wrong, score: score)
    if case .string(let found)? = answer.extras["pred"] { verdict.extracted = clipped(found) }
    let numbers = answer.extras.compactMapValues(\.points)
    if !numbers.isEmpty { verdict.parts = numbers }
    let texts = answer.extras.filter { $0.key != "pred" && $0.value.points == nil }
    verdict.reason = clipped(
      texts.filter { !$0.value.isNull }.sorted { $0.key < $1.key }
        .map { "\($0.key): \($0.value.words)" }.joined(separator: "; "), to: Self.longestReason)
    return verdict
  }

  /// The most that is kept of the texts beside a score, in scalars.
  private static let longestReason = 500

  /// What is asked about a response.
  private static func request(_ completion: Completion) throws -> RewardRequest {
    // Rows of published data have equal keys.
    func value(_ text: String?) throws -> JSONValue? {
      try text.map { try JSONValue(parsing: $0.utf8, limits: JSONLimits(allowsEqualKeys: true)) }
    }
    let prompt = completion.prompt
    var request = RewardRequest(
      dataSource: prompt.source, solution: completion.text,
      groundTruth: try value(prompt.row?.label) ?? .string(prompt.truth),
      extraInfo: try value(prompt.extra) ?? .null,
      prompt: try value(prompt.row?.prompt) ?? .string(prompt.text))
    request.columns = try value(prompt.row?.columns) ?? .null
    request.tokens = completion.tokens
    request.progress = TrainingProgress.current.map { ($0.step, $0.total) }
    return request
  }

  /// Complains about nothing: a program may want no right answers.
  public func complaint(about truth: String) -> String? { nil }
}

extension RewardSettings {
  /// Whether any of the verifiers is a reward function, which reads the rows of the data.
  public var asksFunctions: Bool { verifiers.contains { $0.kind == .command } }

  /// Where the reward models that grade are.
  public var rewardModels: [String] {
    verifiers.filter { $0.kind == .rewardModel }.map(\.rewardModel.path)
  }

  private var verifiers: [VerifierSettings] {
    [verifier] + bySource.values + parts.values.map(\.verifier)
  }
}

extension JSONValue {
  /// The number it is, 1 for true and 0 for false; nil for anything else.
  fileprivate var points: Double? {
    if case .boolean(let isTrue) = self { return isTrue ? 1 : 0 }
    return double
  }

  /// A text without quotes, or what else it is as JSON.
  fileprivate var words: String {
    if case .string(let text) = self { return text }
    return text
  }
}
