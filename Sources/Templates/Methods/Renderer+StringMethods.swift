// The methods of strings, with Python's arguments and results.

/// The methods of strings that are there.
enum StringMethod: String {
  case upper, lower, title, capitalize, swapcase, casefold
  case strip, lstrip, rstrip, removeprefix, removesuffix
  case split, rsplit, splitlines, partition, rpartition
  case startswith, endswith, find, rfind, index, rindex, count
  case replace, join, format, center, ljust, rjust, zfill
  case isupper, islower, isdigit, isdecimal, isnumeric, isalpha, isalnum, isspace, isascii
}

extension Renderer {
  func call(
    _ method: StringMethod, of text: Text, _ arguments: CallValues
  ) throws(TemplateError) -> Value {
    try allocate(text.bytes.count)
    switch method {
    case .upper, .lower, .title, .capitalize, .swapcase, .casefold, .isupper, .islower, .isdigit,
      .isdecimal, .isnumeric, .isalpha, .isalnum, .isspace, .isascii:
      _ = try bind(arguments, [], required: 0, to: method.rawValue)
      return transformed(text, by: method)
    case .strip: return .string(try stripped(text, [.start, .end], arguments))
    case .lstrip: return .string(try stripped(text, .start, arguments))
    case .rstrip: return .string(try stripped(text, .end, arguments))
    case .removeprefix, .removesuffix:
      let part = try strings(arguments, ["part"], to: method)[0]
      if method == .removeprefix {
        return .string(
          text.hasPrefix(part) ? Text(bytes: text.bytes.dropFirst(part.bytes.count)) : text)
      }
      return .string(
        text.hasSuffix(part) ? Text(bytes: text.bytes.dropLast(part.bytes.count)) : text)
    case .split, .rsplit: return try split(text, method, arguments)
    case .splitlines:
      let values = try bind(arguments, ["keepends"], required: 0, to: "splitlines")
      let keeps = try values[0].map { value throws(TemplateError) in try truth(of: value) } ?? false
      return try list(text.lines(keepingEnds: keeps))
    case .partition, .rpartition: return try partition(text, method, arguments)
    case .startswith, .endswith: return .bool(try affixed(text, method, arguments))
    case .find, .rfind, .index, .rindex, .count: return try search(text, method, arguments)
    case .replace:
      let values = try bind(
        positional(arguments), ["old", "new", "count"], required: 2, to: "replace")
      let limit = try values[2].map { value throws(TemplateError) in try integer(value) } ?? -1
      return .string(
        try replaced(text, try string(values[0], method), try string(values[1], method), limit))
    case .join:
      let values = try bind(positional(arguments), ["items"], required: 1, to: "join")
      let parts = try items(of: values[0] ?? .none, for: "join").map { part throws(TemplateError) in
        try string(part, method)
      }
      return .string(try joined(parts, text))
    case .format: return .string(try format(text, arguments))
    case .center, .ljust, .rjust, .zfill: return .string(try padded(text, method, arguments))
    }
  }

  private func transformed(_ text: Text, by method: StringMethod) -> Value {
    switch method {
    case .upper: .string(text.uppercased)
    case .title: .string(text.titlecased)
    case .capitalize: .string(text.capitalized)
    case .swapcase: .string(text.swappedCase)
    case .isupper: .bool(text.isUpper)
    case .islower: .bool(text.isLower)
    case .isdigit: .bool(text.isAll(\.isDigit))
    case .isdecimal: .bool(text.isAll { $0.properties.numericType == .decimal })
    case .isnumeric: .bool(text.isAll { $0.properties.numericType != nil })
    case .isalpha: .bool(text.isAll(\.isLetter))
    case .isalnum: .bool(text.isAll(\.isAlphanumeric))
    case .isspace: .bool(text.isAll(Whitespace.isSpace))
    case .isascii: .bool(text.isASCII)
    default: .string(text.lowercased)
    }
  }

  // MARK: Arguments

  /// The arguments, which Python's string methods do not take by keyword.
  private func positional(_ arguments: CallValues) throws(TemplateError) -> CallValues {
    guard arguments.keywords.isEmpty else { throw failure("the method takes no keywords") }
    return arguments
  }

