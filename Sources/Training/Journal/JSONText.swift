// JSON written by hand, for lines that are long, many, and read by other people's tools: keys in
// our order, numbers that come back bit for bit, and null where a number is not finite.

import JSON

/// One JSON object on one line, growing key by key.
struct JSONLine {
  private var text = ""

  /// The object, without a newline.
  var object: String { "{\(text)}" }

  mutating func add(_ key: String, _ value: String) { append(key, quoted(value)) }

  mutating func add(_ key: String, _ value: Int) { append(key, "\(value)") }

  mutating func add(_ key: String, _ value: Double) { append(key, Self.number(value)) }

  mutating func add(_ key: String, _ value: Bool) { append(key, value ? "true" : "false") }

  mutating func add(_ key: String, _ value: Float) {
    append(key, value.isFinite ? value.description : "null")
  }

  mutating func add(_ key: String, _ values: [Int]) {
    append(key, "[" + values.map(\.description).joined(separator: ", ") + "]")
  }

  mutating func add(_ key: String, _ values: [Float]) {
    let numbers = values.map { $0.isFinite ? $0.description : "null" }
    append(key, "[" + numbers.joined(separator: ", ") + "]")
  }

  mutating func add(_ key: String, _ object: JSONLine) { append(key, object.object) }

  private mutating func append(_ key: String, _ value: String) {
    if !text.isEmpty { text += ", " }
    text += "\(quoted(key)): \(value)"
  }

  private static func number(_ value: Double) -> String {
    value.isFinite ? value.description : "null"
  }
}
