// From the tree of an answer to its value. ± stands for two values, so that one answer may give
// several.

import BigInt

/// Works out an answer.
struct Evaluator {
  let algebra: Algebra
  /// What ± stands for.
  private var sign = 1
  /// Whether degrees are angles to be turned into radians, as under a sine.
  private var countsRadians = false

  init(_ algebra: Algebra) { self.algebra = algebra }

  /// The value of an answer.
  func value(of expression: Expression) throws(MathAnswerError) -> Value {
    let values = try values(of: expression)
    return values.count == 1 ? values[0] : .sequence(.none, values)
  }

  /// The value, or the two values where there is a ±.
  private func values(of expression: Expression) throws(MathAnswerError) -> [Value] {
    if case .sequence(let brackets, let elements) = expression,
      brackets == .none || brackets == .curly
    {
      var values: [Value] = []
      for element in elements { values += try self.values(of: element) }
      return [.sequence(brackets, values)]
    }
    guard expression.hasPlusMinus else { return [try single(expression)] }
    var other = self
    other.sign = -1
    let both = [try single(expression), try other.single(expression)]
    // x ≠ ±5 is neither the one nor the other.
    return expression.isInequality ? [.system(both, .all)] : both
  }

  private func single(_ expression: Expression) throws(MathAnswerError) -> Value {
    try algebra.fuel.spend(1)
    switch expression {
    case .sequence(let brackets, let elements):
      if brackets == .none || brackets == .curly { return try values(of: expression)[0] }
      return .sequence(brackets, try singles(elements))
    case .interval(let start, let end, let startIsOpen, let endIsOpen):
      return .interval(
        try single(start), try single(end), startIsOpen: startIsOpen, endIsOpen: endIsOpen)
    case .region(let operation, let parts): return try region(operation, parts)
    case .reals: return .region(.all)
    case .namedSet(let name): return .namedSet(name)
    case .ratio(let parts, let isClock):
      return .ratio(try parts.map { part throws(MathAnswerError) in try quotient(part) }, isClock)
    case .system(let conditions, let joint):
      var values: [Value] = []
      for condition in conditions {
        let value = try self.values(of: condition)
        if case .system(let parts, .all)? = value.first, value.count == 1, joint != .any {
          values += parts
        } else {
          values += value
        }
      }
      return .system(values, joint)
    case .relation(let sides, let signs):
      return .relation(try singles(sides), signs, hasName: sides[0].isName)
    case .infinity: return .infinity(isNegative: false)
    case .product(let factors):
      if let infinity = Self.signedInfinity(factors, sign) { return infinity }
      if let matrix = try matrix(expression) { return .matrix(matrix) }
      return .scalar(try scalar(expression))
    case .matrix, .sum:
      if let matrix = try matrix(expression) { return .matrix(matrix) }
      return .scalar(try scalar(expression))
    default: return .scalar(try scalar(expression))
    }
  }

  private func singles(_ expressions: [Expression]) throws(MathAnswerError) -> [Value] {
    var result: [Value] = []
    for expression in expressions { result.append(try single(expression)) }
    return result
  }

  private func region(
    _ operation: RegionOperation, _ parts: [Expression]
  ) throws(MathAnswerError) -> Value {
    var result: Region?
    for part in parts {
      guard let next = try algebra.region(of: try single(part)) else {
        throw .unparsable("a union of something else than sets of numbers")
      }
      guard let known = result else {
        result = next
        continue
      }
      result = try algebra.combine(known, next) { first, second in
        switch operation {
        case .union: first || second
        case .intersection: first && second
        case .difference: first && !second
        }
      }
    }
    return .region(result ?? .empty)
  }

  private static func signedInfinity(_ factors: [Expression], _ sign: Int) -> Value? {
    guard factors.count == 2, factors[1] == .infinity else { return nil }
    if factors[0] == .plusMinus { return .infinity(isNegative: sign < 0) }
    guard case .number(let value, _) = factors[0], !value.isZero else { return nil }
    return .infinity(isNegative: value.isNegative)
  }

  // MARK: - Scalars

  private func scalar(_ expression: Expression) throws(MathAnswerError) -> Scalar {
    switch expression {
    case .number(let value, let isDecimal):
      return Scalar(quotient: Quotient(value), isDecimal: isDecimal)
    case .degrees(let inner) where !countsRadians:
      var scalar = try scalar(inner)
      scalar.isDegrees = true
      return scalar
    case .percent(let inner):
      let plain = try scalar(inner)
      let part = try algebra.multiply(plain.quotient, Quotient(Rational(1, 100)))
      return Scalar(quotient: part, isDecimal: plain.isDecimal, percentage: plain.quotient)
    case .product(let factors) where factors.count == 2 && factors[0] == .number(-1):
      let plain = try scalar(factors[1])
      return Scalar(
        quotient: plain.quotient.negated, isDecimal: plain.isDecimal,
        percentage: plain.percentage?.negated)
    default: return Scalar(quotient: try quotient(expression))
    }
  }

