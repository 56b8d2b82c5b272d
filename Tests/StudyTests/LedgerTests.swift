// Ledgers: what is kept of a run, that it comes back digit for digit, and what is refused by its line.

import Foundation
import Settings
import Testing

import Study

@Suite struct LedgerTests {
  private static let columns = "arm,tuning,seed,settings,point,step,updates,tokens,seconds,accuracy"
  private static let head = columns + ",actor/entropy,vapo/direct_answers,value-bias-late\n"
  private static let hash = "0123456789abcdef"
  private static let first = "vapo,,3,\(hash),1/2,0,0,149000,80.5,0.1328125,,0.25,\n"
  private static let second = "vapo,,3,\(hash),2/2,5,40,400000,99.0,0.5,0.1834,0.0,0.5 - -0.25\n"

  /// The ledger that is written as `text`.
  private func ledger<Result>(_ text: String, _ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "ledger.csv")
    try Data(text.utf8).write(to: file)
    return try body(file)
  }

  @Test func `a ledger comes back digit for digit`() throws {
    let tuned = Self.first.replacing("vapo,,3", with: "vapo,\"a=[1, \"\"x\"\"] b=2\",100")
      .replacing("1/2", with: "1/1")
    let text = Self.head + Self.first + Self.second + tuned
    try ledger(text) { file in
      let ledger = try StudyLedger(file)
      #expect(ledger.csv == text)
      #expect(ledger.entries.map(\.line) == [2, 4])
      let run = try #require(ledger[StudyLedger.Key(arm: "vapo", seed: 3)]?.run)
      #expect(run.curve("vapo/held_out/avg").points.map(\.value) == [0.1328125, 0.5])
      #expect(run.curve("actor/entropy").points.map(\.tokens) == [400000])
      #expect(run.curve("vapo/direct_answers").points.map(\.updates) == [0, 40])
      #expect(run.profiles == ["value-bias-late": [0.5, nil, -0.25]])
      #expect(ledger[StudyLedger.Key(arm: "vapo", tuning: #"a=[1, "x"] b=2"#, seed: 100)] != nil)
    }
    // Lines of a machine that ends them in its own way.
    try ledger(text.replacing("\n", with: "\r\n")) { file in
      let ledger = try StudyLedger(file)
      #expect(ledger.csv == text)
    }
  }

  @Test func `a run is added beside what is there, with the columns of both`() throws {
    let other =
      Self.columns + ",vapo/other\ngrpo,,3,\(Self.hash),1/1,5,40,400000,99.0,0.5,0.25\n"
    let entry = try ledger(Self.head + Self.first + Self.second) {
      try #require(StudyLedger($0).entries.first)
    }
    try ledger(other) { file in
      try StudyLedger.add(entry, to: file)
      let both = try StudyLedger(file)
      #expect(both.entries.map(\.key.arm) == ["grpo", "vapo"])
      #expect(both.entries[1].run == entry.run)
      #expect(both.entries[0].run.curve("vapo/other").points.map(\.value) == [0.25])
      // The same run again takes the place of the one before it.
      try StudyLedger.add(entry, to: file)
      #expect(try StudyLedger(file) == both)
      let folder = file.deletingLastPathComponent()
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["ledger.csv"])
      try StudyLedger.add(entry, to: folder.appending(path: "new/ledger.csv"))
      #expect(try StudyLedger(folder.appending(path: "new/ledger.csv")).entries[0].run == entry.run)
    }
  }

  /// A text in pieces, the line that is wrong with it, and words of the error.
  private static let broken: [([String], Int, String)] = [
    ([""], 1, "begins with its columns"),
    (["arm,seed\n"], 1, "a ledger's columns begin with"),
    ([columns, ",a/b,a/b\n"], 1, "no two alike"),
    ([columns, ",late,a/b\n"], 1, "come before those of families"),
    ([head, first], 2, "evaluation 2 of 2 is missing"),
    ([head, second], 2, "evaluation 2 of 2 does not follow"),
    ([head, first, first, second], 3, "evaluation 2 of 2 is missing"),
    ([head, first, second, first, second], 4, "vapo, seed 3 is there twice"),
    ([head, first, second.replacing("cdef", with: "cdee")], 3, "does not follow"),
    ([head, first, second.replacing("2/2", with: "2/3")], 3, "does not follow"),
    ([head, first, second.replacing("400000", with: "100")], 3, "grow from line to line"),
    ([head, first, second.replacing(",5,40", with: ",0,40")], 3, "grow from line to line"),
    ([head, first.replacing(",0,0,", with: ",0,50,"), second], 3, "grow from line to line"),
    ([head, first.replacing("80.5", with: "99.5"), second], 3, "grow from line to line"),
    ([head, "<<<<<<< HEAD\n"], 2, "has 1 fields, and there are 13 columns"),
    ([head, String(first.dropLast()), ",\n"], 2, "has 14 fields"),
    ([head, first.replacing("vapo", with: "\"vapo")], 2, "is not a line of CSV"),
    ([head, first.replacing("vapo", with: "\"vapo\"x")], 2, "is not a line of CSV"),
    ([head, first.replacing("vapo", with: "va\"po")], 2, "is not a line of CSV"),
    ([head, first.replacing("vapo", with: "")], 2, "names no arm"),
    ([head, first.replacing(",3,", with: ",3.5,")], 2, "'3.5' is no whole number"),
    ([head, first.replacing("cdef", with: "cdeg")], 2, "no hash of settings"),
    ([head, first.replacing("1/2", with: "3/2")], 2, "no evaluation such as 3/21"),
    ([head, first.replacing("1/2", with: "1/99999999999")], 2, "no evaluation such as 3/21"),
    ([head, first.replacing(",0,0,", with: ",-1,0,")], 2, "no whole number from 0"),
    ([head, first.replacing("149000", with: "-1")], 2, "below 0"),
    ([head, first.replacing("149000", with: "1e300")], 2, "no number up to 1e15"),
    ([head, first.replacing("149000", with: "nan")], 2, "no number up to 1e15"),
    ([head, first.replacing("80.5", with: "soon")], 2, "seconds: 'soon' is no number"),
    ([head, first.replacing("0.1328125", with: "1.5")], 2, "does not lie in 0...1"),
    ([head, first.replacing("0.25", with: "inf")], 2, "vapo/direct_answers: 'inf' is no number"),
    ([head, first, second.replacing(" - ", with: "  ")], 3, "value-bias-late: '' is no number"),
  ]

  @Test(arguments: broken)
  func `a broken line is named`(pieces: [String], line: Int, words: String) throws {
    try ledger(pieces.joined()) { file in
      let error = #expect(throws: ConfigurationError.self) { try StudyLedger(file) }
      let description = error?.description ?? ""
      #expect(
        description.contains("ledger.csv:\(line): ") && description.contains(words),
        "\(description)")
    }
  }

  @Test func `forty runs of twenty evaluations are a small file`() throws {
    let numbers = (1...10).map { "-0.\(1001 + 10 * $0)" }.joined(separator: " ")
    let names = "response_length/mean,vapo/direct_answers,actor/entropy,critic/vf_explained_var"
    var text = Self.columns + ",\(names),a,b,c,d,e\n"
    for run in 0..<40 {
      for point in 1...20 {
        text += "without-positive-example-loss,,\(run),\(Self.hash),\(point)/20,\(point * 5),"
        text += "\(point * 40),\(point * 250000),\(point * 60).5,0.8154296875,"
        text += "131.4,0.01953,0.1834,0.2314,"
        text += (0..<5).map { _ in point == 20 ? numbers : "" }.joined(separator: ",") + "\n"
      }
    }
    try ledger(text) { file in
      let ledger = try StudyLedger(file)
      #expect(ledger.csv == text)
      #expect(text.utf8.count < 200_000)
    }
  }

  @Test func `of a journal its evaluations are kept, and the last readings before each`() throws {
    let lines = [
      #"{"step":1,"data":{"training/stage":0,"vapo/held_out/avg":0.9}}"#,
      #"{"step":2,"data":{"training/stage":2,"vapo/response_tokens":70,"actor/entropy":9,"#
        + #""vapo/value_bias/decile_2":0.123456}}"#,
      #"{"step":3,"data":{"training/stage":3,"vapo/response_tokens":70,"vapo/held_out/avg":0.1}}"#,
      #"{"step":4,"data":{"training/stage":4,"vapo/response_tokens":90,"actor/entropy":5,"#
        + #""vapo/actor_updates":8,"timing_s/step":2.04}}"#,
      #"{"step":5,"data":{"training/stage":4,"vapo/response_tokens":120,"actor/entropy":0.123456,"#
        + #""vapo/actor_updates":8,"vapo/held_out/avg":0.123456789,"x/y":1e300}}"#,
      #"{"step":6,"data":{"training/stage":4,"vapo/response_tokens":160,"vapo/held_out/avg":1}}"#,
    ]
    let study = "arms: [a]\nquantities: [x/y]\n"
    try ledger(lines.joined(separator: "\n") + "\n") { file in
      let folder = file.deletingLastPathComponent()
      try FileManager.default.moveItem(at: file, to: folder.appending(path: "metrics.jsonl"))
      try Data().write(to: folder.appending(path: "recipe.yaml"))
      try Data(("recipe: recipe.yaml\n" + study).utf8)
        .write(to: folder.appending(path: "study.yaml"))
      let plan = try StudyPlan(file: folder.appending(path: "study.yaml"))
      let run = try #require(plan.run(of: RunReadings(of: folder)))
      #expect(run.points.map(\.accuracy) == [0.1, 0.123456789, 1])
      #expect(run.points.map(\.step) == [0, 2, 3] && run.points.map(\.updates) == [0, 16, 16])
      #expect(run.points.map(\.seconds) == [0, 2, 2])
      let entropy = run.curve("actor/entropy").points
      #expect(entropy.map(\.value) == [9, 0.1235] && entropy.map(\.tokens) == [70, 120])
      #expect(run.curve("x/y").points.isEmpty)
      #expect(run.profiles["value-bias-before"] == [nil, 0.1235])
      #expect(run.profiles["explained-variance-late"] == nil)
    }
  }
}
