// Python's str and repr: what {{ }} writes and what stands inside printed lists.

extension Renderer {
  /// Python's `str`.
  func string(of value: Value) throws(TemplateError) -> Text {
    switch value {
    case .undefined: return Text()
    case .string(let text), .safe(let text): return text
    default:
      var result = Text()
      try print(value, to: &result)
      return result
    }
  }

  /// Python's `repr`.
  func representation(of value: Value) throws(TemplateError) -> Text {
    var result = Text()
    try print(value, to: &result)
    return result
  }

  private func add(_ text: String, to result: inout Text) throws(TemplateError) {
    try allocate(text.utf8.count)
    result.bytes += text.utf8
  }

  private func print(_ value: Value, to result: inout Text) throws(TemplateError) {
    try work(1)
    switch value {
    case .undefined: try add("Undefined", to: &result)
    case .none: try add("None", to: &result)
    case .bool(let bool): try add(bool ? "True" : "False", to: &result)
    case .int(let int): try add(String(int), to: &result)
    case .double(let double): try add(PythonFloat.representation(double), to: &result)
    case .string(let text): try quote(text, to: &result)
    case .safe(let text):
      try add("Markup(", to: &result)
      try quote(text, to: &result)
      try add(")", to: &result)
    case .list(let items): try print(items.values, between: "[", "]", to: &result)
    case .tuple(let items):
      try print(items.values, between: "(", items.values.count == 1 ? ",)" : ")", to: &result)
    case .mapping(let mapping): try print(mapping, to: &result)
    case .view(let view):
      try add(view.kind.rawValue + "(", to: &result)
      try print(view.values, between: "[", "]", to: &result)
      try add(")", to: &result)
    case .range(let range):
      let step = range.step == 1 ? "" : ", \(range.step)"
      try add("range(\(range.start), \(range.stop)\(step))", to: &result)
    case .namespace: throw error(.unsupported, "printing a namespace")
    case .loop(let loop):
      try add("<LoopContext \(loop.index0 + 1)/\(try loop.length())>", to: &result)
    case .lazy: throw error(.unsupported, "printing a lazy sequence; put `| list` before")
    case .function(let function):
      guard case .macro(let closure) = function.kind else {
        throw error(.unsupported, "printing a function; is a call missing its parentheses?")
      }
      try add("<Macro ", to: &result)
      try quote(closure.macro.name, to: &result)
      try add(">", to: &result)
    }
  }

  private func print(
    _ items: [Value], between open: String, _ close: String, to result: inout Text
  ) throws(TemplateError) {
    try add(open, to: &result)
    for (place, item) in items.enumerated() {
      if place > 0 { try add(", ", to: &result) }
      try print(item, to: &result)
    }
    try add(close, to: &result)
  }

  private func print(_ mapping: Mapping, to result: inout Text) throws(TemplateError) {
    try add("{", to: &result)
    for (place, (key, value)) in zip(mapping.keys, mapping.values).enumerated() {
      if place > 0 { try add(", ", to: &result) }
      try print(key, to: &result)
      try add(": ", to: &result)
      try print(value, to: &result)
    }
    try add("}", to: &result)
  }

  private func quote(_ text: Text, to result: inout Text) throws(TemplateError) {
    try allocate(text.bytes.count * 2)
    let usesDouble =
      text.bytes.contains(Ascii.apostrophe) && !text.bytes.contains(Ascii.quote)
    let quote = usesDouble ? Ascii.quote : Ascii.apostrophe
    result.bytes.append(quote)
    for scalar in text.string.unicodeScalars {
      switch scalar {
      case "\\": result.bytes += "\\\\".utf8
      case "\n": result.bytes += "\\n".utf8
      case "\r": result.bytes += "\\r".utf8
      case "\t": result.bytes += "\\t".utf8
      case "'" where !usesDouble: result.bytes += "\\'".utf8
      default:
        result.bytes += scalar.isPrintable ? Text(scalar).bytes : Array(escape(scalar).utf8)
      }
    }
    result.bytes.append(quote)
  }

  private func escape(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    let (letter, width) =
      scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
    return "\\" + letter + String(repeating: "0", count: width - digits.count) + digits
  }
}

extension Unicode.Scalar {
  /// Python's `str.isprintable` of one character.
  fileprivate var isPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      false
    case .spaceSeparator: self == " "
    default: true
    }
  }
}

/// Python's shortest text of a floating-point number.
enum PythonFloat {
  static func representation(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    if value.isInfinite { return value < 0 ? "-inf" : "inf" }
    // Swift and Python agree on the shortest digits, not on where the point stands.
    let (digits, exponent) = parts(of: value.magnitude)
    let sign = value.sign == .minus ? "-" : ""
    guard (-4..<16).contains(exponent) else {
      let first = String(digits.prefix(1))
      let rest = digits.count > 1 ? "." + digits.dropFirst() : ""
      let size = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
      return sign + first + rest + "e" + (exponent < 0 ? "-" : "+") + size
    }
    if exponent < 0 {
      return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits
    }
    let padded = digits + String(repeating: "0", count: max(exponent + 1 - digits.count, 0))
    let fraction = padded.dropFirst(exponent + 1)
    return sign + padded.prefix(exponent + 1) + "." + (fraction.isEmpty ? "0" : fraction)
  }

  /// The significant digits without zeros around them, and the power of ten of the first.
  private static func parts(of value: Double) -> (digits: String, exponent: Int) {
    if value == 0 { return ("0", 0) }
    let spelled = value.description.split(separator: "e")
    let shift = spelled.count > 1 ? Int(spelled[1]) ?? 0 : 0
    let halves = spelled[0].split(separator: ".", omittingEmptySubsequences: false)
    let whole = String(halves[0])
    let all = whole + (halves.count > 1 ? halves[1] : "")
    let leading = all.prefix { $0 == "0" }.count
    var digits = String(all.dropFirst(leading))
    while digits.count > 1 && digits.last == "0" { digits.removeLast() }
    return (digits, whole.count - 1 - leading + shift)
  }
}
