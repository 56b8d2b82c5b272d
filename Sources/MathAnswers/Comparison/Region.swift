// Sets of real numbers made of points and intervals. A region is the list of numbers at which
// something changes, in order, and for each of them and for each gap between them whether it
// belongs to the region: two regions are the same when these lists are.

/// A union of points and intervals.
struct Region: Sendable {
  /// Where the region changes, from the left.
  var marks: [Scalar]
  /// Gap, mark, gap, mark, …, gap: one more than twice the marks.
  var isInside: [Bool]

  static let empty = Region(marks: [], isInside: [false])
  static let all = Region(marks: [], isInside: [true])

  /// One number.
  static func point(_ scalar: Scalar) -> Region {
    Region(marks: [scalar], isInside: [false, true, false])
  }

  /// What lies on one side of a number.
  static func ray(_ scalar: Scalar, toRight: Bool, isOpen: Bool) -> Region {
    Region(marks: [scalar], isInside: [!toRight, !isOpen, toRight])
  }

  var complement: Region { Region(marks: marks, isInside: isInside.map { !$0 }) }

  /// The region without marks at which nothing changes.
  fileprivate var reduced: Region {
    var result = Region(marks: [], isInside: [isInside[0]])
    for (place, mark) in marks.enumerated() {
      let (at, after) = (isInside[2 * place + 1], isInside[2 * place + 2])
      if result.isInside.last == at, at == after { continue }
      result.marks.append(mark)
      result.isInside += [at, after]
    }
    return result
  }
}

extension Algebra {
  /// The numbers that belong to two regions as a rule says.
  func combine(
    _ left: Region, _ right: Region, _ rule: (Bool, Bool) -> Bool
  ) throws(MathAnswerError) -> Region {
    var result = Region(marks: [], isInside: [rule(left.isInside[0], right.isInside[0])])
    var (i, j) = (0, 0)
    while i < left.marks.count || j < right.marks.count {
      try fuel.spend(4)
      var order = i == left.marks.count ? 1 : -1
      if i < left.marks.count, j < right.marks.count {
        order = try sign(of: subtract(left.marks[i].quotient, right.marks[j].quotient))
      }
      let mark = order <= 0 ? left.marks[i] : right.marks[j]
      // At the mark itself, one region may be in the middle of a gap.
      let inLeft = order <= 0 ? left.isInside[2 * i + 1] : left.isInside[2 * i]
      let inRight = order >= 0 ? right.isInside[2 * j + 1] : right.isInside[2 * j]
      if order <= 0 { i += 1 }
      if order >= 0 { j += 1 }
      result.marks.append(mark)
      result.isInside += [
        rule(inLeft, inRight), rule(left.isInside[2 * i], right.isInside[2 * j]),
      ]
    }
    return result.reduced
  }

  /// The region that a value is, or can be read as; nothing if it is something else.
  func region(of value: Value) throws(MathAnswerError) -> Region? {
    switch value {
    case .region(let region): return region
    case .interval(let start, let end, let startIsOpen, let endIsOpen):
      return try interval(start, end, startIsOpen, endIsOpen)
    case .sequence(.round, let ends) where ends.count == 2:
      return try interval(ends[0], ends[1], true, true)
    case .sequence(.square, let ends) where ends.count == 2:
      return try interval(ends[0], ends[1], false, false)
    case .sequence(.curly, let elements):
      var result = Region.empty
      for element in elements {
        guard case .scalar(let scalar) = element else { return nil }
        result = try combine(result, .point(scalar)) { $0 || $1 }
      }
      return result
    case .relation(let sides, let signs, _): return try region(of: sides, signs)
    default: return nil
    }
  }

  private func interval(
    _ start: Value, _ end: Value, _ startIsOpen: Bool, _ endIsOpen: Bool
  ) throws(MathAnswerError) -> Region? {
    let from: Region
    switch start {
    case .infinity(isNegative: true): from = .all
    case .scalar(let scalar): from = .ray(scalar, toRight: true, isOpen: startIsOpen)
    default: return nil
    }
    let to: Region
    switch end {
    case .infinity(isNegative: false): to = .all
    case .scalar(let scalar): to = .ray(scalar, toRight: false, isOpen: endIsOpen)
    default: return nil
    }
    // (3, 1) is a pair of numbers, and as an interval a mistake: not one more way to write nothing.
    let both = try combine(from, to) { $0 && $1 }
    return both.isInside.contains(true) ? both : nil
  }

  // MARK: - Inequalities

