// A value together with where it stands, so that every complaint can name the field. Reading is
// strict: a missing key, an unknown key and a value of another kind are errors.

import JSON

/// A field of a tokenizer file.
struct JSONField {
  let value: JSONValue
  /// Such as `pre_tokenizer.pretokenizers[0].pattern`; empty for the whole file.
  let path: String
  let file: String

  /// The error that says what is wrong with this field.
  func invalid(_ reason: String) -> TokenizerError {
    .invalid(file: file, field: path.isEmpty ? "the file" : path, reason: reason)
  }

  /// The error that says what this field may ask for.
  func unsupported(_ found: String, supported: String) -> TokenizerError {
    .unsupported(file: file, field: path, found: found, supported: supported)
  }

  private func mismatch(_ wanted: String) -> TokenizerError {
    invalid("\(wanted) should stand here, not \(value.kind)")
  }

  var isNull: Bool { value.isNull }

  func members() throws(TokenizerError) -> JSONObject {
    guard case .object(let members) = value else { throw mismatch("an object") }
    return members
  }

  func elements() throws(TokenizerError) -> [JSONValue] {
    guard case .array(let elements) = value else { throw mismatch("a list") }
    return elements
  }

  func string() throws(TokenizerError) -> [UInt8] {
    guard case .string(let text) = value else { throw mismatch("text") }
    return Array(text.utf8)
  }

  func bool() throws(TokenizerError) -> Bool {
    guard case .boolean(let bool) = value else { throw mismatch("true or false") }
    return bool
  }

  func integer() throws(TokenizerError) -> Int {
    guard case .integer(let integer) = value else { throw mismatch("an integer") }
    return integer
  }

  /// The field `key`, nil when it is not there.
  func optional(_ key: String) throws(TokenizerError) -> JSONField? {
    guard let value = try members()[key] else { return nil }
    return JSONField(value: value, path: path.isEmpty ? key : "\(path).\(key)", file: file)
  }

  /// The field `key`.
  func required(_ key: String) throws(TokenizerError) -> JSONField {
    guard let field = try optional(key) else { throw invalid("the key \"\(key)\" is missing") }
    return field
  }

  /// A member of `members()` as a field.
  func member(_ member: JSONObject.Element) -> JSONField {
    JSONField(
      value: member.value, path: "\(path).\(member.key)", file: file)
  }

  /// The element at `index` of `elements()`.
  func element(_ value: JSONValue, at index: Int) -> JSONField {
    JSONField(value: value, path: "\(path)[\(index)]", file: file)
  }

  /// Refuses any other key than `known`: what is not understood could change the tokens.
  func allowOnly(_ known: [String]) throws(TokenizerError) {
    for member in try members() where !known.contains(member.key) {
      throw unsupported(
        "the key \(shown(member.key.utf8))", supported: known.joined(separator: ", "))
    }
  }

  /// The field `key`, nil when it is not there or null.
  func present(_ key: String) throws(TokenizerError) -> JSONField? {
    guard let field = try optional(key), !field.isNull else { return nil }
    return field
  }

  /// A number of things.
  func count() throws(TokenizerError) -> Int {
    let count = try integer()
    guard (0...Int(UInt32.max)).contains(count) else { throw invalid("\(count) is no count") }
    return count
  }

  /// One scalar.
  func scalar() throws(TokenizerError) -> [UInt8] {
    let bytes = try string()
    guard ScalarText(bytes).scalars.count == 1 else {
      throw invalid("one character should stand here, not \(shown(bytes))")
    }
    return bytes
  }

  /// One of the names that `Choice` has.
  func choice<Choice: RawRepresentable<String> & CaseIterable>(
    _ type: Choice.Type
  ) throws(TokenizerError) -> Choice {
    let name = try string()
    guard let choice = Choice.allCases.first(where: { Array($0.rawValue.utf8) == name }) else {
      let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw unsupported(shown(name), supported: names)
    }
    return choice
  }

  /// The elements as fields.
  func fields() throws(TokenizerError) -> [JSONField] {
    try elements().enumerated().map { element($1, at: $0) }
  }
}
