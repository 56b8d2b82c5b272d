// The index against the folders it is made of: what it says after any history of them is what a new one says.

import Foundation
import JSON
import RunIndex
import Statistics
import Testing

@Suite struct RunIndexTests {
  /// Accuracy by step.
  private func accuracy(_ index: RunIndex) async throws -> [Int: Double] {
    guard let run = try await index.runs().first else { return [:] }
    return try await index.known("vapo/accuracy", of: run.id).reduce(into: [:]) {
      $0[$1.step] = $1.value
    }
  }

  @Test("lines are read as they come, once; a torn one when it is whole")
  func grows() async throws {
    let place = try RunPlace()
    defer { try? FileManager.default.removeItem(at: place.folder) }
    let index = try place.index()
    try await update(index)
    #expect(try await index.runs().isEmpty)
    try place.write("a/metrics.jsonl", line(1, 0.1) + line(2, 0.2))
    try await update(index)
    #expect(try await accuracy(index) == [1: 0.1, 2: 0.2])
    let torn = line(3, 0.3)
    try place.append("a/metrics.jsonl", String(torn.prefix(20)))
    try await update(index)
    #expect(try await accuracy(index).count == 2)
    try place.append(
      "a/metrics.jsonl", String(torn.dropFirst(20)) + "no json\n{}\n[1]\n" + line(4, 0.4))
    try await update(index)
    #expect(try await accuracy(index) == [1: 0.1, 2: 0.2, 3: 0.3, 4: 0.4])
    let summary = try #require(try await index.runs().first)
    #expect(summary.step == 4 && summary.seconds == 8 && summary.figures["vapo/accuracy"] == 0.4)
  }

  @Test("a run that goes on from an earlier step loses what it took back, as metrics.jsonl does")
  func rewritten() async throws {
    let place = try RunPlace()
    defer { try? FileManager.default.removeItem(at: place.folder) }
    let index = try place.index()
    try place.write("a/metrics.jsonl", (1...9).map { line($0, 0.1) }.joined())
    try await update(index)
    // Shorter; then as long as before, and longer, with other numbers.
    for (count, value) in [(4, 0.1), (9, 0.7), (12, 0.5)] {
      try place.write("a/metrics.jsonl", (1...count).map { line($0, value) }.joined())
      try await update(index)
      let fresh = try place.index("b\(count)")
      try await update(fresh)
      #expect(try await accuracy(index) == accuracy(fresh))
      #expect(try await accuracy(index).count == count)
      #expect(try await index.runs().first?.seconds == Double(2 * count))
    }
    try FileManager.default.removeItem(at: place.root.appending(path: "a/metrics.jsonl"))
    try place.write("a/config.resolved.yaml", "a: 1\n")
    try await update(index)
    #expect(try await accuracy(index).isEmpty)
    try FileManager.default.removeItem(at: place.root.appending(path: "a"))
    try await update(index)
    #expect(try await index.runs().isEmpty)
  }

