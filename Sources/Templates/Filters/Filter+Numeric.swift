// The filters that make numbers, and the two that pick the least and the greatest.

import Foundation

extension Renderer {
  func applyNumeric(
    _ filter: Filter, to value: Value, _ arguments: CallValues
  ) throws(TemplateError) -> Value {
    switch filter {
    case .abs:
      _ = try bind(arguments, [], required: 0, to: "abs")
      if case .double(let double) = value { return .double(double.magnitude) }
      if case .undefined(let undefined) = value { throw failure(undefined.reason) }
      let integer = try integer(value)
      return .int(integer < 0 ? try exact(Int(0).subtractingReportingOverflow(integer)) : integer)
    case .int: return try converted(value, arguments)
    case .float:
      let values = try bind(arguments, ["default"], required: 0, to: "float")
      return try float(value).map(Value.double) ?? values[0] ?? .double(0)
    case .round: return try rounded(value, arguments)
    case .sum: return try total(value, arguments)
    default: return try extreme(value, arguments, filter)
    }
  }

  // MARK: Conversions

  private func converted(_ value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
    let values = try bind(arguments, ["default", "base"], required: 0, to: "int")
    let base = try values[1].map { value throws(TemplateError) in try integer(value) } ?? 10
    let fallback = values[0] ?? .int(0)
    switch value {
    case .undefined(let undefined): throw failure(undefined.reason)
    case .bool, .int: return .int(try integer(value))
    case .double(let double):
      guard double.isFinite else {
        if double.isNaN { return fallback }
        throw failure("an infinite number is no integer")
      }
      return try whole(double)
    case .string(let text), .safe(let text):
      try look(at: text.bytes.count)
      if let integer = try integer(spelled: text, base: base) { return .int(integer) }
      guard let double = PythonNumber.double(text), double.isFinite else { return fallback }
      return try whole(double)
    default: return fallback
    }
  }

  private func whole(_ double: Double) throws(TemplateError) -> Value {
    guard let integer = Int(exactly: double.rounded(.towardZero)) else {
      throw error(.unsupported, "an integer of more than 64 bits")
    }
    return .int(integer)
  }

  private func integer(spelled text: Text, base: Int) throws(TemplateError) -> Int? {
    guard base == 0 || (2...36).contains(base) else { return nil }
    switch PythonNumber.integer(text, base: base) {
    case .value(let value): return value
    case .tooLarge: throw error(.unsupported, "an integer of more than 64 bits")
    case .none: return nil
    }
  }

  private func float(_ value: Value) throws(TemplateError) -> Double? {
    switch value {
    case .undefined(let undefined): throw failure(undefined.reason)
    case .double(let double): return double
    case .string(let text), .safe(let text):
      try look(at: text.bytes.count)
      return PythonNumber.double(text)
    default: return value.integer.map(Double.init)
    }
  }

  // MARK: Rounding and adding

  private func rounded(_ value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
    let values = try bind(arguments, ["precision", "method"], required: 0, to: "round")
    let precision = try values[0].map { value throws(TemplateError) in try integer(value) } ?? 0
    let method = values[1].map { $0.text ?? "" } ?? "common"
    guard ["common", "ceil", "floor"].contains(method) else {
      throw failure("round knows common, ceil and floor")
    }
    if case .undefined(let undefined) = value { throw failure(undefined.reason) }
    guard (-300...300).contains(precision) else {
      throw error(.unsupported, "rounding to \(precision) places")
    }
    if method == "common" {
      if case .double(let double) = value { return .double(halfToEven(double, precision)) }
      let integer = try integer(value)
      if precision >= 0 { return .int(integer) }
      throw error(.unsupported, "rounding an integer to tens")
    }
    var double = 0.0
    if case .double(let given) = value {
      double = given
    } else {
      double = Double(try integer(value))
    }
    guard double.isFinite else { throw failure("only a finite number can be rounded") }
    let scale = pow(10, Double(precision))
    let scaled = (double * scale).rounded(method == "ceil" ? .up : .down)
    guard scaled.magnitude < 0x1p63 else {
      throw error(.unsupported, "an integer of more than 64 bits")
    }
    // Python's floor is an integer, which a division turns into a float without a negative zero.
    return .double((scaled + 0) / scale)
  }

  /// Python's round: to the nearest decimal, the even one of two, by the number's exact digits.
  private func halfToEven(_ double: Double, _ precision: Int) -> Double {
    guard double.isFinite else { return double }
    if precision >= 0 {
      return Double(String(format: "%.\(precision)f", double)) ?? double
    }
    let scale = pow(10, Double(-precision))
    return (double / scale).rounded(.toNearestOrEven) * scale
  }

