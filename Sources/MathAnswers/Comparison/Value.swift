// What an answer is worth, once it is worked out.

/// A number or an expression in unknowns, and how it was written where that matters.
struct Scalar: Hashable, Sendable {
  var quotient: Quotient
  /// Whether the whole of it was written as one decimal: then it may be a rounded number.
  var isDecimal = false
  /// Whether it was written with the sign of degrees.
  var isDegrees = false
  /// The number before the sign, if the whole of it is a percentage.
  var percentage: Quotient?
}

/// The value of an answer.
indirect enum Value: Sendable {
  case scalar(Scalar)
  case infinity(isNegative: Bool)
  case sequence(Brackets, [Value])
  case interval(Value, Value, startIsOpen: Bool, endIsOpen: Bool)
  /// A set put together from intervals and points.
  case region(Region)
  /// A set with a letter of its own.
  case namedSet(String)
  /// Sides and the signs between them; whether the first side is no more than a name.
  case relation([Value], [Relation], hasName: Bool)
  case matrix([[Quotient]])
  /// Parts of a ratio; whether they are a time of the day.
  case ratio([Quotient], Bool)
  /// Conditions, and how they are put together.
  case system([Value], Joint)

  /// The expression, if the value is one.
  var quotient: Quotient? {
    if case .scalar(let scalar) = self { return scalar.quotient }
    return nil
  }
}
