// What is kept of a row where reward functions of other trainers read the problems.

import Foundation
import JSON
import Prompts
import Records
import Testing

@Suite("Rows are kept for reward functions")
struct FunctionRowTests {
  private func loadRows(
    _ lines: [String], _ change: (inout DataSettings) -> Void = { _ in }
  ) throws -> ProblemSet {
    try load(lines.joined(separator: "\n")) {
      $0.feedsFunctions = true
      change(&$0)
    }
  }

  /// A line of verl's with a right answer.
  private func verl(_ truth: String, prompt: String = #"[{"role": "user", "content": "Q"}]"#)
    -> String
  {
    #"{"data_source": "d", "prompt": \#(prompt), "reward_model": {"ground_truth": \#(truth)}}"#
  }

  private func columns(_ problem: Problem) throws -> JSONValue {
    try JSONValue(parsing: try #require(problem.row).columns.utf8)
  }

  @Test("Right answers of any type load, as text and in their own type")
  func labels() throws {
    let truths = [
      #"{"target": 6, "numbers": [1, 2, 3]}"#, #"{"target": ["A", "B"]}"#, "4", #"["4"]"#,
      #"["a", "b"]"#, "[]", "[[1], null]", "true", "0.50", "null", #""""#, #""four""#,
    ]
    let set = try loadRows(truths.map { verl($0) })
    #expect(
      set.problems.map(\.truth) == [
        #"{"target": 6, "numbers": [1, 2, 3]}"#, #"{"target": ["A", "B"]}"#, "4", "4",
        #"["a", "b"]"#, "[]", "[[1], null]", "true", "0.50", "", "", "four",
      ])
    // A text is not kept twice.
    #expect(set.problems.map { $0.row?.label } == truths.dropLast(2) + [nil, nil])
    #expect(
      set.labelKinds == [
        .object: 2, .wholeNumber: 1, .single: 1, .list: 3, .boolean: 1, .number: 1, .missing: 1,
        .text: 2,
      ])
  }

  @Test("Without reward functions nothing is kept, and such answers are refused as ever")
  func refused() throws {
    for truth in [#"{"target": 6}"#, "null", "[]", #""""#, "[[1]]"] {
      #expect(throws: PromptError.self, "\(truth)") { try load(verl(truth)) }
    }
    #expect(try load(verl(#"["4"]"#)).problems[0].row == nil)
  }

  @Test("The prompt is as the data holds it: messages, or a text with what goes around it")
  func prompts() throws {
    let set = try loadRows([verl("1"), verl("2", prompt: #""Q""#)]) {
      $0.systemPrompt = "S"
      $0.promptTemplate = "{prompt}!"
    }
    let prompts = try ProblemSource.listed(set).prompts(0..<2, maximumLength: 99, encode: bytes)
    let rows = try prompts.map { try #require($0.row) }
    #expect(
      try JSONValue(parsing: rows[0].prompt.utf8) == [
        ["role": "system", "content": "S"], ["role": "user", "content": "Q!"],
      ])
    #expect(try JSONValue(parsing: rows[1].prompt.utf8) == "S\nQ!")
    #expect(rows.map(\.label) == ["1", "2"])
  }

  @Test("All columns are kept but those with the trainer's own names and those that are too long")
  func columns() throws {
    let long = String(repeating: "x", count: 300_000)
    let line =
      #"{"prompt": "Q", "solution": "so #### 7", "level": 3, "level": 4, "tags": ["a"], "#
      + #""completion": "c", "completion_ids": [1], "none": null, "long": "\#(long)"}"#
    let set = try loadRows([line])
    #expect(
      try columns(set.problems[0])
        == ["solution": "so #### 7", "level": 4, "tags": ["a"], "none": .null])
    // The text verifiers' answer is the number; the column is whole.
    #expect(set.problems[0].truth == "7")
  }

  @Test("Columns that nothing else needs are read of Parquet, too", .enabled(if: parquetIsReady))
  func parquet() throws {
    var settings = DataSettings()
    settings.feedsFunctions = true
    let set = try ProblemFile.load([golden("dapo.parquet")], settings: settings)
    guard case .object(let columns) = try columns(set.problems[0]) else {
      Issue.record("no object")
      return
    }
    #expect(columns.map(\.key) == ["data_source", "ability", "reward_model", "extra_info"])
  }

  @Test("A file without right answers is one of problems, unless an answer's column is named")
  func unlabeled() throws {
    let line = #"{"prompt": "Q", "task": "t"}"#
    let set = try loadRows([line])
    #expect(set.problems[0].truth.isEmpty)
    #expect(set.problems[0].row?.label == "null")
    #expect(try columns(set.problems[0]) == ["task": "t"])
    #expect(set.labelKinds == [.missing: 1])
    #expect(set.files[0].plan.words.contains("no label"))
    #expect(throws: PromptError.self) { try loadRows([line]) { $0.labelKey = "gold" } }
    #expect(throws: PromptError.self) { try load(line) }
    // One row without what the others have is a mistake.
    #expect(throws: PromptError.self) { try loadRows([verl("1"), #"{"prompt": "Q"}"#]) }
  }

  @Test("Choices and instructions reach a function as the data has them")
  func choices() throws {
    let choice = #"{"question": "Q", "choices": ["x", "y"], "answer": 1}"#
    let chosen = try loadRows([choice]).problems[0]
    #expect(chosen.row?.label == "1")
    #expect(chosen.truth.contains("y"))
    let list = #"{"prompt": "p", "instruction_id_list": ["a:b"], "kwargs": [{"n": 3}]}"#
    let told = try loadRows([list]).problems[0]
    #expect(told.row?.label == told.truth)
  }
}
