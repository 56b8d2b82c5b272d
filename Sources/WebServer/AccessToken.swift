// The secret of a server that others can reach.

import Foundation
import Words

/// A secret of 256 bits, or what a file holds.
public struct AccessToken: Sendable {
  /// The secret as requests send it.
  public let text: String
  /// Whether it was made just now.
  public let isNew: Bool

  /// The name of the cookie in which a browser may keep it.
  public static let cookie = "vapo_token"

  /// Reads a file's secret, or makes one, and the file where one is named.
  ///
  /// - Parameter file: where the secret is kept; nil keeps it nowhere.
  /// - Throws: ``WebError`` for a file that others may read, or that holds no secret or is no ordinary file.
  public init(file: String?) throws {
    guard let file else {
      (text, isNew) = (Self.random(), true)
      return
    }
    if FileManager.default.fileExists(atPath: file) {
      let attributes = try FileManager.default.attributesOfItem(atPath: file)
      let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
      guard mode & 0o077 == 0 else {
        throw WebError("others may read \(file): chmod 600 \(file)")
      }
      let bytes: Data
      do {
        bytes = try contents(of: URL(filePath: file), atMost: 1 << 16)
      } catch {
        throw WebError("\(file): \(error.words)")
      }
      let secret = String(decoding: bytes, as: UTF8.self)
        .trimmingCharacters(in: .whitespacesAndNewlines)
      guard secret.utf8.count >= 16, secret.utf8.allSatisfy({ (0x21...0x7E) ~= $0 }) else {
        throw WebError("\(file) should hold a token of 16 printable characters or more")
      }
      (text, isNew) = (secret, false)
      return
    }
    let secret = Self.random()
    let isWritten = FileManager.default.createFile(
      atPath: file, contents: Data((secret + "\n").utf8), attributes: [.posixPermissions: 0o600])
    guard isWritten else { throw WebError("cannot write \(file)") }
    (text, isNew) = (secret, true)
  }

  private static func random() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<4).map { _ in String(format: "%016lx", generator.next() as UInt64) }.joined()
  }
}
