// Published tokenizer.json files against the `tokenizers` library. Runs only when VAPO_TOKENIZERS names
// a folder that dev/check-tokenizers made; that script fetches the files, asks the library, and prints
// what came out.

import Foundation
import Testing
import TestSupport
import Tokenizers

@Suite(.enabled(if: ProcessInfo.processInfo.environment["VAPO_TOKENIZERS"] != nil))
struct PublishedTests {
  struct Case: Decodable {
    /// The name of the file in the folder.
    var file: String
    /// Texts of the file's own, with its added tokens in them.
    var texts: [String]
    /// A check sum for each of the folder's texts and then the file's own, as ParityTests takes them.
    var sums: [UInt32]
    /// Whether the library's origins are not where the tokens came from.
    var slips: Bool
  }

  struct Outcome: Encodable {
    var refusal: String?
    /// The texts whose sums differ, with our ids of them.
    var different: [String: [Int]] = [:]
    /// Seconds for all texts.
    var seconds = 0.0
  }

  @Test("the files of a folder: the same tokens, origins and texts, or a refusal by name")
  func files() throws {
    let folder = URL(
      filePath: ProcessInfo.processInfo.environment["VAPO_TOKENIZERS"] ?? "",
      directoryHint: .isDirectory)
    func decoded<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
      try JSONDecoder().decode(type, from: Data(contentsOf: folder.appending(path: name)))
    }
    let texts = try decoded([String].self, "texts.json")
    var outcomes: [String: Outcome] = [:]
    for file in try decoded([Case].self, "expected.json") {
      var outcome = Outcome()
      do throws(TokenizerError) {
        let tokenizer = try Tokenizer(contentsOf: folder.appending(path: file.file))
        for (index, text) in (texts + file.texts).enumerated() {
          let start = ContinuousClock.now
          let ids = tokenizer.encode(text)
          outcome.seconds += (ContinuousClock.now - start) / .seconds(1)
          var sum = CheckSum()
          ParityTests.add(text, by: tokenizer, withOrigins: !file.slips, to: &sum)
          if sum.value != file.sums[index] { outcome.different["\(index)"] = ids }
        }
      } catch {
        outcome.refusal = error.description.replacing(folder.path(percentEncoded: false), with: "")
      }
      #expect(outcome.different.isEmpty, "\(file.file)")
      outcomes[file.file] = outcome
    }
    try JSONEncoder().encode(outcomes).write(to: folder.appending(path: "outcomes.json"))
  }
}
