// The generated tasks by name, and the settings they share.

public import Records

/// The built-in tasks.
public enum TaskKind: String, Codable, Sendable, CaseIterable {
  /// A walk over a ten by ten board, by labeled moves.
  case walk
  /// A chain of additions and subtractions modulo ten.
  case arithmetic

  /// Every character of every built-in task, in a stable order: the vocabulary of the default
  /// tokenizer.
  public static var alphabet: [Character] {
    var alphabet: [Character] = []
    for kind in allCases {
      alphabet += SerialTask.alphabet(of: kind.rules).filter { !alphabet.contains($0) }
    }
    return alphabet
  }

  var rules: any ChainRules {
    switch self {
    case .walk: WalkRules()
    case .arithmetic: ArithmeticRules()
    }
  }
}

/// Which generated task, and how hard.
public struct TaskSettings: Codable, Equatable, Sendable {
  /// Which task.
  public var name = TaskKind.walk
  /// The fewest moves that a problem lists.
  public var minimumMoves = 2
  /// The most moves that a problem lists.
  public var maximumMoves = 6
  /// The most often that the list is to be done.
  public var maximumLaps = 1
  /// The share of problems whose moves and laps are drawn evenly; the others' logarithms are, so
  /// that short problems are many and long ones few.
  public var uniformShare = 0.0
  /// How many signs may end a step.
  ///
  /// Which of them does means nothing: it is there to be noise, as the choice of words is in a text.
  public var endings = 1
  /// The mistakes of the answers that the warm start imitates.
  public var mistakes = MistakeSettings()

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case name, endings, mistakes
    case minimumMoves = "min_moves"
    case maximumMoves = "max_moves"
    case maximumLaps = "max_laps"
    case uniformShare = "uniform_share"
  }

  /// The steps of the longest problems: all moves, in every lap.
  public var maximumSteps: Int { maximumMoves * maximumLaps }

  /// What is wrong with these settings.
  public var problems: [SettingsProblem] {
    var rules = Rules()
    for (key, value, most) in [
      ("max_moves", maximumMoves, name.rules.mostMoves),
      ("max_laps", maximumLaps, name.rules.mostLaps),
      ("endings", endings, name.rules.endings.count),
    ] {
      rules.require(
        1 <= value && value <= most, key,
        "\(value) is not from 1 to \(most), the most that \(name.rawValue) can have")
    }
    rules.require(
      1 <= minimumMoves && minimumMoves <= maximumMoves, "min_moves",
      "\(minimumMoves) is not from 1 to data.task.max_moves, \(maximumMoves)")
    rules.require(
      (0...1).contains(uniformShare), "uniform_share",
      "\(uniformShare) is not a share from 0 to 1")
    rules.add("mistakes", mistakes.problems)
    return rules.problems
  }

  /// The task.
  ///
  /// - Parameter seed: What the training problems are drawn from. The held-out ones are the same
  ///   for every seed, so that runs can be compared.
  /// - Returns: A task without end.
  /// - Throws: `PromptError.setting`.
  public func makeTask(seed: UInt64) throws(PromptError) -> any ReasoningTask {
    if let problem = problems.first {
      throw .setting(key: "data.task.\(problem.key)", reason: problem.message)
    }
    return SerialTask(settings: self, seed: seed)
  }
}
