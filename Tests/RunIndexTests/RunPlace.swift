// A folder of runs and an index of it, for tests.

import Foundation
import RunIndex
import Testing

/// A folder of runs and an index of it.
struct RunPlace {
  let folder = FileManager.default.temporaryDirectory.appending(path: "vapo-\(UUID().uuidString)")
  var root: URL { folder.appending(path: "runs") }

  init() throws {
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
  }

  func index(_ name: String = "a") throws -> RunIndex {
    try RunIndex(root: root, file: folder.appending(path: "\(name).sqlite"))
  }

  func write(_ path: String, _ text: String) throws {
    let file = root.appending(path: path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    // As runs replace files: a new one in the place of the old.
    try Data(text.utf8).write(to: file, options: .atomic)
  }

  func append(_ path: String, _ text: String) throws {
    let handle = try FileHandle(forWritingTo: root.appending(path: path))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(text.utf8))
    try handle.close()
  }
}

/// A line of metrics.jsonl.
func line(_ step: Int, _ accuracy: Double) -> String {
  "{\"step\": \(step), \"data\": {\"vapo/accuracy\": \(accuracy), \"timing_s/step\": 2.0, \"training/stage\": 4.0}}\n"
}

/// Looks once at the folders and reads all dumps.
func update(_ index: RunIndex) async throws {
  try await index.find()
  #expect(try await index.refresh() == [:])
  while try await index.readDumps(for: 1) {}
}
