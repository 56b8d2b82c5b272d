// What folders hold that runs should not: the index takes what is good and leaves the rest.

import Foundation
import RunIndex
import Testing

@Suite struct FolderTests {
  @Test("a run that cannot be read, or says what cannot be, keeps no other from being read")
  func badRuns() async throws {
    let place = try RunPlace()
    defer { try? FileManager.default.removeItem(at: place.folder) }
    let index = try place.index()
    let huge = "{\"step\": 9223372036854775807, \"data\": {\"training/stage\": 4}}\n"
    try place.write("a/config.resolved.yaml", "trainer: {total_training_steps: 100}\n")
    try place.write(
      "a/metrics.jsonl", huge + huge.replacing("9223372036854775807", with: "-3") + line(1, 0.1))
    try place.write(
      "b/metrics.jsonl",
      "{\"step\": 1, \"data\": {\"x\": 1, \"x\\u0000y\": 2, \"timing_s/step\": 1e308, \"big\": 1e200}}\n"
    )
    try place.write("b/config.resolved.yaml", Self.aliases)
    try FileManager.default.createDirectory(
      at: place.root.appending(path: "c/metrics.jsonl"), withIntermediateDirectories: true)
    try place.write("d/metrics.jsonl", line(1, 0.4))
    // A link out of the run is none of its dumps.
    try place.write("../elsewhere/7.jsonl", "{\"output\": \"secret\"}\n")
    try FileManager.default.createSymbolicLink(
      at: place.root.appending(path: "d/rollouts"),
      withDestinationURL: place.folder.appending(path: "elsewhere"))
    try await index.find()
    _ = try await index.refresh()
    let runs = try await index.runs()
    #expect(runs.map(\.path) == ["a", "b", "c", "d"] && runs.map(\.step) == [1, 1, nil, 1])
    #expect(runs[1].seconds == 0)
    #expect(try await index.metricNames(of: runs[1].id) == ["x"])
    #expect(try await index.dumps(of: runs[3].id)["rollouts"] == [])
    #expect(
      try #require(try await index.run(runs[1].id)).settings.map(\.value).joined().utf8.count
        < 10_000_000)
  }

  /// A text of a few hundred bytes that stands for a hundred million values.
  private static let aliases: String = {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...7 {
      let parts = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(parts)]\n"
    }
    return text
  }()

  @Test("a run is finished when its export is of its last step")
  func states() async throws {
    let place = try RunPlace()
    defer { try? FileManager.default.removeItem(at: place.folder) }
    let index = try place.index()
    func state() async throws -> String? {
      try await update(index)
      return try await index.runs().first?.state
    }
    try place.write("a/config.resolved.yaml", "a: 1\n")
    #expect(try await state() == "empty")
    try place.write("a/metrics.jsonl", line(1, 0.1))
    #expect(try await state() == "stopped")
    try place.write("a/export.json", "{\"step\": 1}")
    #expect(try await state() == "finished")
    try place.append("a/metrics.jsonl", line(2, 0.1))
    #expect(try await state() == "stopped")
    let lock = open(place.root.appending(path: "a/lock").path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    #expect(try await state() == "stopped")
    #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
    #expect(try await state() == "running")
    // The kernel's list of locks may be longer than a page of memory.
    let others = (0..<300).map { number in
      open(place.folder.appending(path: "\(number)").path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    }
    #expect(others.allSatisfy { flock($0, LOCK_EX | LOCK_NB) == 0 })
    #expect(try await state() == "running")
    for other in others { close(other) }
    close(lock)
    #expect(try await state() == "stopped")
  }

  @Test("a file that is no index is left as it is")
  func foreign() throws {
    let place = try RunPlace()
    defer { try? FileManager.default.removeItem(at: place.folder) }
    let file = place.folder.appending(path: "notes.sqlite")
    for text in ["my notes", "SQLite format 3\0" + String(repeating: "x", count: 5000)] {
      try Data(text.utf8).write(to: file)
      #expect(throws: RunIndexError.self) { try RunIndex(root: place.root, file: file) }
      #expect(try Data(contentsOf: file) == Data(text.utf8))
      _ = try RunIndex(root: place.root, file: file, replaces: true)
      _ = try RunIndex(root: place.root, file: file)
      for suffix in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: file.path + suffix)
      }
    }
  }
}
