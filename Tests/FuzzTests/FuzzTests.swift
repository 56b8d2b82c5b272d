// Broken files for every reader: whatever is in them, a reader reads or refuses them, in bounded time and
// memory, and no signal ends the process.

import Foundation
import TestSupport
import Testing

@Suite("Readers live through broken files", .serialized)
struct FuzzTests {
  @Test(
    "Two thousand broken inputs",
    arguments: [
      "settings", "yaml", "jsonl", "parquet", "safetensors", "tokenizer", "template", "adapter",
      "model",
    ])
  func reader(name: String) async throws {
    let root = Golden.folder.appending(path: "../..").standardizedFileURL.path
    let library = "\(root)/.vapo/parquet/libvapo_parquet.so"
    guard name != "parquet" || FileManager.default.fileExists(atPath: library) else { return }
    let folder = FileManager.default.temporaryDirectory.appending(path: "vapo-fuzz-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let run = try await Command(
      [name, "15", "0", "2000", folder.path], of: Command.fuzzBinary, root: root)
    print(run.output, terminator: "")
    #expect(run.status == 0)
    if run.status != 0, let input = try? Data(contentsOf: folder.appending(path: "input")) {
      let beginning = String(decoding: input.prefix(300), as: UTF8.self)
      Issue.record("\(name): \(run.status), \(run.output.suffix(2000)); the input: \(beginning)")
    }
  }
}
