// A response to a problem of locks, read word by word.

/// What a response did.
public struct LocksWork: Equatable, Sendable {
  /// One step, as far as its door is one.
  public struct Step: Equatable, Sendable {
    /// Whether the door is safe.
    public var isSafe: Bool
    /// Whether steps left, node, the door's node and score are written as they are.
    public var isTrue: Bool
    /// The steps left after it.
    public var left: Int
    /// The score after it, by the table, whatever was written.
    public var score: Int
  }

  /// How it went.
  public enum Outcome: Equatable, Sendable {
    /// All steps, and the end.
    case worked
    /// A guess at a color.
    case escaped(String)
    /// No whole answer, and why.
    case broken(String)
  }

  /// The steps from the first, up to where the response stops being an answer.
  public private(set) var steps: [Step] = []
  /// How it went.
  public private(set) var outcome: Outcome

  /// Reads a response.
  ///
  /// - Parameters:
  ///   - response: any text; the work grows with its length.
  ///   - problem: what it answers.
  public init(_ response: String, to problem: LocksProblem) {
    outcome = .broken("")
    let words = response.split(separator: " ")
    if words.first == "#" {
      outcome =
        words.count == 2 ? .escaped(String(words[1])) : .broken("# and \(words.count - 1) words")
      return
    }
    let rules = problem.rules
    var (node, score) = (problem.node, problem.score)
    for step in 0..<problem.steps {
      let start = step * LocksRules.stepLength
      guard words.count >= start + LocksRules.stepLength else {
        outcome = .broken("it ends in step \(step + 1) of \(problem.steps)")
        return
      }
      let written = words[start..<(start + LocksRules.stepLength)]
      guard let door = rules.door(written[start + 2]),
        LocksRules.words.contains(String(written[start + 4]))
      else {
        outcome = .broken("step \(step + 1) is none: \(written.joined(separator: " "))")
        return
      }
      let isSafe = rules.safe[node][door.door]
      score = rules.score(score, after: isSafe)
      let left = problem.steps - step
      let isTrue =
        written[start] == "\(left)" && written[start + 1] == "n\(node)" && door.node == node
        && written[start + 3] == LocksRules.written(score)
      steps.append(Step(isSafe: isSafe, isTrue: isTrue, left: left - 1, score: score))
      node = rules.next[node]
    }
    let rest = words[(problem.steps * LocksRules.stepLength)...]
    outcome = rest == ["#"] ? .worked : .broken("no # follows the last step, or more than that")
  }

  /// The steps in which something is written that is not so.
  public var misprints: Int { steps.count { !$0.isTrue } }

  /// Whether it is right.
  ///
  /// - Parameter problem: what it answers.
  /// - Returns: true where all is true and the last score is at least 0, or the color is the lucky one.
  public func isRight(for problem: LocksProblem) -> Bool {
    switch outcome {
    case .worked: misprints == 0 && (steps.last?.score ?? problem.score) >= 0
    case .escaped(let color): color == problem.luckyColor
    case .broken: false
    }
  }
}
