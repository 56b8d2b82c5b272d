// Answers too large to be worked out: equal where they are written alike, power by power.

extension Expression {
  /// Whether two expressions are built alike of parts that are equal: 7^{7^7} and 7^{823543}.
  func isLike(_ other: Expression, evaluator: Evaluator) -> Bool {
    if self == other { return true }
    switch (self, other) {
    case (.power(let base, let exponent), .power(let otherBase, let otherExponent)):
      return base.isSame(as: otherBase, evaluator) && exponent.isSame(as: otherExponent, evaluator)
    case (.quotient(let above, let below), .quotient(let otherAbove, let otherBelow)):
      return above.isSame(as: otherAbove, evaluator) && below.isSame(as: otherBelow, evaluator)
    case (.product(let parts), .product(let others)), (.sum(let parts), .sum(let others)):
      return parts.count == others.count
        && zip(parts, others).allSatisfy { $0.isSame(as: $1, evaluator) }
    case (.function(let function, let parts), .function(let otherFunction, let others)):
      return function == otherFunction && parts.count == others.count
        && zip(parts, others).allSatisfy { $0.isSame(as: $1, evaluator) }
    default: return false
    }
  }

  private func isSame(as other: Expression, _ evaluator: Evaluator) -> Bool {
    if self == other { return true }
    if let left = try? evaluator.value(of: self), let right = try? evaluator.value(of: other) {
      return (try? Comparison(algebra: evaluator.algebra).compare(left, right)) == .equal
    }
    return isLike(other, evaluator: evaluator)
  }
}
