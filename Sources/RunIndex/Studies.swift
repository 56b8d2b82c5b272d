// Studies: folders of runs that differ by arm and seed, with what `vapo study` has written beside them.

import Checkpoints
import Foundation
import GRDB
public import Statistics

/// A study in a list.
public struct StudySummary: Codable, Sendable {
  /// Its number in this index.
  public var id: Int
  /// The last part of its path.
  public var name: String
  /// How many runs of it there are.
  public var runs: Int
}

/// Runs that differ by their seed alone.
public struct StudyArm: Sendable {
  /// What runs of a study are for.
  public enum Kind: String, Sendable, Comparable {
    /// They are compared with one another.
    case arm
    /// They chose the rate of an arm.
    case tuning
    /// Others begin with what they learned.
    case beginning

    /// By the folders in which studies put them.
    init(_ path: String) {
      let first = path.split(separator: "/").first
      self =
        first == "tune" ? .tuning : first == "base" || first == "pretraining" ? .beginning : .arm
    }

    /// In the order in which a page shows them.
    public static func < (one: Kind, other: Kind) -> Bool {
      let order: [Kind] = [.arm, .tuning, .beginning]
      return (order.firstIndex(of: one) ?? 0) < (order.firstIndex(of: other) ?? 0)
    }
  }

  /// What its runs are for.
  public var kind: Kind
  /// What it is called: its folders, and where two arms have the same, what differs.
  public var name: String
  /// Its runs, by seed.
  public var runs: [(seed: String, summary: RunSummary)]
  /// What its runs come to over the last quarter of their tokens, with an interval of 95% where there are two
  /// seeds or more.
  public var outcome: SeedMean?
}

/// A study, as far as its folder tells.
public struct StudyView: Sendable {
  /// Its number and name.
  public var summary: StudySummary
  /// Its arms, by name.
  public var arms: [StudyArm]
  /// The names of its pictures.
  public var pictures: [String]
  /// The tables that it has written, by name: rows of fields.
  public var tables: [(name: String, rows: [[String]])]
}

extension RunIndex {
  /// The share of a run's tokens, at their end, that tells what it came to: one evaluation alone is noise.
  private static let lastShare = 0.25

  /// The studies below the root.
  ///
  /// - Parameter runs: all runs; those of a study get its number, and a name within it.
  /// - Returns: the studies, by path.
  /// - Throws: what SQLite throws.
  public func studies(of runs: inout [RunSummary]) async throws -> [StudySummary] {
    let studies = try await studyPaths()
    var counts: [Int: Int] = [:]
    for place in runs.indices {
      // The innermost one, where one lies in another.
      let own = studies.filter { Self.lies(runs[place].path, below: $0.path) }
        .max { $0.path.utf8.count < $1.path.utf8.count }
      runs[place].study = own?.id
      if let own {
        runs[place].name = Self.within(runs[place].path, own.path).joined(separator: "/")
      }
      if let own { counts[own.id, default: 0] += 1 }
    }
    return studies.map {
      StudySummary(id: $0.id, name: name(of: $0.path), runs: counts[$0.id] ?? 0)
    }
  }

  /// A study; nil where there is none of the number.
  public func study(_ id: Int) async throws -> StudyView? {
    guard let path = try await studyPaths().first(where: { $0.id == id })?.path else { return nil }
    var all = try await runs()
    guard let summary = try await studies(of: &all).first(where: { $0.id == id }) else {
      return nil
    }
    let folder = folder(path)
    return StudyView(
      summary: summary, arms: try await arms(all.filter { $0.study == id }, below: path),
      pictures: files(in: folder, ending: ".svg"),
      tables: files(in: folder, ending: ".csv").map { name in
        (name, Self.table(folder.appending(path: name)))
      })
  }

  /// A picture of a study; nil where it has none of the number.
  public func picture(_ place: Int, of study: Int) async throws -> [UInt8]? {
    guard let path = try await studyPaths().first(where: { $0.id == study })?.path else {
      return nil
    }
    let names = files(in: folder(path), ending: ".svg")
    guard names.indices.contains(place) else { return nil }
    return try? DurableFile.contents(
      of: folder(path).appending(path: names[place]).path, atMost: Self.mostFile)
  }

  /// The largest picture or table that is read.
  private static let mostFile = 8 << 20
  private static let mostFiles = 100
  private static let mostLines = 2000

  private func studyPaths() async throws -> [(id: Int, path: String)] {
    try await pool.read { database in
      try Row.fetchAll(database, sql: "SELECT id, path FROM study ORDER BY path").map {
        ($0["id"], $0["path"])
      }
    }
  }

