// What a file's content is recognized by, and what the system says is wrong with a file.

import Foundation
import Words

/// The FNV-1a hash of bytes.
struct ContentHash: Equatable {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

  /// Goes on with more bytes.
  mutating func add(_ bytes: Data) {
    bytes.withUnsafeBytes { bytes in
      value = bytes.reduce(value) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
  }

  /// Goes on with all bytes of a file.
  mutating func add(contentsOf url: URL) throws(PromptError) {
    do {
      let file = try openedAtWill(url)
      defer { try? file.close() }
      while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty { add(piece) }
    } catch let fault as FileFault {
      throw .unreadable(file: url.path, reason: fault.words)
    } catch { throw .unreadable(file: url.path, reason: systemWords(error)) }
  }

  /// Sixteen hexadecimal digits.
  var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
