// Saves that are cut short at every point, and disks that fail at every point: the previous
// checkpoint or the new one is found, whole, and nothing else.

import Checkpoints
import Foundation
import Testing
import TestSupport

@Suite("Checkpoints and crashes")
struct CheckpointCrashTests {
  /// Every point with the times it is passed in the third save of `crash`.
  static let points: [(point: FaultPoint, time: Int)] = FaultPoint.saving.flatMap { point in
    switch point {
    case .fileSynced: [(point, 1), (point, 2), (point, 3)]
    case .folderSynced: [(point, 1), (point, 2)]
    default: [(point, 1)]
    }
  }

  @Test("death at any point of a save leaves the previous or the new one", arguments: points)
  func crash(point: FaultPoint, time: Int) throws {
    try withTemporaryFolder { folder in
      let store = CheckpointStore(folder: folder, keepLast: 1)
      try save(1, in: store)
      try save(2, in: store)
      let isReplacing = point == .displaced
      let dying = CheckpointStore(folder: folder, keepLast: 1, hook: death(at: point, time: time))
      #expect(throws: CheckpointError.interrupted(point)) {
        try save(isReplacing ? 2 : 3, in: dying)
      }
      let found = try #require(try store.newest())
      let isPublished: Set<FaultPoint> = [
        .renamed, .parentSynced, .verified, .hinted, .trashed, .removed,
      ]
      #expect(found.step == (isPublished.contains(point) ? 3 : 2))
      #expect(isWhole(found))

      store.cleanLeftovers()
      #expect(names(in: store).allSatisfy { $0 == "latest" || $0.hasPrefix("step-") })
      let cleaned = try #require(try store.newest())
      #expect(cleaned.step == found.step)
      #expect(isWhole(cleaned))

      try save(4, in: store)
      #expect(names(in: store) == ["latest", "step-4"])
    }
  }

  @Test(
    "death while a step is replaced leaves that step, old or new", arguments: FaultPoint.saving)
  func crashWhileReplacing(point: FaultPoint) throws {
    // With one checkpoint there is nothing to delete.
    guard point != .trashed, point != .removed else { return }
    try withTemporaryFolder { folder in
      let store = CheckpointStore(folder: folder, keepLast: 1)
      try save(2, in: store)
      let dying = CheckpointStore(folder: folder, keepLast: 1, hook: death(at: point))
      #expect(throws: CheckpointError.interrupted(point)) { try save(2, in: dying) }
      #expect(isWhole(try #require(try store.newest())))
      store.cleanLeftovers()
      #expect(isWhole(try #require(try store.newest())))
      #expect(names(in: store).filter { $0 != "latest" } == ["step-2"])
    }
  }

  @Test("a disk that fails at any point leaves the old ones and no rest", arguments: points)
  func fullDisk(point: FaultPoint, time: Int) throws {
    try withTemporaryFolder { folder in
      let store = CheckpointStore(folder: folder, keepLast: 1)
      try save(2, in: store)
      var passed = 0
      let full = CheckpointStore(
        folder: folder, keepLast: 1,
        hook: FaultHook { passing in
          passed += passing == point ? 1 : 0
          if passing == point, passed == time { throw NoSpaceLeft() }
        })
      let step = point == .displaced ? 2 : 3
      let isSafe: Set<FaultPoint> = [.hinted, .trashed, .removed]
      if isSafe.contains(point) {
        try save(step, in: full)
        #expect(try store.newest()?.step == 3)
      } else {
        let error = #expect(throws: CheckpointError.self) { try save(step, in: full) }
        let text = try #require(error).description
        #expect(
          text.hasPrefix(
            "checkpoint of step \(step) not saved: NoSpaceLeft() (needs about 3012 bytes, "))
        #expect(text.hasSuffix(" bytes free); older checkpoints are intact"))
        let found = try #require(try store.newest())
        #expect(found.step == 2)
        #expect(isWhole(found))
        #expect(names(in: store) == ["latest", "step-2"])
      }
    }
  }

  @Test("a trainer that cannot write its files leaves nothing")
  func failingBody() throws {
    try withTemporaryFolder { folder in
      let store = CheckpointStore(folder: folder, keepLast: 1)
      #expect(throws: CheckpointError.self) {
        try store.save(step: 1) { folder in
          try fill(folder, step: 1)
          throw NoSpaceLeft()
        }
      }
      #expect(names(in: store) == [])
      let found = try store.newest()
      #expect(found == nil)
    }
  }

  @Test("links, pipes and a manifest of the trainer's own are refused", arguments: 0..<3)
  func strangeContents(kind: Int) throws {
    try withTemporaryFolder { folder in
      let store = CheckpointStore(folder: folder, keepLast: 1)
      let error = #expect(throws: CheckpointError.self) {
        try store.save(step: 1) { folder in
          let path = folder.appending(path: "x").path(percentEncoded: false)
          switch kind {
          case 0: symlink("/etc/passwd", path)
          case 1: mkfifo(path, 0o600)
          default: try Data().write(to: folder.appending(path: "manifest.json"))
          }
        }
      }
      let reasons = [
        "x is neither a file nor a folder", "x is neither a file nor a folder",
        "manifest.json is not the trainer's to write",
      ]
      #expect(error?.description.contains(reasons[kind]) == true)
      #expect(names(in: store) == [])
    }
  }

  @Test("everything reaches the disk in the order that makes it safe")
  func order() throws {
    try withTemporaryFolder { folder in
      var passed: [FaultPoint] = []
      let hook = FaultHook { passed.append($0) }
      let store = CheckpointStore(folder: folder, keepLast: 1, hook: hook)
      try save(1, in: store)
      let saved: [FaultPoint] = [
        .created, .filled, .fileSynced, .fileSynced, .fileSynced, .folderSynced, .folderSynced,
        .manifestWritten, .manifestSynced, .temporarySynced,
      ]
      let published: [FaultPoint] = [.renamed, .parentSynced, .verified, .hinted]
      #expect(passed == saved + published)
      passed = []
      try save(2, in: store)
      #expect(passed == saved + published + [.trashed, .removed])
      passed = []
      try save(2, in: store)
      #expect(passed == saved + [.displaced] + published)
    }
  }

  @Test("a file size limit of the process is reported and survived")
  func fileSizeLimit() async {
    await #expect(processExitsWith: .success) {
      try withTemporaryFolder { folder in
        let store = CheckpointStore(folder: folder, keepLast: 2)
        try save(1, in: store)
        signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 10_000, rlim_max: 10_000)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        #expect(throws: CheckpointError.self) {
          try store.save(step: 2) { folder in
            try Data(repeating: 1, count: 20_000).write(to: folder.appending(path: "large"))
          }
        }
        #expect(names(in: store) == ["latest", "step-1"])
        #expect(try store.newest()?.step == 1)
        try save(3, in: store)
        #expect(try store.newest()?.step == 3)
      }
    }
  }

  @Test("VAPO_FAULT kills the process at the point it names")
  func killed() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "vapo-test-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.path(percentEncoded: false)
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
      setenv("VAPO_FAULT", "renamed@2:kill", 1)
      let store = CheckpointStore(folder: URL(filePath: path), keepLast: 1)
      try save(1, in: store)
      try save(2, in: store)
    }
    let store = CheckpointStore(folder: folder, keepLast: 1)
    #expect(names(in: store) == ["latest", "step-1", "step-2"])
    #expect(isWhole(try #require(try store.newest())))
    #expect(try store.newest()?.step == 2)
  }
}
