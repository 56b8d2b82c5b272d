// Where problems come from: files, or a task without end.

public import Records

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
  ///   - truncation: What to do about longer ones.
  ///   - encode: Says what the model reads of a problem.
  /// - Returns: A prompt a problem.
  /// - Throws: `PromptError.tooLong` or `.encoding`.
  public func prompts(
    _ places: Range<Int>, maximumLength: Int, truncation: Truncation = .error,
    encode: (Problem) throws -> PromptEncoding
  ) throws(PromptError) -> [Prompt] {
    var prompts: [Prompt] = []
    for place in places.clamped(to: 0..<(count ?? .max)) {
      prompts.append(
        try problem(at: place).prompt(
          place: place, maximumLength: maximumLength, truncation: truncation, encode: encode))
    }
    return prompts
  }
}
