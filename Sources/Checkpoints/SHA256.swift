// SHA-256, which says that a checkpoint is what was written (docs/decisions/own-code.md).

import CHash
package import Foundation

/// A hash that takes bytes a piece at a time.
package struct SHA256 {
  private var hash = ch_sha256()

  /// Begins.
  ///
  /// - Parameter accelerated: whether to use the processor's instructions, where it has them.
  package init(accelerated: Bool = true) { ch_sha256_begin(&hash, accelerated) }

  /// Takes some bytes.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    ch_sha256_add(&hash, start, bytes.count)
  }

  /// The 32 bytes of the digest.
  package consuming func finalize() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: 32) { digest, count in
      if let start = digest.baseAddress { ch_sha256_end(&hash, start) }
      count = 32
    }
  }

  /// The digest of some bytes, in lowercase hexadecimal.
  package static func hexadecimal(of bytes: some ContiguousBytes) -> String {
    var hash = SHA256()
    bytes.withUnsafeBytes { hash.update($0) }
    return DurableFile.hexadecimal(hash.finalize())
  }
}
