// What a tensor's numbers are, and where they live: both are values, so that CUDA or bfloat16 is
// a setting and not a port.

internal import CTorch

/// The type of a tensor's elements.
public enum ElementType: String, Codable, Sendable, CaseIterable {
  case float32, bfloat16, int64, bool, float64, float16, uint8

  var code: CTType {
    switch self {
    case .float32: CT_FLOAT32
    case .bfloat16: CT_BFLOAT16
    case .int64: CT_INT64
    case .bool: CT_BOOL
    case .float64: CT_FLOAT64
    case .float16: CT_FLOAT16
    case .uint8: CT_UINT8
    }
  }

  init?(code: Int32) {
    guard let match = Self.allCases.first(where: { Int32($0.code.rawValue) == code }) else {
      return nil
    }
    self = match
  }

  /// Whether elements have a point.
  public var isFloating: Bool {
    switch self {
    case .float32, .bfloat16, .float64, .float16: true
    case .int64, .bool, .uint8: false
    }
  }

  /// The largest number with a point that is not infinite; for types without a point the largest Double.
  var largest: Double {
    switch self {
    case .float32: Double(Float.greatestFiniteMagnitude)
    case .bfloat16: 0x1.FEp127
    case .float16: 65_504
    case .float64, .int64, .bool, .uint8: .greatestFiniteMagnitude
    }
  }

  /// The size of one element, in bytes.
  public var byteCount: Int {
    switch self {
    case .bool, .uint8: 1
    case .bfloat16, .float16: 2
    case .float32: 4
    case .int64, .float64: 8
    }
  }
}

extension ElementType {
  /// Whether this machine's CPU has no products of such numbers, and takes float32's for them.
  ///
  /// That is bfloat16 on x86 without AVX-512: libtorch goes number by number there. Weights are kept widened,
  /// in 4 bytes each.
  public var isWidenedForProducts: Bool { ct_emulates_products(code) }
}

/// Where a tensor lives.
public enum Device: Hashable, Sendable, Codable, CustomStringConvertible {
  case cpu
  case cuda(Int)

  /// Reads "cpu", "cuda" or "cuda:1"; nil for anything else.
  public init?(_ name: String) {
    if name == "cpu" {
      self = .cpu
    } else if name == "cuda" {
      self = .cuda(0)
    } else if name.hasPrefix("cuda:"), let index = Int(name.dropFirst(5)), index >= 0 {
      self = .cuda(index)
    } else {
      return nil
    }
  }

  /// The name a person types: "cpu", "cuda:0".
  public var description: String {
    switch self {
    case .cpu: "cpu"
    case .cuda(let index): "cuda:\(index)"
    }
  }

  var code: CTDevice {
    switch self {
    case .cpu: CTDevice(cuda: false, index: 0)
    case .cuda(let index): CTDevice(cuda: true, index: Int32(index))
    }
  }
}
