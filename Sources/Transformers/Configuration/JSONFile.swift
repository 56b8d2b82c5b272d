// The JSON files of a model folder, asked by key.

import Foundation
import JSON
import Words

extension JSONValue {
  /// The value as a file's contents, printed as Python's json.dumps(indent=2, sort_keys=True) does.
  var data: Data { Data((indentedText + "\n").utf8) }

  /// An object, members sorted by their keys.
  static func object(_ fields: [String: JSONValue]) -> JSONValue { .object(JSONObject(fields)) }

  /// A whole number.
  static func number(_ value: Int) -> JSONValue { .integer(value) }
}

/// A JSON object and the file it came from, so that every complaint names both file and key.
struct JSONFile {
  private static let largest = 64 << 20

  let file: String
  let fields: [String: JSONValue]

  init(_ url: URL) throws(ModelError) {
    let data: Data
    do throws(FileFault) { data = try contents(of: url, atMost: Self.largest) } catch {
      if case .tooLarge(let size) = error {
        throw .malformed(file: url.path, reason: "\(size) bytes; the largest is \(Self.largest)")
      }
      throw .unreadable(file: url.path, reason: error.words)
    }
    try self.init(data, file: url.path)
  }

  init(_ data: Data, file: String) throws(ModelError) {
    self.file = file
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue(parsing: data)
    } catch {
      throw .malformed(file: file, reason: "line \(error.line): \(error.reason)")
    }
    guard case .object(let fields) = value else {
      throw .malformed(file: file, reason: "not a JSON object")
    }
    self.fields = Self.table(fields)
  }

  private static func table(_ object: JSONObject) -> [String: JSONValue] {
    Dictionary(object.map { ($0.key, $0.value) }) { first, _ in first }
  }

  private init(file: String, fields: [String: JSONValue]) {
    self.file = file
    self.fields = fields
  }

  /// The value of a key; nil when it is missing or null.
  subscript(key: String) -> JSONValue? {
    guard let value = fields[key], value != .null else { return nil }
    return value
  }

  private func bad(_ key: String, _ reason: String) -> ModelError {
    .badValue(file: file, key: key, reason: reason)
  }

  /// A whole number; nil when missing or null.
  func integer(_ key: String) throws(ModelError) -> Int? {
    guard let value = self[key] else { return nil }
    guard case .integer(let integer) = value else {
      throw bad(key, "\(value.text) is not a whole number")
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
    guard let number = value.double else {
      throw bad(key, "\(value.text) is not a number")
    }
    return number
  }

  /// True or false; nil when missing or null.
  func flag(_ key: String) throws(ModelError) -> Bool? {
    guard let value = self[key] else { return nil }
    guard case .boolean(let flag) = value else {
      throw bad(key, "\(value.text) is not true or false")
    }
    return flag
  }

  /// A string; nil when missing or null.
  func string(_ key: String) throws(ModelError) -> String? {
    guard let value = self[key] else { return nil }
    guard case .string(let text) = value else {
      throw bad(key, "\(value.text) is not a string")
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

  /// A list of numbers that must be there.
  func numbers(_ key: String) throws(ModelError) -> [Double] {
    guard let value = self[key] else { throw bad(key, "is missing") }
    guard case .array(let elements) = value else { throw bad(key, "is not a list") }
    var numbers: [Double] = []
    for element in elements {
      guard let number = element.double else { throw bad(key, "is not a list of numbers") }
      numbers.append(number)
    }
    return numbers
  }

  /// One token id or a list of them; empty when missing or null.
  func tokens(_ key: String) throws(ModelError) -> [Int] {
    guard let value = self[key] else { return [] }
    var elements = [value]
    if case .array(let list) = value { elements = list }
    var tokens: [Int] = []
    for element in elements {
      guard case .integer(let token) = element, token >= 0 else {
        throw bad(key, "\(element.text) is not a token id")
      }
      tokens.append(token)
    }
    return tokens
  }

  /// The token that fills up; nil when missing, null or counted from the vocabulary's end: the
  /// reference takes -1, which old files have, and nothing here fills up with it.
  func padToken() throws(ModelError) -> Int? {
    if case .integer(let token)? = self["pad_token_id"], token < 0 { return nil }
    return try tokens("pad_token_id").first
  }

  /// An object inside this one, which names its keys "key.inner"; nil when missing or null.
  func object(_ key: String) throws(ModelError) -> JSONFile? {
    guard let value = self[key] else { return nil }
    guard case .object(let fields) = value else { throw bad(key, "is not an object") }
    return JSONFile(file: "\(file): \(key)", fields: Self.table(fields))
  }
}
