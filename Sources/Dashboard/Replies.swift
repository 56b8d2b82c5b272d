// What the page is told, in the names that it reads.

import Alarms
import Foundation
import JSON
import RunIndex
import Statistics
import Synchronization

/// All runs.
struct RunsReply: Encodable {
  struct Indexing: Encodable {
    var done: Int
    var total: Int
  }

  var root: String
  var runs: [RunSummary]
  var studies: [StudySummary]
  var indexing: Indexing
}

/// An alarm that is up.
struct AlarmReply: Encodable {
  var name: String
  var level: String
  var title: String
  var words: String
  var advice: String
  var metric: String
  var since: Int?

  /// The alarms of a run's curves.
  static func all(_ curves: Curves) -> [AlarmReply] {
    AlarmRule.all.compactMap { rule in
      rule.finding(curves).map { found in
        AlarmReply(
          name: rule.name, level: rule.level.rawValue, title: rule.title, words: found.words,
          advice: rule.advice, metric: found.metric, since: found.since)
      }
    }
  }
}

/// The alarms of runs as they were last found: a list of many runs asks for all of them.
final class KnownAlarms: Sendable {
  private struct Known {
    var step: Int?
    var updated: Double?
    var alarms: [AlarmReply]
  }

  private let known = Mutex<[Int64: Known]>([:])

  /// What was found for a run at the step that it is at.
  func known(_ run: RunSummary) -> [AlarmReply]? {
    known.withLock { known in
      guard let found = known[run.id], found.step == run.step, found.updated == run.updated else {
        return nil
      }
      return found.alarms
    }
  }

  func keep(_ alarms: [AlarmReply], _ run: RunSummary) {
    known.withLock {
      $0[run.id] = Known(step: run.step, updated: run.updated, alarms: alarms)
    }
  }
}

/// A run, whole.
struct RunReply: Encodable {
  struct Meaning: Encodable {
    var words: String
    var advice: String
  }

  var summary: RunSummary
  var settings: [RunSetting]
  var stages: [RunStage]
  var metrics: [String]
  var meanings: [String: Meaning]
  var dumps: [String: [Int]]
  var alarms: [AlarmReply]
  var gae: CreditReply

  private enum CodingKeys: CodingKey {
    case settings, stages, metrics, meanings, dumps, alarms, gae
  }

  func encode(to encoder: any Encoder) throws {
    // The summary's fields stand beside the others; the alarms themselves in the place of their number.
    try summary.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(settings.map { [$0.key, $0.value] }, forKey: .settings)
    try container.encode(stages, forKey: .stages)
    try container.encode(metrics, forKey: .metrics)
    try container.encode(meanings, forKey: .meanings)
    try container.encode(dumps, forKey: .dumps)
    try container.encode(alarms, forKey: .alarms)
    try container.encode(gae, forKey: .gae)
  }
}

/// How a run's advantages come about, as far as its settings tell.
struct CreditReply: Encodable {
  struct Policy: Encodable {
    var form: String
    var lam: Double?
    var alpha: Double?
    var length: Double?
    var short: Double?
    var long: Double?
    var quantile: Double?
    var q: Double?
  }

  var gamma: Double
  var criticLambda: Double
  var usesCritic: Bool
  var whitens: Bool
  var policy: Policy

  private enum CodingKeys: String, CodingKey {
    case gamma, usesCritic, whitens, policy
    case criticLambda = "critic_lambda"
  }

  init(_ settings: [RunSetting], hasValues: Bool) {
    let found = Dictionary(settings.map { ($0.key, $0.value) }) { first, _ in first }
    func number(_ key: String) -> Double? {
      found[key].flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
    }
    let lambda = "algorithm.lam_policy"
    gamma = number("algorithm.gamma") ?? 1
    criticLambda = number("algorithm.lam_critic") ?? 1
    usesCritic = hasValues
    whitens = found["algorithm.whiten_advantages"] == "true"
    policy = Policy(
      form: (found["\(lambda).form"] ?? "fixed").replacing("-", with: "_"),
      lam: number("\(lambda).lam"),
      alpha: number("\(lambda).alpha"), length: number("\(lambda).length"),
      short: number("\(lambda).short"), long: number("\(lambda).long"),
      quantile: number("\(lambda).quantile"), q: number("\(lambda).q"))
  }
}

/// A study.
struct StudyReply: Encodable {
  struct Run: Encodable {
    var id: Int64
    var seed: String
    var state: String
    var last: Double?
  }
  struct Arm: Encodable {
    var name: String
    var kind: String
    var runs: [Run]
    var mean: Double?
    var low: Double?
    var high: Double?
  }
  struct Picture: Encodable {
    var name: String
    var url: String
  }
  struct Table: Encodable {
    var name: String
    var columns: [String]
    var rows: [[String]]
  }

  var id: Int
  var name: String
  var metric: String
  var arms: [Arm]
  var pictures: [Picture]
  var tables: [Table]

  init(_ study: StudyView) {
    (id, name, metric) = (study.summary.id, study.summary.name, RunSummary.heldOut)
    arms = study.arms.map { arm in
      let outcome = arm.outcome
      let hasInterval = outcome?.hasInterval ?? false
      return Arm(
        name: arm.name, kind: arm.kind.rawValue,
        runs: arm.runs.map {
          Run(
            id: $0.summary.id, seed: $0.seed, state: $0.summary.state,
            last: $0.summary.figures["val"])
        }, mean: outcome?.mean, low: hasInterval ? outcome?.low : nil,
        high: hasInterval ? outcome?.high : nil)
    }
    pictures = study.pictures.enumerated().map { place, name in
      Picture(name: name, url: "/api/studies/\(study.summary.id)/pictures/\(place)")
    }
    tables = study.tables.map { table in
      Table(name: table.name, columns: table.rows.first ?? [], rows: Array(table.rows.dropFirst()))
    }
  }
}

/// Curves of a study's arms.
struct StudyCurvesReply: Encodable {
  struct Run: Encodable {
    var id: Int64
    var steps: [Int]
    var tokens: [Double?]
    var values: [Double?]
  }
  struct Arm: Encodable {
    var name: String
    var runs: [Run]
  }

  var arms: [Arm]
}
