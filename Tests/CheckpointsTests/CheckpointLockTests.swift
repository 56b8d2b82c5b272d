// One trainer a run folder.

import Checkpoints
import Foundation
import Testing
import TestSupport

@Suite("The lock of a run")
struct CheckpointLockTests {
  @Test("a second trainer is refused with the first one's process, until that one is done")
  func refused() throws {
    try withTemporaryFolder { folder in
      let run = folder.appending(path: "run")
      var first: RunLock? = try RunLock(folder: run)
      let error = #expect(throws: CheckpointError.self) { try RunLock(folder: run) }
      let host = ProcessInfo.processInfo.hostName
      let text = try #require(error).description
      #expect(text.contains(" is in use by process \(getpid()) on \(host) since 2"))
      withExtendedLifetime(first) {}
      first = nil
      _ = try RunLock(folder: run)
    }
  }

  @Test("the lock of a process that was killed is taken over")
  func stale() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "vapo-test-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.path(percentEncoded: false)
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      let lock = try RunLock(folder: URL(filePath: path))
      withExtendedLifetime(lock) { _ = kill(getpid(), SIGKILL) }
    }
    let left = try Data(contentsOf: folder.appending(path: "lock"))
    #expect(!left.isEmpty)
    _ = try RunLock(folder: folder)
  }

  @Test("another process is refused while this one holds the lock")
  func otherProcess() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "vapo-test-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let lock = try RunLock(folder: folder)
    let path = folder.path(percentEncoded: false)
    let holder = Int(getpid())
    await #expect(processExitsWith: .success) { [path = path as String, holder = holder as Int] in
      let error = #expect(throws: CheckpointError.self) { try RunLock(folder: URL(filePath: path)) }
      #expect(error?.description.contains("process \(holder) on ") == true)
    }
    withExtendedLifetime(lock) {}
  }
}
