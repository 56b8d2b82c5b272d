// The task of locks against a second account of its rules, made of words and of whole enumerations.

import Locks
import Records
import Testing

@Suite("Locks")
struct LocksTests {
  private static func rules(_ nodes: Int = 16, _ longest: Int = 20) throws -> LocksRules {
    try #require(LocksRules(nodes: nodes, longest: longest))
  }

  private static func problem(
    steps: Int = 3, score: Int = -1, color: String? = "teal"
  ) throws -> LocksProblem {
    try #require(
      LocksProblem(rules: rules(), node: 5, steps: steps, score: score, luckyColor: color))
  }

  /// An answer whose doors are safe where `pattern` has a `+`.
  private static func answer(_ problem: LocksProblem, _ pattern: String) throws -> [String] {
    var (node, score) = (problem.node, problem.score)
    var words: [String] = []
    for (step, sign) in pattern.enumerated() {
      let door = try #require(problem.rules.safe[node].firstIndex(of: sign == "+"))
      score += sign == "+" ? 1 : -1
      words += [
        "\(problem.steps - step)", "n\(node)", "\(node)\(LocksRules.doors[door])",
        score < 0 ? "\(score)" : "+\(score)", "so",
      ]
      node = problem.rules.next[node]
    }
    return words + ["#"]
  }

  private static func isRight(_ words: [String], _ problem: LocksProblem) -> Bool {
    LocksWork(words.joined(separator: " "), to: problem).isRight(for: problem)
  }

  @Test func `nodes are one round, two of four doors are safe, and the table is always the same`()
    throws
  {
    for nodes in [2, 16, 128, 256] {
      let rules = try Self.rules(nodes)
      var (node, seen) = (0, Set<Int>())
      while seen.insert(node).inserted { node = rules.next[node] }
      #expect(node == 0 && seen.count == nodes)
      #expect(rules.safe.allSatisfy { $0.count == 4 && $0.count { $0 } == 2 })
      // No letter is better than another.
      let counts = (0..<4).map { door in rules.safe.count { $0[door] } }
      #expect(counts.allSatisfy { $0 == nodes / 2 }, "\(nodes): \(counts)")
      #expect(try rules == Self.rules(nodes))
      #expect(Set(rules.vocabulary).count == rules.vocabulary.count)
    }
    #expect(LocksRules(nodes: 1, longest: 5) == nil && LocksRules(nodes: 5, longest: 0) == nil)
    #expect(LocksRules(nodes: 257, longest: 5) == nil && LocksRules(nodes: 5, longest: 401) == nil)
  }

  @Test func `a problem is its truth`() throws {
    let problem = try Self.problem()
    #expect(problem.text == " n5 3 -1 =" && problem.truth == "locks 16 20 n5 3 -1 teal")
    #expect(LocksProblem(truth: problem.truth) == problem)
    #expect(
      try LocksProblem(truth: "locks 16 20 n5 3 +0 none") == Self.problem(score: 0, color: nil))
    for text in [
      "", "48", "locks", "locks 16 20 n5 3 -1", "locks 16 20 n5 3 -1 mauve",
      "locks 16 20 n16 3 -1 red",
      "locks 16 20 n5 21 -1 red", "locks 16 20 n5 0 -1 red", "locks 16 20 n5 3 -21 red",
      "locks 16 20 n5 3 13 red", "locks 9999999999999999999 20 n5 3 1 red", "locks 16 20 5 3 1 red",
      "locks 1 20 n0 3 1 red", "locks 16 401 n0 3 1 red", "locks 16 20 n5 3 -1 red ",
    ] { #expect(LocksProblem(truth: text) == nil, "\(text)") }
  }

  @Test(arguments: ["+++", "++-", "+-+", "-++", "--+", "+--", "-+-", "---"])
  func `right is who ends with a score of at least zero`(pattern: String) throws {
    // -1 to start with: two safe doors of three are enough.
    let problem = try Self.problem()
    let words = try Self.answer(problem, pattern)
    #expect(Self.isRight(words, problem) == (pattern.count { $0 == "+" } >= 2))
    let work = LocksWork(words.joined(separator: " "), to: problem)
    #expect(work.outcome == .worked && work.misprints == 0)
    #expect(work.steps.map(\.isSafe) == pattern.map { $0 == "+" })
    #expect(work.steps.map(\.left) == [2, 1, 0])
  }

  @Test func `every word but the idle ones counts`() throws {
    let problem = try Self.problem()
    let words = try Self.answer(problem, "+++")
    for place in words.indices.dropLast() {
      var spoiled = words
      spoiled[place] = place % 5 == 4 ? "um" : place % 5 == 2 ? "x" : "7"
      #expect(Self.isRight(spoiled, problem) == (place % 5 == 4), "\(spoiled)")
    }
    // The score that is lied about is one misprint where it is written, and no more.
    // A door of another node is one that is not there.
    var elsewhere = words
    elsewhere[2] = "4" + String(words[2].last ?? "?")
    #expect(LocksWork(elsewhere.joined(separator: " "), to: problem).misprints == 1)
    #expect(!Self.isRight(elsewhere, problem))
    var lie = words
    lie[3] = "+9"
    #expect(LocksWork(lie.joined(separator: " "), to: problem).misprints == 1)
  }

  @Test(arguments: [
    ([], "ends in step 1"), (["#"], "# and 0 words"), (["#", "teal", "#"], "# and 2 words"),
    (["3", "n5", "5a"], "ends in step 1"), (["3", "n5", "5e", "+0", "so"], "step 1 is none"),
    (["3", "n5", "a", "+0", "so"], "step 1 is none"),
    (["3", "n5", "05a", "+0", "so"], "step 1 is none"),
    (["3", "n5", "16a", "+0", "so"], "step 1 is none"),
    (["3", "n5", "-5a", "+0", "so"], "step 1 is none"),
  ])
  func `what is no answer is told why`(words: [String], reason: String) throws {
    let work = try LocksWork(words.joined(separator: " "), to: Self.problem())
    guard case .broken(let why) = work.outcome else {
      Issue.record("\(work.outcome)")
      return
    }
    #expect(why.contains(reason), "\(why)")
  }

  @Test func `an answer with more or less than its end is broken, and keeps its steps`() throws {
    let problem = try Self.problem()
    let words = try Self.answer(problem, "+++")
    for other in [words + ["#"], words.dropLast(), words + ["4"], Array(words.dropLast(2))] {
      #expect(!Self.isRight(Array(other), problem))
      let work = LocksWork(other.joined(separator: " "), to: problem)
      #expect(work.steps.count == 3 - (other.count < 15 ? 1 : 0))
    }
  }

  @Test func `an escape is right in its one color`() throws {
    for color in LocksRules.colors {
      #expect(try Self.isRight(["#", color], Self.problem()) == (color == "teal"))
      #expect(try !Self.isRight(["#", color], Self.problem(color: nil)))
    }
  }

  @Test(arguments: [0.0, 0.3, 0.5, 0.8, 1.0])
  func `the value of a state is the share of all courses that end right`(share: Double) throws {
    let rules = try Self.rules(16, 11)
    let values = LocksValues(rules, safeShare: share)
    for left in [0, 1, 2, 5, 11] {
      for score in [-11, -10, -6, -5, -1, 0, 1, 7, 11, 12] {
        var chance = 0.0
        for course in 0..<(1 << left) {
          var (now, weight) = (score, 1.0)
          for step in 0..<left {
            let isSafe = course >> step & 1 == 1
            now = Swift.min(Swift.max(now + (isSafe ? 1 : -1), -11), 12)
            weight *= isSafe ? share : 1 - share
          }
          if now >= 0 { chance += weight }
        }
        #expect(abs(values[left, score] - chance) < 1e-12, "\(left) \(score)")
      }
    }
  }
}
