// The generated tasks by name, and the settings they share.

/// The built-in tasks.
public enum TaskKind: String, Codable, Sendable, CaseIterable {
  /// A walk over a ten by ten board, by labelled moves.
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
  /// The steps of the shortest problems.
  public var minimumSteps = 2
  /// The steps of the longest problems.
  public var maximumSteps = 26
  /// The share of problems whose length is drawn evenly; the others' logarithm is, so that short
  /// problems are many and long ones few.
  public var uniformShare = 0.0
  /// The mistakes of the answers that the warm start imitates.
  public var mistakes = MistakeSettings()

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case name, mistakes
    case minimumSteps = "min_steps"
    case maximumSteps = "max_steps"
    case uniformShare = "uniform_share"
  }

  /// Refuses values that make no sense.
  public func validate() throws(PromptError) {
    let most = name.rules.mostSteps
    guard (1...most).contains(maximumSteps) else {
      throw .setting(
        key: "data.task.max_steps",
        reason: "\(maximumSteps) is not from 1 to \(most), the most that \(name.rawValue) can have")
    }
    guard (1...maximumSteps).contains(minimumSteps) else {
      throw .setting(
        key: "data.task.min_steps",
        reason: "\(minimumSteps) is not from 1 to data.task.max_steps, \(maximumSteps)")
    }
    guard (0...1).contains(uniformShare) else {
      throw .setting(
        key: "data.task.uniform_share", reason: "\(uniformShare) is not a share from 0 to 1")
    }
    try mistakes.validate(in: "data.task.mistakes")
  }

  /// The task.
  ///
  /// - Parameter seed: What the training problems are drawn from. The held-out ones are the same
  ///   for every seed, so that runs can be compared.
  /// - Returns: A task without end.
  /// - Throws: `PromptError.setting`.
  public func makeTask(seed: UInt64) throws(PromptError) -> any ReasoningTask {
    try validate()
    return SerialTask(settings: self, seed: seed)
  }
}
