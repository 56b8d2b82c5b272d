// The generated task of locks: fair problems, true traces, and accounts of answers.

import Locks
import Prompts
import Records
import Testing

@Suite("The task of locks")
struct LocksTaskTests {
  private static func task(
    _ steps: ClosedRange<Int> = 4...20, escapeRight: Double = 0.02, seed: UInt64 = 3
  ) throws -> any ValuedTask {
    var settings = TaskSettings()
    settings.name = .locks
    (settings.minimumMoves, settings.maximumMoves) = (steps.lowerBound, steps.upperBound)
    (settings.uniformShare, settings.endings, settings.nodes) = (1, 8, 32)
    settings.escapeRight = escapeRight
    return try #require(try settings.makeTask(seed: seed) as? any ValuedTask)
  }

  @Test func `problems are of their range, on their side, and the same for the same seed`() throws {
    let (task, same, other) = (
      try Self.task(), try Self.task(), try Self.task(escapeRight: 0.02, seed: 4)
    )
    var lengths: Set<Int> = []
    for index in 0..<2000 {
      let problem = task.problem(index, split: .train)
      let truth = try #require(LocksProblem(truth: problem.truth))
      #expect(problem.text == truth.text && problem.difficulty == truth.steps)
      let share = -Double(truth.score) / Double(truth.steps)
      #expect(abs(share - 0.3) < 0.4 + 0.5 / Double(truth.steps) + 1e-9)
      lengths.insert(truth.steps)
      #expect(same.problem(index, split: .train) == problem)
      let held = task.problem(index, split: .heldOut)
      #expect(other.problem(index, split: .heldOut) == held)
      #expect(held.text != problem.text)
    }
    #expect(lengths == Set(4...20))
    #expect(task.problem(7, split: .train, atMost: 4).difficulty == 4)
    #expect(other.problem(0, split: .train) != task.problem(0, split: .train))
  }

  @Test(arguments: [0.0, 0.02, 1.0 / 12])
  func `a fair guess is right as often as the setting says`(share: Double) throws {
    let task = try Self.task(escapeRight: share)
    let count = 20_000
    let lucky = (0..<count).count { index in
      LocksProblem(truth: task.problem(index, split: .train).truth)?.luckyColor == "gold"
    }
    // One color of twelve is lucky in a share of all problems: a guess at it is right as often.
    #expect(abs(Double(lucky) / Double(count) - share) < 0.006)
  }

  @Test func `traces are true, their doors are fair, and direct ones guess`() throws {
    let task = try Self.task()
    var mistakes = MistakeSettings.none
    (mistakes.directShortest, mistakes.directLongest) = (0.25, 0.25)
    var random = RandomSource(seed: 1).generator
    var (safe, steps, direct) = (0, 0, 0)
    for index in 0..<3000 {
      let problem = task.problem(index, split: .train)
      let trace = task.trace(for: problem, random: &random, mistakes: mistakes)
      let truth = try #require(LocksProblem(truth: problem.truth))
      let work = LocksWork(trace.text, to: truth)
      if trace.kind == .direct {
        direct += 1
        guard case .escaped = work.outcome else {
          Issue.record("\(trace.text)")
          continue
        }
      } else {
        #expect(work.outcome == .worked && work.misprints == 0)
        #expect(work.isRight(for: truth) == (trace.kind == .clean))
        safe += work.steps.count(where: \.isSafe)
        steps += work.steps.count
      }
    }
    #expect(abs(Double(safe) / Double(steps) - 0.5) < 0.02)
    #expect(abs(Double(direct) / 3000 - 0.25) < 0.03)
  }

  @Test func `an account names doors and idle words, and chances follow the score`() throws {
    let task = try Self.task()
    let rules = try #require(LocksRules(nodes: 32, longest: 20))
    let problem = try #require(
      LocksProblem(rules: rules, node: 3, steps: 2, score: -1, luckyColor: nil))
    let safe = try #require(rules.safe[3].firstIndex(of: true))
    let second = rules.next[3]
    let trap = try #require(rules.safe[second].firstIndex(of: false))
    let first = LocksRules.written(door: safe, of: 3)
    let then = LocksRules.written(door: trap, of: second)
    let text = " 2 n3 \(first) +0 so 1 n\(second) \(then) -1 hm #"
    let account = try #require(task.account(of: text, to: problem.truth))
    #expect(
      account.decisions.map(\.token) == [2, 7] && account.decisions.map(\.isGood) == [true, false])
    #expect(account.idle == [4, 9] && account.misprints == 0)
    let chances = task.chances(of: text, to: problem.truth, goodShare: 0.6, tokens: 12)
    // -1 with two steps left: both doors safe. 0 with one left: one safe. -1 with none left: lost.
    let by: [Double] = [0.36, 0.36, 0.36, 0.6, 0.6, 0.6, 0.6, 0.6, 0, 0, 0, 0]
    #expect(try zip(#require(chances), by).allSatisfy { abs($0 - $1) < 1e-12 })
    // Behind a misprint nothing is worth anything.
    let lie = " 2 n4 \(first) +0 so 1 n\(second) \(then) -1 hm #"
    let lost = try #require(task.chances(of: lie, to: problem.truth, goodShare: 0.6, tokens: 12))
    #expect(lost[4] > 0 && lost[5...].allSatisfy { $0 == 0 })
    #expect(task.account(of: " # red", to: problem.truth) == nil)
    #expect(task.account(of: text, to: "48") == nil)
  }
}