  private func string(_ value: Value?, _ method: StringMethod) throws(TemplateError) -> Text {
    guard let text = value?.text else {
      throw failure("\(method.rawValue) takes strings, not \(value?.typeName ?? "nothing")")
    }
    return text
  }

  private func strings(
    _ arguments: CallValues, _ names: [Text], to method: StringMethod
  ) throws(TemplateError) -> [Text] {
    let values = try bind(positional(arguments), names, required: names.count, to: method.rawValue)
    return try values.map { value throws(TemplateError) in try string(value, method) }
  }

  func integer(_ value: Value) throws(TemplateError) -> Int {
    guard let integer = value.integer else {
      throw failure("an integer is needed, not \(value.typeName)")
    }
    return integer
  }

  func list(_ texts: [Text]) throws(TemplateError) -> Value {
    try allocate(items: texts.count)
    return .list(texts.map(Value.string))
  }

  // MARK: Cutting and joining

  func stripped(
    _ text: Text, _ ends: Text.Ends, _ arguments: CallValues
  ) throws(TemplateError) -> Text {
    let values = try bind(positional(arguments), ["chars"], required: 0, to: "strip")
    switch values[0] {
    case nil, .some(.none): return text.stripped(.whitespace, ends)
    case .some(let value):
      let characters = try string(value, .strip)
      try allocate(items: characters.bytes.count)
      return text.stripped(.characters(Set(characters.characters)), ends)
    }
  }

  private func split(
    _ text: Text, _ method: StringMethod, _ arguments: CallValues
  ) throws(TemplateError) -> Value {
    let values = try bind(arguments, ["sep", "maxsplit"], required: 0, to: method.rawValue)
    let given = try values[1].map { value throws(TemplateError) in try integer(value) } ?? -1
    let limit = given < 0 ? Int.max : given
    switch values[0] {
    case nil, .some(.none):
      return try list(method == .split ? text.words(limit: limit) : text.wordsFromEnd(limit: limit))
    case .some(let value):
      let separator = try string(value, method)
      guard !separator.isEmpty else { throw failure("the separator is empty") }
      return try list(
        method == .split
          ? text.split(separator: separator, limit: limit)
          : text.splitFromEnd(separator: separator, limit: limit))
    }
  }

  private func partition(
    _ text: Text, _ method: StringMethod, _ arguments: CallValues
  ) throws(TemplateError) -> Value {
    let separator = try strings(arguments, ["sep"], to: method)[0]
    guard !separator.isEmpty else { throw failure("the separator is empty") }
    let whole = text.bytes.indices
    let found =
      method == .partition
      ? text.occurrences(of: separator, in: whole, limit: 1).first
      : text.lastOccurrence(of: separator, in: whole)
    guard let found else {
      let parts = [text, Text(), Text()]
      return .tuple((method == .partition ? parts : parts.reversed()).map(Value.string))
    }
    let after = Text(bytes: text.bytes[(found + separator.bytes.count)...])
    return .tuple([.string(Text(bytes: text.bytes[..<found])), .string(separator), .string(after)])
  }

  func replaced(
    _ text: Text, _ old: Text, _ new: Text, _ limit: Int
  ) throws(TemplateError) -> Text {
    let limit = limit < 0 ? Int.max : limit
    let count =
      old.isEmpty
      ? min(text.length + 1, limit)
      : text.occurrences(of: old, in: text.bytes.indices, limit: limit).count
    let (growth, overflows) = count.multipliedReportingOverflow(by: new.bytes.count)
    try allocate(overflows ? Int.max / 2 : text.bytes.count + growth)
    return count == 0 ? text : text.replacing(old, with: new, limit: limit)
  }

  func joined(_ parts: [Text], _ separator: Text) throws(TemplateError) -> Text {
    let (separators, overflows) =
      separator.bytes.count.multipliedReportingOverflow(by: max(parts.count - 1, 0))
    try allocate(overflows ? Int.max / 2 : separators)
    for part in parts { try allocate(part.bytes.count) }
    return parts.joined(separator: separator)
  }

