// The tojson filter as transformers defines it: Python's json.dumps that keeps what is not ASCII.

/// How JSON is laid out.
struct JSONLayout {
  var escapesNonASCII = false
  /// One level of indentation; nil for one line.
  var indent: Text?
  var itemSeparator: Text
  var keySeparator: Text
  var sortsKeys = false
}

extension Renderer {
  /// The filter with its arguments.
  func json(_ value: Value, _ arguments: CallValues) throws(TemplateError) -> Text {
    let values = try bind(
      arguments, ["ensure_ascii", "indent", "separators", "sort_keys"], required: 0, to: "tojson")
    let indent = try indentation(values[1])
    var layout = JSONLayout(
      indent: indent, itemSeparator: indent == nil ? ", " : ",", keySeparator: ": ")
    layout.escapesNonASCII =
      try values[0].map { value throws(TemplateError) in try truth(of: value) } ?? false
    layout.sortsKeys =
      try values[3].map { value throws(TemplateError) in try truth(of: value) } ?? false
    switch values[2] {
    case nil, .some(.none): break
    case .some(let separators):
      let parts = try items(of: separators, for: "separators").compactMap(\.text)
      guard parts.count == 2 else { throw failure("separators are two strings") }
      layout.itemSeparator = parts[0]
      layout.keySeparator = parts[1]
    }
    var result = Text()
    try write(value, as: layout, level: 1, to: &result)
    return result
  }

  private func indentation(_ value: Value?) throws(TemplateError) -> Text? {
    switch value {
    case nil, .some(.none): return nil
    case .some(let value):
      if let text = value.text { return text }
      return try repeated(" ", try integer(value))
    }
  }

  private func add(_ text: Text, to result: inout Text) throws(TemplateError) {
    try allocate(text.bytes.count)
    result.bytes += text.bytes
  }

  private func write(
    _ value: Value, as layout: JSONLayout, level: Int, to result: inout Text
  ) throws(TemplateError) {
    try work(1)
    switch value {
    case .none: try add("null", to: &result)
    case .bool(let bool): try add(bool ? "true" : "false", to: &result)
    case .int(let int): try add(Text(String(int)), to: &result)
    case .double(let double): try add(Text(number(double)), to: &result)
    case .string(let text), .safe(let text): try quote(text, layout, to: &result)
    case .list(let items), .tuple(let items):
      try write(
        count: items.values.count, between: "[", "]", layout, level, to: &result
      ) { place, result throws(TemplateError) in
        try write(items.values[place], as: layout, level: level + 1, to: &result)
      }
    case .mapping(let mapping):
      let order = try order(of: mapping, layout)
      try write(
        count: order.count, between: "{", "}", layout, level, to: &result
      ) { place, result throws(TemplateError) in
        try quote(try name(mapping.keys[order[place]]), layout, to: &result)
        try add(layout.keySeparator, to: &result)
        try write(mapping.values[order[place]], as: layout, level: level + 1, to: &result)
      }
    case .undefined, .view, .range, .lazy, .namespace, .loop, .function:
      throw failure("\(value.typeName) is no JSON")
    }
  }

  private func write(
    count: Int, between open: Text, _ close: Text, _ layout: JSONLayout, _ level: Int,
    to result: inout Text, _ writeItem: (Int, inout Text) throws(TemplateError) -> Void
  ) throws(TemplateError) {
    guard count > 0 else { return try add(open + close, to: &result) }
    try add(open, to: &result)
    for place in 0..<count {
      if place > 0 { try add(layout.itemSeparator, to: &result) }
      if let indent = layout.indent { try add("\n" + (try repeated(indent, level)), to: &result) }
      try writeItem(place, &result)
    }
    if let indent = layout.indent { try add("\n" + (try repeated(indent, level - 1)), to: &result) }
    try add(close, to: &result)
  }

  private func order(of mapping: Mapping, _ layout: JSONLayout) throws(TemplateError) -> [Int] {
    let places = Array(mapping.keys.indices)
    guard layout.sortsKeys else { return places }
    return try sorted(places) { first, second throws(TemplateError) in
      try isLess(mapping.keys[first], mapping.keys[second], "<")
    }
  }

  /// A key as JSON's string.
  private func name(_ key: Value) throws(TemplateError) -> Text {
    switch key {
    case .string(let text), .safe(let text): return text
    case .none: return "null"
    case .bool(let bool): return bool ? "true" : "false"
    case .int(let int): return Text(String(int))
    case .double(let double): return Text(number(double))
    default: throw failure("\(key.typeName) is no key of JSON")
    }
  }

  private func number(_ double: Double) -> String {
    if double.isNaN { return "NaN" }
    if double.isInfinite { return double < 0 ? "-Infinity" : "Infinity" }
    return PythonFloat.representation(double)
  }

  private func quote(
    _ text: Text, _ layout: JSONLayout, to result: inout Text
  ) throws(TemplateError) {
    try allocate(text.bytes.count * (layout.escapesNonASCII ? 3 : 1))
    result.bytes.append(Ascii.quote)
    if layout.escapesNonASCII && !text.isASCII {
      for unit in text.string.utf16 {
        if unit < 0x80 {
          quote(UInt8(unit), to: &result)
        } else {
          result.bytes += hexadecimal(unit).utf8
        }
      }
    } else {
      for byte in text.bytes { quote(byte, to: &result) }
    }
    result.bytes.append(Ascii.quote)
  }

  private func quote(_ byte: UInt8, to result: inout Text) {
    switch byte {
    case Ascii.quote: result.bytes += "\\\"".utf8
    case Ascii.backslash: result.bytes += "\\\\".utf8
    case 0x0A: result.bytes += "\\n".utf8
    case 0x0D: result.bytes += "\\r".utf8
    case 0x09: result.bytes += "\\t".utf8
    case 0x0C: result.bytes += "\\f".utf8
    case 0x08: result.bytes += "\\b".utf8
    case 0..<0x20: result.bytes += hexadecimal(UInt16(byte)).utf8
    default: result.bytes.append(byte)
    }
  }

  private func hexadecimal(_ unit: UInt16) -> String {
    let digits = String(unit, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }
}
