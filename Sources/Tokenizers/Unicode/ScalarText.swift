// Text as the scanners want it: the scalars, and where in the bytes each begins.

/// The scalars of a UTF-8 text with their byte offsets.
package struct ScalarText {
  package let scalars: [UInt32]
  /// Where each scalar begins, and at the end the number of bytes.
  package let offsets: [Int]

  /// Reads well-formed UTF-8: the bytes of a `String`, or a part cut between two scalars.
  package init(_ bytes: some RandomAccessCollection<UInt8>) {
    var scalars: [UInt32] = []
    var offsets: [Int] = []
    scalars.reserveCapacity(bytes.count)
    offsets.reserveCapacity(bytes.count + 1)
    var offset = 0
    for byte in bytes {
      switch byte {
      case 0x80..<0xC0:
        scalars[scalars.count - 1] = scalars[scalars.count - 1] << 6 | UInt32(byte & 0x3F)
      case ..<0x80: Self.begin(UInt32(byte), at: offset, &scalars, &offsets)
      case ..<0xE0: Self.begin(UInt32(byte & 0x1F), at: offset, &scalars, &offsets)
      case ..<0xF0: Self.begin(UInt32(byte & 0x0F), at: offset, &scalars, &offsets)
      default: Self.begin(UInt32(byte & 0x07), at: offset, &scalars, &offsets)
      }
      offset += 1
    }
    offsets.append(offset)
    self.scalars = scalars
    self.offsets = offsets
  }

  @inline(__always)
  private static func begin(
    _ bits: UInt32, at offset: Int, _ scalars: inout [UInt32], _ offsets: inout [Int]
  ) {
    scalars.append(bits)
    offsets.append(offset)
  }

  /// Scalars as UTF-8.
  package static func bytes(of scalars: [UInt32]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(scalars.count * 2)
    for value in scalars {
      switch value {
      case ..<0x80: bytes.append(UInt8(value))
      case ..<0x800:
        bytes.append(0xC0 | UInt8(value >> 6))
        bytes.append(0x80 | UInt8(value & 0x3F))
      case ..<0x10000:
        bytes.append(0xE0 | UInt8(value >> 12))
        bytes.append(0x80 | UInt8(value >> 6 & 0x3F))
        bytes.append(0x80 | UInt8(value & 0x3F))
      default:
        bytes.append(0xF0 | UInt8(value >> 18))
        bytes.append(0x80 | UInt8(value >> 12 & 0x3F))
        bytes.append(0x80 | UInt8(value >> 6 & 0x3F))
        bytes.append(0x80 | UInt8(value & 0x3F))
      }
    }
    return bytes
  }
}
