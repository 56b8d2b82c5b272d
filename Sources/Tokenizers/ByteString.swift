// Bytes as keys and in messages.

import JSON

/// Bytes as a key: equal only when every byte is, and hashed in one go.
package struct ByteString: Hashable, Sendable {
  package let bytes: [UInt8]

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  package func hash(into hasher: inout Hasher) {
    bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
  }
}

/// A string from a file, shortened and with its control characters spelled out, for messages.
package func shown(_ bytes: some Collection<UInt8>) -> String {
  let text = String(decoding: bytes, as: UTF8.self)
  let short = String(text.unicodeScalars.prefix(160).map(Character.init))
  return quoted(short) + (text.unicodeScalars.count > 160 ? "…" : "")
}