  // MARK: Searching

  private func affixed(
    _ text: Text, _ method: StringMethod, _ arguments: CallValues
  ) throws(TemplateError) -> Bool {
    let values = try bind(
      positional(arguments), ["part", "start", "end"], required: 1, to: method.rawValue)
    let (range, _) = try range(values[1], values[2], in: text)
    let affixes: [Value]
    if case .tuple(let items)? = values[0] {
      affixes = items.values
    } else {
      affixes = [values[0] ?? .none]
    }
    for affix in affixes {
      let part = try string(affix, method)
      guard let range else { continue }
      let whole = Text(bytes: text.bytes[range])
      if method == .startswith ? whole.hasPrefix(part) : whole.hasSuffix(part) { return true }
    }
    return false
  }

  /// The bytes between two character indices; nil when the start lies beyond the end.
  private func range(
    _ start: Value?, _ end: Value?, in text: Text
  ) throws(TemplateError) -> (Range<Int>?, start: Int) {
    if start == nil && end == nil { return (text.bytes.indices, 0) }
    let length = text.length
    func place(_ value: Value?, otherwise: Int) throws(TemplateError) -> Int {
      switch value {
      case nil, .some(.none): return otherwise
      case .some(let value):
        let index = try integer(value)
        return index < 0 ? max(index < -length ? 0 : index + length, 0) : index
      }
    }
    let first = try place(start, otherwise: 0)
    let last = min(try place(end, otherwise: length), length)
    guard first <= last else { return (nil, first) }
    return (text.byteOffset(ofCharacter: first)..<text.byteOffset(ofCharacter: last), first)
  }

  private func search(
    _ text: Text, _ method: StringMethod, _ arguments: CallValues
  ) throws(TemplateError) -> Value {
    let values = try bind(
      positional(arguments), ["part", "start", "end"], required: 1, to: method.rawValue)
    let part = try string(values[0], method)
    let (range, _) = try range(values[1], values[2], in: text)
    if method == .count {
      guard let range else { return .int(0) }
      if part.isEmpty { return .int(Text(bytes: text.bytes[range]).length + 1) }
      return .int(text.occurrences(of: part, in: range).count)
    }
    var found: Int?
    if let range {
      switch method {
      case .find, .index:
        found =
          part.isEmpty
          ? range.lowerBound : text.occurrences(of: part, in: range, limit: 1).first
      default:
        found = part.isEmpty ? range.upperBound : text.lastOccurrence(of: part, in: range)
      }
    }
    if let found { return .int(text.characterIndex(ofByte: found)) }
    guard method == .find || method == .rfind else { throw failure("the part is not found") }
    return .int(-1)
  }

  // MARK: Padding

  private func padded(
    _ text: Text, _ method: StringMethod, _ arguments: CallValues
  ) throws(TemplateError) -> Text {
    let values = try bind(
      positional(arguments), method == .zfill ? ["width"] : ["width", "fill"], required: 1,
      to: method.rawValue)
    let width = try integer(values[0] ?? .none)
    if method == .zfill {
      let isSigned = text.bytes.first == Ascii.minus || text.bytes.first == Ascii.plus
      let sign = Text(bytes: text.bytes.prefix(isSigned ? 1 : 0))
      let digits = Text(bytes: text.bytes.dropFirst(isSigned ? 1 : 0))
      return sign + (try repeated("0", width - text.length)) + digits
    }
    let fill = try values[1].map { value throws(TemplateError) in try string(value, method) } ?? " "
    guard fill.length == 1 else { throw failure("the fill is one character") }
    return try padded(text, to: width, with: fill, method)
  }

  func padded(
    _ text: Text, to width: Int, with fill: Text, _ method: StringMethod
  ) throws(TemplateError) -> Text {
    let length = text.length
    guard width > length else { return text }
    let missing = width - length
    let before =
      switch method {
      case .ljust: 0
      case .rjust: missing
      // Python puts the odd one before the text when the width is odd, and after it otherwise.
      default: missing / 2 + (missing & width & 1)
      }
    return try repeated(fill, before) + text + (try repeated(fill, missing - before))
  }
}
