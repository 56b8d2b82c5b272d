// A Parquet file: its columns, and its rows as JSON text, some hundreds at a time.

import Foundation
import Words

/// An open Parquet file.
///
/// Not `Sendable`: the library keeps its error texts by thread, and each is read right after the
/// call it is from.
final class ParquetFile {
  /// A top-level column.
  struct Column: Equatable {
    var name: String
    /// As Arrow writes it, such as `list<element: string>`.
    var type: String
    /// What in it has no form in JSON, such as "binary".
    var objection: String?
  }

  let path: String
  let columns: [Column]
  /// As the file's footer says.
  let rowCount: Int
  private let groupCount: Int
  private let library: ParquetLibrary
  private let handle: OpaquePointer

  /// Opens a file and reads its footer.
  init(_ url: URL) throws(PromptError) {
    path = url.path
    do throws(FileFault) { _ = try openedAtWill(url) } catch {
      throw .unreadable(file: url.path, reason: error.words)
    }
    do throws(LineFault) { library = try ParquetLibrary.loaded.get() } catch {
      throw .notLines(file: url.path, advice: error.reason)
    }
    guard let handle = library.open(url.path) else {
      throw Self.damaged(url.path, library)
    }
    self.handle = handle
    rowCount = Int(library.rowCount(handle))
    groupCount = Int(library.groupCount(handle))
    columns = (0..<library.columnCount(handle)).map { [library] column in
      Column(
        name: String(cString: library.columnName(handle, column)),
        type: String(cString: library.columnType(handle, column)),
        objection: library.columnObjection(handle, column).map { String(cString: $0) })
    }
  }

  deinit { library.close(handle) }

  /// What it is, for reports.
  var description: String {
    let groups = "\(groupCount) row group\(groupCount == 1 ? "" : "s")"
    let shown = columns.prefix(20).map { "\($0.name) \(Self.short($0.type))" }
    return
      "Parquet, \(rowCount) rows in \(groups), read by Arrow \(library.arrowVersion); columns: "
      + shown.joined(separator: ", ") + (columns.count > 20 ? ", …" : "")
  }

  private static func short(_ type: String) -> String {
    type.count > 60 ? type.prefix(59) + "…" : type
  }

  /// Starts at the first row, with these columns only.
  func select(_ chosen: [Int]) throws(PromptError) {
    for column in chosen.map({ columns[$0] }) {
      guard let objection = column.objection else { continue }
      throw .unreadable(
        file: path,
        reason:
          "the column '\(column.name)' is \(column.type), and \(objection) has no form as text")
    }
    let status = chosen.map { Int32($0) }.withUnsafeBufferPointer { [library, handle] places in
      places.baseAddress.map { library.select(handle, $0, Int32(places.count)) } ?? 0
    }
    guard status == 0 else { throw Self.damaged(path, library) }
  }

  /// The next rows in order, each JSON text or the reason why there is none; nothing at the end.
  func next() throws(PromptError) -> [Result<[UInt8], LineFault>]? {
    var text: UnsafePointer<CChar>?
    var ends: UnsafePointer<Int64>?
    var faults: UnsafePointer<UInt8>?
    let count = library.next(handle, &text, &ends, &faults)
    guard count >= 0 else { throw Self.damaged(path, library) }
    guard count > 0, let text, let ends, let faults else { return nil }
    var start = 0
    return (0..<Int(count)).map { row in
      let end = Int(ends[row])
      let bytes = UnsafeRawBufferPointer(start: text + start, count: end - start)
      start = end
      guard faults[row] == 0 else {
        return .failure(LineFault(reason: String(decoding: bytes, as: UTF8.self)))
      }
      return .success([UInt8](bytes))
    }
  }

  private static func damaged(_ path: String, _ library: ParquetLibrary) -> PromptError {
    let words = library.lastError().map { String(cString: $0) } ?? ""
    // Arrow quotes what it found; a damaged file may make that long.
    let line = words.split(whereSeparator: \.isNewline).joined(separator: " ")
    return .unreadable(
      file: path, reason: "damaged, or no Parquet file: \(line.prefix(300))")
  }
}
