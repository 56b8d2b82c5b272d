// Parquet files, against what pyarrow says is in them. Where .vapo/parquet is missing these are left
// out; `./vapo test` sets it up where it can.

import Foundation
import Prompts
import Testing
import TestSupport

/// Whether Parquet can be read here; says so once where it cannot.
let parquetIsReady: Bool = {
  if !ParquetSupport.isReady { print("no tests of Parquet: \(ParquetSupport.summary)") }
  return ParquetSupport.isReady
}()

func golden(_ name: String) -> URL { Golden.folder.appending(path: "prompts-\(name)") }

private func read(
  _ name: String, _ change: (inout DataSettings) -> Void = { _ in }
) throws -> ProblemSet {
  var settings = DataSettings()
  change(&settings)
  return try ProblemFile.load([golden("\(name).parquet")], settings: settings)
}

/// The lines that a file is converted to.
private func lines(_ name: String, columns: [String] = []) throws -> [String] {
  try withTemporaryFolder { folder in
    let target = folder.appending(path: "out.jsonl")
    let rows = try ParquetConversion.convert(
      golden("\(name).parquet"), to: target, columns: columns)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["out.jsonl"])
    let lines = try String(contentsOf: target, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == rows)
    return lines.map(String.init)
  }
}

private func object(_ text: some StringProtocol) throws -> Any {
  try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
}

/// Whether a value is what the golden says: a float as near as floats are, a decimal its text.
private func isSame(_ value: Any, _ expected: Any, isFloat: Bool = false) -> Bool {
  switch (value, expected) {
  case (let value as [String: Any], let expected as [String: Any]):
    return value.count == expected.count
      && expected.allSatisfy { key, wanted in
        value[key].map { isSame($0, wanted, isFloat: key == "float") } ?? false
      }
  case (let value as [Any], let expected as [Any]):
    return value.count == expected.count && zip(value, expected).allSatisfy { isSame($0, $1) }
  case (let value as NSNumber, let expected as [String: Any]):
    guard let text = expected["decimal"] as? String else { return false }
    return (Decimal(string: text) ?? .nan) == value.decimalValue
  case (let value as String, let expected as String):
    return value.unicodeScalars.elementsEqual(expected.unicodeScalars)
  case (is NSNull, is NSNull): return true
  case (let value as NSNumber, let expected as NSNumber):
    return isFloat
      ? value.floatValue == expected.floatValue
      : value.stringValue == expected.stringValue
        || value.doubleValue == expected.doubleValue
          && value.doubleValue.magnitude < 1e15
  default: return false
  }
}

@Suite("Parquet files are read as pyarrow reads them", .enabled(if: parquetIsReady))
struct ParquetTests {
  @Test(
    "Every row of every file",
    arguments: [
      "types", "dates", "dapo", "conversations", "gsm8k", "math", "aime", "empty", "many-snappy",
      "many-zstd", "many-gzip", "many-none", "many-brotli", "many-lz4",
    ])
  func rows(name: String) throws {
    let expected = name.hasPrefix("many") ? "many" : name
    let text = try String(contentsOf: golden("\(expected).json"), encoding: .utf8)
    let rows = try #require(object(text) as? [[String: Any]])
    let lines = try lines(name)
    #expect(lines.count == rows.count)
    for (line, row) in zip(lines, rows) {
      let value = try #require(object(line) as? [String: Any])
      for (key, wanted) in row {
        let found = try #require(value[key], "\(key)")
        #expect(isSame(found, wanted, isFloat: key == "float"), "\(key): \(found), not \(wanted)")
      }
      #expect(value.count == row.count)
    }
  }

