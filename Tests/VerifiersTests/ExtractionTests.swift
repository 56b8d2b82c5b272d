// Where answers are found, and where they are not: the rows of the table in docs/rewards.md.

import Foundation
import Testing
import TestSupport
import Verifiers

@Suite("Extraction finds the answer")
struct ExtractionTests {
  /// A row of the table.
  struct Row: Sendable, CustomTestStringConvertible {
    let extraction: AnswerExtraction
    let response: String
    let answer: String?

    var testDescription: String { "\(extraction.rawValue): \(response)" }
  }

  static let rows: [Row] = {
    let text =
      (try? String(contentsOf: Golden.root.appending(path: "docs/rewards.md"), encoding: .utf8))
      ?? ""
    return text.split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|", omittingEmptySubsequences: false)
        .map { String($0.trimmingPrefix(" ").reversed().drop { $0 == " " }.reversed()) }
      guard cells.count == 5, cells[1].hasPrefix("`"),
        let extraction = AnswerExtraction(rawValue: String(cells[1].dropFirst().dropLast()))
      else { return nil }
      func content(_ cell: String) -> String {
        String(cell.dropFirst().dropLast()).replacing("⏎", with: "\n")
      }
      let answer = cells[3] == "—" ? nil : content(cells[3])
      return Row(extraction: extraction, response: content(cells[2]), answer: answer)
    }
  }()

  @Test("Every row of the table is true", arguments: rows)
  func marks(row: Row) {
    #expect(row.extraction.answer(in: row.response) == row.answer)
  }

  @Test("The table has rows of every extraction")
  func coverage() {
    #expect(Set(Self.rows.map(\.extraction)) == Set(AnswerExtraction.allCases))
    #expect(Self.rows.count > 50)
  }

  @Test("A box or a tag that was cut off holds no answer")
  func cut() {
    for response in ["so \\boxed{12", "so <answer>12", "so $\\boxed{12$"] {
      #expect(AnswerExtraction.auto.answer(in: response) == "12")
      #expect(AnswerExtraction.auto.answer(in: response, isCut: true) == nil)
    }
    #expect(AnswerExtraction.auto.answer(in: "\\boxed{12} and", isCut: true) == "12")
  }

  @Test("What an extraction wants to hear, it finds", arguments: AnswerExtraction.allCases)
  func response(extraction: AnswerExtraction) {
    for answer in ["18", "-3", "1,234"] {
      #expect(extraction.answer(in: extraction.response(saying: answer)) == answer)
    }
  }

  @Test("DAPO's reading looks at the last 300 characters")
  func window() {
    let response = "Answer: 18\n" + String(repeating: "é", count: 289)
    #expect(AnswerExtraction.dapo.answer(in: response) == "18")
    #expect(AnswerExtraction.dapo.answer(in: response + "é") == nil)
  }

  @Test("Thinking is not answering")
  func thinking() {
    let thought = "<think>maybe \\boxed{1}, Answer: 1</think>"
    #expect(AnswerExtraction.auto.answer(in: thought + "\\boxed{2}") == "2")
    #expect(AnswerExtraction.auto.answer(in: thought) == nil)
    #expect(AnswerExtraction.auto.answer(in: "<think>so \\boxed{1}") == nil)
    #expect(AnswerExtraction.auto.answer(in: "so</think>\\boxed{1}") == "1")
  }

  @Test("Braces nest 64 deep and answers are 4096 bytes long, and no more")
  func limits() {
    func nested(_ depth: Int) -> String {
      "\\boxed{" + String(repeating: "{", count: depth) + "1"
        + String(repeating: "}", count: depth) + "}"
    }
    #expect(AnswerExtraction.boxed.answer(in: nested(63)) != nil)
    #expect(AnswerExtraction.boxed.answer(in: nested(64)) == nil)
    let line = String(repeating: "a", count: 4096)
    #expect(AnswerExtraction.whole.answer(in: line) == line)
    #expect(AnswerExtraction.whole.answer(in: line + "a") == nil)
  }
}
