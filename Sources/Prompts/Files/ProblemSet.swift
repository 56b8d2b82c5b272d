// What was read from files, and everything worth saying about it before training starts.

/// The problems of one or more files.
public struct ProblemSet: Equatable, Sendable {
  /// How the columns were found.
  public enum Schema: String, Sendable {
    /// Columns of text.
    case plain
    /// verl's: the prompt as a list of messages, the answer in `reward_model.ground_truth`.
    case verl
  }

  /// A line that was left out.
  public struct BadLine: Equatable, Sendable {
    /// The file.
    public var file: String
    /// The line, from 1.
    public var number: Int
    /// Why.
    public var reason: String
  }

  /// The problems, in the files' order.
  public var problems: [Problem] = []
  /// Lines that are not blank.
  public var rows = 0
  /// Lines that were left out as unusable.
  public var skipped = 0
  /// The first few of them.
  public var badLines: [BadLine] = []
  /// Problems that occurred before with the same answer, whether or not they were left out.
  public var duplicates = 0
  /// Problems left out for their length.
  public var overlong = 0
  /// How the columns of the first usable line were found.
  public var schema = Schema.plain
  /// A hash of the files' bytes with the number of rows.
  public var fingerprint = ""

  /// An empty set.
  public init() {}

  /// How many problems each source has, in the order the sources first occur.
  public var sources: [(name: String, count: Int)] {
    var counts: [(name: String, count: Int)] = []
    var places: [String: Int] = [:]
    for problem in problems {
      if let place = places[problem.source] {
        counts[place].count += 1
      } else {
        places[problem.source] = counts.count
        counts.append((problem.source, 1))
      }
    }
    return counts
  }

  /// One line about it all, for the console.
  public var summary: String {
    var parts = ["\(problems.count) problems from \(rows) rows"]
    if schema == .verl { parts.append("verl's columns") }
    if skipped > 0 { parts.append("\(skipped) unusable lines skipped") }
    if duplicates > 0 { parts.append("\(duplicates) duplicates") }
    if overlong > 0 { parts.append("\(overlong) too long, left out") }
    let sources = sources.prefix(8).map { "\($0.name): \($0.count)" }.joined(separator: ", ")
    return parts.joined(separator: ", ") + " (" + sources + ")"
  }

  /// Leaves out the problems whose prompts are longer than `limit` tokens, and counts them.
  ///
  /// - Throws: `PromptError.encoding`, and `PromptError.noProblems` if none is left.
  public mutating func removePrompts(
    longerThan limit: Int, encode: (String) throws -> [Int]
  ) throws(PromptError) {
    var kept: [Problem] = []
    for problem in problems where try problem.tokens(encode).count <= limit {
      kept.append(problem)
    }
    guard !kept.isEmpty else {
      throw .noProblems(files: ["the data"], reason: "every prompt is longer than \(limit) tokens")
    }
    overlong += problems.count - kept.count
    problems = kept
  }
}
