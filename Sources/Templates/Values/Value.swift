// The values a template computes with: Python's, as far as templates can reach them. Lists, tuples
// and mappings never change once made, as the immutable sandbox promises, so they are shared
// freely; only a namespace changes.

/// A value of the interpreter.
enum Value {
  case undefined(Undefined)
  case none
  case bool(Bool)
  case int(Int)
  case double(Double)
  case string(Text)
  /// A string that `safe` or `escape` returned: what is added to it is escaped for HTML.
  case safe(Text)
  case list(Items)
  case tuple(Items)
  case mapping(Mapping)
  case view(View)
  case range(Stride)
  case lazy(LazyItems)
  case namespace(Namespace)
  case loop(LoopState)
  case function(Function)

  static func list(_ items: [Value]) -> Value { .list(Items(items)) }
  static func tuple(_ items: [Value]) -> Value { .tuple(Items(items)) }
  static func text(_ string: String) -> Value { .string(Text(string)) }

  /// How deep the value nests; stored in every container, so that it is known at once.
  var depth: Int {
    switch self {
    case .undefined, .none, .bool, .int, .double, .string, .safe, .range: 0
    case .list(let items), .tuple(let items): items.depth
    case .mapping(let mapping): mapping.depth
    case .view(let view): view.mapping.depth + 1
    case .lazy(let items): items.depth
    case .loop(let loop): loop.depth
    case .function(let function): function.depth
    case .namespace: 1
    }
  }

  /// The text of a string, marked safe or not.
  var text: Text? {
    switch self {
    case .string(let text), .safe(let text): text
    default: nil
    }
  }

  /// An integer or a truth value, which Python counts among the integers.
  var integer: Int? {
    switch self {
    case .int(let int): int
    case .bool(let bool): bool ? 1 : 0
    default: nil
    }
  }

  var isUndefined: Bool {
    if case .undefined = self { true } else { false }
  }

  /// Python's name of the type, for error texts.
  var typeName: String {
    switch self {
    case .undefined: "Undefined"
    case .none: "NoneType"
    case .bool: "bool"
    case .int: "int"
    case .double: "float"
    case .string: "str"
    case .safe: "Markup"
    case .list: "list"
    case .tuple: "tuple"
    case .mapping: "dict"
    case .view(let view): view.kind.rawValue
    case .range: "range"
    case .lazy: "generator"
    case .namespace: "Namespace"
    case .loop: "LoopContext"
    case .function: "function"
    }
  }
}

/// What a name or attribute stands for that does not exist: empty text, false, and an error in any
/// other use.
struct Undefined {
  /// The error of any other use.
  let reason: String
}

/// The items of a list or tuple.
final class Items {
  let values: [Value]
  let depth: Int
  /// Whether this is a pair that `groupby` made, whose parts have names.
  let isGroup: Bool

  init(_ values: [Value], isGroup: Bool = false) {
    self.values = values
    self.isGroup = isGroup
    depth = 1 + (values.lazy.map(\.depth).max() ?? 0)
  }
}

/// A mapping in the order of its keys.
final class Mapping {
  let keys: [Value]
  let values: [Value]
  let depth: Int
  private let places: [Key: Int]

  fileprivate init(keys: [Value], values: [Value], places: [Key: Int]) {
    self.keys = keys
    self.values = values
    self.places = places
    depth = 1 + max(values.lazy.map(\.depth).max() ?? 0, keys.lazy.map(\.depth).max() ?? 0)
  }

  func value(for key: Key) -> Value? { places[key].map { values[$0] } }

  /// Collects members: of equal keys the first stays and the last gives the value.
  struct Builder {
    private(set) var keys: [Value] = []
    private var values: [Value] = []
    private var places: [Key: Int] = [:]

    mutating func set(_ value: Value, for key: Key, spelled name: Value) {
      if let place = places[key] {
        values[place] = value
      } else {
        places[key] = keys.count
        keys.append(name)
        values.append(value)
      }
    }

    func value(for key: Key) -> Value? { places[key].map { values[$0] } }

    func build() -> Mapping { Mapping(keys: keys, values: values, places: places) }
  }
}

/// What a mapping is looked up by: numbers by their value, so that 1, 1.0 and true are one key.
indirect enum Key: Hashable {
  case none
  case undefined
  case int(Int)
  case double(Double)
  case text(Text)
  case tuple([Key])
  case range(start: Int, step: Int, count: Int)
  case object(ObjectIdentifier)
}

/// The keys, values or items of a mapping.
struct View {
  enum Kind: String {
    case keys = "dict_keys"
    case values = "dict_values"
    case items = "dict_items"
  }

  let kind: Kind
  let mapping: Mapping

  var values: [Value] {
    switch kind {
    case .keys: mapping.keys
    case .values: mapping.values
    case .items: zip(mapping.keys, mapping.values).map { .tuple([$0, $1]) }
    }
  }
}

/// Python's range.
struct Stride {
  let start: Int
  let stop: Int
  let step: Int
  let count: Int

  subscript(index: Int) -> Int { start + index * step }
  var values: [Value] { (0..<count).map { .int(self[$0]) } }
}

/// Items that are computed when they are asked for, once.
final class LazyItems {
  let depth: Int
  private var pull: () throws(TemplateError) -> Value?

  init(depth: Int, _ pull: @escaping () throws(TemplateError) -> Value?) {
    self.depth = depth
    self.pull = pull
  }

  func next() throws(TemplateError) -> Value? {
    let value = try pull()
    if value == nil { pull = Self.nothing }
    return value
  }

  /// Forgets what is left, so that nothing is kept alive by it.
  func end() { pull = Self.nothing }

  private static func nothing() throws(TemplateError) -> Value? { nil }
}

/// The one thing a template can change: attributes that survive the scope they were set in.
final class Namespace {
  var attributes: Mapping.Builder

  init(_ attributes: Mapping.Builder) {
    self.attributes = attributes
  }
}
