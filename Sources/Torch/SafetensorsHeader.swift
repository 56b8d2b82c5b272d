// The header of a safetensors file, held to the reference's rules: entries tile the data section
// from its first byte to its last, without a hole, an overlap or a byte left over. Two rules are
// stricter than the reference, which lets a later entry of the same name win: here no name stands
// twice; and an axis longer than Int.max is refused.

/// The element types the format knows, in the reference's order, which its writer sorts by.
public enum SafetensorsType: String, CaseIterable, Sendable {
  case bool = "BOOL"
  case float4 = "F4"
  case float6e2m3 = "F6_E2M3"
  case float6e3m2 = "F6_E3M2"
  case uint8 = "U8"
  case int8 = "I8"
  case float8e5m2 = "F8_E5M2"
  case float8e4m3 = "F8_E4M3"
  case float8e8m0 = "F8_E8M0"
  case float8e4m3fnuz = "F8_E4M3FNUZ"
  case float8e5m2fnuz = "F8_E5M2FNUZ"
  case int16 = "I16"
  case uint16 = "U16"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int32 = "I32"
  case uint32 = "U32"
  case float32 = "F32"
  case complex64 = "C64"
  case float64 = "F64"
  case int64 = "I64"
  case uint64 = "U64"

  /// The size of one element, in bits.
  public var bitCount: Int {
    switch self {
    case .float4: 4
    case .float6e2m3, .float6e3m2: 6
    case .bool, .uint8, .int8, .float8e5m2, .float8e4m3, .float8e8m0, .float8e4m3fnuz,
      .float8e5m2fnuz:
      8
    case .int16, .uint16, .float16, .bfloat16: 16
    case .int32, .uint32, .float32: 32
    case .complex64, .float64, .int64, .uint64: 64
    }
  }

  /// The tensors of this program that hold such elements; nil when none do.
  public var elementType: ElementType? {
    switch self {
    case .bool: .bool
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .float32: .float32
    case .float64: .float64
    case .int64: .int64
    case .uint8: .uint8
    default: nil
    }
  }

  /// The format's name for elements of this program.
  public init(_ type: ElementType) {
    self =
      switch type {
      case .bool: .bool
      case .float16: .float16
      case .bfloat16: .bfloat16
      case .float32: .float32
      case .float64: .float64
      case .int64: .int64
      case .uint8: .uint8
      }
  }
}

/// What a header says, checked.
struct SafetensorsHeader {
  struct Entry {
    let name: String
    let type: SafetensorsType
    let shape: [Int]
    let range: Range<Int>
  }

  private(set) var metadata: [String: String] = [:]
  /// In the order of their bytes.
  private(set) var entries: [Entry] = []
  /// Names are compared by their bytes: Swift's strings would merge canonically equal ones.
  private var places: [[UInt8]: Int] = [:]

  subscript(name: String) -> Entry? { places[Array(name.utf8)].map { entries[$0] } }

  /// Reads and checks a header that describes `dataLength` bytes of data.
  init(_ bytes: [UInt8], dataLength: Int, file: String) throws(SafetensorsError) {
    do throws(JSONScanner.Failure) {
      try read(bytes)
    } catch {
      throw .malformed(file: file, reason: "header byte \(error.place): \(error.reason)")
    }
    try check(dataLength: dataLength, file: file)
  }

  private mutating func read(_ bytes: [UInt8]) throws(JSONScanner.Failure) {
    var scanner = JSONScanner(bytes)
    var seenMetadata = false
    var metadata: [String: String] = [:]
    var entries: [Entry] = []
    try scanner.object { (scanner, name) throws(JSONScanner.Failure) in
      guard name == "__metadata__" else {
        return entries.append(try Self.entry(name, &scanner))
      }
      if seenMetadata { throw scanner.failure("__metadata__ stands twice") }
      seenMetadata = true
      if try scanner.peek() == .null { return try scanner.null() }
      try scanner.object { (scanner, key) throws(JSONScanner.Failure) in
        metadata[key] = try scanner.string()
      }
    }
    try scanner.end()
    self.metadata = metadata
    self.entries = entries
  }

  private static func entry(
    _ name: String, _ scanner: inout JSONScanner
  ) throws(JSONScanner.Failure) -> Entry {
    var type: SafetensorsType?
    var shape: [Int]?
    var offsets: [Int]?
    func refuse(_ reason: String, _ scanner: JSONScanner) -> JSONScanner.Failure {
      scanner.failure("tensor \"\(name)\": \(reason)")
    }
    try scanner.object { (scanner, key) throws(JSONScanner.Failure) in
      if key == "dtype" {
        let text = try scanner.string()
        guard type == nil else { throw refuse("dtype stands twice", scanner) }
        type = SafetensorsType(rawValue: text)
        if type == nil { throw refuse("unknown dtype \"\(text)\"", scanner) }
      } else if key == "shape" {
        guard shape == nil else { throw refuse("shape stands twice", scanner) }
        shape = try naturals(&scanner)
      } else if key == "data_offsets" {
        guard offsets == nil else { throw refuse("data_offsets stands twice", scanner) }
        offsets = try naturals(&scanner)
      } else {
        try scanner.skip()
      }
    }
    guard let type, let shape, let offsets else {
      throw refuse("needs dtype, shape and data_offsets", scanner)
    }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw refuse("data_offsets \(offsets.prefix(4)) are not a begin and an end", scanner)
    }
    return Entry(name: name, type: type, shape: shape, range: offsets[0]..<offsets[1])
  }

  private static func naturals(_ scanner: inout JSONScanner) throws(JSONScanner.Failure) -> [Int] {
    var values: [Int] = []
    try scanner.array { scanner throws(JSONScanner.Failure) in
      values.append(try scanner.natural())
    }
    return values
  }

  private mutating func check(dataLength: Int, file: String) throws(SafetensorsError) {
    entries.sort {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    var reached = 0
    for (place, entry) in entries.enumerated() {
      func refuse(_ reason: String) -> SafetensorsError {
        .malformedTensor(file: file, tensor: entry.name, reason: reason)
      }
      guard entry.range.lowerBound == reached else {
        let fault = entry.range.lowerBound < reached ? "overlap the tensor before" : "leave a hole"
        throw refuse("data_offsets \(entry.range) \(fault); the data before ends at \(reached)")
      }
      reached = entry.range.upperBound
      guard let bits = Self.bits(entry.shape, entry.type) else {
        throw refuse("shape \(entry.shape.prefix(8)) is larger than any file")
      }
      guard bits % 8 == 0, bits / 8 == entry.range.count else {
        throw refuse(
          "shape \(entry.shape.prefix(8)) of \(entry.type.rawValue) is \(bits) bits, "
            + "its data_offsets hold \(entry.range.count) bytes")
      }
      guard places.updateValue(place, forKey: Array(entry.name.utf8)) == nil else {
        throw refuse("stands twice")
      }
    }
    guard reached == dataLength else {
      let fault = reached > dataLength ? "is truncated" : "goes on after its last tensor"
      throw .malformed(
        file: file,
        reason: "the file \(fault): the header describes \(reached) bytes of data, "
          + "the file has \(dataLength)")
    }
  }

  private static func bits(_ shape: [Int], _ type: SafetensorsType) -> Int? {
    var product = type.bitCount
    for axis in shape {
      let (next, overflow) = product.multipliedReportingOverflow(by: axis)
      if overflow { return nil }
      product = next
    }
    return product
  }
}
