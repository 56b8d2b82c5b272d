// Python's str.format: fields in braces, with attributes and items looked up as the template does.

extension Renderer {
  func format(_ format: Text, _ arguments: CallValues) throws(TemplateError) -> Text {
    var fields = FieldReader(arguments: arguments)
    var result = Text()
    let bytes = format.bytes
    var place = 0
    while place < bytes.count {
      let byte = bytes[place]
      let isDoubled = place + 1 < bytes.count && bytes[place + 1] == byte
      guard byte == Ascii.leftBrace || byte == Ascii.rightBrace else {
        result.bytes.append(byte)
        place += 1
        continue
      }
      if isDoubled {
        result.bytes.append(byte)
        place += 2
        continue
      }
      guard byte == Ascii.leftBrace else { throw failure("a brace in the format closes nothing") }
      let text = try field(bytes, &place, &fields)
      try allocate(text.bytes.count)
      result.bytes += text.bytes
    }
    return result
  }

  /// Which arguments fields without a name stand for.
  private struct FieldReader {
    let arguments: CallValues
    var next = 0
    var isNumbered: Bool?
  }

  private func field(
    _ bytes: [UInt8], _ place: inout Int, _ fields: inout FieldReader
  ) throws(TemplateError) -> Text {
    let start = place + 1
    guard let end = bytes[start...].firstIndex(of: Ascii.rightBrace) else {
      throw failure("a brace in the format is not closed")
    }
    let inside = bytes[start..<end]
    guard !inside.contains(Ascii.leftBrace) else {
      throw error(.unsupported, "a field inside a field of a format")
    }
    place = end + 1
    let head = inside.prefix { $0 != UInt8(ascii: "!") && $0 != UInt8(ascii: ":") }
    var rest = Array(inside.dropFirst(head.count))
    var value = try value(of: Array(head), &fields)
    if rest.first == UInt8(ascii: "!") {
      guard rest.count > 1, rest.count == 2 || rest[2] == UInt8(ascii: ":") else {
        throw failure("a conversion in the format is one letter")
      }
      switch rest[1] {
      case UInt8(ascii: "s"): value = .string(try string(of: value))
      case UInt8(ascii: "r"): value = .string(try representation(of: value))
      default: throw failure("the format has no conversion of this letter")
      }
      rest.removeFirst(2)
    }
    return try format(value, Array(rest.dropFirst()))
  }

  private func value(
    of path: [UInt8], _ fields: inout FieldReader
  ) throws(TemplateError) -> Value {
    let dot = UInt8(ascii: ".")
    let bracket = UInt8(ascii: "[")
    let first = Text(bytes: path.prefix { $0 != dot && $0 != bracket })
    var value: Value
    let index = first.isAll(\.isDigit) ? Int(first.string) : nil
    if path.isEmpty || index != nil {
      // Only a field that is a number and nothing else counts against fields without one.
      if path.count == first.bytes.count {
        let isNumbered = index != nil
        guard fields.isNumbered == nil || fields.isNumbered == isNumbered else {
          throw failure("the format numbers some fields and not others")
        }
        fields.isNumbered = isNumbered
      }
      let number = index ?? fields.next
      if index == nil { fields.next += 1 }
      guard fields.arguments.positional.indices.contains(number) else {
        throw failure("the format finds no argument \(number)")
      }
      value = fields.arguments.positional[number]
    } else {
      guard let found = fields.arguments.keywords.first(where: { $0.name == first }) else {
        throw failure("the format finds no \(first.string)")
      }
      value = found.value
    }
    var place = first.bytes.count
    while place < path.count {
      let isItem = path[place] == bracket
      let name = path[(place + 1)...].prefix {
        isItem ? $0 != UInt8(ascii: "]") : $0 != dot && $0 != bracket
      }
      let key = Text(bytes: name)
      guard !key.isEmpty, isItem ? name.endIndex < path.count : true else {
        throw failure("a name in the format is empty")
      }
      if isItem {
        value = try item(Int(key.string).map(Value.int) ?? .string(key), of: value)
      } else {
        value = try attribute(key, of: value)
      }
      place = name.endIndex + (isItem ? 1 : 0)
      guard place == path.count || path[place] == dot || path[place] == bracket else {
        throw failure("a name in the format is malformed")
      }
    }
    return value
  }

