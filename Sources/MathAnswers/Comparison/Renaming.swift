// Letters that stand for any number of a kind: the C of an integral, the k of all solutions kπ. One
// letter is as good as another there, and nowhere else: 2x + 1 is not 2t + 1.

extension Expression {
  /// This with its free constant, or its counter, named as in the gold answer; nothing where none is.
  func renamed(like gold: Expression) -> Expression? {
    let (own, others) = (symbols, gold.symbols)
    guard let name = own.subtracting(others).only, let wanted = others.subtracting(own).only else {
      return nil
    }
    let areConstants =
      Self.constants.contains(name) && Self.constants.contains(wanted)
      && others.count > 1
    let areCounters = Self.counters.contains(name) && Self.counters.contains(wanted) && gold.hasPi
    return areConstants || areCounters ? replacing(name, by: wanted) : nil
  }

  private static let constants: Set<String> = ["C", "c", "C_1", "c_1", "K", "c_0", "C_0"]
  private static let counters: Set<String> = ["k", "n", "m", "l"]

  /// The unknowns in it.
  var symbols: Set<String> {
    if case .symbol(let name) = self { return [name] }
    return parts.reduce(into: []) { $0.formUnion($1.symbols) }
  }

  /// Whether it is two values in round brackets.
  var isPair: Bool {
    if case .sequence(.round, let elements) = self { elements.count == 2 } else { false }
  }

  /// This times a number; of a list every element.
  func scaled(by factor: Rational) -> Expression {
    if factor == .one { return self }
    if case .sequence(let brackets, let elements) = self {
      return .sequence(brackets, elements.map { $0.scaled(by: factor) })
    }
    return .product([.number(factor, isDecimal: false), self])
  }

  private var hasPi: Bool {
    if case .pi = self { true } else { parts.contains(where: \.hasPi) }
  }

  /// What it is made of.
  private var parts: [Expression] {
    switch self {
    case .number, .symbol, .pi, .euler, .imaginary, .infinity, .plusMinus, .reals, .namedSet,
      .ellipsis:
      []
    case .sum(let parts), .product(let parts), .function(_, let parts), .region(_, let parts),
      .relation(let parts, _), .sequence(_, let parts), .application(_, let parts),
      .ratio(let parts, _), .system(let parts, _):
      parts
    case .quotient(let first, let second), .power(let first, let second),
      .interval(let first, let second, _, _):
      [first, second]
    case .root(_, let inner), .percent(let inner), .degrees(let inner): [inner]
    case .matrix(let rows, _): rows.flatMap { $0 }
    }
  }

  private func replacing(_ name: String, by wanted: String) -> Expression {
    func other(_ part: Expression) -> Expression { part.replacing(name, by: wanted) }
    switch self {
    case .symbol(name): return .symbol(wanted)
    case .sum(let parts): return .sum(parts.map(other))
    case .product(let parts): return .product(parts.map(other))
    case .function(let function, let parts): return .function(function, parts.map(other))
    case .relation(let parts, let signs): return .relation(parts.map(other), signs)
    case .sequence(let brackets, let parts): return .sequence(brackets, parts.map(other))
    case .application(let function, let parts): return .application(function, parts.map(other))
    case .quotient(let first, let second): return .quotient(other(first), other(second))
    case .power(let first, let second): return .power(other(first), other(second))
    case .root(let index, let inner): return .root(index: index, other(inner))
    default: return self
    }
  }
}

extension Set {
  /// The element of a set of one.
  fileprivate var only: Element? { count == 1 ? first : nil }
}
