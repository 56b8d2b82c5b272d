// metrics.jsonl into the index, from where it was read to last.

import Checkpoints
import Foundation
import GRDB
import JSON

/// Reads a run's new lines.
///
/// A run that goes on after a crash may write its file anew, shorter: where what was read before is not there any
/// more, all of it is read again.
struct MetricsReader {
  let database: Database
  let run: Int64
  let file: String

  /// How many bytes before the place read to are kept, to know the file again.
  private static let tail = 64
  /// The longest line.
  private static let mostLine = 16 << 20

  /// Reads what is new.
  func read() throws {
    let row = try Row.fetchOne(
      database,
      sql: "SELECT metrics_mark, metrics_offset, metrics_tail, seconds FROM run WHERE id = ?",
      arguments: [run])
    guard let row else { return }
    let mark = FileMark(file)
    guard (mark?.text ?? "") != row["metrics_mark"] else { return }
    guard let mark else { return try forget() }
    try DurableFile.opened(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) { descriptor in
      var offset: Int = row["metrics_offset"]
      var seconds: Double = row["seconds"]
      let tail: Data = row["metrics_tail"]
      if mark.size < offset || bytes(descriptor, offset - tail.count, tail.count) != Array(tail) {
        try forget()
        (offset, seconds) = (0, 0)
      }
      var isFirst = offset == 0
      var names = try Names(database)
      try LineReader.lines(of: descriptor, from: offset, keeping: Self.mostLine) { line in
        offset = line.offset + line.length + 1
        guard !line.isCut, let step = Step(line.bytes) else { return }
        seconds += step.duration
        try add(step, seconds, &names)
        if isFirst { try setStart(mark, step) }
        isFirst = false
      }
      let kept = bytes(descriptor, max(0, offset - Self.tail), min(offset, Self.tail))
      try database.execute(
        sql: """
          UPDATE run SET metrics_mark = ?, metrics_offset = ?, metrics_tail = ?, seconds = ?, updated = ?
          WHERE id = ?
          """, arguments: [mark.text, offset, Data(kept), seconds, mark.time, run])
    }
  }

  /// A line of the file.
  private struct Step {
    var number: Int
    var values: [(name: String, value: Double)]

    init?(_ bytes: [UInt8]) {
      guard case .object(let object)? = try? JSONValue(parsing: bytes),
        case .integer(let number)? = object["step"], case .object(let data)? = object["data"],
        (0...RunFiles.lastStep).contains(number)
      else { return nil }
      self.number = number
      values = data.compactMap { member in
        // Sums of these stay finite. A name as long as a text, or with a zero, at which SQLite ends it, is nobody's.
        guard let value = member.value.double, abs(value) <= Self.largest,
          member.key.utf8.count <= 200,
          !member.key.utf8.contains(0)
        else { return nil }
        return (member.key, value)
      }
    }

    /// The largest number that is taken.
    private static let largest = 1e100

    /// How long it took, in seconds.
    var duration: Double {
      let seconds = self["timing_s/step"] ?? 0
      return (0...1e9).contains(seconds) ? seconds : 0
    }

    subscript(_ name: String) -> Double? { values.first { $0.name == name }?.value }
  }

  private func add(_ step: Step, _ seconds: Double, _ names: inout Names) throws {
    // Not every number in the place of a stage is one.
    let stage = step["training/stage"].flatMap { Int(exactly: $0) }
    try database.execute(
      sql: "INSERT OR REPLACE INTO step VALUES (?, ?, ?, ?, ?)",
      arguments: [run, step.number, seconds, step["vapo/response_tokens"], stage])
    let insert = try database.cachedStatement(
      sql: "INSERT OR REPLACE INTO metric VALUES (?, ?, ?, ?)")
    for (name, value) in step.values {
      try insert.execute(arguments: [run, try names.id(of: name), step.number, value])
    }
  }

  /// When a run began: its folder's settings are written then.
  private func setStart(_ mark: FileMark, _ step: Step) throws {
    let settings = FileMark(DurableFile.parent(of: file) + "/" + RunFiles.settings)
    try database.execute(
      sql: "UPDATE run SET started = ? WHERE id = ?", arguments: [settings?.time ?? mark.time, run])
  }

  private func forget() throws {
    for table in ["step", "metric"] {
      try database.execute(sql: "DELETE FROM \(table) WHERE run = ?", arguments: [run])
    }
    try database.execute(
      sql: """
        UPDATE run SET metrics_mark = '', metrics_offset = 0, metrics_tail = x'', seconds = 0,
        started = NULL, updated = NULL WHERE id = ?
        """, arguments: [run])
  }

  private func bytes(_ descriptor: Int32, _ offset: Int, _ count: Int) -> [UInt8] {
    LineReader.bytes(of: descriptor, from: offset, count: count)
  }
}

/// The numbers under which the index keeps metrics' names.
struct Names {
  private let database: Database
  private var known: [String: Int64] = [:]

  init(_ database: Database) throws {
    self.database = database
    for row in try Row.fetchAll(database, sql: "SELECT id, name FROM name") {
      known[row["name"]] = row["id"]
    }
  }

  mutating func id(of name: String) throws -> Int64 {
    if let id = known[name] { return id }
    try database.execute(sql: "INSERT INTO name (name) VALUES (?)", arguments: [name])
    known[name] = database.lastInsertedRowID
    return database.lastInsertedRowID
  }
}
