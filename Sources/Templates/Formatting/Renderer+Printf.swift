// Python's % on strings, which the filter `format` is too.

extension Renderer {
  /// `format % arguments`.
  func printf(_ format: Text, _ arguments: Value) throws(TemplateError) -> Text {
    var queue: [Value] = [arguments]
    var named: Mapping?
    if case .tuple(let items) = arguments { queue = items.values }
    if case .mapping(let mapping) = arguments { named = mapping }
    var result = Text()
    var next = 0
    var place = 0
    let bytes = format.bytes
    while place < bytes.count {
      guard bytes[place] == Ascii.percent else {
        let end = bytes[place...].firstIndex(of: Ascii.percent) ?? bytes.count
        try allocate(end - place)
        result.bytes += bytes[place..<end]
        place = end
        continue
      }
      place += 1
      var value: Value?
      if place < bytes.count, bytes[place] == UInt8(ascii: "(") {
        guard let mapping = named else { throw failure("the format needs a mapping") }
        let name = try parenthesised(bytes, &place)
        guard let found = mapping.value(for: .text(name)) else {
          throw failure("the format finds no \(name.string)")
        }
        value = found
      }
      let specification = try printfSpecification(bytes, &place)
      if specification.kind == Ascii.percent {
        result.bytes.append(Ascii.percent)
        continue
      }
      if value == nil {
        guard next < queue.count else { throw failure("the format needs more values") }
        value = queue[next]
        next += 1
      }
      let text = try printf(value ?? .none, specification)
      try allocate(text.bytes.count)
      result.bytes += text.bytes
    }
    guard hasKeys(arguments) || next == queue.count else {
      throw failure("the format takes \(next) values, there are \(queue.count)")
    }
    return result
  }

  /// Whether Python takes the value for a mapping here, which need not be used up.
  private func hasKeys(_ value: Value) -> Bool {
    switch value {
    case .mapping, .list, .range, .undefined: true
    default: false
    }
  }

  private func parenthesised(_ bytes: [UInt8], _ place: inout Int) throws(TemplateError) -> Text {
    let start = place + 1
    var depth = 0
    while place < bytes.count {
      if bytes[place] == UInt8(ascii: "(") { depth += 1 }
      if bytes[place] == UInt8(ascii: ")") { depth -= 1 }
      place += 1
      if depth == 0 { return Text(bytes: bytes[start..<(place - 1)]) }
    }
    throw failure("a name in the format is not closed")
  }

  private func printfSpecification(
    _ bytes: [UInt8], _ place: inout Int
  ) throws(TemplateError) -> FormatSpecification {
    var result = FormatSpecification()
    var padsWithZeros = false
    flags: while place < bytes.count {
      switch bytes[place] {
      case Ascii.minus: result.alignment = .left
      case Ascii.plus: result.sign = "+"
      case Ascii.space: if result.sign.isEmpty { result.sign = " " }
      case Ascii.hash: result.isAlternate = true
      case Ascii.zero: padsWithZeros = true
      default: break flags
      }
      place += 1
    }
    result.width = try number(bytes, &place, atMost: FormatSpecification.widest) ?? 0
    if place < bytes.count, bytes[place] == Ascii.dot {
      place += 1
      result.precision = try number(bytes, &place, atMost: FormatSpecification.mostPrecise) ?? 0
    }
    while place < bytes.count, [0x68, 0x6C, 0x4C].contains(bytes[place]) { place += 1 }
    guard place < bytes.count else { throw failure("the format is cut short") }
    result.kind = bytes[place]
    place += 1
    if padsWithZeros && result.alignment == nil && result.kind != UInt8(ascii: "s") {
      result.fill = "0"
      result.alignment = .afterSign
    }
    return result
  }

  /// The number at `place`, nil when there is none.
  func number(
    _ bytes: [UInt8], _ place: inout Int, atMost limit: Int
  ) throws(TemplateError) -> Int? {
    let digits = bytes[place...].prefix { (0x30...0x39).contains($0) }
    guard !digits.isEmpty else { return nil }
    place = digits.endIndex
    guard let number = Int(String(decoding: digits, as: UTF8.self)), number <= limit else {
      throw error(.limit, "a width or precision over \(limit)")
    }
    return number
  }

  private func printf(
    _ value: Value, _ specification: FormatSpecification
  ) throws(TemplateError) -> Text {
    var specification = specification
    switch specification.kind {
    case UInt8(ascii: "s"), UInt8(ascii: "r"):
      var text =
        specification.kind == UInt8(ascii: "s")
        ? try string(of: value) : try representation(of: value)
      if let precision = specification.precision {
        text = Text(bytes: text.bytes[..<text.byteOffset(ofCharacter: precision)])
      }
      return try pad(text, specification, otherwise: .right)
    case UInt8(ascii: "d"), UInt8(ascii: "i"), UInt8(ascii: "u"):
      return try format(try truncated(value), specification)
    case UInt8(ascii: "x"), UInt8(ascii: "X"), UInt8(ascii: "o"):
      return try format(try integer(value), specification)
    case UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "f"), UInt8(ascii: "F"),
      UInt8(ascii: "g"), UInt8(ascii: "G"):
      if case .double(let double) = value { return try format(double, specification) }
      return try format(Double(try integer(value)), specification)
    case UInt8(ascii: "c"):
      specification.precision = nil
      if let text = value.text, text.length == 1 {
        return try pad(text, specification, otherwise: .right)
      }
      guard let code = value.integer.flatMap(UInt32.init(exactly:)),
        let scalar = Unicode.Scalar(code)
      else { throw failure("%c takes one character") }
      return try pad(Text(scalar), specification, otherwise: .right)
    case UInt8(ascii: "a"): throw error(.unsupported, "%a")
    default: throw failure("the format has no kind of this letter")
    }
  }

  private func truncated(_ value: Value) throws(TemplateError) -> Int {
    guard case .double(let double) = value else { return try integer(value) }
    guard double.isFinite else { throw failure("no integer is infinite or not a number") }
    guard let integer = Int(exactly: double.rounded(.towardZero)) else {
      throw error(.unsupported, "an integer of more than 64 bits")
    }
    return integer
  }
}
