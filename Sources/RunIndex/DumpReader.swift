// Dumps of responses: a line each, with what is known of it first and its tokens behind.

import Checkpoints
import Foundation
import GRDB
import JSON

/// Reads one dump.
struct DumpReader {
  let file: String

  /// How much of a line is looked at first: texts of tens of thousands of characters.
  private static let head = 256 << 10
  /// The longest line, which holds some two million tokens.
  static let mostLine = 256 << 20
  /// The most values of a line.
  private static let mostValues = 20_000_000
  /// The most responses of a dump.
  static let mostRows = 200_000

  /// What our lines have before the numbers of their tokens.
  ///
  /// A quotation mark within a text has a backslash before it, so a text cannot hold these bytes.
  private static let tokens = BytePattern(#", "prompt_ids": ["#)

  /// Hands over every response with the place and the length of its line.
  func rows(_ body: (ResponseRow, _ offset: Int, _ bytes: Int) throws -> Void) throws {
    try DurableFile.opened(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) { descriptor in
      var place = 0
      try LineReader.lines(of: descriptor, from: 0, keeping: Self.head) { line in
        guard place < Self.mostRows else { return }
        var fields = Self.fields(before: line.bytes)
        if fields == nil, line.length <= Self.mostLine {
          let whole =
            line.isCut
            ? LineReader.bytes(of: descriptor, from: line.offset, count: line.length) : line.bytes
          fields = Self.fields(before: whole) ?? Self.object(whole)
        }
        // A line that is none keeps its place, so that the others keep theirs.
        let row = fields.map { ResponseRow(place: place, $0) } ?? ResponseRow(place: place)
        try body(row, line.offset, line.length)
        place += 1
      }
    }
  }

  /// A whole line.
  func object(at offset: Int, bytes: Int) throws -> JSONObject {
    guard bytes <= Self.mostLine else {
      throw RunIndexError("the line has \(bytes) bytes; at most \(Self.mostLine) are read")
    }
    return try DurableFile.opened(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) { descriptor in
      guard let object = Self.object(LineReader.bytes(of: descriptor, from: offset, count: bytes))
      else {
        throw RunIndexError("the line is no JSON object")
      }
      return object
    }
  }

  private static func object(_ bytes: [UInt8]) -> JSONObject? {
    let limits = JSONLimits(values: mostValues)
    guard case .object(let object)? = try? JSONValue(parsing: bytes, limits: limits) else {
      return nil
    }
    return object
  }

  /// The fields before the tokens' numbers; nil where the line has no such place.
  private static func fields(before bytes: [UInt8]) -> JSONObject? {
    guard let count = tokens.firstPlace(in: bytes) else { return nil }
    return object(bytes[..<count] + [UInt8(ascii: "}")])
  }
}

extension DumpReader {
  /// Puts a dump's responses into the index in the place of what it had of it.
  static func read(_ dump: Int64, _ file: String, mark: String, into database: Database) throws {
    try database.execute(sql: "DELETE FROM response WHERE dump = ?", arguments: [dump])
    let insert = try database.cachedStatement(
      sql: "INSERT INTO response VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)")
    let encoder = JSONEncoder()
    if FileMark(file) != nil {
      try DumpReader(file: file).rows { row, offset, bytes in
        let parts = try row.parts.map { String(decoding: try encoder.encode($0), as: UTF8.self) }
        let form = row.extracted.map(ResponseRow.form(of:))
        try insert.execute(
          arguments: [
            dump, row.place, offset, bytes, row.prompt, row.source, row.sample, row.score,
            row.reward,
            row.status, row.finish, row.length, row.extracted, row.gold, row.trained, row.lambda,
            row.direct, row.reason, parts, form, row.values?[0], row.values?[1], row.values?[2],
          ])
      }
    }
    try database.execute(sql: "UPDATE dump SET read = ? WHERE id = ?", arguments: [mark, dump])
  }
}
