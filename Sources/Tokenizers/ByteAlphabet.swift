// Byte-level vocabularies spell each byte as one printable character: a space is Ġ, a line end Ċ,
// the first byte of é is Ã. The table is GPT-2's.

/// The printable character of every byte, and back.
package enum ByteAlphabet {
  /// The scalar that stands for each byte: itself where printable, else the next from U+0100.
  package static let scalars: [UInt32] = {
    var next: UInt32 = 0x100
    return (UInt32(0)...255).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return byte
      default:
        defer { next += 1 }
        return next
      }
    }
  }()

  private static let bytes: [UInt32: UInt8] = scalars.enumerated().reduce(into: [:]) {
    $0[$1.element] = UInt8($1.offset)
  }

  /// How a vocabulary spells `bytes`, as UTF-8.
  package static func spelling(of bytes: some Sequence<UInt8>) -> [UInt8] {
    ScalarText.bytes(of: bytes.map { scalars[Int($0)] })
  }

  /// The bytes a token of the vocabulary stands for; nil when a character of it stands for none.
  package static func bytes(spelledBy token: [UInt8]) -> [UInt8]? {
    var decoded: [UInt8] = []
    for scalar in ScalarText(token).scalars {
      guard let byte = bytes[scalar] else { return nil }
      decoded.append(byte)
    }
    return decoded
  }
}
