// Keeping the index at what the folders say: runs that come and go, lines that are added, dumps to read.

import Checkpoints
import Foundation
import GRDB

/// What an index has of a run, for those who wait for changes of it.
public struct RunPosition: Sendable, Equatable {
  /// Its last step.
  public var step: Int?
  /// What it is doing.
  public var state: String
  /// What tells one state of its files from the next.
  fileprivate var marks: String
}

extension RunIndex {
  /// Looks for runs and studies that came or went.
  ///
  /// - Throws: what SQLite throws.
  public func find() async throws {
    let found = RunFinder.paths(below: root)
    try await keep(found.runs, in: "run", isWhole: found.isWhole)
    try await keep(found.studies, in: "study", isWhole: found.isWhole)
  }

  /// What there is of every run, by its number.
  public func positions() async throws -> [Int64: RunPosition] {
    try await pool.read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT id, state, settings_mark || metrics_mark || dumps_mark AS marks,
            (SELECT max(step) FROM step WHERE run = id) AS step FROM run
          """
      ).reduce(into: [:]) { found, row in
        found[row["id"]] = RunPosition(step: row["step"], state: row["state"], marks: row["marks"])
      }
    }
  }

  /// Makes a table hold these paths, and no others where the look was whole.
  private func keep(_ found: Set<String>, in table: String, isWhole: Bool) async throws {
    let known = try await pool.read { try String.fetchSet($0, sql: "SELECT path FROM \(table)") }
    let gone = isWhole ? known.subtracting(found) : []
    let new = found.subtracting(known)
    guard !gone.isEmpty || !new.isEmpty else { return }
    try await pool.write { database in
      for path in gone {
        try database.execute(sql: "DELETE FROM \(table) WHERE path = ?", arguments: [path])
      }
      for path in new.sorted() {
        try database.execute(
          sql: "INSERT OR IGNORE INTO \(table) (path) VALUES (?)", arguments: [path])
      }
    }
  }

  /// Reads what is new of every run: settings, metrics, names of dumps, state.
  ///
  /// - Returns: why a run could not be read, by its path; the others were.
  /// - Throws: what SQLite throws where it cannot be asked at all.
  public func refresh() async throws -> [String: String] {
    let known = try await pool.read {
      try Row.fetchAll(
        $0, sql: "SELECT *, (SELECT max(step) FROM step WHERE run = id) AS last FROM run"
      ).map { KnownRun($0) }
    }
    let locks = HeldLocks()
    var failures: [String: String] = [:]
    for run in known {
      do {
        try await refresh(run, locks)
      } catch let error as CancellationError {
        throw error
      } catch {
        failures[run.path] = "\(error)"
      }
    }
    return failures
  }

  /// What the index has of a run's files.
  private struct KnownRun: Sendable {
    var id: Int64
    var path: String
    var settingsMark: String
    var metricsMark: String
    var dumpsMark: String
    var last: Int?
    var updated: Double?
    var state: String

    init(_ row: Row) {
      (id, path, state, updated) = (row["id"], row["path"], row["state"], row["updated"])
      (settingsMark, metricsMark) = (row["settings_mark"], row["metrics_mark"])
      dumpsMark = row["dumps_mark"]
      last = row["last"]
    }
  }

  private func refresh(_ known: KnownRun, _ locks: HeldLocks) async throws {
    let (run, folder) = (known.id, folder(known.path))
    let settings = folder.appending(path: RunFiles.settings)
    let metrics = folder.appending(path: RunFiles.metrics).path
    let settingsMark = FileMark(settings.path)?.text ?? ""
    let isNewSetting = settingsMark != known.settingsMark
    let isNewMetric = (FileMark(metrics)?.text ?? "") != known.metricsMark
    let dumpsMark = Self.mark(ofDumpsIn: folder)
    let isSettled = dumpsMark == known.dumpsMark && !dumpsMark.contains(Self.changing)
    let dumps = isSettled ? [] : try await newDumps(of: run, folder)
    let state = locks.state(
      of: folder, last: known.last, updated: known.updated
    ).rawValue
    let isNew = isNewSetting || isNewMetric || !dumps.isEmpty || state != known.state
    guard isNew || dumpsMark != known.dumpsMark else { return }
    try await pool.write { database in
      if isNewSetting {
        let text = String(
          decoding: try JSONEncoder().encode(RunSettings.flat(settings)), as: UTF8.self)
        try database.execute(
          sql: "UPDATE run SET settings_mark = ?, settings = ? WHERE id = ?",
          arguments: [settingsMark, text, run])
      }
      if isNewMetric { try MetricsReader(database: database, run: run, file: metrics).read() }
      for dump in dumps {
        if let mark = dump.mark {
          try database.execute(
            sql: """
              INSERT INTO dump (run, kind, step, mark) VALUES (?, ?, ?, ?)
              ON CONFLICT (run, kind, step) DO UPDATE SET mark = excluded.mark
              """, arguments: [run, dump.kind.rawValue, dump.step, mark])
        } else {
          try database.execute(
            sql: "DELETE FROM dump WHERE run = ? AND kind = ? AND step = ?",
            arguments: [run, dump.kind.rawValue, dump.step])
        }
      }
      // Lines may have come with this look.
      let row = try Row.fetchOne(
        database,
        sql:
          "SELECT updated, (SELECT max(step) FROM step WHERE run = id) AS last FROM run WHERE id = ?",
        arguments: [run])
      let state = locks.state(of: folder, last: row?["last"], updated: row?["updated"])
      try database.execute(
        sql: "UPDATE run SET state = ?, dumps_mark = ? WHERE id = ?",
        arguments: [state.rawValue, dumpsMark, run])
    }
  }

  /// What tells one list of a run's dumps from the next: dumps come and are replaced by renaming, which their
  /// folders' times show.
  ///
  /// Times are coarse: of a folder that has just changed nothing is said, so that it is looked at again.
  private static func mark(ofDumpsIn folder: URL) -> String {
    DumpKind.allCases.map { kind in
      var information = stat()
      let path = folder.appending(path: kind.rawValue).path
      guard lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFDIR else {
        return "-"
      }
      let mark = FileMark(information)
      return Date().timeIntervalSince1970 - mark.time < 2 ? changing : mark.text
    }.joined(separator: " ")
  }

  private static let changing = "changing"

  /// A dump that came, changed or went; its mark is nil then.
  private struct NewDump {
    var kind: DumpKind
    var step: Int
    var mark: String?
  }

  /// The dumps that are not as the index has them.
  private func newDumps(of run: Int64, _ folder: URL) async throws -> [NewDump] {
    var known = try await pool.read { database in
      try Row.fetchAll(
        database, sql: "SELECT kind, step, mark FROM dump WHERE run = ?", arguments: [run]
      ).reduce(into: [String: String]()) { known, row in
        known["\(row["kind"] as String)/\(row["step"] as Int)"] = row["mark"]
      }
    }
    var new: [NewDump] = []
    for kind in DumpKind.allCases {
      let place = folder.appending(path: kind.rawValue).path
      // A link to a folder elsewhere is none of the run's.
      let isFolder = (try? DurableFile.kind(of: place))?.isFolder ?? false
      for name in isFolder ? (try? DurableFile.names(in: place)) ?? [] : [] {
        guard let step = Self.step(ofDump: name), let mark = FileMark("\(place)/\(name)")?.text,
          known.removeValue(forKey: "\(kind.rawValue)/\(step)") != mark
        else { continue }
        new.append(NewDump(kind: kind, step: step, mark: mark))
      }
      for key in known.keys where key.hasPrefix("\(kind.rawValue)/") {
        guard let step = Int(key.dropFirst(kind.rawValue.count + 1)) else { continue }
        new.append(NewDump(kind: kind, step: step, mark: nil))
      }
    }
    return new
  }

  /// The step of a dump's file; nil for other names, of which one more way to write the step is one.
  private static func step(ofDump name: String) -> Int? {
    guard name.hasSuffix(".jsonl"), let step = Int(name.dropLast(6)), "\(step).jsonl" == name,
      (0...RunFiles.lastStep).contains(step)
    else {
      return nil
    }
    return step
  }

  /// Reads dumps that the index does not have yet, the last steps first.
  ///
  /// - Parameter seconds: after how long no further one is begun.
  /// - Returns: whether any was read.
  /// - Throws: what SQLite throws.
  public func readDumps(for seconds: Double) async throws -> Bool {
    let start = ContinuousClock.now
    var isAny = false
    while ContinuousClock.now - start < .seconds(seconds), !Task.isCancelled {
      let next = try await pool.read { database in
        try Int64.fetchOne(
          database,
          sql: "SELECT id FROM dump WHERE read IS NOT mark ORDER BY step DESC LIMIT 1")
      }
      guard let next else { break }
      try await read(dump: next)
      isAny = true
    }
    return isAny
  }

  /// Reads a dump, where the index does not have it as it is.
  func read(dump: Int64) async throws {
    try await pool.write { database in
      let row = try Row.fetchOne(
        database,
        sql: """
          SELECT run.path, dump.kind, dump.step, dump.mark, dump.read FROM dump
          JOIN run ON run.id = dump.run WHERE dump.id = ?
          """, arguments: [dump])
      guard let row, (row["read"] as String?) != (row["mark"] as String) else { return }
      let file = self.file(of: row).path
      // What is there now is read, and may be newer than what was seen.
      let mark: String = row["mark"]
      do {
        try DumpReader.read(dump, file, mark: mark, into: database)
      } catch is SystemFailure {
        // It went meanwhile; the next look sees that.
        try database.execute(sql: "UPDATE dump SET read = mark WHERE id = ?", arguments: [dump])
      }
    }
  }

  /// Where a dump lies, of a row with its run's path, its kind and its step.
  func file(of row: Row) -> URL {
    folder(row["path"]).appending(path: "\(row["kind"] as String)/\(row["step"] as Int).jsonl")
  }
}

/// The kinds of dump, each a folder of a run.
public enum DumpKind: String, CaseIterable, Sendable {
  /// Training responses.
  case rollouts
  /// Evaluation responses.
  case validation
}
