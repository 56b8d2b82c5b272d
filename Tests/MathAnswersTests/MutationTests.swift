// The golden pairs with a few scalars deleted, doubled, exchanged or inserted: nothing stops the
// program, and what is still equal to its gold answer is so for a reason that can be checked.

import MathAnswers
import Testing
import TestSupport

@Suite struct MutationTests {
  private struct Pair: Decodable {
    let gold: String
    let answer: String

    init(from decoder: any Decoder) throws {
      var fields = try decoder.unkeyedContainer()
      _ = try fields.decode(String.self)
      gold = try fields.decode(String.self)
      answer = try fields.decode(String.self)
    }
  }

  private struct Numbers {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
  }

  private static func mutated(_ text: String, _ numbers: inout Numbers) -> String {
    var scalars = Array(text.unicodeScalars)
    for _ in 0...numbers.below(3) where !scalars.isEmpty {
      let place = numbers.below(scalars.count)
      switch numbers.below(3) {
      case 0: scalars.remove(at: place)
      case 1: scalars.insert(scalars[numbers.below(scalars.count)], at: place)
      default: scalars.swapAt(place, numbers.below(scalars.count))
      }
    }
    var result = String.UnicodeScalarView()
    result.append(contentsOf: scalars)
    return String(result)
  }

  @Test func `mutated answers are read or refused, within the limits`() throws {
    let pairs = try Golden.decode([Pair].self, from: "math-answers")
    var numbers = Numbers(state: 20_250_411)
    var counts = (read: 0, equal: 0)
    for _ in 0..<6_000 {
      let pair = pairs[numbers.below(pairs.count)]
      let text = Self.mutated(pair.answer, &numbers)
      let gold = try MathAnswer(parsing: pair.gold)
      guard let answer = try? MathAnswer(parsing: text) else { continue }
      let (verdict, fuel) = gold.comparison(with: answer)
      #expect(fuel <= Limits.fuel)
      counts.read += 1
      if verdict.isEqual { counts.equal += 1 }
    }
    print("math answers: 6000 mutated, \(counts.read) read, \(counts.equal) equal")
    #expect(counts.read > 1_000)
    #expect(counts.equal < counts.read / 4)
  }

  /// A digit changed in an answer that is one integer or fraction changes its value.
  @Test func `another digit is another number`() throws {
    var numbers = Numbers(state: 7)
    for _ in 0..<1_000 {
      let (above, below) = (numbers.below(9_000) + 1_000, numbers.below(90) + 10)
      let texts = [
        "\(above)", "\\frac{\(above)}{\(below)}", "-\(above)/\(below)", "\(above)\\sqrt{2}",
      ]
      let text = texts[numbers.below(texts.count)]
      let digit = String(above)
      let next = String((above + 1 + numbers.below(8)))
      #expect(try verdict(text, text.replacing(digit, with: next)) == .different, "\(text) \(next)")
      #expect(try verdict(text, text) == .equal)
    }
  }
}
