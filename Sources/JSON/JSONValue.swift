// JSON as it stands in a file: numbers as they are written, members in their order. Foundation's
// readers round long integers, cannot tell 1 from true on every system, and keep one of two equal
// keys in silence; no id, score or right answer may depend on any of that.

/// A JSON value.
public enum JSONValue: Equatable, Sendable {
  /// `null`.
  case null
  /// `true` or `false`.
  case boolean(Bool)
  /// A number without point and exponent that fits.
  case integer(Int)
  /// Any other number, as it is written; two are equal when they are written alike.
  case number(String)
  /// A text.
  case string(String)
  /// Values in order.
  case array([JSONValue])
  /// Values by name.
  case object(JSONObject)

  /// A number; null where it is not finite, for which JSON has no word.
  public static func number(_ value: Double) -> JSONValue {
    value.isFinite ? .number("\(value)") : .null
  }

  /// The number, rounded to a Double; nil for what is no number and for what is too large.
  public var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let written): Double(written).flatMap { $0.isFinite ? $0 : nil }
    default: nil
    }
  }

  /// The number as it is written; nil for what is no number.
  public var written: String? {
    switch self {
    case .integer(let value): String(value)
    case .number(let written): written
    default: nil
    }
  }

  /// Whether it is a number without point and exponent.
  public var isWhole: Bool {
    written?.utf8.allSatisfy { $0 == UInt8(ascii: "-") || (0x30...0x39) ~= $0 } ?? false
  }

  /// Whether it is `null`.
  public var isNull: Bool { if case .null = self { true } else { false } }

  /// What kind of value it is, in words.
  public var kind: String {
    switch self {
    case .null: "null"
    case .boolean: "true or false"
    case .integer, .number: "a number"
    case .string: "text"
    case .array: "a list"
    case .object: "an object"
    }
  }
}

/// Members in the order they are written.
///
/// Keys are compared byte by byte: Swift takes two spellings of one accented letter for the same text,
/// and a vocabulary has both.
public struct JSONObject: Sendable, RandomAccessCollection, ExpressibleByDictionaryLiteral {
  /// A key with its value.
  public typealias Element = (key: String, value: JSONValue)

  private var members: [Element]

  /// No members.
  public init() { members = [] }

  /// Members in their order.
  public init(_ members: [Element]) { self.members = members }

  /// Members sorted by their keys.
  public init(_ members: [String: JSONValue]) {
    self.members = members.sorted { $0.key < $1.key }
  }

  /// Members in their order.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    members = elements.map { (key: $0.0, value: $0.1) }
  }

  /// The first place.
  public var startIndex: Int { members.startIndex }
  /// The place after the last.
  public var endIndex: Int { members.endIndex }
  /// The member at a place.
  public subscript(place: Int) -> Element { members[place] }

  /// The value of a key, found by looking at all; setting a new one adds it at the end, setting
  /// nothing removes it.
  public subscript(key: String) -> JSONValue? {
    get {
      for member in members where member.key.utf8.elementsEqual(key.utf8) { return member.value }
      return nil
    }
    set {
      let place = members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
      switch (place, newValue) {
      case (let place?, let value?): members[place].value = value
      case (let place?, nil): members.remove(at: place)
      case (nil, let value?): members.append((key, value))
      case (nil, nil): break
      }
    }
  }

  mutating func append(_ key: String, _ value: JSONValue) { members.append((key, value)) }
}

extension JSONObject: Equatable {
  /// Whether both have the same keys with equal values, in whatever order.
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    guard left.count == right.count else { return false }
    func sorted(_ object: JSONObject) -> [Element] {
      object.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
    return zip(sorted(left), sorted(right)).allSatisfy {
      $0.key.utf8.elementsEqual($1.key.utf8) && $0.value == $1.value
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  /// A text.
  public init(stringLiteral value: String) { self = .string(value) }
  /// An integer.
  public init(integerLiteral value: Int) { self = .integer(value) }
  /// A number.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// A truth value.
  public init(booleanLiteral value: Bool) { self = .boolean(value) }
  /// An array.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// An object.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(JSONObject(elements.map { (key: $0.0, value: $0.1) }))
  }
  /// `null`.
  public init(nilLiteral: ()) { self = .null }
}
