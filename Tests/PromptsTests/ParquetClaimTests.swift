// Small Parquet files that say they hold a lot: what they say is not believed.

import Foundation
import Prompts
import TestSupport
import Testing

@Suite("Small Parquet files that claim much are refused", .enabled(if: parquetIsReady))
struct ParquetClaimTests {
  /// What Tools/goldens/prompt_files.py wrote.
  @Test(
    "Rows, lists and texts without end",
    arguments: [
      ("endless-rows", "its footer counts 3000000 rows in 13554 bytes"),
      ("endless-list", "need more memory than files of its size"),
      ("endless-text", "need more memory than files of its size"),
    ])
  func claims(name: String, says: String) throws {
    var error: PromptError?
    let time = processorTime {
      error = #expect(throws: PromptError.self) {
        try ProblemFile.load([golden("\(name).parquet")], settings: DataSettings())
      }
    }
    #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
    #expect(time < .seconds(10))
  }
}
