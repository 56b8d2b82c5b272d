// The filters that make text.

extension Renderer {
  func applyText(
    _ filter: Filter, to value: Value, _ arguments: CallValues
  ) throws(TemplateError) -> Value {
    switch filter {
    case .safe:
      _ = try bind(arguments, [], required: 0, to: "safe")
      return .safe(try soft(value))
    case .escape, .e:
      _ = try bind(arguments, [], required: 0, to: "escape")
      if case .safe = value { return value }
      return .safe(try escaped(try soft(value)))
    case .forceescape:
      _ = try bind(arguments, [], required: 0, to: "forceescape")
      return .safe(try escaped(try soft(value)))
    case .string:
      _ = try bind(arguments, [], required: 0, to: "string")
      return marked(try soft(value), like: value)
    case .upper, .lower, .capitalize, .title, .wordcount:
      _ = try bind(arguments, [], required: 0, to: filter.rawValue)
      return try recased(value, by: filter)
    case .trim:
      let values = try bind(arguments, ["chars"], required: 0, to: "trim")
      let text = try soft(value)
      try allocate(text.bytes.count)
      let chars = CallValues(positional: values.compactMap(\.self))
      return marked(try stripped(text, [.start, .end], chars), like: value)
    case .replace: return try replace(value, arguments)
    case .join: return try join(value, arguments)
    case .format: return try formatFilter(value, arguments)
    case .indent: return try indented(value, arguments)
    case .truncate: return try truncated(value, arguments)
    default:
      let values = try bind(arguments, ["width"], required: 0, to: "center")
      let width = try values[0].map { value throws(TemplateError) in try integer(value) } ?? 80
      return marked(try padded(try soft(value), to: width, with: " ", .center), like: value)
    }
  }

  private func recased(_ value: Value, by filter: Filter) throws(TemplateError) -> Value {
    let text = try soft(value)
    try allocate(text.bytes.count)
    switch filter {
    case .upper: return marked(text.uppercased, like: value)
    case .lower: return marked(text.lowercased, like: value)
    case .capitalize: return marked(text.capitalized, like: value)
    case .wordcount: return .int(wordCount(text))
    default: return .string(headlined(text))
    }
  }

  /// Runs of what `\w` matches in Python.
  private func wordCount(_ text: Text) -> Int {
    var count = 0
    var isInside = false
    for scalar in text.string.unicodeScalars {
      let isWord = scalar.isAlphanumeric || scalar == "_"
      if isWord && !isInside { count += 1 }
      isInside = isWord
    }
    return count
  }

  /// Jinja's title: a word begins after white space, a hyphen or an opening bracket.
  private func headlined(_ text: Text) -> Text {
    let openers: Set<Unicode.Scalar> = ["-", "(", "{", "[", "<"]
    var result = Text()
    var word = Text()
    func flush() {
      if let first = word.scalars.first {
        result.bytes += Text(first).uppercased.bytes
        result.bytes += Text(bytes: word.bytes.dropFirst(Text(first).bytes.count)).lowercased.bytes
      }
      word = Text()
    }
    for scalar in text.string.unicodeScalars {
      if openers.contains(scalar) || Whitespace.isSpace(scalar) {
        flush()
        result.bytes += Text(scalar).bytes
      } else {
        word.bytes += Text(scalar).bytes
      }
    }
    flush()
    return result
  }

  private func replace(_ value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
    let values = try bind(arguments, ["old", "new", "count"], required: 2, to: "replace")
    let limit: Int
    switch values[2] {
    case nil, .some(.none): limit = -1
    case .some(let value): limit = try integer(value)
    }
    return .string(
      try replaced(
        try soft(value), try soft(values[0] ?? .none), try soft(values[1] ?? .none), limit))
  }

  private func join(_ value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
    let values = try bind(arguments, ["d", "attribute"], required: 0, to: "join")
    let path = try path(values[1])
    var parts: [Text] = []
    for item in try items(of: value, for: "join") {
      parts.append(try soft(try self.value(at: path, of: item)))
    }
    return .string(try joined(parts, try soft(values[0] ?? .string(Text()))))
  }

  private func formatFilter(
    _ value: Value, _ arguments: CallValues
  ) throws(TemplateError) -> Value {
    if case .safe = value { throw error(.unsupported, "the filter format on a safe string") }
    if arguments.keywords.isEmpty {
      return .string(try printf(try soft(value), .tuple(arguments.positional)))
    }
    guard arguments.positional.isEmpty else { throw failure("format takes values or names") }
    var builder = Mapping.Builder()
    for keyword in arguments.keywords {
      builder.set(keyword.value, for: .text(keyword.name), spelled: .string(keyword.name))
    }
    return .string(try printf(try soft(value), .mapping(builder.build())))
  }

  private func indented(_ value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
    let values = try bind(arguments, ["width", "first", "blank"], required: 0, to: "indent")
    guard case .string(let text) = value else {
      if case .safe = value { throw error(.unsupported, "the filter indent on a safe string") }
      if case .undefined(let undefined) = value { throw failure(undefined.reason) }
      throw failure("indent takes a string, not \(value.typeName)")
    }
    let indentation: Text
    if let given = values[0]?.text {
      indentation = given
    } else {
      indentation = try repeated(
        " ", try values[0].map { value throws(TemplateError) in try integer(value) } ?? 4)
    }
    let indentsFirst = try flag(values[1])
    let indentsBlank = try flag(values[2])
    let lines = (text + "\n").lines(keepingEnds: false)
    let (growth, overflows) = lines.count.multipliedReportingOverflow(
      by: indentation.bytes.count + 1)
    try allocate(overflows ? Int.max / 2 : text.bytes.count + growth)
    var result = indentsFirst ? indentation : Text()
    for (place, line) in lines.enumerated() {
      if place > 0 {
        result.bytes.append(Ascii.newline)
        if indentsBlank || !line.isEmpty { result.bytes += indentation.bytes }
      }
      result.bytes += line.bytes
    }
    return .string(result)
  }

  private func truncated(_ value: Value, _ arguments: CallValues) throws(TemplateError) -> Value {
    let values = try bind(
      arguments, ["length", "killwords", "end", "leeway"], required: 0, to: "truncate")
    guard case .string(let text) = value else {
      throw failure("truncate takes a string, not \(value.typeName)")
    }
    let length = try values[0].map { value throws(TemplateError) in try integer(value) } ?? 255
    let end = try values[2].map { value throws(TemplateError) in try soft(value) } ?? "..."
    var leeway = 5
    switch values[3] {
    case nil, .some(.none): break
    case .some(let value): leeway = try integer(value)
    }
    guard length >= end.length, leeway >= 0 else { throw failure("truncate cannot be that short") }
    try allocate(text.bytes.count)
    let (limit, overflows) = length.addingReportingOverflow(leeway)
    if overflows || text.length <= limit { return value }
    let cut = Text(bytes: text.bytes[..<text.byteOffset(ofCharacter: length - end.length)])
    if try flag(values[1]) { return .string(cut + end) }
    return .string((cut.splitFromEnd(separator: " ", limit: 1).first ?? cut) + end)
  }
}
