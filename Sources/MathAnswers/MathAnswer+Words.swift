// What answers in words mean: sets that have names, numbers up to twelve. And which answers are
// equal to more than can be right.

extension MathAnswer {
  /// What a phrase says.
  static func said(by words: [String]) -> Expression? {
    let phrase = words.joined(separator: " ").lowercased()
    if let number = numbers.firstIndex(of: phrase) { return .number(number) }
    if reals.contains(phrase) { return .reals }
    return nothing.contains(phrase) ? .sequence(.curly, []) : nil
  }

  private static let numbers = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
  ]

  private static let reals: Set<String> = [
    "all real numbers", "all reals", "all real", "real numbers", "the real numbers",
    "the set of real numbers", "the set of all real numbers", "any real number",
    "every real number", "all real values",
  ]

  private static let nothing: Set<String> = [
    "no solution", "no solutions", "no real solution", "no real solutions", "empty set",
    "the empty set", "there is no solution", "there are no solutions", "does not exist",
  ]

  /// Why more answers are equal to it than can be right, or nothing.
  package var looseness: String? {
    guard let expression else { return nil }
    if case .symbol(let name) = expression, name.count == 1, ("f"..."z").contains(name) {
      return "the answer is the letter '\(name)' alone"
    }
    let algebra = Algebra()
    guard let value = try? Evaluator(algebra).value(of: expression) else { return nil }
    switch value {
    case .relation(let sides, let signs, _) where signs.allSatisfy({ $0 == .equal }):
      let unknowns = sides.flatMap { $0.quotient.map { Array($0.generators) } ?? [] }
      let areNumbers = sides.allSatisfy { $0.quotient != nil }
      return areNumbers && !unknowns.contains(where: algebra.isUnknown)
        ? "the answer is an equation of numbers, which says nothing of an unknown" : nil
    case .relation, .system, .region, .interval:
      let comparison = Comparison(algebra: algebra)
      guard let holds = try? comparison.whatHolds(value) else { return nil }
      return holds ? "the answer is a condition that always holds" : "no number is in the answer"
    default: return nil
    }
  }
}
