// JSON out: on one line, or indented for people. Both are laid out as Python's json module does it.

extension JSONValue {
  /// The value on one line, members in their order.
  public var text: String {
    var text = ""
    write(to: &text, indent: nil)
    return text
  }

  /// The value over many lines, two spaces a level, members sorted by their keys.
  public var indentedText: String {
    var text = ""
    write(to: &text, indent: 0)
    return text
  }

  private func write(to text: inout String, indent: Int?) {
    switch self {
    case .null: text += "null"
    case .boolean(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let written): text += written
    case .string(let content): text += quoted(content)
    case .array(let elements):
      Self.write("[", elements, "]", to: &text, indent) { $0.write(to: &$1, indent: $2) }
    case .object(let members):
      let members = indent == nil ? Array(members) : members.sorted { $0.key < $1.key }
      Self.write("{", members, "}", to: &text, indent) {
        $1 += quoted($0.key) + ": "
        $0.value.write(to: &$1, indent: $2)
      }
    }
  }

  private static func write<Part>(
    _ opening: String, _ parts: [Part], _ closing: String, to text: inout String, _ indent: Int?,
    part: (Part, inout String, Int?) -> Void
  ) {
    text += opening
    for (place, one) in parts.enumerated() {
      if let indent {
        text += (place > 0 ? ",\n" : "\n") + String(repeating: "  ", count: indent + 1)
      } else if place > 0 {
        text += ", "
      }
      part(one, &text, indent.map { $0 + 1 })
    }
    if let indent, !parts.isEmpty { text += "\n" + String(repeating: "  ", count: indent) }
    text += closing
  }
}

/// A text as JSON writes it, with its quotes; what is outside ASCII stays as it is.
public func quoted(_ text: String) -> String {
  var quoted = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": quoted += "\\\""
    case "\\": quoted += "\\\\"
    case "\n": quoted += "\\n"
    case "\r": quoted += "\\r"
    case "\t": quoted += "\\t"
    case "\u{8}": quoted += "\\b"
    case "\u{C}": quoted += "\\f"
    case "\0"..<" ":
      let digits = String(scalar.value, radix: 16)
      quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: quoted.unicodeScalars.append(scalar)
    }
  }
  return quoted + "\""
}
