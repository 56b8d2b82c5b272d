// Four thousand pairs of the kinds that graders miss, labeled by how they were made
// (Tools/goldens/math_kind_cases.py). None may differ from its label.

import MathAnswers
import Testing
import TestSupport

@Suite struct KindTests {
  @Test func `every verdict is the label`() throws {
    let pairs = try Golden.decode([LabeledPair].self, from: "math-answers-kinds")
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
    #expect(pairs.count >= 4_000)
    #expect(kinds.count == 15)
  }

  @Test func `a text that is cut off anywhere is read or refused`() throws {
    let pairs = try Golden.decode([LabeledPair].self, from: "math-answers-kinds")
    let texts = Set(pairs.flatMap { [$0.gold, $0.answer] }).sorted()
    let gold = try MathAnswer(parsing: "5")
    for text in texts.enumerated().filter({ $0.offset % 3 == 0 }).map(\.element) {
      for end in text.unicodeScalars.indices {
        for part in [String(text[..<end]), String(text[end...]), "5" + text[end...]] {
          // A trap would end the whole test; 5 itself may come out of it.
          guard let answer = try? MathAnswer(parsing: part) else { continue }
          _ = gold.isEquivalent(to: answer)
        }
      }
    }
  }
}
