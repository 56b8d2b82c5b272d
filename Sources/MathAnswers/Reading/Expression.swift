// What an answer says, as a tree. Nothing is worked out here: `Evaluator` does that.

/// One node of an answer.
indirect enum Expression: Hashable, Sendable {
  /// A number; `isDecimal` where it was written with a point.
  case number(Rational, isDecimal: Bool)
  /// An unknown, with its subscript.
  case symbol(String)
  case pi, euler, imaginary, infinity
  /// 1 in one reading and -1 in the other.
  case plusMinus
  case sum([Expression])
  case product([Expression])
  case quotient(Expression, Expression)
  case power(Expression, Expression)
  case root(index: Int, Expression)
  case function(Function, [Expression])
  case percent(Expression)
  case degrees(Expression)
  /// A function that has no more than a name, at its arguments: f(0), P(A ∪ B).
  case application(String, [Expression])
  /// 1:2:3; a time of the day where it is written like one.
  case ratio([Expression], isClock: Bool)
  /// Conditions that hold together, or one of them.
  case system([Expression], Joint)
  /// Dots in a list of numbers, and the step from one to the next; the parser fills them in.
  case ellipsis(Rational)
  /// Elements in brackets, or between commas.
  case sequence(Brackets, [Expression])
  case interval(Expression, Expression, startIsOpen: Bool, endIsOpen: Bool)
  case region(RegionOperation, [Expression])
  /// Every real number.
  case reals
  /// A set that has a letter of its own, like the integers.
  case namedSet(String)
  /// a < b ≤ c, as its sides and the signs between them.
  case relation([Expression], [Relation])
  case matrix([[Expression]], isDeterminant: Bool)

  static func number(_ value: Int) -> Expression { .number(Rational(value), isDecimal: false) }

  /// The negative, which for a number is a number.
  var negated: Expression {
    if case .number(let value, let isDecimal) = self {
      return .number(-value, isDecimal: isDecimal)
    }
    return .product([.number(-1), self])
  }
}

/// What stands around the elements of a sequence.
enum Brackets: Hashable, Sendable {
  /// Nothing: `1, 2` and `1 or 2`; the order means nothing.
  case none
  /// ( )
  case round
  /// [ ]
  case square
  /// { }
  case curly
}

/// How conditions are put together.
enum Joint: Hashable, Sendable {
  /// By "and".
  case all
  /// By "or".
  case any
  /// By a comma, which may mean either.
  case unsaid
}

/// How sets are put together.
enum RegionOperation: Hashable, Sendable {
  case union, intersection, difference
}

/// The signs between the sides of a relation.
enum Relation: Hashable, Sendable {
  case equal, unequal, less, lessOrEqual, greater, greaterOrEqual, member

  /// The sign that says the same with the sides exchanged.
  var flipped: Relation {
    switch self {
    case .less: .greater
    case .lessOrEqual: .greaterOrEqual
    case .greater: .less
    case .greaterOrEqual: .lessOrEqual
    case .equal, .unequal, .member: self
    }
  }
}

extension Expression {
  /// Whether ± occurs in it, other than as an element of its own.
  var hasPlusMinus: Bool {
    switch self {
    case .plusMinus: true
    case .number, .symbol, .pi, .euler, .imaginary, .infinity, .reals, .namedSet, .ellipsis: false
    case .sum(let parts), .product(let parts), .function(_, let parts), .region(_, let parts),
      .relation(let parts, _), .sequence(_, let parts), .application(_, let parts),
      .ratio(let parts, _), .system(let parts, _):
      parts.contains(where: \.hasPlusMinus)
    case .quotient(let first, let second), .power(let first, let second),
      .interval(let first, let second, _, _):
      first.hasPlusMinus || second.hasPlusMinus
    case .root(_, let inner), .percent(let inner), .degrees(let inner): inner.hasPlusMinus
    case .matrix(let rows, _): rows.contains { $0.contains(where: \.hasPlusMinus) }
    }
  }

  /// Whether it is a matrix, or a sum or product of some.
  var isMatrix: Bool {
    switch self {
    case .matrix(_, let isDeterminant): !isDeterminant
    case .sum(let terms): terms.allSatisfy(\.isMatrix)
    case .product(let factors): factors.contains(where: \.isMatrix)
    default: false
    }
  }

  /// Whether it only gives a thing its name: y, AB, f(x), P(A), |z|.
  var isName: Bool {
    switch self {
    case .symbol, .euler, .imaginary: true
    case .application(_, let parts):
      parts.allSatisfy { part in
        switch part {
        // Whatever the event is, P(X = 2) is the name of its chance.
        case .number, .relation, .region: true
        default: part.isName
        }
      }
    case .sequence(.round, let parts): parts.allSatisfy(\.isName)
    case .product(let factors):
      factors[0].isName
        && factors.dropFirst().allSatisfy { factor in
          if case .number = factor { true } else { factor.isName }
        }
    case .function(.magnitude, let inner): inner.allSatisfy(\.isName)
    default: false
    }
  }
}
