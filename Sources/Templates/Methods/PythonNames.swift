// Which attributes Python's own types have. A name in these lists is found on the value before any
// key is; one that this program lacks is refused by name when it is called, and the ones that would
// change the value are what the immutable sandbox calls unsafe.

enum PythonNames {
  static func attributes(of value: Value) -> Set<Text> {
    switch value {
    case .string, .safe: ofStrings
    case .mapping: ofMappings
    case .list: ofLists
    case .tuple: ofTuples
    case .int, .bool: ofIntegers
    case .double: ofDoubles
    case .range: ofRanges
    case .view(let view): view.kind == .values ? ofValuesViews : ofViews
    case .lazy: ofGenerators
    case .undefined, .none, .namespace, .loop, .function: []
    }
  }

  /// The methods that would change the value.
  static func changing(_ value: Value) -> Set<Text> {
    switch value {
    case .list: ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"]
    case .mapping: ["clear", "pop", "popitem", "setdefault", "update"]
    case .lazy: ["gi_frame", "gi_code"]
    default: []
    }
  }

  static let ofObjects: Set<Text> = [
    "__class__", "__doc__", "__init__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__",
    "__ge__", "__hash__", "__repr__", "__str__", "__getattribute__", "__setattr__", "__delattr__",
    "__new__", "__reduce__", "__reduce_ex__", "__subclasshook__", "__init_subclass__",
    "__format__", "__sizeof__", "__dir__", "__len__", "__iter__", "__contains__", "__getitem__",
    "__add__", "__mul__", "__getstate__",
  ]
  private static let ofStrings: Set<Text> = [
    "capitalize", "casefold", "center", "count", "encode", "endswith", "expandtabs", "find",
    "format", "format_map", "index", "isalnum", "isalpha", "isascii", "isdecimal", "isdigit",
    "isidentifier", "islower", "isnumeric", "isprintable", "isspace", "istitle", "isupper", "join",
    "ljust", "lower", "lstrip", "maketrans", "partition", "removeprefix", "removesuffix",
    "replace", "rfind", "rindex", "rjust", "rpartition", "rsplit", "rstrip", "split", "splitlines",
    "startswith", "strip", "swapcase", "title", "translate", "upper", "zfill",
  ]
  private static let ofMappings: Set<Text> = [
    "clear", "copy", "fromkeys", "get", "items", "keys", "pop", "popitem", "setdefault", "update",
    "values",
  ]
  private static let ofLists: Set<Text> = [
    "append", "clear", "copy", "count", "extend", "index", "insert", "pop", "remove", "reverse",
    "sort",
  ]
  private static let ofTuples: Set<Text> = ["count", "index"]
  private static let ofIntegers: Set<Text> = [
    "as_integer_ratio", "bit_count", "bit_length", "conjugate", "denominator", "from_bytes",
    "imag", "numerator", "real", "to_bytes",
  ]
  private static let ofDoubles: Set<Text> = [
    "as_integer_ratio", "conjugate", "fromhex", "hex", "imag", "is_integer", "real",
  ]
  private static let ofRanges: Set<Text> = ["count", "index", "start", "step", "stop"]
  private static let ofViews: Set<Text> = ["isdisjoint", "mapping"]
  private static let ofValuesViews: Set<Text> = ["mapping"]
  private static let ofGenerators: Set<Text> = [
    "close", "gi_code", "gi_frame", "gi_running", "gi_suspended", "gi_yieldfrom", "send", "throw",
  ]
}
