// Where a server's secret comes from.

import Foundation
import Glibc
import Testing
import WebServer

@Suite struct AccessTokenTests {
  private func withFile(_ body: (String) throws -> Void) throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "vapo-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    try body(file.path)
  }

  @Test func `a secret is made once and found again`() throws {
    try withFile { file in
      let made = try AccessToken(file: file)
      let found = try AccessToken(file: file)
      #expect(made.isNew && !found.isNew && made.text == found.text && made.text.count == 64)
    }
  }

  @Test func `a pipe that nobody writes to is refused, and not waited for`() throws {
    try withFile { file in
      #expect(mkfifo(file, 0o600) == 0)
      let error = #expect(throws: WebError.self) { try AccessToken(file: file) }
      #expect(error.map { "\($0)".contains("\(file): ") } == true)
    }
  }

  @Test func `what others may read, is too long or is no secret is refused`() throws {
    for (text, mode) in [
      (String(repeating: "a", count: 64), 0o644), (String(repeating: "a", count: 70_000), 0o600),
      ("short", 0o600), (String(repeating: "ä", count: 20), 0o600),
    ] {
      try withFile { file in
        try Data(text.utf8).write(to: URL(filePath: file))
        #expect(chmod(file, mode_t(mode)) == 0)
        #expect(throws: WebError.self) { try AccessToken(file: file) }
      }
    }
  }
}
