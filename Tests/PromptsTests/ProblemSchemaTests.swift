// Known data sets are recognized by their columns, and the settings' own columns come first.

import Foundation
import Prompts
import Testing

@Suite("Schemas are detected by columns")
struct ProblemSchemaTests {
  struct Sample: CustomTestStringConvertible, Sendable {
    var schema: ProblemSchema
    var row: String
    var text: String
    var truth: String
    var testDescription: String { schema.rawValue }
  }

  static let samples = [
    Sample(schema: .plain, row: #"{"prompt": "p", "label": "x"}"#, text: "p", truth: "x"),
    Sample(
      schema: .verl,
      row: #"{"data_source": "openai/gsm8k", "prompt": [{"role": "user", "content": "p"}], "#
        + #""reward_model": {"style": "rule", "ground_truth": "x"}, "extra_info": {"answer": "z"}}"#,
      text: "p", truth: "x"),
    Sample(
      schema: .dapo,
      row: #"{"data_source": "math_dapo", "prompt": [{"role": "user", "content": "p"}], "#
        + #""reward_model": {"ground_truth": "x"}}"#, text: "p", truth: "x"),
    Sample(
      schema: .gsm8k, row: #"{"question": "p", "answer": "Words #### 7.\n#### 1,234 "}"#, text: "p",
      truth: "1234"),
    Sample(
      schema: .math,
      row: #"{"problem": "p", "level": "5", "solution": "\\boxed{1} so $\\boxed{\\frac{1}{2}}$."}"#,
      text: "p", truth: #"\frac{1}{2}"#),
    Sample(
      schema: .problemAnswer,
      row: #"{"id": 60, "problem": "p", "solution": "\\boxed{9}", "answer": 204}"#, text: "p",
      truth: "204"),
    Sample(
      schema: .problemAnswer, row: #"{"ID": "2024-I-1", "Problem": "p", "Answer": 33}"#, text: "p",
      truth: "33"),
    Sample(
      schema: .questionAnswer, row: #"{"question": "p", "answer": "70"}"#, text: "p", truth: "70"),
    Sample(
      schema: .openRLHF, row: #"{"input": "p", "answer": "4", "level": 1}"#, text: "p", truth: "4"),
    Sample(
      schema: .instructions,
      row: #"{"key": 7, "prompt": "p", "instruction_id_list": ["a:b"], "kwargs": [{"n": 3.0}]}"#,
      text: "p", truth: #"{"instruction_id_list": ["a:b"], "kwargs": [{"n": 3.0}]}"#),
    Sample(
      schema: .instructions, row: #"{"prompt": "p", "instruction_id_list": ["a:b"]}"#,
      text: "p", truth: #"{"instruction_id_list": ["a:b"], "kwargs": null}"#),
    Sample(
      schema: .trl, row: #"{"prompt": "p", "solution": "$\\boxed{8}$"}"#, text: "p", truth: "8"),
    Sample(
      schema: .trl,
      row:
        #"{"messages": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "a"}],"#
        + #" "ground_truth": "b"}"#, text: "p", truth: "b"),
  ]

  @Test("A data set of each kind is read", arguments: samples)
  func detected(sample: Sample) throws {
    let set = try load(sample.row)
    #expect(set.schema == sample.schema)
    #expect(set.problems.map(\.text) == [sample.text])
    #expect(set.problems.map(\.truth) == [sample.truth])
    #expect(set.files[0].format == "JSON lines")
  }

  /// Rows whose problem stands in several columns, the prompt and the label that they make, and the
  /// columns that a warning names.
  static let joined: [(row: String, text: String, truth: String, leftOut: [String])] = [
    (
      #"{"ID": "c-1", "Body": "A bus had 40 riders and 6 left.", "Question": "How many are on it?", "Answer": 34.0}"#,
      "A bus had 40 riders and 6 left. How many are on it?", "34.0", []
    ),
    (
      #"{"question": "Which is prime?", "choices": ["4", "7", "9"], "answer": 1}"#,
      "Which is prime?\nA. 4\nB. 7\nC. 9", #"["B", "7"]"#, []
    ),
    (
      #"{"question": "q", "options": ["A)21", "B)21.5"], "correct": "A"}"#,
      "q\nA. 21\nB. 21.5", #"["A", "21"]"#, []
    ),
    (
      #"{"question": "q", "choices": {"text": ["x", "y"], "label": ["1", "2"]}, "answerKey": "2"}"#,
      "q\n1. x\n2. y", #"["2", "y"]"#, []
    ),
    // The text of the right choice is the letter of another: the letter alone is right.
    (
      #"{"question": "q", "choices": ["B", "A"], "answer": "A"}"#, "q\nA. B\nB. A", "A", []
    ),
    (
      #"{"passage": "Long ago.", "question": "When?", "answer": "long ago"}"#,
      "Long ago.\n\nWhen?", "long ago", []
    ),
    (
      #"{"question": "How many?", "table": "a | b", "answer": "2", "choices": null}"#,
      "a | b\n\nHow many?", "2", []
    ),
    (
      #"{"question": "Who?", "paragraph": "p", "story": "s", "answer": "2"}"#, "Who?", "2",
      ["paragraph", "story"]
    ),
    (#"{"prompt": "p", "context": "c", "label": "2"}"#, "p", "2", []),
  ]

  @Test(
    "A problem in several columns is joined, or the columns left out are named", arguments: joined)
  func parts(row: String, text: String, truth: String, leftOut: [String]) throws {
    let set = try load(row)
    #expect(set.problems.map(\.text) == [text])
    #expect(set.problems.map(\.truth) == [truth])
    #expect(set.files[0].plan.parts.leftOut == leftOut)
    #expect((set.files[0].plan.warning == nil) == leftOut.isEmpty)
    if leftOut.isEmpty, text.hasPrefix("Which") {
      #expect(set.files[0].plan.words.hasPrefix("prompt from 'question' and 'choices'"))
    }
    // Named columns are taken as they are named.
    let mapped = try load(row) {
      $0.promptKey = row.contains("\"question\"") ? "question" : "prompt"
    }
    if row.contains("\"question\"") { #expect(!mapped.problems[0].text.contains("\n")) }
  }

  @Test("Choices that are none are refused by row")
  func brokenChoices() throws {
    for row in [
      #"{"question": "q", "choices": "abc", "answer": 0}"#,
      #"{"question": "q", "choices": [["a"]], "answer": 0}"#,
      #"{"question": "q", "choices": {"text": ["a"], "label": []}, "answer": 0}"#,
      #"{"question": "q", "passage": 3, "answer": 0}"#,
    ] { #expect(throws: PromptError.self) { try load(row) } }
  }

  @Test("Columns that the settings name win over every schema")
  func mapped() throws {
    let row =
      #"{"prompt": "p", "label": "x", "question": "q", "answer": "so\n#### 5", "gold": {"a": 7}}"#
    func problem(_ prompt: String, _ label: String) throws -> [String] {
      let set = try load(row) { ($0.promptKey, $0.labelKey) = (prompt, label) }
      #expect(set.schema == (prompt == "prompt" && label == "label" ? .plain : .mapped))
      return [set.problems[0].text, set.problems[0].truth]
    }
    #expect(try problem("prompt", "label") == ["p", "x"])
    #expect(try problem("question", "label") == ["q", "x"])
    #expect(try problem("question", "gold.a") == ["q", "7"])
    // GSM8K's mark is known by the text, whoever named the column, and the report says so.
    #expect(try problem("question", "answer") == ["q", "5"])
  }

  @Test("A column of null is no column, and a mapped one that is missing is an error")
  func absent() throws {
    let set = try load(#"{"prompt": "p", "label": null, "answer": "3", "id": null}"#)
    #expect(set.problems == [asked("a:1", "a", "p", "3")])
    let error = #expect(throws: PromptError.self) {
      try load(#"{"prompt": "p", "answer": "3"}"#) { $0.labelKey = "gold" }
    }
    #expect(error?.description.contains("no column 'gold'") == true)
  }

  @Test("An answer without the mark of the others is a bad row, not a wrong label")
  func marks() throws {
    let rows = ["#### 1", "no mark", "#### 3", "####", "#### $1,200", "#### x,y"]
    let lines = rows.enumerated().map { #"{"question": "q\#($0)", "answer": "\#($1)"}"# }
    let set = try load(lines.joined(separator: "\n")) { $0.onBadLine = .skip }
    #expect(set.problems.map(\.truth) == ["1", "3", "$1200", "x,y"])
    #expect(set.badLines.map(\.number) == [2, 4])
    #expect(set.badLines[0].reason.contains("no '####'"))
    #expect(set.badLines[1].reason.contains("'answer' is empty after ####"))
  }

  @Test(
    "The last box is found with balanced braces",
    arguments: [
      (#"\boxed{1} and \boxed{2}"#, "2"), (#"\boxed{\{x\}}"#, #"\{x\}"#),
      (#"\boxed{\left\{x}."#, #"\left\{x"#),
      (#"\boxed{a{b{c}}d}e}"#, "a{b{c}}d"), (#"$\boxed 7$."#, "7"), (#"\fbox{3}"#, "3"),
      (#"\boxed{ 4 }"#, "4"), (#"\boxed {5}"#, "5"), (#"\boxed{1} \boxed{2"#, nil), ("none", nil),
      (#"\boxed"#, nil), (#"\boxed{}"#, nil), (#"\boxed{a\"#, nil),
    ] as [(String, String?)])
  func boxes(solution: String, answer: String?) throws {
    let data = try JSONEncoder().encode(["problem": "p", "solution": solution])
    let set = try load([Array(data), Array(#"{"prompt": "p", "label": "q"}"#.utf8)]) {
      $0.onBadLine = .skip
    }
    #expect(set.problems.map(\.truth) == [answer, "q"].compactMap(\.self))
    if answer == nil { #expect(set.badLines[0].reason.contains("boxed")) }
  }

  @Test("Data sets of other purposes are refused by what they are")
  func foreign() throws {
    for (row, words) in [
      (#"{"prompt": "p", "chosen": "a", "rejected": "b"}"#, "a set of preferences"),
      (#"{"question": "q", "input_output": "{}", "solutions": "[]"}"#, "programming problems"),
      (#"{"text": "once upon a time"}"#, "a set of texts"),
    ] {
      let error = #expect(throws: PromptError.self) { try load(row) }
      #expect(error?.description.contains("a.jsonl:1: the column") == true)
      #expect(error?.description.contains(words) == true)
    }
  }

  @Test("Every file has a schema of its own, and the report tells all of it")
  func files() throws {
    let files = [
      ##"{"question": "q", "answer": "so #### 1"}"##, #"{"problem": "p", "answer": 2.0}"#, good,
    ]
    let set = try load(files.map { Array($0.utf8) } + [Array(good.utf8)])
    #expect(set.files.map(\.plan.schema) == [.gsm8k, .problemAnswer, .plain, .plain])
    #expect(
      set.summary == "4 problems from 4 rows, GSM8K, problem and answer (AIME, MATH-500), "
        + "1 duplicates (a: 1, b: 1, c: 1, d: 1)")
    let report = DataReport(set, settings: DataSettings(), example: nil).text
    for words in [
      "JSON lines", "schema      GSM8K", "label from 'answer' after ####",
      "4: 4 usable, 0 unusable",
      "data.drop_duplicates=true", "a: 1", "text: 3", "number with a point: 1", "user: q",
      "remark      ", "1 to 4, half of them up to 1",
    ] {
      #expect(report.contains(words), "\(words)")
    }
  }

  @Test("The report prints no control characters of the data")
  func harmless() throws {
    let set = try load(#"{"prompt": "a\u001b[2Jb", "label": "\u0007", "data_source": "\u009b1m"}"#)
    let report = DataReport(set, settings: DataSettings(), example: nil).text
    #expect(report.contains("a\u{FFFD}[2Jb"))
    for control in ["\u{1B}", "\u{7}", "\u{9B}"] { #expect(!report.contains(control)) }
  }

  @Test("Lengths are sums and quantiles")
  func lengths() {
    let lengths = Lengths([5, 1, 4, 2, 3, 10, 9, 8, 7, 6])
    #expect(
      (lengths.total, lengths.shortest, lengths.median, lengths.ninth, lengths.longest) == (
        55, 1, 5, 9, 10
      ))
    #expect(Lengths([]).longest == 0)
    #expect(Lengths([3]).description == "3 to 3, half of them up to 3, nine in ten up to 3")
  }
}
