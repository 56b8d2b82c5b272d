// What is asked of the index about runs and their metrics.

import Foundation
import GRDB

/// Curves of a run, thinned where there are more steps than points.
public struct MetricCurves: Codable, Sendable {
  /// The last step of every point.
  public var steps: [Int] = []
  /// The response tokens of the run by then.
  public var tokens: [Double?] = []
  /// The seconds of its steps by then.
  public var seconds: [Double] = []
  /// The means of the points' steps; nil where none of them has the metric.
  public var series: [String: [Double?]] = [:]
  /// How many steps a point is the mean of.
  public var per = 1
}

/// A stage and its first step.
public struct RunStage: Codable, Sendable, Equatable {
  /// The first global step.
  public var step: Int
  /// What it is called.
  public var name: String

  /// Names of the stages by their numbers.
  static let names = [
    "warm start", "reward model", "value pretraining", "baseline", "reinforcement",
  ]
}

extension RunIndex {
  /// All runs.
  ///
  /// - Returns: the summaries, by path.
  /// - Throws: what SQLite throws.
  public func runs() async throws -> [RunSummary] {
    try await pool.read { [self] database in
      try Row.fetchAll(database, sql: "SELECT * FROM run ORDER BY path").map { row in
        try summary(row, Self.settings(row), database)
      }
    }
  }

  /// A run with its settings; nil where there is none of the number.
  public func run(_ id: Int64) async throws -> (summary: RunSummary, settings: [RunSetting])? {
    try await pool.read { [self] database in
      guard
        let row = try Row.fetchOne(database, sql: "SELECT * FROM run WHERE id = ?", arguments: [id])
      else { return nil }
      let settings = Self.settings(row)
      return (try summary(row, settings, database), settings)
    }
  }

  private func summary(
    _ row: Row, _ settings: [RunSetting], _ database: Database
  ) throws -> RunSummary {
    var summary = try RunSummary(row, settings, database)
    if summary.path == "." { summary.name = root.lastPathComponent }
    return summary
  }

  /// How many dumps there are, and how many of them were read.
  public func progress() async throws -> (done: Int, total: Int) {
    try await pool.read { database in
      let total = try Int.fetchOne(database, sql: "SELECT count(*) FROM dump") ?? 0
      let unread = try Int.fetchOne(
        database, sql: "SELECT count(*) FROM dump WHERE read IS NOT mark")
      return (total - (unread ?? 0), total)
    }
  }

  static func settings(_ row: Row) -> [RunSetting] {
    let text: String = row["settings"]
    return (try? JSONDecoder().decode([RunSetting].self, from: Data(text.utf8))) ?? []
  }

  /// The names of a run's metrics, sorted.
  public func metricNames(of run: Int64) async throws -> [String] {
    try await pool.read { database in
      try String.fetchAll(
        database,
        sql: """
          SELECT name FROM name WHERE EXISTS
            (SELECT 1 FROM metric WHERE metric.run = ? AND metric.name = name.id)
          ORDER BY name
          """, arguments: [run])
    }
  }

  /// Where a run's stages begin.
  public func stages(of run: Int64) async throws -> [RunStage] {
    try await pool.read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT min(step) AS step, stage FROM step WHERE run = ? AND stage IS NOT NULL
          GROUP BY stage ORDER BY min(step)
          """, arguments: [run]
      ).map { row in
        let stage: Int = row["stage"]
        let name = RunStage.names.indices.contains(stage) ? RunStage.names[stage] : "stage \(stage)"
        return RunStage(step: row["step"], name: name)
      }
    }
  }

  /// The steps of which there are dumps, by kind.
  public func dumps(of run: Int64) async throws -> [String: [Int]] {
    try await pool.read { database in
      try DumpKind.allCases.reduce(into: [:]) { found, kind in
        found[kind.rawValue] = try Int.fetchAll(
          database, sql: "SELECT step FROM dump WHERE run = ? AND kind = ? ORDER BY step",
          arguments: [run, kind.rawValue])
      }
    }
  }

  /// Curves of a run.
  ///
  /// - Parameters:
  ///   - run: its number.
  ///   - names: of metrics; those that it lacks are left out.
  ///   - points: how many there are at most.
  /// - Returns: the curves, over all steps.
  /// - Throws: what SQLite throws.
  public func curves(of run: Int64, _ names: [String], points: Int) async throws -> MetricCurves {
    try await pool.read { database in
      let rows = try Row.fetchAll(
        database, sql: "SELECT step, tokens, seconds FROM step WHERE run = ? ORDER BY step",
        arguments: [run])
      var curves = MetricCurves()
      guard !rows.isEmpty, points > 0 else { return curves }
      curves.per = (rows.count + points - 1) / points
      let count = (rows.count + curves.per - 1) / curves.per
      var group: [Int: Int] = [:]
      for (place, row) in rows.enumerated() {
        group[row["step"]] = place / curves.per
        guard place % curves.per == curves.per - 1 || place == rows.count - 1 else { continue }
        curves.steps.append(row["step"])
        curves.tokens.append(row["tokens"])
        curves.seconds.append(row["seconds"])
      }
      for name in names {
        var sums = [(sum: Double, count: Int)](repeating: (0, 0), count: count)
        let values = try Row.fetchCursor(
          database,
          sql: """
            SELECT step, value FROM metric
            WHERE run = ? AND name = (SELECT id FROM name WHERE name = ?)
            """, arguments: [run, name])
        var isThere = false
        while let row = try values.next() {
          guard let place = group[row["step"]] else { continue }
          isThere = true
          sums[place] = (sums[place].sum + row["value"], sums[place].count + 1)
        }
        guard isThere else { continue }
        curves.series[name] = sums.map { $0.count == 0 ? nil : $0.sum / Double($0.count) }
      }
      return curves
    }
  }
}

/// A value at a step.
public struct MetricPoint: Sendable, Equatable {
  /// The global step.
  public var step: Int
  /// The response tokens of the run by then.
  public var tokens: Double?
  /// The value.
  public var value: Double
}

extension RunIndex {
  /// A metric at the steps that have it.
  public func known(_ name: String, of run: Int64) async throws -> [MetricPoint] {
    try await pool.read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT metric.step, tokens, value FROM metric JOIN step USING (run, step)
          WHERE run = ? AND metric.name = (SELECT id FROM name WHERE name = ?) ORDER BY metric.step
          """, arguments: [run, name]
      ).map { MetricPoint(step: $0["step"], tokens: $0["tokens"], value: $0["value"]) }
    }
  }

  /// Metrics of a run's reinforcement; of all its steps where they do not say which stage they are of.
  ///
  /// - Parameters:
  ///   - run: its number.
  ///   - names: of the metrics.
  /// - Returns: the values by name, in the order of steps.
  /// - Throws: what SQLite throws.
  public func reinforcement(
    of run: Int64, _ names: [String]
  ) async throws -> [String: [MetricPoint]] {
    try await pool.read { database in
      var found: [String: [MetricPoint]] = [:]
      for name in names {
        let rows = try Row.fetchAll(
          database,
          sql: """
            SELECT metric.step, tokens, value FROM metric JOIN step USING (run, step)
            WHERE run = ? AND metric.name = (SELECT id FROM name WHERE name = ?)
            AND coalesce(stage, \(RunSummary.reinforcement)) = \(RunSummary.reinforcement)
            ORDER BY metric.step
            """, arguments: [run, name])
        guard !rows.isEmpty else { continue }
        found[name] = rows.map {
          MetricPoint(step: $0["step"], tokens: $0["tokens"], value: $0["value"])
        }
      }
      return found
    }
  }
}
