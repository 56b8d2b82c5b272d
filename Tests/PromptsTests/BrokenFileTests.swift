// The twelve broken files, through the library: stopped at, or skipped and counted.

import Foundation
import Prompts
import Testing
import TestSupport

@Suite("Broken files are reported with file, line and reason")
struct BrokenFileTests {
  @Test("Twelve of twelve, under both policies")
  func twelve() throws {
    let parquet = try Data(
      contentsOf: Golden.folder.appending(path: "prompts-many-none.parquet"))
    let files = BrokenProblemFile.all(parquet: parquet)
    #expect(files.count == 12)
    var reported = 0
    for file in files {
      if file.ending == "parquet", !ParquetSupport.isReady {
        print("corrupt parquet: left out, because Parquet is \(ParquetSupport.summary)")
        continue
      }
      try withTemporaryFolder { folder in
        let url = try file.write(into: folder)
        let place = file.line.map { "broken.\(file.ending):\($0): " } ?? "broken.\(file.ending)"
        func check(_ words: String) {
          let isReported = words.contains(place) && words.contains(file.reason)
          #expect(isReported, "\(file): \(words)")
          if isReported { reported += 1 }
        }
        var settings = DataSettings()
        for policy in [DataSettings.BadLinePolicy.stop, .skip] {
          settings.onBadLine = policy
          do {
            let set = try ProblemFile.load([url], settings: settings)
            #expect(file.kind == .harmless || (file.kind == .row && policy == .skip), "\(file)")
            #expect(set.problems.count == file.usable, "\(file)")
            #expect(set.skipped == (file.kind == .row ? 1 : 0), "\(file)")
            #expect(set.rows == set.problems.count + set.skipped, "\(file)")
            check((set.badLines + set.remarks).map(\.description).joined(separator: "\n"))
          } catch {
            #expect(file.kind == .file || (file.kind == .row && policy == .stop), "\(file)")
            check("\(error)")
          }
        }
      }
    }
    print("broken files: \(reported / 2) of 12 reported with file, line and reason")
    #expect(reported == (ParquetSupport.isReady ? 24 : 22))
  }

  @Test("A JSON array of objects is read like lines, its elements counted")
  func array() throws {
    let first = #"{"prompt": "a [b], \"c\" {d}", "label": "1"}"#
    for text in [
      "[\(first),\(good)]", "\u{FEFF} \n[\n  \(first) ,\r\n\(good)\n]\n", "[\(first), \(good), ]",
    ] {
      let set = try load(text)
      #expect(set.problems.count == 2 && set.files[0].format == "JSON array")
      #expect(set.problems[0].text == #"a [b], "c" {d}"# && set.problems[1].id.hasSuffix(":2"))
    }
    #expect(throws: PromptError.self) { try load("[]") }
    for (text, words) in [
      ("[\(good)", "not closed"), ("[\(good), {\"prompt\": \"", "not closed"),
      ("[\(good)] [", "stands behind"), ("[\(good), 7]", ":2: "), ("[\(good) \(good)]", ":1: "),
      ("[\(good), }}]", ":2: "),
    ] {
      let error = #expect(throws: PromptError.self) { try load(text) }
      #expect(error?.description.contains(words) == true, "\(text): \(String(describing: error))")
    }
  }

  @Test("A file without these faults has no remarks")
  func whole() throws {
    #expect(try load("\(good)\n").remarks.isEmpty)
    let all = try load("\u{FEFF}\(good)\r\n\(good)").remarks
    #expect(all.map(\.number) == [1, 1, 2])
  }
}
