// vapo verify, as its user meets it.

import Foundation
import Testing
import TestSupport

@Suite struct VerifyCommandTests {
  private func verify(_ arguments: String...) async throws -> Command {
    try await Command(["verify"] + arguments)
  }

  @Test func `the verdict is a word and an exit status`() async throws {
    let right = try await verify("--gold", "1/2", "--answer", "0.50")
    #expect(right.status == 0)
    for words in ["verdict    ok", "score      1.0", "extracted  0.50"] {
      #expect(right.output.contains(words), "\(right.output)")
    }
    let wrong = try await verify("--gold", "1/2", "--response", #"so \boxed{3} of 0.5"#)
    #expect(wrong.status == 1)
    for words in ["verdict    wrong", "score      -1.0", "extracted  3"] {
      #expect(wrong.output.contains(words), "\(wrong.output)")
    }
    let none = try await verify("--gold", "1/2", "--response", "I do not know")
    #expect(none.status == 1 && none.output.contains("reason     found no"), "\(none.output)")
  }

  @Test func `what cannot be graded is refused in words`() async throws {
    let gold = try await verify("--gold", #"\frac{1}{"#, "--answer", "42")
    #expect(gold.status != 0 && gold.output.contains("is not usable"))
    let both = try await verify("--gold", "1", "--answer", "1", "--response", "1")
    #expect(both.status != 0 && both.output.contains("give one of --answer and --response"))
    let setting = try await verify("--gold", "1", "--answer", "1", "reward.verifier=nummeric")
    #expect(setting.status != 0 && setting.output.contains("did you mean numeric"))
  }

  /// Runs the command on lines in a file of its own.
  private func verify(
    lines: [String], _ option: String, _ arguments: String...
  ) async throws -> (command: Command, answers: [[String: String]]) {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).jsonl")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: file)
    let command = try await Command(["verify", option, file.path] + arguments)
    let answers = command.output.split(separator: "\n").compactMap { line -> [String: String]? in
      guard line.hasPrefix("{"),
        let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      else { return nil }
      return object.mapValues { "\($0)" }
    }
    return (command, answers)
  }

  @Test func `a file of cases gives a line for each, in order`() async throws {
    let (command, answers) = try await verify(
      lines: [
        #"{"gold": "1/2", "answer": "0.5"}"#,
        #"{"gold": 18, "response": "so \\boxed{19}"}"#,
        #"{"gold": ["7", 12], "answer": "12"}"#,
        #"{"gold": "18", "response": "I do not know"}"#,
        #"{"gold": "Blue", "answer": "blue", "verifier": "exact"}"#,
        #####"{"gold": "18", "answer": "#### 18", "extraction": "hashes", "verifier": "numeric"}"#####,
        #"{"gold": "\\frac{1}{", "answer": "1"}"#,
        #"{"gold": "1", "answer": "1", "verifier": "nummeric"}"#,
        #"{"gold": "1", "anwser": "1"}"#, "", "{",
      ], "--file", "--jobs", "3")
    #expect(command.status == 0, "\(command.output)")
    #expect(
      answers.map { $0["status"] } == [
        "ok", "wrong", "ok", "no_answer", "wrong", "ok", "error", "error", "error", "error",
      ])
    #expect(answers.count == 10 && answers[1]["extracted"] == "19")
    #expect(answers.allSatisfy { $0["ms"].flatMap(Double.init).map { $0 >= 0 } ?? false })
    for (place, words) in [
      (6, "not usable"), (7, "did you mean numeric"), (8, "did you mean answer"), (9, "line 11"),
    ] {
      #expect(answers[place]["reason"]?.contains(words) == true, "\(answers[place])")
    }
  }

  @Test func `right answers that cannot be trained on are named`() async throws {
    let (command, answers) = try await verify(
      lines: [
        #"{"gold": "1/2"}"#, #"{"gold": "\\frac{1}{"}"#, #"{"gold": "0=0"}"#, #""x""#,
        #"{"gold": "x<1 \\text{ and } x>2"}"#, #"{"gold": "\\log_3(27)=3"}"#, #"{"gold": "C"}"#,
        #"{"gold": "first\nsecond"}"#,
      ], "--gold-check", "reward.extraction=answer")
    #expect(command.status == 1)
    #expect(answers.map { $0["line"] } == ["2", "3", "4", "5", "6", "8"], "\(command.output)")
    #expect(
      answers.map { $0["fault"] } == [
        "unusable", "equal to too much", "equal to too much", "equal to too much",
        "equal to too much", "unequal to itself",
      ])
    #expect(command.output.contains("6 of 8 right answers cannot be trained on"))
  }
}
