// The generated tasks by name, and the settings they share.

import Locks
public import Records

/// The built-in tasks.
public enum TaskKind: String, Codable, Sendable, CaseIterable {
  /// A walk over a ten by ten board, by labeled moves.
  case walk
  /// A chain of additions and subtractions modulo ten.
  case arithmetic
  /// A corridor of nodes with four doors each, two of them safe by a hidden table: long, of many small
  /// decisions that are independent of each other, and with a value that can be worked out.
  case locks

  /// Every character of the serial tasks, in a stable order: the vocabulary of the default tokenizer.
  public static var alphabet: [Character] {
    var alphabet: [Character] = []
    for rules in allCases.compactMap(\.chain) {
      alphabet += SerialTask.alphabet(of: rules).filter { !alphabet.contains($0) }
    }
    return alphabet
  }

  /// The rules of a task that is one serial computation; nil for another.
  var chain: (any ChainRules)? {
    switch self {
    case .walk: WalkRules()
    case .arithmetic: ArithmeticRules()
    case .locks: nil
    }
  }

  /// The most moves of a problem, the most laps, and the signs or words that may end a step.
  private var limits: (moves: Int, laps: Int, endings: Int) {
    guard let chain else { return (LocksRules.mostSteps, 1, LocksRules.words.count) }
    return (chain.mostMoves, chain.mostLaps, chain.endings.count)
  }

  func complaints(about settings: TaskSettings, _ rules: inout Rules) {
    for (key, value, most) in [
      ("max_moves", settings.maximumMoves, limits.moves),
      ("max_laps", settings.maximumLaps, limits.laps),
      ("endings", settings.endings, limits.endings),
    ] {
      rules.require(
        1 <= value && value <= most, key,
        "\(value) is not from 1 to \(most), the most that \(rawValue) can have")
    }
  }
}

/// What a model of a task has for tokens.
public enum TaskVocabulary: Equatable, Sendable {
  /// One token a character.
  case characters([Character])
  /// One token a word, the space before it included.
  case words([String])
}

/// Which generated task, and how hard.
public struct TaskSettings: Codable, Equatable, Sendable {
  /// Which task.
  public var name = TaskKind.walk
  /// The fewest moves that a problem lists; for `locks`, the fewest steps that it asks for.
  public var minimumMoves = 2
  /// The most moves that a problem lists; for `locks`, the most steps that it asks for.
  public var maximumMoves = 6
  /// The most often that the list is to be done.
  public var maximumLaps = 1
  /// The share of problems whose moves and laps are drawn evenly; the others' logarithms are, so
  /// that short problems are many and long ones few.
  public var uniformShare = 0.0
  /// How many signs, or words, may end a step.
  ///
  /// Which of them does means nothing: it is there to be noise, as the choice of words is in a text.
  public var endings = 1
  /// The nodes of `locks`, each a context of its own to learn.
  public var nodes = 128
  /// The share of problems of `locks` in which a fair guess at a color is right; at most 1/12, where
  /// every problem has one lucky color of twelve.
  public var escapeRight = 0.02
  /// The mistakes of the answers that the warm start imitates.
  public var mistakes = MistakeSettings()

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case name, endings, nodes, mistakes
    case escapeRight = "escape_right"
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
    name.complaints(about: self, &rules)
    rules.require(
      2...LocksRules.mostNodes ~= nodes, "nodes",
      "\(nodes) is not from 2 to \(LocksRules.mostNodes)")
    let fairest = 1 / Double(LocksRules.colors.count)
    rules.require(
      (0...(fairest + 1e-3)).contains(escapeRight), "escape_right",
      "\(escapeRight) is not from 0 to 1/\(LocksRules.colors.count), what a fair guess can be right in"
    )
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
    if let chain = name.chain { return SerialTask(settings: self, seed: seed, rules: chain) }
    guard let rules = LocksRules(nodes: nodes, longest: maximumMoves) else {
      throw .setting(key: "data.task", reason: "\(nodes) nodes, \(maximumMoves) moves")
    }
    return LocksTask(settings: self, seed: seed, rules: rules)
  }

  /// What a model that starts at random has for tokens.
  public var vocabulary: TaskVocabulary {
    guard name == .locks, let rules = LocksRules(nodes: nodes, longest: maximumMoves) else {
      return .characters(TaskKind.alphabet)
    }
    return .words(rules.vocabulary)
  }
}
