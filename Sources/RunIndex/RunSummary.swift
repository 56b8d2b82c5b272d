// A run in a line: what it is, what it does, where it stands.

import Foundation
import GRDB

/// What a list of runs shows of one.
public struct RunSummary: Codable, Sendable {
  /// Its number in this index.
  public var id: Int64
  /// What it is called: its path, of a study's run within the study.
  public var name: String
  /// Its path below the root; `.` for the root itself.
  public var path: String
  /// What it is doing.
  public var state: String
  /// The method, such as vapo.
  public var method: String
  /// The model it trains, or the task of a model made from nothing.
  public var model: String
  /// The last global step; nil before the first.
  public var step: Int?
  /// How many there will be, as far as that can be told.
  public var steps: Int?
  /// The share that is done, from 0 to 1, by steps or by tokens, whichever is further.
  public var progress: Double?
  /// When it began, in seconds since 1970.
  public var started: Double?
  /// When its last step ended.
  public var updated: Double?
  /// The seconds of its steps.
  public var seconds: Double
  /// Its response tokens so far.
  public var tokens: Double?
  /// The last known values of what a list shows.
  public var figures: [String: Double]
  /// The course of its accuracy, or of its score, thinned.
  public var trend: [Double]
  /// How many alarms are up.
  public var alarms = 0
  /// The study that it belongs to.
  public var study: Int?

  /// Held-out accuracy: what is shown of evaluations.
  public static let heldOut = "vapo/held_out/avg"

  /// The stage of reinforcement, `training/stage`.
  static let reinforcement = 4
  /// The points of a trend.
  private static let trendLength = 60
}

extension RunSummary {
  /// Reads a run's summary.
  init(_ row: Row, _ settings: [RunSetting], _ database: Database) throws {
    let (run, path): (Int64, String) = (row["id"], row["path"])
    (id, self.path) = (run, path)
    name = path
    state = row["state"]
    method = settings("algorithm.preset") ?? settings("algorithm.adv_estimator") ?? ""
    let named = settings("model.path") ?? ""
    model = named.isEmpty ? settings("data.task.name").map { "made for \($0)" } ?? "" : named
    (started, updated, seconds) = (row["started"], row["updated"], row["seconds"])
    let last = try Row.fetchOne(
      database, sql: "SELECT * FROM step WHERE run = ? ORDER BY step DESC LIMIT 1", arguments: [run]
    )
    (step, tokens) = (last?["step"], last?["tokens"])
    let names = [
      "vapo/accuracy", "critic/score/mean", "response_length/mean", Self.heldOut,
      "critic/vf_explained_var", "actor/entropy",
    ]
    figures = try names.reduce(into: [:]) { figures, name in
      figures[name == Self.heldOut ? "val" : name] = try Double.fetchOne(
        database,
        sql: """
          SELECT value FROM metric WHERE run = ? AND name = (SELECT id FROM name WHERE name = ?)
          ORDER BY step DESC LIMIT 1
          """, arguments: [run, name])
    }
    trend = []
    for name in ["vapo/accuracy", "critic/score/mean"] where trend.isEmpty {
      let values = try Double.fetchAll(
        database,
        sql: """
          SELECT value FROM metric WHERE run = ? AND name = (SELECT id FROM name WHERE name = ?)
          ORDER BY step
          """, arguments: [run, name])
      trend = thinned(values, to: Self.trendLength)
    }
    let course = try Course(run, settings, database)
    (steps, progress) = (course.steps, course.progress)
    if state == RunState.finished.rawValue { (steps, progress) = (step, 1) }
  }

  /// Where a run is between its first and its last step.
  private struct Course {
    var steps: Int?
    var progress: Double?

    init(_ run: Int64, _ settings: [RunSetting], _ database: Database) throws {
      let row = try Row.fetchOne(
        database,
        sql: """
          SELECT max(step) AS last, min(CASE WHEN stage = ? THEN step END) AS first, max(tokens) AS tokens
          FROM step WHERE run = ?
          """, arguments: [reinforcement, run])
      guard let row, let last: Int = row["last"] else { return }
      // Steps of reinforcement come behind those of the stages before, whose number is known when they are done.
      if let first: Int = row["first"],
        let wanted = settings("trainer.total_training_steps").flatMap(Int.init),
        (1...1_000_000_000).contains(wanted)
      {
        steps = first - 1 + wanted
        progress = min(1, Double(last) / Double(max(1, first - 1 + wanted)))
      }
      if let most = settings("trainer.total_response_tokens").flatMap(Double.init), most > 0,
        let tokens: Double = row["tokens"]
      {
        progress = min(1, max(progress ?? 0, tokens / most))
      }
    }
  }
}

/// Numbers as the means of at most so many groups of neighbors.
func thinned(_ numbers: [Double], to most: Int) -> [Double] {
  guard numbers.count > most else { return numbers }
  return (0..<most).map { group in
    let part = numbers[(group * numbers.count / most)..<((group + 1) * numbers.count / most)]
    return part.reduce(0, +) / Double(part.count)
  }
}
