// What is asked of the index about responses.

public import Foundation
import GRDB
public import JSON

/// One response, whole.
public struct WholeResponse: Sendable {
  /// What is known of it.
  public var row: ResponseRow
  /// All fields of its line.
  public var fields: JSONObject
  /// The responses to the same prompt in the same step, itself included.
  public var siblings: [ResponseRow]
  /// How many responses the dump has.
  public var total: Int
  /// Where the run's folder is.
  public var folder: URL
}

extension RunIndex {
  /// The most responses of a table.
  public static let mostRows = 20_000

  /// The responses of a step.
  ///
  /// - Parameters:
  ///   - run: its number.
  ///   - kind: of the dump.
  ///   - step: the global step.
  /// - Returns: the rows in the dump's order, at most ``mostRows``, and how many there are; nil where there is no
  ///   such dump.
  /// - Throws: what SQLite throws.
  public func rows(
    of run: Int64, _ kind: DumpKind, step: Int
  ) async throws -> (rows: [ResponseRow], total: Int)? {
    guard let dump = try await readDump(run, kind, step) else { return nil }
    let (total, found) = try await pool.read { database in
      let total = try Int.fetchOne(
        database, sql: "SELECT count(*) FROM response WHERE dump = ?", arguments: [dump.id])
      let rows = try Row.fetchAll(
        database, sql: "SELECT * FROM response WHERE dump = ? ORDER BY place LIMIT ?",
        arguments: [dump.id, Self.mostRows])
      return (total ?? 0, rows.map { (ResponseRow($0), $0["offset"] as Int, $0["bytes"] as Int) })
    }
    var rows = found.map(\.0)
    let openings = Openings(file: dump.file.path, places: found.map { ($0.1, $0.2) })
    for place in rows.indices { rows[place].opening = openings[place] }
    return (rows, total)
  }

  /// A response.
  ///
  /// - Parameters:
  ///   - run: its number.
  ///   - kind: of the dump.
  ///   - step: the global step.
  ///   - place: its line, from 0.
  /// - Returns: the response; nil where there is none.
  /// - Throws: ``RunIndexError`` for a line that cannot be read; what SQLite throws.
  public func response(
    of run: Int64, _ kind: DumpKind, step: Int, place: Int
  ) async throws -> WholeResponse? {
    guard let dump = try await readDump(run, kind, step) else { return nil }
    let found = try await pool.read {
      [dump] database -> (ResponseRow, Int, Int, [ResponseRow], Int)? in
      guard
        let row = try Row.fetchOne(
          database, sql: "SELECT * FROM response WHERE dump = ? AND place = ?",
          arguments: [dump.id, place])
      else { return nil }
      let siblings = try Row.fetchAll(
        database,
        sql: "SELECT * FROM response WHERE dump = ? AND prompt = ? ORDER BY place LIMIT 1000",
        arguments: [dump.id, row["prompt"] as String?])
      let total = try Int.fetchOne(
        database, sql: "SELECT count(*) FROM response WHERE dump = ?", arguments: [dump.id])
      return (
        ResponseRow(row), row["offset"], row["bytes"], siblings.map { ResponseRow($0) }, total ?? 0
      )
    }
    guard let (row, offset, bytes, siblings, total) = found else { return nil }
    let fields = try DumpReader(file: dump.file.path).object(at: offset, bytes: bytes)
    return WholeResponse(
      row: row, fields: fields, siblings: siblings, total: total, folder: dump.folder)
  }

  /// A dump of a run, read by now; nil where there is none.
  private func readDump(
    _ run: Int64, _ kind: DumpKind, _ step: Int
  ) async throws -> (id: Int64, file: URL, folder: URL)? {
    let found = try await pool.read {
      [self] database -> (id: Int64, isRead: Bool, file: URL, folder: URL)? in
      let row = try Row.fetchOne(
        database,
        sql: """
          SELECT run.path, dump.* FROM dump JOIN run ON run.id = dump.run
          WHERE dump.run = ? AND dump.kind = ? AND dump.step = ?
          """, arguments: [run, kind.rawValue, step])
      return row.map {
        (
          $0["id"], ($0["read"] as String?) == ($0["mark"] as String), file(of: $0),
          folder($0["path"])
        )
      }
    }
    guard let found else { return nil }
    if !found.isRead { try await read(dump: found.id) }
    return (found.id, found.file, found.folder)
  }
}

extension ResponseRow {
  /// A row of the index.
  init(_ row: Row) {
    self.init(place: row["place"])
    (prompt, source, sample) = (row["prompt"], row["source"], row["sample"])
    (score, reward, status, finish) = (row["score"], row["reward"], row["status"], row["finish"])
    (length, extracted, gold) = (row["length"], row["extracted"], row["gold"])
    (trained, lambda, direct, reason) = (
      row["trained"], row["lambda"], row["direct"], row["reason"]
    )
    correct = status.map { $0 == "ok" }
    let written: String? = row["parts"]
    parts = written.flatMap {
      try? JSONDecoder().decode([String: Double].self, from: Data($0.utf8))
    }
  }
}

/// The first characters of responses, read from their lines' beginnings.
private struct Openings {
  private var texts: [String?] = []

  /// How many bytes of a line are looked at: the prompt stands before the response.
  private static let head = 16 << 10

  subscript(place: Int) -> String? { texts[place] }

  init(file: String, places: [(offset: Int, bytes: Int)]) {
    let descriptor = open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      texts = places.map { _ in nil }
      return
    }
    defer { close(descriptor) }
    texts = places.map { offset, bytes in
      Self.opening(LineReader.bytes(of: descriptor, from: offset, count: min(bytes, Self.head)))
    }
  }

  private static let mark = BytePattern(#", "output": ""#)

  /// The beginning of the text under `output`, which may be cut anywhere.
  private static func opening(_ bytes: [UInt8]) -> String? {
    guard let found = mark.firstPlace(in: bytes) else { return nil }
    var rest = Array(bytes[(found + mark.count)...].prefix(ResponseRow.openingLength * 12))
    // Up to the quotation mark that ends it, or to what is whole of it.
    var place = 0
    while place < rest.count, rest[place] != UInt8(ascii: "\"") {
      place += rest[place] == UInt8(ascii: "\\") ? 2 : 1
    }
    rest = Array(rest.prefix(min(place, rest.count)))
    for _ in 0..<13 {
      if case .string(let text)? = try? JSONValue(
        parsing: [UInt8(ascii: "\"")] + rest + [UInt8(ascii: "\"")])
      {
        return String(text.prefix(ResponseRow.openingLength))
      }
      if rest.isEmpty { break }
      rest.removeLast()
    }
    return nil
  }
}
