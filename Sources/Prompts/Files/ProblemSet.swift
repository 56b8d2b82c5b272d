// What was read from files, and everything worth saying about it before training starts.

/// The problems of one or more files.
public struct ProblemSet: Equatable, Sendable {
  /// What was found out about a file.
  public struct File: Equatable, Sendable {
    /// The file.
    public var file: String
    /// Its format, and what of it is known at once.
    public var format: String
    /// How its columns are read.
    public var plan: ColumnPlan
  }

  /// A row that was left out, or something about one that is worth a remark.
  public struct BadLine: Equatable, Sendable, CustomStringConvertible {
    /// The file.
    public var file: String
    /// The line, or the row of a Parquet file, from 1.
    public var number: Int
    /// Why.
    public var reason: String

    /// As compilers spell it.
    public var description: String { "\(file):\(number): \(reason)" }
  }

  /// The problems, in the files' order.
  public var problems: [Problem] = []
  /// What was found out about each file.
  public var files: [File] = []
  /// Rows, blank lines not counted.
  public var rows = 0
  /// Rows that were left out as unusable.
  public var skipped = 0
  /// The first few of them.
  public var badLines: [BadLine] = []
  /// What is unusual about the files and no harm.
  public var remarks: [BadLine] = []
  /// Problems that occurred before with the same answer, whether or not they were left out.
  public var duplicates = 0
  /// What kinds of values the right answers are.
  public var labelKinds: [LabelKind: Int] = [:]
  /// The prompts' lengths in tokens, known after `measure`; those left out or cut count in full.
  public var tokens: Lengths?
  /// Problems left out for their length.
  public var overlong = 0
  /// Problems too long and cut.
  public var truncated = 0
  /// Problems that spell out control tokens, which are read as plain text.
  public var neutralized = 0
  /// A hash of the files' bytes with the number of rows.
  public var fingerprint = ""

  /// An empty set.
  public init() {}

  /// How the columns of the first file were found.
  public var schema: ProblemSchema { files.first?.plan.schema ?? .plain }

  /// Whether the right answers are instructions with their arguments.
  public var holdsInstructions: Bool { labelKinds[.instructions, default: 0] * 2 > problems.count }

  /// The problems' lengths in characters, as plain text.
  public var characters: Lengths { Lengths(problems.map(\.text.unicodeScalars.count)) }

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
    var schemas: [ProblemSchema] = []
    for schema in files.map(\.plan.schema) where !schemas.contains(schema) {
      schemas.append(schema)
    }
    parts += schemas.filter { $0 != .plain && $0 != .mapped }.map(\.words)
    if skipped > 0 { parts.append("\(skipped) unusable rows skipped") }
    if duplicates > 0 { parts.append("\(duplicates) duplicates") }
    if overlong > 0 { parts.append("\(overlong) too long, left out") }
    if truncated > 0 { parts.append("\(truncated) too long, cut") }
    if neutralized > 0 { parts.append("\(neutralized) with control tokens read as text") }
    let sources = sources.prefix(8).map { "\($0.name): \($0.count)" }.joined(separator: ", ")
    return parts.joined(separator: ", ") + " (" + sources + ")"
  }

  /// How many of the rows left out are kept with their reasons.
  private static let badLinesKept = 20

  mutating func skip(_ bad: BadLine) {
    skipped += 1
    if badLines.count < Self.badLinesKept { badLines.append(bad) }
  }

  /// Keeps the first problems only.
  ///
  /// - Parameter count: How many; 0 and less keep all.
  public mutating func keep(first count: Int) {
    guard count > 0, count < problems.count else { return }
    problems.removeLast(problems.count - count)
  }

  /// Makes a prompt of every problem, once, so that what is wrong shows before training: counts
  /// lengths and control tokens, and leaves out what is too long where the settings say so.
  ///
  /// - Parameters:
  ///   - settings: The longest prompt, and what to do about longer ones.
  ///   - encode: Says what the model reads of a problem.
  /// - Throws: `PromptError.encoding`, `.tooLong` for the first prompt that may not be as long, and
  ///   `.noProblems` if none is left.
  public mutating func measure(
    _ settings: DataSettings, encode: (Problem) throws -> PromptEncoding
  ) throws(PromptError) {
    let limit = settings.maximumPromptLength
    var kept: [Problem] = []
    var lengths: [Int] = []
    for problem in problems {
      let encoding = try problem.encoding(encode)
      lengths.append(encoding.tokens.count)
      if encoding.tokens.count > limit {
        if settings.filterOverlongPrompts {
          overlong += 1
          continue
        }
        guard settings.truncation != .error else {
          throw .tooLong(id: problem.id, tokens: encoding.tokens.count, limit: limit)
        }
        truncated += 1
      }
      if encoding.neutralized > 0 { neutralized += 1 }
      kept.append(problem)
    }
    guard !kept.isEmpty else {
      throw .noProblems(files: ["the data"], reason: "every prompt is longer than \(limit) tokens")
    }
    problems = kept
    tokens = Lengths(lengths)
  }
}

/// How long some things are.
public struct Lengths: Equatable, Sendable, CustomStringConvertible {
  /// The sum of all.
  public var total: Int
  /// The shortest.
  public var shortest: Int
  /// Half of all are at most as long.
  public var median: Int
  /// Nine in ten are at most as long.
  public var ninth: Int
  /// The longest.
  public var longest: Int

  /// Takes the lengths; all are 0 where there are none.
  public init(_ lengths: [Int]) {
    let sorted = lengths.sorted()
    func quantile(_ tenths: Int) -> Int {
      sorted.isEmpty ? 0 : sorted[max(0, (sorted.count * tenths + 9) / 10 - 1)]
    }
    total = sorted.reduce(0, +)
    shortest = sorted.first ?? 0
    median = quantile(5)
    ninth = quantile(9)
    longest = sorted.last ?? 0
  }

  /// In a few words.
  public var description: String {
    "\(shortest) to \(longest), half of them up to \(median), nine in ten up to \(ninth)"
  }
}