  private func total(_ value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
    let values = try bind(arguments, ["attribute", "start"], required: 0, to: "sum")
    let path = try path(values[0])
    var result = values[1] ?? .int(0)
    if result.text != nil { throw failure("sum does not join strings") }
    for item in try items(of: value, for: "sum") {
      let part = try self.value(at: path, of: item)
      if case .undefined(let undefined) = part { throw failure(undefined.reason) }
      result = try checked(try sum(result, part))
    }
    return result
  }

  private func extreme(
    _ value: Value, _ arguments: CallValues, _ filter: Filter
  ) throws(TemplateError) -> Value {
    let values = try bind(
      arguments, ["case_sensitive", "attribute"], required: 0, to: filter.rawValue)
    var path = try path(values[1])
    path.ignoresCase = !(try flag(values[0]))
    var best: (item: Value, key: Value)?
    for item in try items(of: value, for: filter.rawValue) {
      let key = try self.value(at: path, of: item)
      guard let current = best else {
        best = (item, key)
        continue
      }
      let isBetter =
        filter == .min
        ? try isLess(key, current.key, "<") : try isLess(current.key, key, ">")
      if isBetter { best = (item, key) }
    }
    return best?.item ?? .undefined(Undefined(reason: "there is no item to choose from"))
  }
}

/// How Python reads numbers from text.
enum PythonNumber {
  enum Integer {
    case value(Int)
    case tooLarge
    case none
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// Python's int of a string: space around, a sign, a prefix of the base, single underscores.
  static func integer(_ text: Text, base: Int) -> Integer {
    var bytes = text.stripped(.whitespace, [.start, .end]).bytes
    let isNegative = bytes.first == Ascii.minus
    if isNegative || bytes.first == Ascii.plus { bytes.removeFirst() }
    var base = base
    let prefixes: [UInt8: Int] = [
      UInt8(ascii: "x"): 16, UInt8(ascii: "o"): 8, UInt8(ascii: "b"): 2,
    ]
    if bytes.count > 1, bytes[0] == Ascii.zero, let implied = prefixes[bytes[1] | 0x20],
      base == 0 || base == implied
    {
      base = implied
      bytes.removeFirst(2)
      if bytes.first == Ascii.underscore { bytes.removeFirst() }
    } else if base == 0 {
      base = 10
      if bytes.first == Ascii.zero,
        bytes.contains(where: { $0 != Ascii.zero && $0 != Ascii.underscore })
      {
        return .none
      }
    }
    guard let digits = withoutUnderscores(bytes), !digits.isEmpty else { return .none }
    var value = 0
    for byte in digits {
      guard let digit = Int(String(UnicodeScalar(byte)), radix: 36), digit < base else {
        return .none
      }
      let (product, overflows) = value.multipliedReportingOverflow(by: base)
      let (next, overflowsToo) = product.subtractingReportingOverflow(digit)
      if overflows || overflowsToo { return .tooLarge }
      value = next
    }
    if isNegative { return .value(value) }
    return value == .min ? .tooLarge : .value(-value)
  }

  /// Python's float of a string.
  static func double(_ text: Text) -> Double? {
    let trimmed = text.stripped(.whitespace, [.start, .end])
    guard let bytes = withoutUnderscores(trimmed.bytes) else { return nil }
    var body = bytes
    if body.first == Ascii.minus || body.first == Ascii.plus { body.removeFirst() }
    let word = Text(bytes: body).lowercased
    let sign = bytes.first == Ascii.minus ? -1.0 : 1.0
    if word == "inf" || word == "infinity" { return sign * .infinity }
    if word == "nan" { return .nan }
    guard body.allSatisfy({ isDigit($0) || "+-.eE".utf8.contains($0) }),
      body.contains(where: isDigit), body.first.map({ isDigit($0) || $0 == Ascii.dot }) == true
    else { return nil }
    var spelled = String(decoding: body, as: UTF8.self)
    // Swift wants digits on both sides of the point.
    if spelled.hasPrefix(".") { spelled = "0" + spelled }
    if spelled.hasSuffix(".") { spelled += "0" }
    spelled = spelled.replacingOccurrences(of: ".e", with: ".0e")
    spelled = spelled.replacingOccurrences(of: ".E", with: ".0E")
    return Double(spelled).map { sign * $0 }
  }

  /// The digits, nil when an underscore does not stand between two of them.
  private static func withoutUnderscores(_ bytes: [UInt8]) -> [UInt8]? {
    guard bytes.contains(Ascii.underscore) else { return bytes }
    for (place, byte) in bytes.enumerated() where byte == Ascii.underscore {
      guard place > 0, place + 1 < bytes.count, bytes[place - 1] != Ascii.underscore,
        bytes[place + 1] != Ascii.underscore
      else { return nil }
    }
    return bytes.filter { $0 != Ascii.underscore }
  }
}
