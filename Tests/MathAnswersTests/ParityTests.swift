// Four thousand pairs of answers, graded by math-verify 0.9.0 and labeled by how they were made
// (Tools/goldens/math_answer_goldens.py). Where we differ from math-verify, the pair stands in the
// list of differences with a verdict, or the test fails.

import MathAnswers
import Testing
import TestSupport

@Suite struct ParityTests {
  /// A pair on which we differ from math-verify.
  private struct Difference: Decodable, Hashable {
    let gold: String
    let answer: String
    /// What we say.
    let ours: Bool
    /// Who is right, and why.
    let verdict: String
  }

  @Test func `the verdicts are those of math-verify, or on the list of differences`() throws {
    let pairs = try Golden.decode([LabeledPair].self, from: "math-answers")
    let listed = try Golden.decode([Difference].self, from: "math-answers-differences")
    let graded = Dictionary(
      listed.map { ([$0.gold, $0.answer], $0) }, uniquingKeysWith: { first, _ in first })
    var agreements = 0
    var labeled = 0
    var used: Set<Difference> = []
    var falsePositives: [String] = []
    var work: [Int] = []
    for pair in pairs {
      let gold = try MathAnswer(parsing: pair.gold)
      var isEqual = false
      if let answer = try? MathAnswer(parsing: pair.answer) {
        let (verdict, fuel) = gold.comparison(with: answer)
        isEqual = verdict.isEqual
        work.append(fuel + gold.fuelUsed + answer.fuelUsed)
      }
      if isEqual == pair.label { labeled += 1 }
      if isEqual, !pair.label { falsePositives.append("\(pair.gold) | \(pair.answer)") }
      if isEqual == pair.verdict {
        agreements += 1
      } else if let difference = graded[[pair.gold, pair.answer]], difference.ours == isEqual {
        used.insert(difference)
        #expect(difference.verdict.count > 20, "no verdict: \(pair.gold) | \(pair.answer)")
      } else {
        Issue.record("not on the list: \(pair.gold) | \(pair.answer), ours \(isEqual)")
      }
    }
    let percent = { (count: Int) in Double(count) / Double(pairs.count) * 100 }
    print(
      "math answers: \(pairs.count) pairs, math-verify agrees on \(percent(agreements))%, the labels",
      "on \(percent(labeled))%, \(used.count) differences, most work \(work.max() ?? 0)")
    #expect(pairs.count >= 2_000)
    #expect(percent(agreements) >= 99)
    #expect(percent(labeled) >= 99.9)
    #expect(falsePositives.isEmpty, "\(falsePositives)")
    #expect(used.count == listed.count, "differences on the list that are none")
    // Far below the limit: ordinary answers never come near it.
    #expect((work.max() ?? 0) < Limits.fuel / 25)
  }
}