  @Test("dumps come, are replaced and go; a line that is none keeps its place")
  func dumps() async throws {
    let place = try RunPlace()
    defer { try? FileManager.default.removeItem(at: place.folder) }
    let index = try place.index()
    func response(_ text: String) -> String {
      JSONValue.object([
        "input": .string("q"), "output": .string(text), "gts": .string("1"), "score": .number(1.0),
        "acc": .integer(1), "id": .string("p"), "status": .string("ok"), "extracted": .string(text),
        "prompt_ids": .array([.integer(1)]), "token_ids": .array([.integer(2), .integer(3)]),
      ]).text + "\n"
    }
    try place.write("a/metrics.jsonl", line(1, 0.1))
    // The text has in it what stands between the fields and the tokens.
    let tricky = "x\", \"prompt_ids\": [1"
    try place.write(
      "a/rollouts/1.jsonl", response("one") + "broken\n" + response(tricky) + "{\"torn\": ")
    for name in [".2.jsonl.tmp", "01.jsonl", "+1.jsonl", "x.jsonl", "2.json"] {
      try place.write("a/rollouts/\(name)", response("not a dump"))
    }
    try await update(index)
    let run = try #require(try await index.runs().first).id
    #expect(try await index.dumps(of: run)["rollouts"] == [1])
    var rows = try #require(try await index.rows(of: run, .rollouts, step: 1)).rows
    #expect(rows.map(\.place) == [0, 1, 2])
    #expect(rows.map(\.opening) == ["one", nil, tricky])
    #expect(rows.map(\.correct) == [true, nil, true])
    let whole = try #require(try await index.response(of: run, .rollouts, step: 1, place: 2))
    #expect(whole.fields["output"] == .string(tricky) && whole.siblings.map(\.place) == [0, 2])
    await #expect(throws: RunIndexError.self) {
      try await index.response(of: run, .rollouts, step: 1, place: 1)
    }
    #expect(try await index.response(of: run, .rollouts, step: 1, place: 3) == nil)
    #expect(try await index.rows(of: run, .validation, step: 1) == nil)
    try await Task.sleep(for: .seconds(2.1))
    try place.write("a/rollouts/1.jsonl", response("another"))
    try place.write("a/validation/5.jsonl", response("graded"))
    try await update(index)
    rows = try #require(try await index.rows(of: run, .rollouts, step: 1)).rows
    #expect(rows.map(\.opening) == ["another"])
    #expect(try await index.dumps(of: run) == ["rollouts": [1], "validation": [5]])
    try FileManager.default.removeItem(at: place.root.appending(path: "a/rollouts/1.jsonl"))
    try await update(index)
    #expect(try await index.dumps(of: run) == ["rollouts": [], "validation": [5]])
    #expect(try await index.progress() == (1, 1))
  }

  @Test("openings end with whole characters, however the line is cut")
  func openings() async throws {
    let place = try RunPlace()
    defer { try? FileManager.default.removeItem(at: place.folder) }
    let texts = [
      "", "a\"b\\c", String(repeating: "é😀\n\u{1}", count: 400),
      String(repeating: "\\", count: 500),
      String(repeating: "\u{1F468}\u{200D}\u{1F469}", count: 300),
    ]
    let lines = texts.map {
      JSONValue.object(["input": .string("q"), "output": .string($0)]).text + "\n"
    }
    // Escapes as Python writes them.
    let escaped =
      "{\"input\": \"q\", \"output\": \"" + String(repeating: "\\ud83d\\ude00", count: 300)
      + "\"}\n"
    try place.write("a/metrics.jsonl", line(1, 0.1))
    try place.write("a/rollouts/1.jsonl", lines.joined() + escaped)
    let index = try place.index()
    try await update(index)
    let run = try #require(try await index.runs().first).id
    let rows = try #require(try await index.rows(of: run, .rollouts, step: 1)).rows
    for (row, text) in zip(rows, texts + [String(repeating: "😀", count: 300)]) {
      let opening = try #require(row.opening)
      #expect(text.hasPrefix(opening) && opening.count == min(160, text.count), "\(opening)")
    }
  }

  @Test("curves are means of their steps; steps without a metric have none")
  func curves() async throws {
    let place = try RunPlace()
    defer { try? FileManager.default.removeItem(at: place.folder) }
    let index = try place.index()
    let lines = (1...100).map { step in
      step % 10 == 0
        ? "{\"step\": \(step), \"data\": {\"y\": \(step)}}\n" : line(step, Double(step))
    }
    try place.write("a/metrics.jsonl", lines.joined())
    try await update(index)
    let run = try #require(try await index.runs().first).id
    let all = try await index.curves(of: run, ["vapo/accuracy", "y", "missing"], points: 1000)
    #expect(
      all.per == 1 && all.steps == Array(1...100)
        && all.series.keys.sorted() == ["vapo/accuracy", "y"])
    #expect(all.series["y"]?[9] == 10 && all.series["y"]?[8] == .some(nil))
    #expect(all.series["vapo/accuracy"]?[9] == .some(nil) && all.seconds[99] == 180)
    let thin = try await index.curves(of: run, ["vapo/accuracy"], points: 10)
    #expect(thin.per == 10 && thin.steps == Array(stride(from: 10, through: 100, by: 10)))
    #expect(thin.series["vapo/accuracy"]?[1] == 15)
  }

  @Test("forms of answers are what is left without digits and letters")
  func forms() {
    for (answer, form) in [
      ("12", "#"), ("-1,234.5", "-#,#.#"), (#"\frac{12}{5}"#, #"\frac{#}{#}"#),
      ("x = 3 apples", "a = # a"),
      ("", ""), ("<b>1</b>", "<a>#</a>"), ("  ", " "), (#"\\"#, #"\\"#), ("½", "#"),
      (String(repeating: "-", count: 500), String(repeating: "-", count: 60)),
    ] {
      #expect(ResponseRow.form(of: answer) == form, "\(answer)")
    }
  }

  @Test(
    "an audit finds what is rewarded though it is odd, and what another verifier calls otherwise")
  func audit() async throws {
    let place = try RunPlace()
    defer { try? FileManager.default.removeItem(at: place.folder) }
    func response(_ extracted: String, _ gold: String, _ status: String, _ finish: String = "stop")
      -> String
    {
      JSONValue.object([
        "input": .string("q"), "output": .string(extracted), "gts": .string(gold),
        "id": .string("p"),
        "finish_reason": .string(finish), "status": .string(status),
        "extracted": .string(extracted),
        "score": .number(status == "ok" ? 1.0 : 0.0),
      ]).text + "\n"
    }
    try place.write("a/config.resolved.yaml", "reward: {verifier: exact}\n")
    try place.write("a/metrics.jsonl", line(1, 0.1))
    try place.write(
      "a/rollouts/1.jsonl",
      response("1/2", "0.5", "wrong") + response("3", "3", "ok") + response("4", "4", "ok")
        + response("{5}", "5", "ok") + response("6", "7", "ok") + response("8", "8", "ok", "length")
    )
    let index = try place.index()
    try await update(index)
    let run = try #require(try await index.runs().first).id
    let audit = try #require(try await index.audit(of: run, .rollouts, steps: 0...Int.max))
    #expect(
      audit.responses == 6 && audit.rewarded == 5 && audit.steps == [1, 1] && audit.other == "math")
    #expect(audit.forms.map(\.form) == ["{#}", "#"] && audit.forms.map(\.rewarded) == [1, 4])
    #expect(audit.suspicious.map(\.place) == [5])
    #expect(audit.disagreements.map(\.place) == [0, 4])
    #expect(audit.disagreements.map(\.otherStatus) == ["ok", "wrong"])
    #expect(try await index.audit(of: run, .rollouts, steps: 2...3)?.responses == 0)
  }

  @Test(
    "a critic's calibration is means of what it expected and of what came, in ten bins of equal size"
  )
  func calibration() async throws {
    let place = try RunPlace()
    defer { try? FileManager.default.removeItem(at: place.folder) }
    // Twenty responses, in no order; the critic expects k/20 at first and the reward is ±1, four in five right above.
    let lines = (0..<20).map { (7 * $0) % 20 }.map { k -> String in
      let values: [JSONValue] = [.number(Double(k) / 20), .number(0), .number(1)]
      return JSONValue.object([
        "output": .string("x"), "reward": .number(k % 5 == 0 || k < 10 ? -1.0 : 1.0),
        "values_at": .array(values),
        "prompt_ids": .array([]),
      ]).text + "\n"
    }
    try place.write("a/metrics.jsonl", line(1, 0.1))
    try place.write(
      "a/rollouts/1.jsonl", lines.joined() + "{\"output\": \"without a critic\", \"reward\": 1.0}\n"
    )
    let index = try place.index()
    try await update(index)
    let run = try #require(try await index.runs().first).id
    let found = try await index.calibration(of: run, steps: 0...9)
    #expect(found.map(\.place) == ["first", "middle", "last"])
    let first = try #require(found.first).bins
    #expect(first.map(\.count) == Array(repeating: 2, count: 10))
    for (place, bin) in first.enumerated() {
      #expect(abs(bin.expected - Double(4 * place + 1) / 40) < 1e-12)
    }
    // Of 10 and 11 one is right, of 12 and 13 both, of 14 and 15 one, and so on.
    #expect(first.map(\.realized) == [-1, -1, -1, -1, -1, 0, 1, 0, 1, 1])
    #expect(abs(first[5].error - 2 / 2.0.squareRoot()) < 1e-12 && first[6].error == 0)
    #expect(try await index.calibration(of: run, steps: 2...9).isEmpty)
  }

  @Test("studies are arms by seeds; arms of hashed folders are named by what differs")
  func studies() async throws {
    let place = try RunPlace()
    defer { try? FileManager.default.removeItem(at: place.folder) }
    func run(_ path: String, _ rate: String, _ accuracy: Double) throws {
      try place.write("s/\(path)/config.resolved.yaml", "actor: {optim: {lr: \(rate)}}\n")
      try place.write(
        "s/\(path)/metrics.jsonl", "{\"step\": 1, \"data\": {\"vapo/held_out/avg\": \(accuracy)}}\n"
      )
    }
    try place.write("s/table.csv", "arm,seeds\nvapo,2\n")
    try place.write("s/accuracy.svg", "<svg/>")
    try run("vapo/0", "1e-3", 0.5)
    try run("vapo/1", "1e-3", 0.7)
    try run("vapo/10", "1e-3", 0.6)
    try run("tune/vapo/0123456789abcdef/0", "1e-3", 0.2)
    try run("tune/vapo/fedcba9876543210/0", "2e-3", 0.3)
    try place.write("alone/metrics.jsonl", line(1, 0.1))
    let index = try place.index()
    try await update(index)
    var runs = try await index.runs()
    let summary = try #require(try await index.studies(of: &runs).first)
    #expect(summary.name == "s" && summary.runs == 5)
    #expect(runs.filter { $0.study == nil }.map(\.path) == ["alone"])
    let study = try #require(try await index.study(summary.id))
    #expect(
      study.arms.map(\.name) == [
        "vapo", "tune/vapo · actor.optim.lr=1e-3", "tune/vapo · actor.optim.lr=2e-3",
      ])
    let arm = try #require(study.arms.first)
    #expect(study.arms.map(\.kind) == [.arm, .tuning, .tuning])
    #expect(runs.map(\.name).contains("vapo/10") && runs.map(\.name).contains("alone"))
    #expect(arm.runs.map(\.seed) == ["0", "1", "10"])
    // Three seeds 0.5, 0.7, 0.6: mean 0.6, standard deviation 0.1, t(2) at 97.5% is 4.302653.
    let outcome = try #require(arm.outcome)
    #expect(
      abs(outcome.mean - 0.6) < 1e-12
        && abs(outcome.high - 0.6 - 4.302653 * 0.1 / 3.0.squareRoot()) < 1e-6)
    // The last quarter of 400 tokens, from 0.4 to 0.6; without tokens that of four steps, from 0.2.
    for (arm, hasTokens) in [("by-tokens", true), ("by-steps", false)] {
      let lines = [(2, 0, 0.0), (3, 200, 0.2), (4, 400, 0.6)].map { step, tokens, accuracy in
        "{\"step\": \(step), \"data\": {\"vapo/held_out/avg\": \(accuracy)"
          + (hasTokens ? ", \"vapo/response_tokens\": \(tokens)" : "") + "}}\n"
      }
      try place.write("s/\(arm)/0/config.resolved.yaml", "actor: {}\n")
      try place.write("s/\(arm)/0/metrics.jsonl", lines.joined())
    }
    try await update(index)
    let more = try #require(try await index.study(summary.id)).arms
    let means = Dictionary(uniqueKeysWithValues: more.map { ($0.name, $0.outcome?.mean ?? -1) })
    #expect(abs((means["by-tokens"] ?? -1) - 0.5) < 1e-12, "\(means)")
    #expect(abs((means["by-steps"] ?? -1) - 0.4) < 1e-12, "\(means)")
    #expect(study.tables.map(\.rows) == [[["arm", "seeds"], ["vapo", "2"]]])
    #expect(try await index.picture(0, of: summary.id) == Array("<svg/>".utf8))
    #expect(try await index.picture(1, of: summary.id) == nil)
  }
}
