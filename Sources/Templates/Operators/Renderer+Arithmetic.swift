// Arithmetic with Python's results: division and remainder round towards minus infinity, truth
// values count as integers, strings and lists add and multiply. Integers have 64 bits; one that
// needs more is refused.

import Foundation

extension Renderer {
  /// What an operand is as a number.
  private enum Number {
    case int(Int)
    case double(Double)

    var double: Double {
      switch self {
      case .int(let int): Double(int)
      case .double(let double): double
      }
    }
  }

  private func numeric(_ value: Value) -> Number? {
    if case .double(let double) = value { return .double(double) }
    return value.integer.map(Number.int)
  }

  /// The value when it is a number, for a plus sign.
  func number(_ value: Value) throws(TemplateError) -> Value {
    switch numeric(value) {
    case .int(let int): return .int(int)
    case .double(let double): return .double(double)
    case nil: throw operand(value, "+")
    }
  }

  func negated(_ value: Value) throws(TemplateError) -> Value {
    switch numeric(value) {
    case .int(let int): return .int(try exact(Int(0).subtractingReportingOverflow(int)))
    case .double(let double): return .double(-double)
    case nil: throw operand(value, "-")
    }
  }

  private func operand(_ value: Value, _ sign: String) -> TemplateError {
    if case .undefined(let undefined) = value { return failure(undefined.reason) }
    return failure("\(sign) cannot be applied to \(value.typeName)")
  }

  func exact(_ result: (partialValue: Int, overflow: Bool)) throws(TemplateError) -> Int {
    guard !result.overflow else { throw error(.unsupported, "an integer of more than 64 bits") }
    return result.partialValue
  }

  func arithmetic(
    _ operation: Binary, _ left: Value, _ right: Value
  ) throws(TemplateError) -> Value {
    if case .undefined(let undefined) = left { throw failure(undefined.reason) }
    if operation == .remainder, case .string(let format) = left {
      return .string(try printf(format, right))
    }
    if case .undefined(let undefined) = right { throw failure(undefined.reason) }
    if let first = numeric(left), let second = numeric(right) {
      if case .int(let first) = first, case .int(let second) = second {
        return try arithmetic(operation, first, second)
      }
      return .double(try arithmetic(operation, first.double, second.double))
    }
    switch operation {
    case .add: return try sum(left, right)
    case .multiply:
      if let count = right.integer { return try repeated(left, count) }
      if let count = left.integer { return try repeated(right, count) }
    default: break
    }
    if case .safe = left { throw error(.unsupported, "\(operation.rawValue) on a safe string") }
    if case .view = left { throw error(.unsupported, "\(operation.rawValue) on a view") }
    throw failure(
      "\(operation.rawValue) cannot be applied to \(left.typeName) and \(right.typeName)")
  }

  // MARK: Numbers

  private func arithmetic(
    _ operation: Binary, _ left: Int, _ right: Int
  ) throws(TemplateError) -> Value {
    switch operation {
    case .add: return .int(try exact(left.addingReportingOverflow(right)))
    case .subtract: return .int(try exact(left.subtractingReportingOverflow(right)))
    case .multiply: return .int(try exact(left.multipliedReportingOverflow(by: right)))
    case .divide: return .double(try arithmetic(.divide, Double(left), Double(right)))
    case .floorDivide: return .int(try floorDivision(left, right).quotient)
    case .remainder: return .int(try floorDivision(left, right).remainder)
    case .power:
      guard right >= 0 else {
        return .double(try arithmetic(.power, Double(left), Double(right)))
      }
      return .int(try power(left, right))
    }
  }

  /// Quotient rounded down, and the remainder that has the divisor's sign.
  func floorDivision(
    _ left: Int, _ right: Int
  ) throws(TemplateError) -> (quotient: Int, remainder: Int) {
    guard right != 0 else { throw failure("division by zero") }
    if right == -1 { return (try exact(Int(0).subtractingReportingOverflow(left)), 0) }
    let (quotient, remainder) = left.quotientAndRemainder(dividingBy: right)
    let isBelow = remainder != 0 && (remainder < 0) != (right < 0)
    return isBelow ? (quotient - 1, remainder + right) : (quotient, remainder)
  }

  private func power(_ base: Int, _ exponent: Int) throws(TemplateError) -> Int {
    if base == 0 || base == 1 { return exponent == 0 ? 1 : base }
    if base == -1 { return exponent % 2 == 0 ? 1 : -1 }
    var result = 1
    for _ in 0..<exponent { result = try exact(result.multipliedReportingOverflow(by: base)) }
    return result
  }

