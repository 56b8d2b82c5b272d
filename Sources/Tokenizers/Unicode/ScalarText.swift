// Text as the scanners want it: UTF-8 read a scalar at a time, without a copy.

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
    for value in scalars { append(value, to: &bytes) }
    return bytes
  }

  /// One scalar as UTF-8 at the end of `bytes`.
  @inline(__always)
  static func append(_ value: UInt32, to bytes: inout [UInt8]) {
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

  /// How many bytes `value` has in UTF-8.
  @inline(__always)
  static func length(of value: UInt32) -> Int {
    value < 0x80 ? 1 : value < 0x800 ? 2 : value < 0x10000 ? 3 : 4
  }
}

/// A well-formed UTF-8 text, read in place, with the classes of its scalars.
///
/// Lives only inside `TextView.with`, as it holds bare pointers.
struct TextView {
  let bytes: UnsafePointer<UInt8>
  let count: Int
  private let classTable: UnsafePointer<UInt8>

  /// Runs `body` on a view of `text`.
  static func with<Result>(_ text: [UInt8], _ body: (TextView) -> Result) -> Result {
    text.withUnsafeBufferPointer { bytes in
      CharacterClasses.table.withUnsafeBufferPointer { table in
        guard let base = bytes.baseAddress, let classes = table.baseAddress else {
          // An empty array has no address; nothing is read where the count is 0.
          return withUnsafePointer(to: 0 as UInt8) {
            body(TextView(bytes: $0, count: 0, classTable: $0))
          }
        }
        return body(TextView(bytes: base, count: bytes.count, classTable: classes))
      }
    }
  }

  /// The text up to `end`.
  func prefix(_ end: Int) -> TextView {
    TextView(bytes: bytes, count: end, classTable: classTable)
  }

  /// The scalar that begins at `place`, and its length in bytes.
  @inline(__always)
  func scalar(at place: Int) -> (value: UInt32, length: Int) {
    let first = UInt32(bytes[place])
    if first < 0x80 { return (first, 1) }
    let second = UInt32(bytes[place + 1] & 0x3F)
    if first < 0xE0 { return ((first & 0x1F) << 6 | second, 2) }
    let third = UInt32(bytes[place + 2] & 0x3F)
    if first < 0xF0 { return ((first & 0x0F) << 12 | second << 6 | third, 3) }
    return ((first & 0x07) << 18 | second << 12 | third << 6 | UInt32(bytes[place + 3] & 0x3F), 4)
  }

  /// The classes of the scalar that begins at `place`, and its length in bytes.
  @inline(__always)
  func classes(at place: Int) -> (classes: CharacterClasses, length: Int) {
    let (value, length) = scalar(at: place)
    return (CharacterClasses(rawValue: classTable[Int(value)]), length)
  }

  /// Whether a scalar of `wanted` begins at `place`, which may be the end.
  @inline(__always)
  func has(_ wanted: CharacterClasses, at place: Int) -> Bool {
    place < count && !classes(at: place).classes.isDisjoint(with: wanted)
  }

  /// The first place from `place` on whose scalar is in none of the classes `wanted`.
  @inline(__always)
  func run(of wanted: CharacterClasses, from place: Int) -> Int {
    var end = place
    while end < count {
      let (classes, length) = classes(at: end)
      if classes.isDisjoint(with: wanted) { break }
      end += length
    }
    return end
  }

  /// The first place from `place` on whose scalar is in one of the classes `unwanted`.
  @inline(__always)
  func run(outside unwanted: CharacterClasses, from place: Int) -> Int {
    var end = place
    while end < count {
      let (classes, length) = classes(at: end)
      if !classes.isDisjoint(with: unwanted) { break }
      end += length
    }
    return end
  }
}
