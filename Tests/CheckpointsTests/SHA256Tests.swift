// SHA-256 against the standard's examples, and its two ways of computing against each other.

import Checkpoints
import Foundation
import Testing

struct SHA256Tests {
  /// The digest, with the bytes given in pieces of some length.
  private func digest(_ bytes: [UInt8], accelerated: Bool, pieces: Int = .max) -> String {
    var hash = SHA256(accelerated: accelerated)
    var rest = bytes[...]
    while !rest.isEmpty {
      Array(rest.prefix(pieces)).withUnsafeBytes { hash.update($0) }
      rest = rest.dropFirst(pieces)
    }
    return hash.finalize().map { String(format: "%02x", $0) }.joined()
  }

  /// NIST's examples for FIPS 180-4, and the empty text.
  @Test(
    "the standard's examples",
    arguments: [
      ("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmn"
          + "opqrsmnopqrstnopqrstu", 1,
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
      ),
      ("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ], [true, false])
  func standard(example: (text: String, times: Int, digest: String), accelerated: Bool) {
    let bytes = Array(String(repeating: example.text, count: example.times).utf8)
    #expect(digest(bytes, accelerated: accelerated) == example.digest)
  }

  @Test("both ways, and all ways to cut, agree at every length around a block's")
  func agreement() {
    for length in 0...200 {
      let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 37 + length) }
      let plain = digest(bytes, accelerated: false)
      for pieces in [1, 7, 63, 64, 65, 200] {
        #expect(digest(bytes, accelerated: true, pieces: pieces) == plain, "\(length), \(pieces)")
        #expect(digest(bytes, accelerated: false, pieces: pieces) == plain, "\(length), \(pieces)")
      }
    }
  }
}
