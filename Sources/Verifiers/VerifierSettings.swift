// Which verifier grades answers and how: in the section `reward` for all, and again for single data sources and
// for parts of a sum.

public import Records

/// One verifier and its settings.
public struct VerifierSettings: KeyedSettings, Equatable, Sendable {
  /// Which verifier grades.
  public var kind = VerifierKind.auto
  /// Where `exact`, `numeric` and `math` look for the answer.
  public var extraction = AnswerExtraction.auto
  /// Whether `exact` takes upper and lower case for the same.
  public var foldCase = false
  /// Whether `exact` takes every run of white space for one space.
  public var foldWhitespace = true
  /// How strictly `instructions` grades.
  public var instructions = InstructionSettings()
  /// How `code` runs programs.
  public var code = CodeSettings()
  /// Which program `command` asks.
  public var command = CommandVerifierSettings()
  /// Which server `http` asks.
  public var http = HTTPSettings()
  /// Which model `reward_model` asks.
  public var rewardModel = RewardModelSettings()
  /// From which score on an answer counts as right, where the verifier gives a number and does not say.
  public var threshold = 0.5

  enum CodingKeys: String, CodingKey {
    case extraction, instructions, code, command, http, threshold
    case kind = "verifier"
    case rewardModel = "model"
    case foldCase = "fold_case"
    case foldWhitespace = "fold_whitespace"
  }

  /// The defaults: the verifier that the problems are made for.
  public init() {}

  /// The verifier these settings name; `auto`, where nobody has decided it, is `math`.
  ///
  /// - Returns: The verifier, ready to grade.
  /// - Throws: `VerifierError.setting` for settings that it cannot work with.
  public func makeVerifier() throws(VerifierError) -> any Verifier {
    switch kind {
    case .task: return TaskVerifier()
    case .exact:
      return ExactVerifier(
        extraction: extraction, foldCase: foldCase, foldWhitespace: foldWhitespace)
    case .numeric: return NumericVerifier(extraction: extraction)
    case .math, .auto: return MathVerifier(extraction: extraction)
    case .format: return FormatVerifier()
    case .instructions: return InstructionVerifier(instructions)
    case .code: return try CodeVerifier(code)
    case .command: return try CommandVerifier(command, threshold: threshold)
    case .http: return try HTTPVerifier(http, threshold: threshold)
    case .rewardModel:
      throw .setting(
        key: "reward.verifier",
        reason: "reward_model grades the tokens of a run or of vapo eval, and nothing else")
    }
  }

  /// What is wrong with the settings that the verifier takes.
  var problems: [SettingsProblem] {
    var rules = Rules()
    switch kind {
    case .code: rules.add("code", code.problems)
    case .command: rules.add("command", command.problems)
    case .http: rules.add("http", http.problems)
    case .auto, .task, .exact, .numeric, .math, .format, .instructions, .rewardModel: break
    }
    return rules.problems
  }

  /// What the verifier looks for, in words.
  var words: String {
    switch kind {
    case .task: "'#' followed by an answer"
    case .auto, .exact, .numeric, .math: extraction.words
    case .format: "<think>…</think> and an answer"
    case .instructions: "what the instructions ask for"
    case .code: "a block of code between ``` and ```"
    case .command: "what '\(command.run.joined(separator: " "))' looks for"
    case .http: "what \(http.url) looks for"
    case .rewardModel: "what \(rewardModel.path) looks for"
    }
  }
}

/// The model that `reward_model` asks.
public struct RewardModelSettings: Codable, Equatable, Sendable {
  /// Its folder, in any of the forms that critics are read in.
  public var path = ""

  /// No model.
  public init() {}
}

/// A verifier whose word counts beside that on the answer.
public struct RewardPart: KeyedSettings, Equatable, Sendable {
  /// What one point of it adds to the score.
  public var weight = 1.0
  /// Which verifier grades, and how.
  public var verifier = VerifierSettings()

  enum CodingKeys: String, CodingKey { case weight }

  /// The defaults.
  public init() {}

  /// Reads the weight and the verifier's settings from one section.
  public init(from decoder: any Decoder) throws {
    weight = try decoder.container(keyedBy: CodingKeys.self).decode(Double.self, forKey: .weight)
    verifier = try VerifierSettings(from: decoder)
  }

  /// Writes the weight and the verifier's settings into one section.
  public func encode(to encoder: any Encoder) throws {
    var section = encoder.container(keyedBy: CodingKeys.self)
    try section.encode(weight, forKey: .weight)
    try verifier.encode(to: encoder)
  }
}
