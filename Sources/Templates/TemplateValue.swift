// What a caller hands to a template: plain data, no functions. The interpreter turns it into its
// own values once a rendering begins, so nothing that a template does can reach the caller.

/// A value given to a template.
public indirect enum TemplateValue: Sendable {
  /// Python's None, JSON's null.
  case none
  /// A truth value.
  case bool(Bool)
  /// An integer.
  case int(Int)
  /// A floating-point number.
  case double(Double)
  /// Text.
  case string(String)
  /// A list.
  case list([TemplateValue])
  /// A mapping in the order its keys were written.
  case object(TemplateObject)
}

/// A mapping from names to values that keeps the order of its keys.
///
/// Keys are compared by their code points, as Python does: "é" in one scalar and in two are two
/// keys.
public struct TemplateObject: Sendable {
  /// One key with its value.
  public struct Member: Sendable {
    /// The name.
    public let key: String
    /// What the name stands for.
    public var value: TemplateValue
  }

  /// The members in order, every key once.
  public private(set) var members: [Member] = []
  private var places: [Text: Int] = [:]

  /// A mapping without members.
  public init() {}

  /// The value of `key`; setting nil removes the key, setting a new key appends it.
  public subscript(key: String) -> TemplateValue? {
    get { places[Text(key)].map { members[$0].value } }
    set {
      let name = Text(key)
      switch (places[name], newValue) {
      case (let place?, let value?): members[place].value = value
      case (nil, let value?):
        places[name] = members.count
        members.append(Member(key: key, value: value))
      case (let place?, nil):
        members.remove(at: place)
        places = [:]
        for (place, member) in members.enumerated() { places[Text(member.key)] = place }
      case (nil, nil): break
      }
    }
  }
}

extension TemplateObject: ExpressibleByDictionaryLiteral {
  /// A mapping written down; of two equal keys the first gives the place and the last the value.
  public init(dictionaryLiteral elements: (String, TemplateValue)...) {
    for (key, value) in elements { self[key] = value }
  }
}

extension TemplateValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  /// Text written down.
  public init(stringLiteral value: String) { self = .string(value) }
  /// A truth value written down.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// An integer written down.
  public init(integerLiteral value: Int) { self = .int(value) }
  /// A number with a point written down.
  public init(floatLiteral value: Double) { self = .double(value) }
  /// A list written down.
  public init(arrayLiteral elements: TemplateValue...) { self = .list(elements) }
  /// A mapping written down.
  public init(dictionaryLiteral elements: (String, TemplateValue)...) {
    var object = TemplateObject()
    for (key, value) in elements { object[key] = value }
    self = .object(object)
  }
  /// Python's None.
  public init(nilLiteral: ()) { self = .none }
}
