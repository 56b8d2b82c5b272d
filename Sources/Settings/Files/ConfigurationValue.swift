// A configuration between Codable and YAML: a tree of typed values in declaration order. The tree
// of the defaults is the schema that files and overrides are checked against.

import Records

/// The types of a single setting.
enum ScalarKind: Equatable {
  case boolean, integer, number, text

  /// What a setting of this type takes, in words.
  var words: String {
    switch self {
    case .boolean: "true or false"
    case .integer: "a whole number"
    case .number: "a number"
    case .text: "text"
    }
  }

  /// The kind of a Swift type, where it is a plain one.
  init?(of type: Any.Type) {
    if type == Bool.self {
      self = .boolean
    } else if type == String.self {
      self = .text
    } else if type is any BinaryInteger.Type {
      self = .integer
    } else if type is any BinaryFloatingPoint.Type {
      self = .number
    } else {
      return nil
    }
  }
}

/// A typed value of a configuration.
enum ConfigurationValue: Equatable {
  case boolean(Bool)
  case integer(Int128)
  case number(Double)
  case text(String)
  case list([ConfigurationValue], element: ScalarKind?)
  case section(ConfigurationSection)

  /// What this value takes in its place, in words.
  var words: String {
    switch self {
    case .boolean: ScalarKind.boolean.words
    case .integer: ScalarKind.integer.words
    case .number: ScalarKind.number.words
    case .text: ScalarKind.text.words
    case .list: "a list, such as [a, b]"
    case .section: "a section"
    }
  }

  /// The type of a single value; nothing for lists and sections.
  var kind: ScalarKind? {
    switch self {
    case .boolean: .boolean
    case .integer: .integer
    case .number: .number
    case .text: .text
    case .list, .section: nil
    }
  }

  /// Every setting of the tree with its dotted key, in order.
  func leaves(under path: String = "") -> [(key: String, value: ConfigurationValue)] {
    guard case .section(let section) = self, !section.entries.isEmpty else { return [(path, self)] }
    return section.entries.flatMap { entry in
      entry.value.leaves(under: path.isEmpty ? entry.key : "\(path).\(entry.key)")
    }
  }

  /// The dotted keys of all sections below this one.
  func sections(under path: String = "") -> [String] {
    guard case .section(let section) = self else { return [] }
    return section.entries.flatMap { entry -> [String] in
      guard case .section = entry.value else { return [] }
      let key = path.isEmpty ? entry.key : "\(path).\(entry.key)"
      return [key] + entry.value.sections(under: key)
    }
  }
}

/// Settings under names.
struct ConfigurationSection: Equatable {
  struct Entry: Equatable {
    var key: String
    var value: ConfigurationValue
  }

  /// The settings in declaration order; sorted by key where keys are free.
  var entries: [Entry] = []
  /// Whether keys are free: the section is a dictionary.
  var isOpen = false
  /// The type of a dictionary's values, where it is a plain one.
  var element: ScalarKind?
  /// What a new key of a dictionary of settings starts from: a list of one, or of none.
  var template: [ConfigurationValue] = []

  /// The place of a key, compared by bytes.
  func index(of key: String) -> Int? {
    entries.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
  }
}

/// Types whose keys or elements are free, and what they hold.
protocol FreelyFilled {
  static var elementKind: ScalarKind? { get }
  /// What an element starts from, where elements are sections.
  static var template: ConfigurationValue? { get }
}

extension Dictionary: FreelyFilled where Key == String {
  static var elementKind: ScalarKind? { ScalarKind(of: Value.self) }
  static var template: ConfigurationValue? {
    (Value.self as? any KeyedSettings.Type).map { configurationTree(of: $0.init()) }
  }
}

extension Array: FreelyFilled {
  static var elementKind: ScalarKind? { ScalarKind(of: Element.self) }
  static var template: ConfigurationValue? { nil }
}