  private func arithmetic(
    _ operation: Binary, _ left: Double, _ right: Double
  ) throws(TemplateError) -> Double {
    switch operation {
    case .add: return left + right
    case .subtract: return left - right
    case .multiply: return left * right
    case .divide:
      guard right != 0 else { throw failure("division by zero") }
      return left / right
    case .floorDivide: return try floorDivision(left, right).quotient
    case .remainder: return try floorDivision(left, right).remainder
    case .power:
      if left == 0 && right < 0 { throw failure("zero to a negative power") }
      if left < 0 && left.isFinite && right.isFinite && right != right.rounded() {
        throw error(.unsupported, "complex numbers")
      }
      let result = pow(left, right)
      if result.isInfinite && left.isFinite && right.isFinite {
        throw failure("the result is too large")
      }
      return result
    }
  }

  private func floorDivision(
    _ left: Double, _ right: Double
  ) throws(TemplateError) -> (quotient: Double, remainder: Double) {
    guard right != 0 else { throw failure("division by zero") }
    var remainder = fmod(left, right)
    var quotient = (left - remainder) / right
    if remainder == 0 {
      remainder = Double(signOf: right, magnitudeOf: 0)
    } else if (right < 0) != (remainder < 0) {
      remainder += right
      quotient -= 1
    }
    if quotient == 0 {
      return (Double(signOf: left / right, magnitudeOf: 0), remainder)
    }
    let floor = quotient.rounded(.down)
    return (quotient - floor > 0.5 ? floor + 1 : floor, remainder)
  }

  // MARK: Texts and lists

  /// The sum of two strings or two lists, or of anything else that can be added.
  func sum(_ left: Value, _ right: Value) throws(TemplateError) -> Value {
    switch (left, right) {
    case (.string(let first), .string(let second)):
      try allocate(first.bytes.count + second.bytes.count)
      return .string(first + second)
    case (.safe(let first), .safe(let second)): return .safe(first + second)
    case (.safe(let first), .string(let second)): return .safe(first + (try escaped(second)))
    case (.string(let first), .safe(let second)): return .safe((try escaped(first)) + second)
    case (.list(let first), .list(let second)):
      try allocate(items: first.values.count + second.values.count)
      return .list(first.values + second.values)
    case (.tuple(let first), .tuple(let second)):
      try allocate(items: first.values.count + second.values.count)
      return .tuple(first.values + second.values)
    default:
      guard numeric(left) != nil, numeric(right) != nil else {
        throw failure("\(left.typeName) and \(right.typeName) cannot be added")
      }
      return try arithmetic(.add, left, right)
    }
  }

  private func repeated(_ value: Value, _ count: Int) throws(TemplateError) -> Value {
    let count = max(count, 0)
    switch value {
    case .string(let text): return .string(try repeated(text, count))
    case .safe(let text): return .safe(try repeated(text, count))
    case .list(let items): return .list(try repeated(items.values, count))
    case .tuple(let items): return .tuple(try repeated(items.values, count))
    default: throw failure("\(value.typeName) cannot be repeated")
    }
  }

  func repeated(_ text: Text, _ count: Int) throws(TemplateError) -> Text {
    let (size, overflows) = text.bytes.count.multipliedReportingOverflow(by: max(count, 0))
    try allocate(overflows ? Int.max / 2 : size)
    var result = Text()
    if size > 0 {
      result.bytes.reserveCapacity(size)
      for _ in 0..<count { result.bytes += text.bytes }
    }
    return result
  }

  private func repeated(_ items: [Value], _ count: Int) throws(TemplateError) -> [Value] {
    let (size, overflows) = items.count.multipliedReportingOverflow(by: count)
    try allocate(items: overflows ? Int.max : size)
    var result: [Value] = []
    if size > 0 { for _ in 0..<count { result += items } }
    return result
  }

  /// With the five characters that HTML reserves spelled out.
  func escaped(_ text: Text) throws(TemplateError) -> Text {
    try allocate(text.bytes.count)
    var result = Text()
    for byte in text.bytes {
      switch byte {
      case UInt8(ascii: "&"): result.bytes += "&amp;".utf8
      case UInt8(ascii: "<"): result.bytes += "&lt;".utf8
      case UInt8(ascii: ">"): result.bytes += "&gt;".utf8
      case Ascii.apostrophe: result.bytes += "&#39;".utf8
      case Ascii.quote: result.bytes += "&#34;".utf8
      default: result.bytes.append(byte)
      }
    }
    return result
  }
}
