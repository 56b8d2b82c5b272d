// What the suites of this room share.

import MathAnswers

/// What an answer is to a gold answer; an answer that cannot be read is not equal to anything.
func verdict(_ gold: String, _ answer: String) throws -> Equivalence {
  let gold = try MathAnswer(parsing: gold)
  do {
    return gold.isEquivalent(to: try MathAnswer(parsing: answer))
  } catch {
    return .different
  }
}

/// Whether reading a text fails, and how: the name of the error's case.
func failure(_ text: String) -> String {
  do {
    _ = try MathAnswer(parsing: text)
    return "none"
  } catch {
    switch error {
    case .empty: return "empty"
    case .unparsable: return "unparsable"
    case .tooLarge: return "too large"
    case .undefined: return "undefined"
    }
  }
}

/// A pair of answers.
struct LabeledPair: Decodable, Hashable {
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
