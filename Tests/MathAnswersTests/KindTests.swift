// Two thousand pairs of the kinds that graders miss, labeled by how they were made
// (Tools/goldens/math_kind_cases.py). None may differ from its label.

import MathAnswers
import Testing
import TestSupport

@Suite struct KindTests {
  /// A pair of answers.
  private struct Pair: Decodable {
    let kind: String
    let gold: String
    let answer: String
    /// Whether they are the same, by construction.
    let label: Bool
    /// Whether math-verify takes them for the same.
    let verdict: Bool

    init(from decoder: any Decoder) throws {
      var fields = try decoder.unkeyedContainer()
      kind = try fields.decode(String.self)
      gold = try fields.decode(String.self)
      answer = try fields.decode(String.self)
      label = try fields.decode(Int.self) == 1
      verdict = try fields.decode(Int.self) == 1
    }
  }

  @Test func `every verdict is the label`() throws {
    let pairs = try Golden.decode([Pair].self, from: "math-answers-kinds")
    var kinds: [String: (count: Int, verified: Int)] = [:]
    for pair in pairs {
      let gold = try MathAnswer(parsing: pair.gold)
      let isEqual = (try? MathAnswer(parsing: pair.answer)).map {
        gold.isEquivalent(to: $0).isEqual
      }
      #expect(
        (isEqual ?? false) == pair.label, "\(pair.kind): \(pair.gold) | \(pair.answer)")
      var kind = kinds[pair.kind] ?? (0, 0)
      kind.count += 1
      kind.verified += pair.verdict == pair.label ? 1 : 0
      kinds[pair.kind] = kind
    }
    for (kind, counts) in kinds.sorted(by: { $0.key < $1.key }) {
      print("\(kind): \(counts.count) pairs, math-verify says the label of \(counts.verified)")
    }
    #expect(pairs.count >= 1_500)
    #expect(kinds.count == 9)
  }
}