  /// Python's `format(value, specification)`.
  private func format(_ value: Value, _ bytes: [UInt8]) throws(TemplateError) -> Text {
    guard !bytes.isEmpty else { return try string(of: value) }
    let specification = try braceSpecification(bytes)
    switch value {
    case .string(let text):
      guard specification.kind == 0 || specification.kind == UInt8(ascii: "s"),
        specification.sign.isEmpty, specification.grouping == nil, !specification.isAlternate
      else { throw failure("the format does not fit a string") }
      let end = specification.precision.map(text.byteOffset(ofCharacter:)) ?? text.bytes.count
      return try pad(Text(bytes: text.bytes[..<end]), specification, otherwise: .left)
    case .bool, .int: return try format(try integer(value), as: specification)
    case .double(let double):
      if specification.kind == 0 {
        guard specification.precision == nil, specification.grouping == nil else {
          throw error(.unsupported, "a precision without a letter in a format")
        }
        let sign = double.sign == .minus ? "-" : specification.sign
        let text = sign + Text(PythonFloat.representation(double.magnitude))
        return try pad(text, specification, signLength: sign.bytes.count, otherwise: .right)
      }
      guard "eEfFgG%".utf8.contains(specification.kind) else {
        throw failure("the format does not fit a number")
      }
      return try format(double, specification)
    default: throw failure("the format does not fit \(value.typeName)")
    }
  }

  private func format(
    _ integer: Int, as specification: FormatSpecification
  ) throws(TemplateError) -> Text {
    if "eEfFgG%".utf8.contains(specification.kind) {
      return try format(Double(integer), specification)
    }
    guard specification.kind == 0 || "dboxX".utf8.contains(specification.kind),
      specification.precision == nil
    else { throw failure("the format does not fit an integer") }
    if specification.grouping != nil
      && !(specification.kind == 0 || specification.kind == UInt8(ascii: "d"))
    {
      throw error(.unsupported, "grouped digits in another base than ten")
    }
    return try format(integer, specification)
  }

  private func braceSpecification(_ bytes: [UInt8]) throws(TemplateError) -> FormatSpecification {
    var result = FormatSpecification()
    var place = 0
    let alignments: [UInt8: FormatSpecification.Alignment] = [
      UInt8(ascii: "<"): .left, UInt8(ascii: ">"): .right, UInt8(ascii: "^"): .center,
      UInt8(ascii: "="): .afterSign,
    ]
    let fillEnd = Text.next(after: 0, in: bytes)
    if fillEnd < bytes.count, let alignment = alignments[bytes[fillEnd]] {
      result.fill = Text(bytes: bytes[..<fillEnd])
      result.alignment = alignment
      place = fillEnd + 1
    } else if let alignment = alignments[bytes[0]] {
      result.alignment = alignment
      place = 1
    }
    if place < bytes.count, "+- ".utf8.contains(bytes[place]) {
      if bytes[place] != Ascii.minus { result.sign = Text(bytes: [bytes[place]]) }
      place += 1
    }
    if place < bytes.count, bytes[place] == Ascii.hash {
      result.isAlternate = true
      place += 1
    }
    if place < bytes.count, bytes[place] == Ascii.zero {
      if result.alignment == nil {
        result.fill = "0"
        result.alignment = .afterSign
      }
      place += 1
    }
    result.width = try number(bytes, &place, atMost: FormatSpecification.widest) ?? 0
    if place < bytes.count, bytes[place] == UInt8(ascii: ",") || bytes[place] == Ascii.underscore {
      result.grouping = Text(bytes: [bytes[place]])
      place += 1
    }
    if place < bytes.count, bytes[place] == Ascii.dot {
      place += 1
      guard let precision = try number(bytes, &place, atMost: FormatSpecification.mostPrecise)
      else {
        throw failure("a precision in the format is missing")
      }
      result.precision = precision
    }
    if place < bytes.count {
      result.kind = bytes[place]
      place += 1
    }
    guard place == bytes.count else { throw failure("the format is malformed") }
    if result.alignment == .afterSign && result.fill == "0" && result.grouping != nil {
      throw error(.unsupported, "grouped digits filled with zeros")
    }
    return result
  }
}