  private func quotient(_ expression: Expression) throws(MathAnswerError) -> Quotient {
    try algebra.fuel.spend(1)
    switch expression {
    case .number(let value, _): return Quotient(value)
    case .symbol(let name): return try algebra.value(.variable(name))
    case .pi: return try algebra.value(.pi)
    case .euler: return try algebra.value(.euler)
    case .imaginary: return try algebra.value(.imaginary)
    case .plusMinus: return Quotient(Rational(sign))
    case .infinity: throw .undefined("a calculation with infinity")
    case .sum(let terms):
      var sum = Quotient.zero
      for term in terms { sum = try algebra.add(sum, try quotient(term)) }
      return sum
    case .product(let factors):
      var product = Quotient.one
      for factor in factors { product = try algebra.multiply(product, try quotient(factor)) }
      return product
    case .quotient(let above, let below):
      return try algebra.divide(try quotient(above), try quotient(below))
    case .power(let base, let exponent):
      return try algebra.power(try quotient(base), try quotient(exponent))
    case .root(let index, let inside):
      return try algebra.root(of: try quotient(inside), index: index)
    case .function(let function, let arguments): return try apply(function, arguments)
    case .application(let name, let arguments): return try application(name, arguments)
    case .ratio(let parts, _) where parts.count == 2:
      return try algebra.divide(try quotient(parts[0]), try quotient(parts[1]))
    case .percent(let inner):
      return try algebra.multiply(try quotient(inner), Quotient(Rational(1, 100)))
    case .degrees(let inner):
      guard countsRadians else { return try quotient(inner) }
      let part = try algebra.multiply(try quotient(inner), Quotient(Rational(1, 180)))
      return try algebra.multiply(part, try algebra.value(.pi))
    case .matrix(let rows, isDeterminant: true): return try determinant(of: try entries(rows))
    case .sequence(.none, let elements) where elements.count == 1:
      return try quotient(elements[0])
    case .sequence, .interval, .region, .reals, .namedSet, .relation, .matrix, .ratio, .system,
      .ellipsis:
      throw .unparsable("a calculation with something else than numbers")
    }
  }

  /// A function that has no more than a name: equal at equal arguments, and otherwise unknown.
  private func application(
    _ name: String, _ arguments: [Expression]
  ) throws(MathAnswerError) -> Quotient {
    var values: [Quotient] = []
    for argument in arguments {
      do {
        values.append(try quotient(argument))
      } catch .unparsable {
        // A set of events, say: it is equal where it is written alike.
        values.append(try algebra.value(.variable("\(argument)")))
      }
    }
    return try algebra.value(.application(name, values))
  }

  private func apply(
    _ function: Function, _ arguments: [Expression]
  ) throws(MathAnswerError) -> Quotient {
    var inner = self
    inner.countsRadians =
      countsRadians
      || [.sine, .cosine, .tangent, .cotangent, .secant, .cosecant, .turn].contains(function)
    var values: [Quotient] = []
    for argument in arguments { values.append(try inner.quotient(argument)) }
    return try algebra.apply(function, values)
  }

  // MARK: - Matrices

  private func entries(_ rows: [[Expression]]) throws(MathAnswerError) -> [[Quotient]] {
    var result: [[Quotient]] = []
    for row in rows {
      var entries: [Quotient] = []
      for entry in row { entries.append(try quotient(entry)) }
      result.append(entries)
    }
    return result
  }

  /// The matrix an expression comes to, if it is made of any.
  private func matrix(_ expression: Expression) throws(MathAnswerError) -> [[Quotient]]? {
    switch expression {
    case .matrix(let rows, isDeterminant: false): return try entries(rows)
    case .sum(let terms):
      var sum: [[Quotient]]?
      for term in terms {
        guard let next = try matrix(term) else { return nil }
        sum = try sum.map { known throws(MathAnswerError) in try add(known, next) } ?? next
      }
      return sum
    case .product(let factors):
      // Only a number times one matrix; products of several are left alone.
      let places = factors.indices.filter { factors[$0].isMatrix }
      guard places.count == 1, let rows = try matrix(factors[places[0]]) else { return nil }
      var scale = Quotient.one
      for (place, factor) in factors.enumerated() where place != places[0] {
        scale = try algebra.multiply(scale, try quotient(factor))
      }
      return try rows.map { row throws(MathAnswerError) in
        try row.map { entry throws(MathAnswerError) in try algebra.multiply(scale, entry) }
      }
    default: return nil
    }
  }

  private func add(
    _ left: [[Quotient]], _ right: [[Quotient]]
  ) throws(MathAnswerError) -> [[Quotient]] {
    guard left.count == right.count, left[0].count == right[0].count else {
      throw .undefined("a sum of matrices of different shapes")
    }
    return try zip(left, right).map { first, second throws(MathAnswerError) in
      try zip(first, second).map { a, b throws(MathAnswerError) in try algebra.add(a, b) }
    }
  }

  /// By minors along the first row, for at most five rows.
  private func determinant(of rows: [[Quotient]]) throws(MathAnswerError) -> Quotient {
    guard rows.allSatisfy({ $0.count == rows.count }) else {
      throw .undefined("the determinant of a matrix that is not square")
    }
    guard rows.count <= 5 else { throw .tooLarge("a determinant of more than five rows") }
    if rows.count == 1 { return rows[0][0] }
    var result = Quotient.zero
    for column in rows.indices {
      let minor = rows.dropFirst().map { row in
        row.indices.filter { $0 != column }.map { row[$0] }
      }
      let product = try algebra.multiply(rows[0][column], try determinant(of: minor))
      result = try algebra.add(result, column % 2 == 0 ? product : product.negated)
    }
    return result
  }
}
