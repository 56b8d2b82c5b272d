// Studies side by side: what arms come to by length, by hand from ledgers that are written out.

import Foundation
import Settings
import Testing

import Study

@Suite struct SeriesTests {
  private static let recipe = "algorithm: {preset: vapo}\n"
  private static let head =
    "arm,tuning,seed,settings,point,step,updates,tokens,seconds,accuracy,response_length/mean"
    + ",vapo/credit/times_group\n"

  /// A study in a folder, whose ledger has two runs of every arm: the length of the first reading, the last
  /// accuracy and the credit of each.
  private func study(
    _ name: String, in folder: URL, _ runs: [(arm: String, readings: [(Double, Double, String)])]
  ) throws -> StudyResults {
    try Data(Self.recipe.utf8).write(to: folder.appending(path: "recipe.yaml"))
    let file = folder.appending(path: "\(name).yaml")
    let arms = runs.map { "\n  - \($0.arm)" }.joined()
    let text = "recipe: recipe.yaml\nledger: \(name).csv\nseeds: [0, 1]\narms:"
    try Data((text + arms).utf8).write(to: file)
    let plan = try StudyPlan(file: file)
    var ledger = Self.head
    for (arm, run) in zip(plan.arms, runs) {
      for (seed, reading) in run.readings.enumerated() {
        let hash = try plan.configuration(of: arm, seed: seed).studyHash
        let start = "\(arm.name),,\(seed),\(hash),"
        ledger += start + "1/3,0,0,10,1.0,0.0,\(reading.0),\n"
        ledger += start + "2/3,5,20,20,2.0,\(reading.1),999.0,\(reading.2)\n"
        let later = reading.2.isEmpty ? "" : "77.0"
        ledger += start + "3/3,9,36,30,3.0,\(reading.1),999.0,\(later)\n"
      }
    }
    try Data(ledger.utf8).write(to: folder.appending(path: "\(name).csv"))
    return try StudyResults(StudyPlace(plan, in: folder))
  }

  private func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
  }

  @Test func `arms are followed from the shortest responses to the longest`() throws {
    try withFolder { folder in
      let long = try study(
        "long", in: folder,
        [
          ("vapo", [(300, 0.9, "12.0"), (340, 0.7, "8.0")]),
          ("alone", [(300, 0.1, ""), (340, 0.1, "")]),
          ("grpo algorithm=grpo", [(320, 0.5, ""), (320, 0.5, "")]),
        ])
      let short = try study(
        "short", in: folder,
        [
          ("grpo algorithm=grpo", [(20, 0.5, ""), (40, 0.7, "")]),
          ("vapo", [(30, 0.625, "2.0"), (30, 0.625, "3.0")]),
        ])
      let series = try #require(StudySeries([long, short]))
      // 0.8 ± t(0.05, 1) · 0.1, where t is tan(0.475 π): a line by line account.
      let t = tan(0.475 * Double.pi)
      let rows = series.csv.split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false)
      }
      #expect(rows[0].last == "times_group")
      #expect(
        rows.dropFirst().map { "\($0[0]) \($0[1]) \($0[2]) \($0[3])" } == [
          "short 30.0 vapo 2", "long 320.0 vapo 2", "short 30.0 grpo 2", "long 320.0 grpo 2",
        ])
      let means = rows.dropFirst().compactMap { Double($0[4]) }
      #expect(zip(means, [0.625, 0.8, 0.6, 0.5]).allSatisfy { abs($0 - $1) < 1e-12 })
      #expect(abs((Double(rows[2][5]) ?? 0) - (0.8 - t * 0.1)) < 1e-9)
      #expect(abs((Double(rows[2][6]) ?? 0) - (0.8 + t * 0.1)) < 1e-9)
      // The median of the readings when reinforcement begins.
      #expect(rows.dropFirst().map { String($0[7]) } == ["2.5", "10.0", "", ""])

      let lines = series.accuracyByLength.lines
      #expect(lines.map(\.name) == ["vapo", "grpo"])
      #expect(lines.map { $0.points.map(\.x) } == [[30, 320], [30, 320]])
      let credit = try #require(series.accuracyByCredit)
      #expect(credit.lines.map(\.name) == ["vapo"])
      #expect(credit.lines[0].points.map(\.x) == [2.5, 10])
      #expect(credit.svg.components(separatedBy: "<circle").count == 3)

      let place = folder.appending(path: "out/series")
      try series.write(to: place)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: place.path).sorted() == [
          "accuracy-by-credit.svg", "accuracy-by-length.svg", "series.csv",
        ])
    }
  }

  @Test func `studies without an arm in common are no series`() throws {
    try withFolder { folder in
      let one = try study("one", in: folder, [("vapo", [(30, 0.5, ""), (30, 0.5, "")])])
      let other = try study(
        "other", in: folder, [("grpo algorithm=grpo", [(60, 0.5, ""), (60, 0.5, "")])])
      #expect(StudySeries([one, other]) == nil)
      #expect(StudySeries([one]) == nil)
    }
  }
}
