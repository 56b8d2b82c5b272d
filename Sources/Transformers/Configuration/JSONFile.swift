// The JSON files of a model folder: read strictly into a small tree, asked by key, and printed the
// way Python's json.dumps(indent=2, sort_keys=True) does.

import Foundation
import Torch

/// A JSON value.
indirect enum JSON: Equatable {
  case null
  case boolean(Bool)
  case number(String)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  init(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) {
    switch try scanner.peek() {
    case .null:
      try scanner.null()
      self = .null
    case .boolean: self = .boolean(try scanner.boolean())
    case .number: self = .number(try scanner.number())
    case .string: self = .string(try scanner.string())
    case .array:
      var elements: [JSON] = []
      try scanner.array { scanner throws(JSONScanner.Failure) in
        elements.append(try JSON(&scanner))
      }
      self = .array(elements)
    case .object:
      var fields: [String: JSON] = [:]
      try scanner.object { (scanner, key) throws(JSONScanner.Failure) in
        guard fields.updateValue(try JSON(&scanner), forKey: key) == nil else {
          throw scanner.failure("key \"\(key)\" stands twice")
        }
      }
      self = .object(fields)
    }
  }

  static func number(_ value: Int) -> JSON { .number(String(value)) }

  static func number(_ value: Double) -> JSON { .number("\(value)") }

  /// The value as text, keys sorted, two spaces a level.
  func text(indent: String = "") -> String {
    let inner = indent + "  "
    switch self {
    case .null: return "null"
    case .boolean(let value): return value ? "true" : "false"
    case .number(let value): return value
    case .string(let value): return Safetensors.quoted(value)
    case .array(let elements) where elements.isEmpty: return "[]"
    case .array(let elements):
      let lines = elements.map { inner + $0.text(indent: inner) }
      return "[\n" + lines.joined(separator: ",\n") + "\n\(indent)]"
    case .object(let fields) where fields.isEmpty: return "{}"
    case .object(let fields):
      let lines = fields.sorted { $0.key < $1.key }.map {
        "\(inner)\(Safetensors.quoted($0)): \($1.text(indent: inner))"
      }
      return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
    }
  }

  /// The value as a file's contents.
  var data: Data { Data((text() + "\n").utf8) }
}

/// A JSON object and the file it came from, so that every complaint names both file and key.
struct JSONFile {
  private static let largest = 64 << 20

  let file: String
  let fields: [String: JSON]

  init(_ url: URL) throws(ModelError) {
    let data: Data
    do {
      let size = try url.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0
      guard size <= Self.largest else {
        throw ModelError.malformed(
          file: url.path, reason: "\(size) bytes; the largest is \(Self.largest)")
      }
      data = try Data(contentsOf: url)
    } catch let error as ModelError {
      throw error
    } catch {
      throw .unreadable(file: url.path, reason: error.localizedDescription)
    }
    try self.init(data, file: url.path)
  }

  init(_ data: Data, file: String) throws(ModelError) {
    self.file = file
    var scanner = JSONScanner([UInt8](data))
    let value: JSON
    do throws(JSONScanner.Failure) {
      value = try JSON(&scanner)
      try scanner.end()
    } catch {
      let line = data.prefix(error.place).count { $0 == UInt8(ascii: "\n") } + 1
      throw .malformed(file: file, reason: "line \(line): \(error.reason)")
    }
    guard case .object(let fields) = value else {
      throw .malformed(file: file, reason: "not a JSON object")
    }
    self.fields = fields
  }

  private init(file: String, fields: [String: JSON]) {
    self.file = file
    self.fields = fields
  }

  /// The value of a key; nil when it is missing or null.
  subscript(key: String) -> JSON? {
    guard let value = fields[key], value != .null else { return nil }
    return value
  }

  private func bad(_ key: String, _ reason: String) -> ModelError {
    .badValue(file: file, key: key, reason: reason)
  }

  /// A whole number; nil when missing or null.
  func integer(_ key: String) throws(ModelError) -> Int? {
    guard let value = self[key] else { return nil }
    guard case .number(let text) = value, let integer = Int(text) else {
      throw bad(key, "\(value.text()) is not a whole number")
    }
    return integer
  }

  /// A whole number that must be there.
  func required(_ key: String) throws(ModelError) -> Int {
    guard let value = try integer(key) else { throw bad(key, "is missing") }
    return value
  }

  /// A number; nil when missing or null.
  func number(_ key: String) throws(ModelError) -> Double? {
    guard let value = self[key] else { return nil }
    guard case .number(let text) = value, let number = Double(text) else {
      throw bad(key, "\(value.text()) is not a number")
    }
    return number
  }

  /// True or false; nil when missing or null.
  func flag(_ key: String) throws(ModelError) -> Bool? {
    guard let value = self[key] else { return nil }
    guard case .boolean(let flag) = value else {
      throw bad(key, "\(value.text()) is not true or false")
    }
    return flag
  }

  /// A string; nil when missing or null.
  func string(_ key: String) throws(ModelError) -> String? {
    guard let value = self[key] else { return nil }
    guard case .string(let text) = value else {
      throw bad(key, "\(value.text()) is not a string")
    }
    return text
  }

  /// A list of strings; empty when missing or null.
  func strings(_ key: String) throws(ModelError) -> [String] {
    guard let value = self[key] else { return [] }
    guard case .array(let elements) = value else { throw bad(key, "is not a list") }
    var strings: [String] = []
    for element in elements {
      guard case .string(let text) = element else { throw bad(key, "is not a list of strings") }
      strings.append(text)
    }
    return strings
  }

  /// One token id or a list of them; empty when missing or null.
  func tokens(_ key: String) throws(ModelError) -> [Int] {
    guard let value = self[key] else { return [] }
    var elements = [value]
    if case .array(let list) = value { elements = list }
    var tokens: [Int] = []
    for element in elements {
      guard case .number(let text) = element, let token = Int(text), token >= 0 else {
        throw bad(key, "\(element.text()) is not a token id")
      }
      tokens.append(token)
    }
    return tokens
  }

  /// An object inside this one, which names its keys "key.inner"; nil when missing or null.
  func object(_ key: String) throws(ModelError) -> JSONFile? {
    guard let value = self[key] else { return nil }
    guard case .object(let fields) = value else { throw bad(key, "is not an object") }
    return JSONFile(file: "\(file): \(key)", fields: fields)
  }
}
