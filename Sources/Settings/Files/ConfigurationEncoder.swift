// Turns a Codable value into a tree of typed values, keeping the order of declaration, which
// JSONEncoder does not. There are no absent values: every setting shows.

/// The tree of `value`.
///
/// A value that cannot be encoded is a mistake in the program and stops it.
func configurationTree(of value: some Encodable) -> ConfigurationValue {
  let box = EncodingBox()
  do {
    try box.encode(value, path: [])
  } catch {
    preconditionFailure("a configuration cannot be encoded: \(error)")
  }
  return box.value
}

/// A place of the tree while it grows.
private final class EncodingBox {
  enum Shape {
    case empty, list, section
    case scalar(ConfigurationValue)
  }

  private(set) var shape = Shape.empty
  /// The elements of a list.
  private(set) var elements: [EncodingBox] = []
  private var entries: [(key: String, box: EncodingBox)] = []
  private var isOpen = false
  private var element: ScalarKind?
  private var template: ConfigurationValue?

  func encode<Value: Encodable>(_ value: Value, path: [any CodingKey]) throws {
    if let scalar = Self.scalar(value) {
      shape = .scalar(scalar)
      return
    }
    if let type = Value.self as? any FreelyFilled.Type {
      isOpen = true
      element = type.elementKind
      template = type.template
    }
    try value.encode(to: TreeEncoder(box: self, codingPath: path))
  }

  /// Settles what an empty place is to hold.
  func becomes(_ wanted: Shape) {
    if case .empty = shape { shape = wanted }
  }

  var value: ConfigurationValue {
    switch shape {
    case .empty:
      return .section(ConfigurationSection())
    case .scalar(let value):
      return value
    case .list:
      return .list(elements.map(\.value), element: element)
    case .section:
      var section = ConfigurationSection(
        isOpen: isOpen, element: element, template: template.map { [$0] } ?? [])
      section.entries = entries.map { .init(key: $0.key, value: $0.box.value) }
      // A dictionary has no order of its own.
      if isOpen { section.entries.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } }
      return .section(section)
    }
  }

  /// A new place under a key.
  func child(_ key: any CodingKey) -> EncodingBox {
    let box = EncodingBox()
    entries.append((key.stringValue, box))
    return box
  }

  /// A new place at the end of a list.
  func appended() -> EncodingBox {
    let box = EncodingBox()
    elements.append(box)
    return box
  }

  private static func scalar(_ value: some Encodable) -> ConfigurationValue? {
    switch value {
    case let value as Bool: .boolean(value)
    case let value as String: .text(value)
    case let value as Double: .number(value)
    // The shortest decimal of a Float, not the digits of its exact binary value.
    case let value as Float: .number(Double(value.description) ?? Double(value))
    case let value as any BinaryInteger: .integer(Int128(value))
    default: nil
    }
  }
}

private struct TreeEncoder: Encoder {
  let box: EncodingBox
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    box.becomes(.section)
    return KeyedEncodingContainer(KeyedTree<Key>(box: box, codingPath: codingPath))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    box.becomes(.list)
    return ListTree(box: box, codingPath: codingPath)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer {
    SingleTree(box: box, codingPath: codingPath)
  }
}

private func absent(_ path: [any CodingKey]) -> EncodingError {
  EncodingError.invalidValue(
    "nil",
    .init(codingPath: path, debugDescription: "a configuration has no absent values"))
}

private struct KeyedTree<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let box: EncodingBox
  let codingPath: [any CodingKey]

  func encodeNil(forKey key: Key) throws { throw absent(codingPath + [key]) }

  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    try box.child(key).encode(value, path: codingPath + [key])
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type, forKey key: Key)
    -> KeyedEncodingContainer<Nested>
  {
    TreeEncoder(box: box.child(key), codingPath: codingPath + [key]).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    TreeEncoder(box: box.child(key), codingPath: codingPath + [key]).unkeyedContainer()
  }

  func superEncoder() -> any Encoder {
    TreeEncoder(box: box.child(PathKey("super")), codingPath: codingPath)
  }

  func superEncoder(forKey key: Key) -> any Encoder {
    TreeEncoder(box: box.child(key), codingPath: codingPath + [key])
  }
}

private struct ListTree: UnkeyedEncodingContainer {
  let box: EncodingBox
  let codingPath: [any CodingKey]

  var count: Int { box.elements.count }

  func encodeNil() throws { throw absent(codingPath) }

  func encode<Value: Encodable>(_ value: Value) throws {
    try box.appended().encode(value, path: codingPath + [PathKey(count)])
  }

  func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type)
    -> KeyedEncodingContainer<Nested>
  {
    TreeEncoder(box: box.appended(), codingPath: codingPath).container(keyedBy: type)
  }

  func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    TreeEncoder(box: box.appended(), codingPath: codingPath).unkeyedContainer()
  }

  func superEncoder() -> any Encoder {
    TreeEncoder(box: box.appended(), codingPath: codingPath)
  }
}

private struct SingleTree: SingleValueEncodingContainer {
  let box: EncodingBox
  let codingPath: [any CodingKey]

  func encodeNil() throws { throw absent(codingPath) }

  func encode<Value: Encodable>(_ value: Value) throws {
    try box.encode(value, path: codingPath)
  }
}

/// A step of a coding path that belongs to no type.
struct PathKey: CodingKey {
  let stringValue: String
  let intValue: Int?

  init(_ name: String) {
    stringValue = name
    intValue = nil
  }

  init(_ place: Int) {
    stringValue = "\(place)"
    intValue = place
  }

  init?(stringValue: String) { self.init(stringValue) }

  init?(intValue: Int) { self.init(intValue) }
}