  /// The solutions of a chain of relations in one unknown; nothing if there are others.
  private func region(
    of sides: [Value], _ signs: [Relation]
  ) throws(MathAnswerError) -> Region? {
    if signs == [.member], sides[0].quotient.map(isSingleVariable) == true {
      return try region(of: sides[1])
    }
    var result = Region.all
    var unknown: Int?
    for (place, sign) in signs.enumerated() {
      var link: Region?
      switch (sides[place], sides[place + 1]) {
      case (.scalar(let left), .scalar(let right)):
        var ofMagnitude = try magnitudes(left, sign, right)
        if ofMagnitude == nil { ofMagnitude = try magnitudes(right, sign.flipped, left) }
        if let (known, part) = ofMagnitude {
          guard unknown ?? known == known else { return nil }
          unknown = known
          link = part
          break
        }
        let difference = try subtract(left.quotient, right.quotient)
        let isDecimal = left.isDecimal || right.isDecimal
        guard difference.isPolynomial,
          let variable = onlyVariable(difference.numerator), unknown ?? variable == variable
        else { return nil }
        unknown = variable
        link = try solutions(difference.numerator, variable, sign, isDecimal)
      case (.infinity(isNegative: true), .scalar), (.scalar, .infinity(isNegative: false)):
        link = sign == .less || sign == .lessOrEqual ? .all : nil
      case (.infinity(isNegative: false), .scalar), (.scalar, .infinity(isNegative: true)):
        link = sign == .greater || sign == .greaterOrEqual ? .all : nil
      default: return nil
      }
      guard let link else { return nil }
      result = try combine(result, link) { $0 && $1 }
    }
    return result
  }

  /// The solutions of |u| < c and the like, with u of the first degree in one unknown: those of
  /// u² < c², for |u| is kept as the square root of u².
  private func magnitudes(
    _ left: Scalar, _ sign: Relation, _ right: Scalar
  ) throws(MathAnswerError) -> (unknown: Int, region: Region)? {
    guard sign != .member, !right.quotient.generators.contains(where: isUnknown),
      left.quotient.generators.contains(where: isUnknown)
    else { return nil }
    let square = try multiply(left.quotient, left.quotient)
    guard square.isPolynomial, let unknown = onlyVariable(square.numerator),
      left.quotient == (try root(of: square, index: 2)),
      let zero = try solutions(square.numerator, unknown, .lessOrEqual, false),
      zero.isInside == [false, true, false], try self.sign(of: right.quotient) >= 0
    else { return nil }
    let difference = try subtract(square, try multiply(right.quotient, right.quotient))
    return try solutions(difference.numerator, unknown, sign, right.isDecimal)
      .map { (unknown, $0) }
  }

  private func isSingleVariable(_ value: Quotient) -> Bool {
    value.isPolynomial && value.numerator.terms.count == 1
      && value.numerator.terms[0].monomial.factors.count == 1
  }

  /// The one unknown of a polynomial, if all else in it is constant.
  private func onlyVariable(_ value: Polynomial) -> Int? {
    let unknowns = value.generators.filter(isUnknown)
    guard unknowns.count == 1, let unknown = unknowns.first,
      case .variable = generators[unknown]
    else { return nil }
    return unknown
  }

  /// Where a polynomial of the first or second degree is above, below or at zero.
  private func solutions(
    _ value: Polynomial, _ unknown: Int, _ sign: Relation, _ isDecimal: Bool
  ) throws(MathAnswerError) -> Region? {
    var coefficients = [Polynomial](repeating: .zero, count: 3)
    for term in value.terms {
      let exponent = term.monomial.exponent(of: unknown)
      guard exponent.isInteger, (0...2).contains(exponent.numerator) else { return nil }
      let rest = Polynomial(term.monomial.without(unknown), term.coefficient)
      coefficients[exponent.numerator] = try add(coefficients[exponent.numerator], rest)
    }
    let leading = coefficients[2].isZero ? coefficients[1] : coefficients[2]
    let direction = try self.sign(of: Quotient(leading))
    var roots: [Scalar] = []
    if coefficients[2].isZero {
      roots = [
        Scalar(
          quotient: try divide(Quotient(coefficients[0].negated), Quotient(leading)),
          isDecimal: isDecimal)
      ]
    } else {
      let four = try multiply(
        Polynomial(Rational(4)), try multiply(coefficients[2], coefficients[0]))
      let inner = try add(try multiply(coefficients[1], coefficients[1]), four.negated)
      let order = try self.sign(of: Quotient(inner))
      if order >= 0 {
        let root = try root(of: Quotient(inner), index: 2)
        let below = try multiply(Quotient(leading), Quotient(Rational(2)))
        for part in order == 0 ? [root] : [root.negated, root] {
          let above = try add(Quotient(coefficients[1].negated), part)
          roots.append(Scalar(quotient: try divide(above, below), isDecimal: isDecimal))
        }
        if direction < 0 { roots.reverse() }
      }
    }
    // The signs of the polynomial in the gaps, from the right: each simple root changes them.
    let changes = !(roots.count == 1 && !coefficients[2].isZero)
    var signs = [direction]
    for _ in roots { signs.append(changes ? -signs[signs.count - 1] : signs[signs.count - 1]) }
    signs.reverse()
    var result = Region(marks: roots, isInside: [sign.holds(signs[0])])
    for place in roots.indices {
      result.isInside += [sign.holds(0), sign.holds(signs[place + 1])]
    }
    return result.reduced
  }
}

extension Relation {
  /// Whether a number of this sign stands in the relation to zero.
  fileprivate func holds(_ sign: Int) -> Bool {
    switch self {
    case .equal: sign == 0
    case .unequal: sign != 0
    case .less: sign < 0
    case .lessOrEqual: sign <= 0
    case .greater: sign > 0
    case .greaterOrEqual: sign >= 0
    case .member: false
    }
  }
}