  private static func lies(_ path: String, below study: String) -> Bool {
    study == "." || path.hasPrefix("\(study)/")
  }

  /// The parts of a path below a study's.
  private static func within(_ path: String, _ study: String) -> [String] {
    let parts = path.split(separator: "/").map(String.init)
    return Array(parts.dropFirst(study == "." ? 0 : study.split(separator: "/").count))
  }

  private func name(of path: String) -> String {
    path == "." ? root.lastPathComponent : path.split(separator: "/").last.map(String.init) ?? path
  }

  private func files(in folder: URL, ending suffix: String) -> [String] {
    let names = (try? DurableFile.names(in: folder.path)) ?? []
    return Array(names.filter { $0.hasSuffix(suffix) && !$0.hasPrefix(".") }.prefix(Self.mostFiles))
  }

  private func arms(_ runs: [RunSummary], below study: String) async throws -> [StudyArm] {
    var groups: [String: [(seed: String, summary: RunSummary)]] = [:]
    for run in runs {
      let parts = Self.within(run.path, study)
      // A run in the study's own folder is an arm of one.
      let isSeed = parts.count > 1
      let arm = isSeed ? parts.dropLast().joined(separator: "/") : run.name
      groups[arm, default: []].append((isSeed ? parts[parts.count - 1] : "", run))
    }
    var arms: [StudyArm] = []
    for (path, members) in groups.sorted(by: { $0.key < $1.key }) {
      let sorted = members.sorted { ($0.seed.count, $0.seed) < ($1.seed.count, $1.seed) }
      var outcomes: [Double] = []
      for member in sorted {
        let readings = try await evaluations(of: member.summary.id)
        if let outcome = lateMean(readings, share: Self.lastShare) { outcomes.append(outcome) }
      }
      arms.append(
        StudyArm(kind: .init(path), name: path, runs: sorted, outcome: SeedMean(outcomes)))
    }
    return try await named(arms).sorted { ($0.kind, $0.name) < ($1.kind, $1.name) }
  }

  /// The held-out accuracy by tokens; by steps in a run that does not count its tokens.
  private func evaluations(of run: Int64) async throws -> [(place: Double, value: Double)] {
    try await pool.read { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          SELECT accuracy.step AS step, accuracy.value AS value, tokens.value AS tokens
          FROM metric AS accuracy LEFT JOIN metric AS tokens
            ON tokens.run = accuracy.run AND tokens.step = accuracy.step
            AND tokens.name = (SELECT id FROM name WHERE name = 'vapo/response_tokens')
          WHERE accuracy.run = ? AND accuracy.name = (SELECT id FROM name WHERE name = ?)
          ORDER BY accuracy.step
          """, arguments: [run, RunSummary.heldOut])
      let counts = rows.compactMap { $0["tokens"] as Double? }
      return rows.enumerated().compactMap { number, row in
        guard let value = row["value"] as Double? else { return nil }
        return (counts.count == rows.count ? counts[number] : row["step"] as Double? ?? 0, value)
      }
    }
  }

  /// Arms under the settings that tell them apart, where their folders are named by hashes of settings.
  private func named(_ arms: [StudyArm]) async throws -> [StudyArm] {
    var arms = arms
    func isHash(_ part: Substring) -> Bool {
      part.utf8.count == 16 && part.utf8.allSatisfy { (0x30...0x39) ~= $0 || (0x61...0x66) ~= $0 }
    }
    func plain(_ name: String) -> String {
      name.split(separator: "/").filter { !isHash($0) }.joined(separator: "/")
    }
    for (name, places) in Dictionary(grouping: arms.indices, by: { plain(arms[$0].name) }) {
      var settings: [Int: [RunSetting]] = [:]
      for place in places {
        guard let run = arms[place].runs.first?.summary.id else { continue }
        settings[place] = try await self.run(run)?.settings ?? []
      }
      let common = places.compactMap { settings[$0] }.map(Set.init)
        .reduce(nil as Set<RunSetting>?) { $0?.intersection($1) ?? $1 }
      for place in places {
        let own = (settings[place] ?? []).filter {
          common?.contains($0) == false && !$0.key.hasPrefix("trainer.")
            && !$0.key.hasPrefix("critic.optim")
        }
        let words = own.prefix(3).map { "\($0.key)=\($0.value)" }
        arms[place].name = places.count == 1 ? name : ([name] + words).joined(separator: " · ")
      }
    }
    return arms
  }

  /// A table of comma-separated fields, without quotation, as studies write them.
  private static func table(_ file: URL) -> [[String]] {
    guard let bytes = try? DurableFile.contents(of: file.path, atMost: mostFile) else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").prefix(mostLines).map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }
}
