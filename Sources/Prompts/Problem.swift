// A problem before it is made into tokens, and where problems come from.

public import Records

/// A problem and its right answer.
///
/// Example: `Problem(id: "walk/train/17", source: "walk", text: "37:a^b%=", truth: "83",
/// difficulty: 2)`.
public struct Problem: Codable, Equatable, Sendable {
  /// Stable over runs.
  public var id: String
  /// The data set or task.
  public var source: String
  /// What the model reads.
  public var text: String
  /// The right answer.
  public var truth: String
  /// A task's own measure of how hard it is; 0 when unknown.
  public var difficulty: Int

  /// Puts a problem together.
  public init(id: String, source: String, text: String, truth: String, difficulty: Int = 0) {
    self.id = id
    self.source = source
    self.text = text
    self.truth = truth
    self.difficulty = difficulty
  }
}

/// Which side of a data set.
public enum Split: String, Codable, Sendable, CaseIterable {
  /// What the policy learns from.
  case train
  /// What it is only measured on.
  case heldOut = "held_out"
}

/// Where problems come from.
public enum ProblemSource: Sendable {
  /// The problems of files.
  case listed(ProblemSet)
  /// A generated task, without end.
  case generated(any ReasoningTask, Split)

  /// The number of problems; nothing for a task.
  public var count: Int? {
    switch self {
    case .listed(let set): set.problems.count
    case .generated: nil
    }
  }

  /// Says in a few characters which problems these are; a checkpoint stores it, so that a run is
  /// not resumed on other data unnoticed.
  public var fingerprint: String {
    switch self {
    case .listed(let set): set.fingerprint
    case .generated(let task, let split): "\(task.fingerprint)/\(split.rawValue)"
    }
  }

  /// The problem at a place, in the data's own order.
  public func problem(at place: Int) -> Problem {
    switch self {
    case .listed(let set): set.problems[place]
    case .generated(let task, let split): task.problem(place, split: split)
    }
  }

  /// Prompts in the data's own order, for evaluation.
  ///
  /// - Parameters:
  ///   - places: Which problems; what lies beyond the end of a list is left out.
  ///   - maximumLength: The longest prompt, in tokens.
  ///   - encode: Text to token ids.
  /// - Returns: A prompt a problem.
  /// - Throws: `PromptError.tooLong` or `.encoding`.
  public func prompts(
    _ places: Range<Int>, maximumLength: Int, encode: (String) throws -> [Int]
  ) throws(PromptError) -> [Prompt] {
    var prompts: [Prompt] = []
    for place in places.clamped(to: 0..<(count ?? .max)) {
      prompts.append(
        try problem(at: place).prompt(
          place: place, maximumLength: maximumLength, encode: encode))
    }
    return prompts
  }
}

extension Problem {
  /// The problem as token ids.
  func prompt(
    place: Int, maximumLength: Int, encode: (String) throws -> [Int]
  ) throws(PromptError) -> Prompt {
    let tokens = try tokens(encode)
    guard tokens.count <= maximumLength else {
      throw .tooLong(id: id, tokens: tokens.count, limit: maximumLength)
    }
    return Prompt(
      id: id, place: place, source: source, text: text, tokens: tokens, truth: truth,
      difficulty: difficulty)
  }

  func tokens(_ encode: (String) throws -> [Int]) throws(PromptError) -> [Int] {
    do { return try encode(text) } catch { throw .encoding(id: id, reason: "\(error)") }
  }
}
