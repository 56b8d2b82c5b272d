// The section `reward` of a recipe: which verifier grades, and what a verdict is worth.

public import Records

/// What can be wrong in this room.
public enum VerifierError: Error, Equatable, CustomStringConvertible {
  /// A setting has a value it cannot have.
  case setting(key: String, reason: String)
  /// The data's right answer cannot be graded against.
  case truth(String, reason: String)

  /// The error in words.
  public var description: String {
    switch self {
    case .setting(let key, let reason): "\(key): \(reason)"
    case .truth(let truth, let reason): "the right answer '\(truth)' is not usable: \(reason)"
    }
  }
}

/// How responses are graded and scored.
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

  /// Which verifier grades the answers of all sources that have no verifier of their own.
  public var verifier = VerifierSettings()
  /// The verifiers of single sources, by the name in the data (`data_source`).
  public var bySource: [String: VerifierSettings] = [:]
  /// Further verifiers of every response, by names of the user's choice: their points, 1 for right
  /// and 0 for wrong where they do not say themselves, are added to the score by weight.
  public var parts: [String: RewardPart] = [:]
  /// The score of a right answer.
  public var correct = 1.0
  /// The score of a wrong answer, and of none.
  public var incorrect = -1.0
  /// How long one response may be graded by a verifier that keeps no time of its own.
  public var timeoutSeconds = 10.0
  /// The punishment of long answers.
  public var overlongBuffer = OverlongBuffer(enable: false, len: 32, penaltyFactor: 1)
  /// What one point of the verifier's own adds to the score, beside the parts.
  public var weight = 1.0
  /// Whether the scores of training are taken from their running mean and divided by their running
  /// standard deviation.
  public var normalize = false
  /// The least and the largest score that training sees, after that; two numbers, or none for all.
  public var clipRange: [Double] = []
  /// What a response pays that reaches the length limit without its end of sequence.
  public var missingEndPenalty = 0.0

  enum CodingKeys: String, CodingKey {
    case correct, incorrect, parts, weight, normalize
    case clipRange = "clip_range"
    case missingEndPenalty = "missing_eos_penalty"
    case bySource = "by_source"
    case timeoutSeconds = "timeout_seconds"
    case overlongBuffer = "overlong_buffer"
  }

  /// The defaults: the problems' own verifier, one point either way, no punishment for length.
  public init() {}

  /// Reads the verifier's settings from the section itself, like the others.
  public init(from decoder: any Decoder) throws {
    verifier = try VerifierSettings(from: decoder)
    let section = try decoder.container(keyedBy: CodingKeys.self)
    bySource = try section.decode([String: VerifierSettings].self, forKey: .bySource)
    parts = try section.decode([String: RewardPart].self, forKey: .parts)
    correct = try section.decode(Double.self, forKey: .correct)
    incorrect = try section.decode(Double.self, forKey: .incorrect)
    timeoutSeconds = try section.decode(Double.self, forKey: .timeoutSeconds)
    overlongBuffer = try section.decode(OverlongBuffer.self, forKey: .overlongBuffer)
    weight = try section.decode(Double.self, forKey: .weight)
    normalize = try section.decode(Bool.self, forKey: .normalize)
    clipRange = try section.decode([Double].self, forKey: .clipRange)
    missingEndPenalty = try section.decode(Double.self, forKey: .missingEndPenalty)
  }

  /// Writes the verifier's settings into the section itself, like the others.
  public func encode(to encoder: any Encoder) throws {
    try verifier.encode(to: encoder)
    var section = encoder.container(keyedBy: CodingKeys.self)
    try section.encode(bySource, forKey: .bySource)
    try section.encode(parts, forKey: .parts)
    try section.encode(correct, forKey: .correct)
    try section.encode(incorrect, forKey: .incorrect)
    try section.encode(timeoutSeconds, forKey: .timeoutSeconds)
    try section.encode(overlongBuffer, forKey: .overlongBuffer)
    try section.encode(weight, forKey: .weight)
    try section.encode(normalize, forKey: .normalize)
    try section.encode(clipRange, forKey: .clipRange)
    try section.encode(missingEndPenalty, forKey: .missingEndPenalty)
  }

  /// These settings with the verifiers decided that are `auto`.
  ///
  /// - Parameters:
  ///   - files: The verifier of the files' problems; nil where there are no files.
  ///   - task: The generated task's name, which is the source of its problems.
  /// - Returns: The settings without `auto`.
  public func decided(files: VerifierKind?, task: String) -> RewardSettings {
    var settings = self
    if files != nil, verifier.kind == .auto, bySource[task] == nil {
      settings.bySource[task] = verifier
      settings.bySource[task]?.kind = .task
    }
    if verifier.kind == .auto { settings.verifier.kind = files ?? .task }
    for (source, verifier) in settings.bySource where verifier.kind == .auto {
      settings.bySource[source]?.kind = files ?? .task
    }
    for (name, part) in parts where part.verifier.kind == .auto {
      settings.parts[name]?.verifier.kind = files ?? .task
    }
    return settings
  }

  /// Which verifier grades the answers of a source.
  func verifier(of source: String) -> VerifierSettings { bySource[source] ?? verifier }

  /// Whether any of the verifiers is a server, which only a program with the network can ask.
  public var asksServers: Bool {
    ([verifier] + bySource.values + parts.values.map(\.verifier)).contains { $0.kind == .http }
  }

  /// What is wrong with these settings.
  ///
  /// - Parameter maximumLength: The length limit of responses.
  /// - Returns: The problems, with keys inside the section.
  public func problems(maximumLength: Int) -> [SettingsProblem] {
    var rules = Rules()
    rules.require(
      correct.isFinite && incorrect.isFinite && correct > incorrect, "correct",
      "\(correct) is not above reward.incorrect, \(incorrect)")
    rules.require(
      timeoutSeconds > 0 && timeoutSeconds <= 86_400, "timeout_seconds",
      "\(timeoutSeconds) is not above 0 and within a day")
    rules.require(weight.isFinite, "weight", "\(weight) is not a number")
    rules.require(
      clipRange.isEmpty
        || clipRange.count == 2 && clipRange.allSatisfy(\.isFinite) && clipRange[0] < clipRange[1],
      "clip_range", "\(clipRange) is not a smaller and a larger number, such as [-5, 5]")
    rules.require(
      missingEndPenalty >= 0 && missingEndPenalty.isFinite, "missing_eos_penalty",
      "\(missingEndPenalty) is not a number from 0")
    for (name, part) in parts.sorted(by: { $0.key < $1.key }) {
      rules.require(
        part.weight.isFinite, "parts.\(name).weight", "\(part.weight) is not a number")
      rules.add("parts.\(name)", part.verifier.problems)
    }
    for (name, verifier) in bySource.sorted(by: { $0.key < $1.key }) {
      rules.add("by_source.\(name)", verifier.problems)
    }
    if overlongBuffer.enable {
      rules.require(
        (1...max(maximumLength, 1)).contains(overlongBuffer.len), "overlong_buffer.len",
        "\(overlongBuffer.len) is not from 1 to the response length, \(maximumLength)")
      rules.require(
        overlongBuffer.penaltyFactor >= 0 && overlongBuffer.penaltyFactor.isFinite,
        "overlong_buffer.penalty_factor", "\(overlongBuffer.penaltyFactor) is not a number from 0")
    }
    return verifier.problems + rules.problems
  }
}

extension [SettingsProblem] {
  /// Throws the first of them.
  ///
  /// - Parameter section: The section the keys are in.
  /// - Throws: `VerifierError.setting`.
  func refuse(_ section: String) throws(VerifierError) {
    guard let problem = first else { return }
    throw .setting(key: "\(section).\(problem.key)", reason: problem.message)
  }
}
