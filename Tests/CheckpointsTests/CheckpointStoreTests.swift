// Saving, finding and deleting checkpoints while nothing goes wrong.

import Checkpoints
import Foundation
import Synchronization
import Testing
import TestSupport

@Suite("Checkpoints")
struct CheckpointStoreTests {
  @Test("a checkpoint comes back with its files, notes and score")
  func roundTrip() throws {
    try withTemporaryFolder { folder in
      let store = CheckpointStore(folder: folder.appending(path: "run/checkpoints"), keepLast: 2)
      #expect(try store.newest() == nil)
      try save(3, in: store, score: 0.25)
      let found = try #require(try store.newest())
      #expect(found.step == 3)
      #expect(found.score == 0.25)
      #expect(found.size == 3000 + "weights of 3".utf8.count)
      #expect(found.folder.lastPathComponent == "step-3")
      #expect(isWhole(found))
      #expect(names(in: store) == ["latest", "step-3"])
    }
  }

  @Test("the manifest is plain JSON with the hashes that sha256sum prints")
  func manifest() throws {
    try withTemporaryFolder { folder in
      let store = CheckpointStore(folder: folder, keepLast: 1)
      try store.save(step: 7, metadata: ["note": "é \"quoted\""], score: .nan) { folder in
        try Data("abc".utf8).write(to: folder.appending(path: "b"))
        try Data().write(to: folder.appending(path: "a"))
      }
      let text = try String(
        contentsOf: folder.appending(path: "step-7/manifest.json"), encoding: .utf8)
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines[0].wholeMatch(of: /\{"digest":"[0-9a-f]{64}",/) != nil)
      // The two hashes are those of NIST's examples for "" and "abc".
      #expect(
        lines.dropFirst().joined(separator: "\n") == """
            "files" : [
              {
                "path" : "a",
                "sha256" : "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                "size" : 0
              },
              {
                "path" : "b",
                "sha256" : "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                "size" : 3
              }
            ],
            "format" : 1,
            "metadata" : {
              "note" : "é \\"quoted\\""
            },
            "step" : 7
          }

          """)
    }
  }

  @Test("the newest and the best are kept, over restarts")
  func pruning() throws {
    try withTemporaryFolder { folder in
      let scores = [1: 0.1, 2: 0.9, 3: 0.2, 4: 0.3, 5: 0.9, 6: 0.4, 7: 0.5, 8: 0.6]
      let kept = [
        1: [1], 2: [1, 2], 3: [2, 3], 4: [2, 3, 4], 5: [4, 5], 6: [5, 6], 7: [5, 6, 7],
        8: [5, 7, 8],
      ]
      for step in 1...8 {
        // A new store every time: what to delete is read from the disk.
        let store = CheckpointStore(folder: folder, keepLast: 2)
        try save(step, in: store, score: scores[step])
        #expect(store.steps() == kept[step])
      }
      let hint = try String(contentsOf: folder.appending(path: "latest"), encoding: .utf8)
      #expect(hint == "step-8\n")
    }
  }

  @Test("the hint is only a hint")
  func hint() throws {
    try withTemporaryFolder { folder in
      let store = CheckpointStore(folder: folder, keepLast: 3)
      try save(1, in: store)
      try save(2, in: store)
      try Data("step-99\n".utf8).write(to: folder.appending(path: "latest"))
      #expect(try store.newest()?.step == 2)
      try FileManager.default.removeItem(at: folder.appending(path: "latest"))
      #expect(try store.newest()?.step == 2)
    }
  }

  @Test("a step that is saved again replaces the old one")
  func replacing() throws {
    try withTemporaryFolder { folder in
      let store = CheckpointStore(folder: folder, keepLast: 2)
      try save(5, in: store)
      try store.save(step: 5, metadata: ["second": "yes"]) { folder in
        try Data("x".utf8).write(to: folder.appending(path: "other"))
      }
      #expect(try store.newest()?.metadata == ["second": "yes"])
      #expect(names(in: store) == ["latest", "step-5"])
    }
  }

  @Test("a step saved after going back stays, and later ones can be set aside")
  func goingBack() throws {
    try withTemporaryFolder { folder in
      let store = CheckpointStore(folder: folder, keepLast: 1)
      try save(20, in: store)
      try save(15, in: store)
      #expect(store.steps() == [15, 20])
      try store.setAside(after: 15)
      #expect(try store.newest()?.step == 15)
      #expect(names(in: store).contains { $0.hasPrefix("superseded-step-20-") })
      #expect(try store.checkpoint(ofStep: 15).step == 15)
      #expect(throws: CheckpointError.self) { try store.checkpoint(ofStep: 20) }
    }
  }

  @Test("a checkpoint that is being read is not deleted")
  func reading() throws {
    try withTemporaryFolder { folder in
      let store = CheckpointStore(folder: folder, keepLast: 1)
      try save(1, in: store)
      let first = try #require(try store.newest())
      try first.reading {
        try save(2, in: store)
        #expect(store.steps() == [1, 2])
        #expect(isWhole(first))
      }
      try save(3, in: store)
      #expect(store.steps() == [3])
    }
  }

  @Test("somebody who looks all the time always finds a whole checkpoint")
  func watcher() throws {
    try withTemporaryFolder { folder in
      let store = CheckpointStore(folder: folder, keepLast: 2)
      try save(1, in: store)
      let isDone = Mutex(false)
      let looks = Mutex(0)
      let failures = Mutex<[String]>([])
      DispatchQueue.concurrentPerform(iterations: 2) { worker in
        if worker == 0 {
          for step in 2...12 {
            try? save(step / 2 * 2, in: CheckpointStore(folder: folder, keepLast: 2))
          }
          isDone.withLock { $0 = true }
          return
        }
        repeat {
          do {
            let found = try CheckpointStore(folder: folder, keepLast: 2).newest()
            looks.withLock { $0 += 1 }
            if found == nil { failures.withLock { $0.append("nothing") } }
          } catch {
            failures.withLock { $0.append("\(error)") }
          }
        } while !isDone.withLock { $0 }
      }
      #expect(failures.withLock { $0 } == [])
      #expect(looks.withLock { $0 } > 0)
      #expect(try store.newest()?.step == 12)
    }
  }
}
