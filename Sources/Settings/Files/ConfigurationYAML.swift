// The tree as YAML that reads back as the same tree.

/// The lines of a section, each without its newline.
func yamlLines(of section: ConfigurationSection, indentation: String) -> [String] {
  section.entries.flatMap { entry -> [String] in
    let key = indentation + quotedWhereNeeded(entry.key)
    guard case .section(let section) = entry.value, !section.entries.isEmpty else {
      return ["\(key): \(plainYAML(entry.value))"]
    }
    return ["\(key):"] + yamlLines(of: section, indentation: indentation + "  ")
  }
}

/// A value on one line.
func plainYAML(_ value: ConfigurationValue) -> String {
  switch value {
  case .boolean(let value):
    return "\(value)"
  case .integer(let value):
    return "\(value)"
  case .number(let value):
    if value.isNaN { return ".nan" }
    return value.isInfinite ? (value < 0 ? "-.inf" : ".inf") : "\(value)"
  case .text(let text):
    return quotedWhereNeeded(text)
  case .list(let values, _):
    return "[" + values.map(plainYAML).joined(separator: ", ") + "]"
  case .section(let section):
    let entries = section.entries.map { "\(quotedWhereNeeded($0.key)): \(plainYAML($0.value))" }
    return "{" + entries.joined(separator: ", ") + "}"
  }
}

/// The text as it is where no YAML reader could take it for anything else, otherwise in quotes.
private func quotedWhereNeeded(_ text: String) -> String {
  let reserved: Set<String> = [
    "true", "false", "yes", "no", "on", "off", "y", "n", "null", "inf", "nan",
  ]
  if isPlainWord(text), !reserved.contains(text.lowercased()) { return text }
  var quoted = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": quoted += "\\\""
    case "\\": quoted += "\\\\"
    case "\n": quoted += "\\n"
    case "\t": quoted += "\\t"
    case "\r": quoted += "\\r"
    default:
      if isPrintable(scalar) {
        quoted.unicodeScalars.append(scalar)
      } else {
        let digits = String(scalar.value, radix: 16)
        quoted += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
      }
    }
  }
  return quoted + "\""
}

/// Whether the text is a word or a path of ASCII that starts like one.
private func isPlainWord(_ text: String) -> Bool {
  func isLetter(_ byte: UInt8) -> Bool {
    (0x61...0x7A).contains(byte | 0x20) || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "/")
  }
  guard let first = text.utf8.first, isLetter(first) else { return false }
  return text.utf8.allSatisfy { isLetter($0) || isDigit($0) || "+-.".utf8.contains($0) }
}

/// Whether a character may stand in YAML as it is; line breaks of Unicode and the private
/// characters may not, lest a reader changes them.
private func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0x20..<0x7F, 0xA0..<0x2028, 0x202A..<0xD800, 0x10000..<0xF0000: true
  case 0xF900..<0xFEFF, 0xFF00..<0xFFFE: true
  default: false
  }
}
