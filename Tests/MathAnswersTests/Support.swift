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
