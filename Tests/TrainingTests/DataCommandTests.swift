// `vapo data`, as its user meets it: what it prints and how it ends.

import Foundation
import Testing
import TestSupport

@Suite("vapo data")
struct DataCommandTests {
  private static let parquet = Golden.folder.appending(path: "prompts-many-none.parquet")

  /// Parquet files are read where the door script set that up.
  private static func isWithoutParquet(_ output: String) -> Bool {
    guard output.contains("./vapo setup parquet") else { return false }
    print("vapo data: Parquet is not set up, its part is left out")
    return true
  }

  @Test("check reports each of twelve broken files with file, line and reason, and fails")
  func broken() async throws {
    var reported = 0
    for file in BrokenProblemFile.all(parquet: try Data(contentsOf: Self.parquet)) {
      try await withRunFolder { folder in
        let url = try file.write(into: folder)
        let command = try await Command(["data", "check", url.path])
        if file.ending == "parquet", Self.isWithoutParquet(command.output) { return }
        #expect(command.status == (file.kind == .harmless ? 0 : 1), "\(file): \(command.output)")
        let place = file.line.map { "\(url.path):\($0): " } ?? url.path
        let isReported = command.output.contains(place) && command.output.contains(file.reason)
        #expect(isReported, "\(file): \(command.output)")
        if file.kind != .file {
          let skipped = file.kind == .row ? 1 : 0
          #expect(
            command.output.contains(
              "\(file.usable + skipped): \(file.usable) usable, \(skipped) unusable"), "\(file)")
        }
        if isReported { reported += 1 }
      }
    }
    print("vapo data check: \(reported) broken files reported with file, line and reason")
    #expect(reported >= 11)
  }

  @Test("check prints schema, columns, counts and a prompt of a good file, and succeeds")
  func good() async throws {
    let file = Golden.folder.appending(path: "prompts-dapo.parquet").path
    let command = try await Command(["data", "check", file, "data.system_prompt=Be brief."])
    if Self.isWithoutParquet(command.output) { return }
    #expect(command.status == 0, "\(command.output)")
    for words in [
      "Parquet, 10 rows in 3 row groups", "DAPO-Math (verl's columns)",
      "label from 'reward_model.ground_truth'", "10: 10 usable, 0 unusable",
      "duplicates  5; data.drop_duplicates=true", "math_dapo: 10", "text: 10",
      "system: Be brief.", "What is 11 times 12?", "│ 132",
    ] {
      #expect(command.output.contains(words), "\(words): \(command.output)")
    }
  }

  @Test("convert writes JSON lines, once")
  func convert() async throws {
    try await withRunFolder { folder in
      let source = Golden.folder.appending(path: "prompts-aime.parquet").path
      let target = folder.appending(path: "aime.jsonl").path
      let arguments = ["data", "convert", source, target, "--columns", "problem,answer"]
      let command = try await Command(arguments)
      if Self.isWithoutParquet(command.output) { return }
      #expect(command.status == 0 && command.output.contains("3 rows written"), "\(command.output)")
      let text = try String(contentsOfFile: target, encoding: .utf8)
      #expect(text.hasPrefix(#"{"problem": "Find $x$.", "answer": 204}"# + "\n"))
      let again = try await Command(arguments)
      #expect(again.status == 1 && again.output.contains("there is such a file already"))
    }
  }
}
