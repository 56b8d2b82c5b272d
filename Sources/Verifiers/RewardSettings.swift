// The section `reward` of a recipe: who judges, and what a judgement is worth.

/// What can be wrong in this room.
public enum VerifierError: Error, Equatable, CustomStringConvertible {
  /// A setting has a value it cannot have.
  case setting(key: String, reason: String)
  /// The data's right answer cannot be judged against.
  case truth(String, reason: String)

  /// The error in words.
  public var description: String {
    switch self {
    case .setting(let key, let reason): "\(key): \(reason)"
    case .truth(let truth, let reason): "the right answer '\(truth)' is not usable: \(reason)"
    }
  }
}

/// How responses are judged and scored.
public struct RewardSettings: Codable, Equatable, Sendable {
  /// The soft overlong penalty, under verl's names.
  public struct OverlongBuffer: Codable, Equatable, Sendable {
    /// Whether long answers are punished.
    public var enable: Bool
    /// How many tokens before the length limit the punishment begins.
    public var len: Int
    /// What an answer of the full length pays.
    public var penaltyFactor: Double

    /// Puts the settings together.
    public init(enable: Bool, len: Int, penaltyFactor: Double) {
      self.enable = enable
      self.len = len
      self.penaltyFactor = penaltyFactor
    }

    enum CodingKeys: String, CodingKey {
      case enable, len
      case penaltyFactor = "penalty_factor"
    }
  }

  /// Who judges.
  public var verifier = VerifierKind.task
  /// Where `exact` and `numeric` look for the answer.
  public var extraction = AnswerExtraction.auto
  /// Whether `exact` takes upper and lower case for the same.
  public var foldCase = false
  /// Whether `exact` takes every run of white space for one space.
  public var foldWhitespace = true
  /// The score of a right answer.
  public var correct = 1.0
  /// The score of a wrong answer, and of none.
  public var incorrect = -1.0
  /// How long one response may be judged.
  public var timeoutSeconds = 10.0
  /// The punishment of long answers.
  public var overlongBuffer = OverlongBuffer(enable: false, len: 32, penaltyFactor: 1)

  enum CodingKeys: String, CodingKey {
    case verifier, extraction, correct, incorrect
    case foldCase = "fold_case"
    case foldWhitespace = "fold_whitespace"
    case timeoutSeconds = "timeout_seconds"
    case overlongBuffer = "overlong_buffer"
  }

  /// The defaults: generated tasks, one point either way, no punishment for length.
  public init() {}

  /// Refuses values that make no sense.
  ///
  /// - Parameter maximumLength: The length limit of responses.
  /// - Throws: `VerifierError.setting`.
  public func validate(maximumLength: Int) throws(VerifierError) {
    guard correct.isFinite, incorrect.isFinite, correct > incorrect else {
      throw .setting(
        key: "reward.correct", reason: "\(correct) is not above reward.incorrect, \(incorrect)")
    }
    guard timeoutSeconds > 0, timeoutSeconds <= 86_400 else {
      throw .setting(
        key: "reward.timeout_seconds", reason: "\(timeoutSeconds) is not above 0 and within a day")
    }
    guard overlongBuffer.enable else { return }
    guard (1...max(maximumLength, 1)).contains(overlongBuffer.len) else {
      throw .setting(
        key: "reward.overlong_buffer.len",
        reason: "\(overlongBuffer.len) is not from 1 to the response length, \(maximumLength)")
    }
    guard overlongBuffer.penaltyFactor >= 0, overlongBuffer.penaltyFactor.isFinite else {
      throw .setting(
        key: "reward.overlong_buffer.penalty_factor",
        reason: "\(overlongBuffer.penaltyFactor) is not a number from 0")
    }
  }
}
