// The index against the folders it is made of: what it says after any history of them is what a new one says.

import Foundation
import JSON
import RunIndex
import Statistics
import Testing

@Suite struct RunIndexTests {
  /// A folder of runs and an index of it.
  private struct Place {
    let folder = FileManager.default.temporaryDirectory.appending(path: "vapo-\(UUID().uuidString)")
    var root: URL { folder.appending(path: "runs") }

    init() throws {
      try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    }

    func index(_ name: String = "a") throws -> RunIndex {
      try RunIndex(root: root, file: folder.appending(path: "\(name).sqlite"))
    }

    func write(_ path: String, _ text: String) throws {
      let file = root.appending(path: path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      // As runs replace files: a new one in the place of the old.
      try Data(text.utf8).write(to: file, options: .atomic)
    }

    func append(_ path: String, _ text: String) throws {
      let handle = try FileHandle(forWritingTo: root.appending(path: path))
      try handle.seekToEnd()
      try handle.write(contentsOf: Data(text.utf8))
      try handle.close()
    }
  }

  private func line(_ step: Int, _ accuracy: Double) -> String {
    "{\"step\": \(step), \"data\": {\"vapo/accuracy\": \(accuracy), \"timing_s/step\": 2.0, \"training/stage\": 4.0}}\n"
  }

  private func update(_ index: RunIndex) async throws {
    try await index.find()
    #expect(try await index.refresh() == [:])
    while try await index.readDumps(for: 1) {}
  }

  /// Accuracy by step.
  private func accuracy(_ index: RunIndex) async throws -> [Int: Double] {
    guard let run = try await index.runs().first else { return [:] }
    return try await index.known("vapo/accuracy", of: run.id).reduce(into: [:]) {
      $0[$1.step] = $1.value
    }
  }

  @Test("lines are read as they come, once; a torn one when it is whole")
  func grows() async throws {
    let place = try Place()
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
    let place = try Place()
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

  @Test("a run that cannot be read, or says what cannot be, keeps no other from being read")
  func badRuns() async throws {
    let place = try Place()
    defer { try? FileManager.default.removeItem(at: place.folder) }
    let index = try place.index()
    let huge = "{\"step\": 9223372036854775807, \"data\": {\"training/stage\": 4}}\n"
    try place.write("a/config.resolved.yaml", "trainer: {total_training_steps: 100}\n")
    try place.write(
      "a/metrics.jsonl", huge + huge.replacing("9223372036854775807", with: "-3") + line(1, 0.1))
    try place.write(
      "b/metrics.jsonl",
      "{\"step\": 1, \"data\": {\"x\": 1, \"x\\u0000y\": 2, \"timing_s/step\": 1e308, \"big\": 1e200}}\n"
    )
    try place.write("b/config.resolved.yaml", Self.aliases)
    try FileManager.default.createDirectory(
      at: place.root.appending(path: "c/metrics.jsonl"), withIntermediateDirectories: true)
    try place.write("d/metrics.jsonl", line(1, 0.4))
    // A link out of the run is none of its dumps.
    try place.write("../elsewhere/7.jsonl", "{\"output\": \"secret\"}\n")
    try FileManager.default.createSymbolicLink(
      at: place.root.appending(path: "d/rollouts"),
      withDestinationURL: place.folder.appending(path: "elsewhere"))
    try await index.find()
    _ = try await index.refresh()
    let runs = try await index.runs()
    #expect(runs.map(\.path) == ["a", "b", "c", "d"] && runs.map(\.step) == [1, 1, nil, 1])
    #expect(runs[1].seconds == 0)
    #expect(try await index.metricNames(of: runs[1].id) == ["x"])
    #expect(try await index.dumps(of: runs[3].id)["rollouts"] == [])
    #expect(
      try #require(try await index.run(runs[1].id)).settings.map(\.value).joined().utf8.count
        < 10_000_000)
  }

  /// A text of a few hundred bytes that stands for a hundred million values.
  private static let aliases: String = {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...7 {
      let parts = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(parts)]\n"
    }
    return text
  }()

  @Test("a run is finished when its export is of its last step")
  func states() async throws {
    let place = try Place()
    defer { try? FileManager.default.removeItem(at: place.folder) }
    let index = try place.index()
    func state() async throws -> String? {
      try await update(index)
      return try await index.runs().first?.state
    }
    try place.write("a/config.resolved.yaml", "a: 1\n")
    #expect(try await state() == "empty")
    try place.write("a/metrics.jsonl", line(1, 0.1))
    #expect(try await state() == "stopped")
    try place.write("a/export.json", "{\"step\": 1}")
    #expect(try await state() == "finished")
    try place.append("a/metrics.jsonl", line(2, 0.1))
    #expect(try await state() == "stopped")
    let lock = open(place.root.appending(path: "a/lock").path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    #expect(try await state() == "stopped")
    #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
    #expect(try await state() == "running")
    close(lock)
    #expect(try await state() == "stopped")
  }

  @Test("a file that is no index is left as it is")
  func foreign() throws {
    let place = try Place()
    defer { try? FileManager.default.removeItem(at: place.folder) }
    let file = place.folder.appending(path: "notes.sqlite")
    for text in ["my notes", "SQLite format 3\0" + String(repeating: "x", count: 5000)] {
      try Data(text.utf8).write(to: file)
      #expect(throws: RunIndexError.self) { try RunIndex(root: place.root, file: file) }
      #expect(try Data(contentsOf: file) == Data(text.utf8))
      _ = try RunIndex(root: place.root, file: file, replaces: true)
      _ = try RunIndex(root: place.root, file: file)
      for suffix in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: file.path + suffix)
      }
    }
  }

  @Test("dumps come, are replaced and go; a line that is none keeps its place")
  func dumps() async throws {
    let place = try Place()
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
    let place = try Place()
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
    let place = try Place()
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
    let place = try Place()
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

  @Test("studies are arms by seeds; arms of hashed folders are named by what differs")
  func studies() async throws {
    let place = try Place()
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
    #expect(study.tables.map(\.rows) == [[["arm", "seeds"], ["vapo", "2"]]])
    #expect(try await index.picture(0, of: summary.id) == Array("<svg/>".utf8))
    #expect(try await index.picture(1, of: summary.id) == nil)
  }
}
