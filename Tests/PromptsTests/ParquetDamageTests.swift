// Damaged Parquet files: every one is read or refused with a reason, and none ends the program.

import Foundation
import Prompts
import Records
import Testing
import TestSupport

@Suite("Damaged Parquet files are refused with a reason", .enabled(if: parquetIsReady))
struct ParquetDamageTests {
  /// Reads the bytes as a file; nothing where they were taken for one, else the reason.
  private func refusal(_ bytes: Data, in folder: URL) throws -> String? {
    let file = folder.appending(path: "damaged.parquet")
    try bytes.write(to: file)
    var settings = DataSettings()
    settings.onBadLine = .skip
    do {
      let set = try ProblemFile.read([file], settings: settings)
      #expect(set.rows == set.problems.count + set.skipped)
      return nil
    } catch {
      #expect(error.description.contains("damaged.parquet: "), "\(error)")
      return error.description
    }
  }

  @Test("A thousand flipped bytes: no crash, and what is refused is refused as damaged")
  func flips() throws {
    var random = RandomSource(seed: 40)["flips"].generator
    var refused = 0
    let names = ["many-snappy", "many-none", "dapo", "many-zstd"]
    let files = try names.map { try Data(contentsOf: golden("\($0).parquet")) }
    try withTemporaryFolder { folder in
      for round in 0..<1000 {
        var bytes = files[round % files.count]
        for _ in 0...(round % 3) {
          let place = Int.random(in: 0..<bytes.count, using: &random)
          bytes[place] ^= UInt8.random(in: 1...255, using: &random)
        }
        guard let words = try refusal(bytes, in: folder) else { continue }
        refused += 1
        #expect(words.contains("damaged"), "\(words)")
      }
    }
    print("parquet, 1000 files with flipped bytes: \(refused) refused, \(1000 - refused) read")
    #expect(refused > 200)
  }

  @Test("Two hundred truncations: every one is refused")
  func truncations() throws {
    var random = RandomSource(seed: 41)["cuts"].generator
    let bytes = try Data(contentsOf: golden("many-snappy.parquet"))
    try withTemporaryFolder { folder in
      for round in 0..<200 {
        let length = round < 16 ? round : Int.random(in: 16..<bytes.count, using: &random)
        let words = try #require(try refusal(bytes.prefix(length), in: folder))
        #expect(words.contains("damaged") || words.contains("cannot be read"), "\(words)")
      }
    }
  }

  @Test("What is no file is no damage")
  func absent() throws {
    let error = #expect(throws: PromptError.self) {
      try ProblemFile.read([URL(filePath: "/no/such.parquet")], settings: DataSettings())
    }
    #expect(error?.description.hasPrefix("/no/such.parquet: cannot be read: ") == true)
    #expect(error?.description.contains("damaged") == false)
  }

  @Test("Text that is not UTF-8 makes its row unusable, and no other")
  func badText() throws {
    var bytes = try Data(contentsOf: golden("many-none.parquet"))
    // The prompt of row 4, which lies uncompressed in the file as it is.
    let place = try #require(bytes.firstRange(of: Data("3: ".utf8)))
    bytes[place.lowerBound + 1] = 0xFF
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "text.parquet")
      try bytes.write(to: file)
      var settings = DataSettings()
      let error = #expect(throws: PromptError.self) {
        try ProblemFile.load([file], settings: settings)
      }
      #expect(
        error?.description.contains("text.parquet:4: the column 'prompt' is not UTF-8") == true)
      settings.onBadLine = .skip
      let set = try ProblemFile.load([file], settings: settings)
      #expect((set.problems.count, set.skipped) == (199, 1))
    }
  }
}
