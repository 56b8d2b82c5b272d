// JSON as data sets hold it: numbers keep the digits they were written with, so that a long integer
// or 0.50 as a right answer stays what it was, and columns keep their order.

/// Why a line is not a usable problem.
struct LineFault: Error, Equatable {
  var reason: String
}

/// One JSON value.
enum JSONValue: Equatable {
  case object([Member])
  case array([JSONValue])
  case string(String)
  /// As written.
  case number(String)
  case bool(Bool)
  case null

  /// One key with its value.
  struct Member: Equatable {
    var key: String
    var value: JSONValue
  }

  /// What kind of value it is, in words.
  var kind: String {
    switch self {
    case .object: "an object"
    case .array: "a list"
    case .string: "text"
    case .number: "a number"
    case .bool: "true or false"
    case .null: "null"
    }
  }

  /// Whether it is null.
  var isNull: Bool {
    guard case .null = self else { return false }
    return true
  }

  /// The value as JSON, on one line.
  var text: String {
    switch self {
    case .object(let members):
      "{" + members.map { "\(Self.quoted($0.key)): \($0.value.text)" }.joined(separator: ", ") + "}"
    case .array(let elements): "[" + elements.map(\.text).joined(separator: ", ") + "]"
    case .string(let text): Self.quoted(text)
    case .number(let written): written
    case .bool(let value): value ? "true" : "false"
    case .null: "null"
    }
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\0"..<" ":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// The value of a column: of this very key, or else, where the key has dots, of the object in
  /// the object.
  func column(_ path: String) throws(LineFault) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    // Bytes are compared: Swift takes two spellings of one accented letter for the same key.
    let found = members.filter { $0.key.utf8.elementsEqual(path.utf8) }
    guard found.count < 2 else { throw LineFault(reason: "the key '\(path)' occurs twice") }
    if let value = found.first?.value { return value }
    guard let dot = path.firstIndex(of: ".") else { return nil }
    return try column(String(path[..<dot]))?.column(String(path[path.index(after: dot)...]))
  }
}
