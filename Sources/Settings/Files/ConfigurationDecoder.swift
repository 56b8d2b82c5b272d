// Turns a tree of typed values into a Codable value. It adds one thing to what Codable does: an
// enumeration that can list its cases says what they are when it is given another.

import Methods
import Records
import Torch

/// The value of `tree`, read as `type`.
func configurationValue<Value: Decodable>(_ type: Value.Type, from tree: ConfigurationValue)
  throws -> Value
{
  try TreeDecoder(tree: tree, codingPath: []).read(type)
}

private struct TreeDecoder: Decoder {
  let tree: ConfigurationValue
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func read<Value: Decodable>(_ type: Value.Type) throws -> Value {
    if let kind = ScalarKind(of: type) {
      guard let value = scalar(type) else {
        throw refusal("wants \(kind.words) that fits \(type), not \(plainYAML(tree))")
      }
      return value
    }
    if case .text(let text) = tree, let choices = caseNames(of: type),
      !choices.contains(text), !secondNames(of: type).contains(text)
    {
      let nearest = shortNames[text.lowercased()] ?? nearest(to: text, among: choices)
      let hint = nearest.map { "; did you mean \($0)?" } ?? ""
      throw refusal(
        "has no choice \(shortened(text)); choices: \(choices.joined(separator: ", "))\(hint)")
    }
    return try Value(from: self)
  }

  private func scalar<Value>(_ type: Value.Type) -> Value? {
    switch tree {
    case .boolean(let value):
      return value as? Value
    case .text(let value):
      return value as? Value
    case .integer(let value):
      if let type = type as? any FixedWidthInteger.Type {
        return type.init(exactly: value) as? Value
      }
      if let type = type as? any BinaryFloatingPoint.Type { return type.init(value) as? Value }
      return nil
    case .number(let value):
      guard let type = type as? any BinaryFloatingPoint.Type else { return nil }
      return type.init(value) as? Value
    case .list, .section:
      return nil
    }
  }

  func refusal(_ reason: String) -> DecodingError {
    .dataCorrupted(.init(codingPath: codingPath, debugDescription: reason))
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard case .section(let section) = tree else { throw refusal("wants a section") }
    return KeyedDecodingContainer(KeyedReader<Key>(section: section, codingPath: codingPath))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard case .list(let values, _) = tree else { throw refusal("wants a list") }
    return ListReader(values: values, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueDecodingContainer { SingleReader(decoder: self) }
}

/// What the types of numbers are called elsewhere.
private let shortNames = [
  "bf16": "bfloat16", "fp32": "float32", "float": "float32", "f32": "float32", "fp16": "float16",
  "half": "float16", "f16": "float16", "double": "float64", "fp64": "float64",
]

/// The raw names of an enumeration of texts that can list its cases.
private func caseNames(of type: Any.Type) -> [String]? {
  // Weights and products have a point.
  if type is ElementType.Type {
    return ElementType.allCases.filter(\.isFloating).map(\.rawValue)
  }
  func names<Choice: CaseIterable>(_ type: Choice.Type) -> [String]? {
    let names = type.allCases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
    return names.isEmpty ? nil : names
  }
  guard let type = type as? any CaseIterable.Type else { return nil }
  return names(type)
}

/// What else a choice may be called, as verl does.
private func secondNames(of type: Any.Type) -> [String] {
  func names<Choice: NamedChoice>(_ type: Choice.Type) -> [String] { Array(type.synonyms.keys) }
  guard let type = type as? any NamedChoice.Type else { return [] }
  return names(type)
}

private struct KeyedReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let section: ConfigurationSection
  let codingPath: [any CodingKey]

  var allKeys: [Key] { section.entries.compactMap { Key(stringValue: $0.key) } }

  func contains(_ key: Key) -> Bool { section.index(of: key.stringValue) != nil }

  func decodeNil(forKey key: Key) -> Bool { !contains(key) }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try decoder(key).read(type)
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key) throws
    -> KeyedDecodingContainer<Nested>
  {
    try decoder(key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try decoder(key).unkeyedContainer()
  }

  func superDecoder() throws -> any Decoder { try decoder(PathKey("super")) }

  func superDecoder(forKey key: Key) throws -> any Decoder { try decoder(key) }

  private func decoder(_ key: any CodingKey) throws -> TreeDecoder {
    guard let index = section.index(of: key.stringValue) else {
      throw DecodingError.keyNotFound(
        key, .init(codingPath: codingPath, debugDescription: "lacks \(key.stringValue)"))
    }
    return TreeDecoder(tree: section.entries[index].value, codingPath: codingPath + [key])
  }
}

private struct ListReader: UnkeyedDecodingContainer {
  let values: [ConfigurationValue]
  let codingPath: [any CodingKey]
  var currentIndex = 0

  init(values: [ConfigurationValue], codingPath: [any CodingKey]) {
    self.values = values
    self.codingPath = codingPath
  }

  var count: Int? { values.count }
  var isAtEnd: Bool { currentIndex >= values.count }

  mutating func decodeNil() -> Bool { false }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try next().read(type)
  }

  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws
    -> KeyedDecodingContainer<Nested>
  {
    try next().container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try next().unkeyedContainer()
  }

  mutating func superDecoder() throws -> any Decoder { try next() }

  private mutating func next() throws -> TreeDecoder {
    guard !isAtEnd else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: codingPath, debugDescription: "has too few elements"))
    }
    defer { currentIndex += 1 }
    return TreeDecoder(
      tree: values[currentIndex], codingPath: codingPath + [PathKey(currentIndex)])
  }
}

private struct SingleReader: SingleValueDecodingContainer {
  let decoder: TreeDecoder
  var codingPath: [any CodingKey] { decoder.codingPath }

  func decodeNil() -> Bool { false }

  func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.read(type) }
}