  @Test("Numbers are spelled with all their digits")
  func spelling() throws {
    let lines = try lines("types")
    for words in [
      #""decimal": 12.50"#, #""wide_decimal": 12345678901234567890123456789012345678901.5"#,
      #""float": 0.1,"#, #""double": 0.1,"#, #""uint64": 0}"#, #""half": 1.5,"#,
      #""int64": -9223372036854775808,"#, #""milliseconds": "2024-02-29T12:30:05.250""#,
      #""microseconds": "2024-02-29T12:30:05.250000Z""#, #""date": "2024-02-29""#,
    ] {
      #expect(lines[0].contains(words), "\(words)")
    }
    #expect(lines[1].contains(#""uint64": 18446744073709551615}"#))
    #expect(lines[3].contains(#""double": 42.0,"#) && lines[3].contains(#""float": -0.0,"#))
    #expect(
      lines[3].contains(#""date": "1600-02-29""#) && lines[1].contains(#""date": "1969-12-31""#))
  }

  @Test("Known data sets are recognized, and their row groups make one file")
  func schemas() throws {
    let dapo = try read("dapo")
    #expect(dapo.schema == .dapo)
    #expect((dapo.rows, dapo.problems.count, dapo.duplicates) == (10, 10, 5))
    #expect(dapo.problems.map(\.id) == (1...10).map { "prompts-dapo:\($0)" })
    #expect(dapo.problems.map(\.truth) == Array(["132", "156", "182", "210", "240"].repeated(2)))
    #expect(dapo.problems[0].messages.count == 1)
    #expect(dapo.problems[0].text.contains("What is 11 times 12?"))
    #expect(dapo.sources.map(\.name) == ["math_dapo"])
    #expect(try read("dapo") { $0.dropDuplicates = true }.problems == Array(dapo.problems[..<5]))

    let conversations = try read("conversations")
    #expect(conversations.schema == .verl)
    #expect(
      conversations.problems[2].messages == [
        ProblemMessage(role: "system", content: "You add."),
        ProblemMessage(role: "user", content: "2 + 1?"),
      ])
    #expect(conversations.sources.map(\.count) == [1, 2])

    #expect(try read("gsm8k").problems.map(\.truth) == ["18", "1234", "-2.5"])
    #expect(
      try read("math").problems.map(\.truth) == [
        #"\frac{1}{2}"#, #"\left\{x \mid x > \sqrt{2}\right\}"#, "7",
      ])
    let aime = try read("aime")
    #expect(aime.schema == .problemAnswer)
    #expect(aime.problems.map(\.id) == ["60", "61", "62"])
    #expect(aime.problems.map(\.truth) == ["204", "25", "809"])
    #expect(aime.labelKinds == [.wholeNumber: 3])
  }

  @Test("The format, the columns and the groups are in the report")
  func report() throws {
    let set = try read("dapo")
    let format = set.files[0].format
    for words in [
      "Parquet, 10 rows in 3 row groups, read by Arrow ", "data_source string",
      "prompt list<element: struct<content: string, role: string>>",
    ] {
      #expect(format.contains(words), "\(format)")
    }
  }

  @Test("The fingerprint is that of the file's bytes, as for JSON lines")
  func fingerprint() throws {
    // Written out once more, from the definition of FNV-1a.
    let bytes = try Data(contentsOf: golden("aime.parquet"))
    let hash = bytes.reduce(14_695_981_039_346_656_037 as UInt64) {
      ($0 ^ UInt64($1)) &* 1_099_511_628_211
    }
    let digits = String(hash, radix: 16)
    #expect(
      try read("aime").fingerprint
        == "fnv1a64:\(String(repeating: "0", count: 16 - digits.count))\(digits):3")
  }

  @Test("Unusable rows have their row as number, and columns can be mapped")
  func faults() throws {
    let set = try read("types") {
      ($0.promptKey, $0.labelKey, $0.onBadLine) = ("text", "decimal", .skip)
    }
    #expect(set.problems.map(\.truth) == ["12.50", "-0.01"])
    #expect(set.badLines.map(\.number) == [3, 4])
    #expect(set.badLines[0].reason.contains("'decimal' is null"))
    #expect(set.badLines[1].reason.contains("'text' is empty"))
    #expect(set.labelKinds == [.number: 2])
    let error = #expect(throws: PromptError.self) {
      try read("many-none") { $0.labelKey = "lable" }
    }
    let words = try #require(error?.description)
    #expect(
      words.contains(
        "prompts-many-none.parquet:1: no column 'lable'; the columns are: prompt, label, kind; "
          + "data.label_key names the right one, the nearest is 'label'"))
  }

  @Test("Binary columns are refused by name when they are needed, and only then")
  func binary() throws {
    #expect(try read("binary").problems == [asked("prompts-binary:1", "prompts-binary", "a", "b")])
    let error = #expect(throws: PromptError.self) { try read("binary") { $0.labelKey = "image" } }
    #expect(error?.description.contains("the column 'image' is binary") == true)
    let other = #expect(throws: PromptError.self) { try lines("binary", columns: ["took"]) }
    #expect(other?.description.contains("the column 'took' is duration[s]") == true)
    #expect(throws: PromptError.self) { try lines("binary") }
    #expect(try lines("binary", columns: ["label"]) == [#"{"label": "b"}"#])
    let missing = #expect(throws: PromptError.self) { try lines("binary", columns: ["x"]) }
    #expect(missing?.description.contains("no column 'x'; the columns are: prompt, label") == true)
  }

  @Test("A file without rows is an error, and nothing is written over")
  func nothing() throws {
    let error = #expect(throws: PromptError.self) { try read("empty") }
    #expect(error?.description.contains("no lines") == true)
    try withTemporaryFolder { folder in
      let target = folder.appending(path: "out.jsonl")
      try Data("mine".utf8).write(to: target)
      #expect(throws: PromptError.self) {
        try ParquetConversion.convert(golden("aime.parquet"), to: target)
      }
      #expect(try Data(contentsOf: target) == Data("mine".utf8))
      #expect(throws: PromptError.self) {
        try ParquetConversion.convert(
          golden("aime.parquet"), to: folder.appending(path: "no/such/folder.jsonl"))
      }
    }
  }
}

extension Array {
  fileprivate func repeated(_ count: Int) -> [Element] { (0..<count).flatMap { _ in self } }
}
