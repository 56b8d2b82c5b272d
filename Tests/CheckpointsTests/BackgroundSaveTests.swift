// Checkpoints that reach the disk while something else goes on.

import Checkpoints
import Foundation
import Synchronization
import Testing
import TestSupport

@Suite("Saving in the background")
struct BackgroundSaveTests {
  @Test("the files are copied at once, and become a checkpoint when the disk has them")
  func slowDisk() throws {
    try withTemporaryFolder { folder in
      let disk = DispatchSemaphore(value: 0)
      let store = CheckpointStore(
        folder: folder, keepLast: 1,
        hook: FaultHook { if $0 == .manifestWritten { disk.wait() } })
      var weights = Data("weights of 1".utf8)
      let draft = try store.draft(step: 1, metadata: ["phase": "of 1"]) { folder in
        try fill(folder, step: 1)
        try weights.write(to: folder.appending(path: "actor/deep/weights"))
      }
      let noted = Mutex(0)
      let save = BackgroundSave(draft) { noted.withLock { $0 += 1 } }
      // Training goes on.
      weights = Data("weights of 2".utf8)
      #expect(try !save.isDone())
      #expect(try store.newest() == nil)
      #expect(noted.withLock { $0 } == 0)
      var words: [String] = []
      let late = DispatchQueue(label: "late")
      late.asyncAfter(deadline: .now() + 1.3) { disk.signal() }
      try save.wait(1) { words.append($0) }
      #expect(words == ["waiting for the disk: checkpoint of step 1, 1 s"])
      #expect(try save.isDone())
      #expect(isWhole(try #require(try store.newest())))
      #expect(noted.withLock { $0 } == 1)
    }
  }

  @Test("a disk that fails meanwhile is told to whoever asks, and leaves the old one")
  func fullDisk() throws {
    try withTemporaryFolder { folder in
      try save(1, in: CheckpointStore(folder: folder, keepLast: 1))
      let full = CheckpointStore(
        folder: folder, keepLast: 1,
        hook: FaultHook { if $0 == .fileSynced { throw NoSpaceLeft() } })
      let draft = try full.draft(step: 2) { try fill($0, step: 2) }
      let save = BackgroundSave(draft) { Issue.record("noted, and not saved") }
      let error = #expect(throws: CheckpointError.self) { try save.wait(60) { _ in } }
      #expect("\(try #require(error))".hasPrefix("checkpoint of step 2 not saved: NoSpaceLeft()"))
      #expect(throws: CheckpointError.self) { try save.isDone() }
      #expect(names(in: full) == ["latest", "step-1"])
    }
  }

  @Test("what is killed before the end leaves the old one")
  func death() throws {
    try withTemporaryFolder { folder in
      let store = CheckpointStore(folder: folder, keepLast: 1)
      try save(1, in: store)
      _ = try store.draft(step: 2) { try fill($0, step: 2) }
      #expect(isWhole(try #require(try store.newest())))
      store.cleanLeftovers()
      #expect(names(in: store) == ["latest", "step-1"])
    }
  }
}
