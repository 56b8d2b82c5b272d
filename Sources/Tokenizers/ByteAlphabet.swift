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

  /// The byte that each scalar up to U+0143 stands for, nil for the rest.
  private static let bytes: [UInt8?] = {
    var bytes = [UInt8?](repeating: nil, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar)] = UInt8(byte) }
    return bytes
  }()

  /// How a vocabulary spells `bytes`, as UTF-8.
  package static func spelling(of bytes: some Sequence<UInt8>) -> [UInt8] {
    ScalarText.bytes(of: bytes.map { scalars[Int($0)] })
  }

  /// The bytes a token of the vocabulary stands for; nil when a character of it stands for none.
  package static func bytes(spelledBy token: [UInt8]) -> [UInt8]? {
    var decoded: [UInt8] = []
    for scalar in ScalarText(token).scalars {
      guard scalar < bytes.count, let byte = bytes[Int(scalar)] else { return nil }
      decoded.append(byte)
    }
    return decoded
  }

  /// How vocabularies that fall back to bytes spell one: `<0xE2>`.
  static func fallbackSpelling(of byte: UInt8) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    return Array("<0x".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]] + Array(">".utf8)
  }

  /// Spells a passage, every byte of a scalar with the scalar's origin.
  static func spell(_ passage: inout Passage) {
    var edits: [Passage.Edit] = []
    edits.reserveCapacity(passage.bytes.count)
    for byte in passage.bytes {
      let continues = byte & 0xC0 == 0x80
      edits.append(Passage.Edit(scalar: scalars[Int(byte)], change: continues ? 1 : 0))
    }
    passage.rewrite(edits)
  }
}
