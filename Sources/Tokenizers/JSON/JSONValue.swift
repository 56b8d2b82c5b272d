// JSON as it stands in the file: members in order, keys and strings as bytes. Foundation's readers
// key objects by String, which merges canonically equal keys, that is, different tokens.

/// A JSON value.
package enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  /// A number without fraction and exponent that fits.
  case integer(Int)
  /// Any other number.
  case real(Double)
  /// A string's bytes: valid UTF-8.
  case string([UInt8])
  case array([JSONValue])
  /// The members in the file's order; the reader has refused duplicate keys.
  case object([JSONMember])

  /// What it is, for messages.
  package var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a truth value"
    case .integer: "an integer"
    case .real: "a number that is not an integer"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// A key with its value.
package struct JSONMember: Equatable, Sendable {
  /// The key's bytes: valid UTF-8.
  package let key: [UInt8]
  package let value: JSONValue
}

/// Bytes as a key: equal only when every byte is, and hashed in one go.
package struct ByteString: Hashable, Sendable {
  package let bytes: [UInt8]

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  package func hash(into hasher: inout Hasher) {
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
  }
}

/// Text as a JSON string, quotes included; everything outside ASCII stays as it is.
package func quotedForJSON(_ text: String) -> String {
  var quoted = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": quoted += "\\\""
    case "\\": quoted += "\\\\"
    case "\n": quoted += "\\n"
    case "\r": quoted += "\\r"
    case "\t": quoted += "\\t"
    case _ where scalar.value < 0x20:
      let digits = String(scalar.value, radix: 16)
      quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: quoted.unicodeScalars.append(scalar)
    }
  }
  return quoted + "\""
}

/// A string from a file, shortened and with its control characters spelled out, for messages.
package func shown(_ bytes: some Collection<UInt8>) -> String {
  let text = String(decoding: bytes, as: UTF8.self)
  let short = String(text.unicodeScalars.prefix(160).map(Character.init))
  return quotedForJSON(short) + (text.unicodeScalars.count > 160 ? "…" : "")
}
