// The rows of a Parquet file as JSON values, and the file as JSON lines.

public import Foundation
import JSON
import Words

/// Reads the rows of chosen columns, in order.
final class ParquetReader {
  let file: ParquetFile
  private var batch: ArraySlice<Result<[UInt8], LineFault>> = []
  private var number = 0

  /// Chooses columns by name; where none is of interest, some other one, so that there are rows.
  init(_ file: ParquetFile, columns: (String) -> Bool) throws(PromptError) {
    self.file = file
    let chosen = file.columns.indices.filter { columns(file.columns[$0].name) }
    let other = file.columns.indices.first { file.columns[$0].objection == nil }
    guard let first = chosen.first ?? other else {
      throw .unreadable(file: file.path, reason: "it has no column that can be read as text")
    }
    try file.select(chosen.isEmpty ? [first] : chosen)
  }

  /// The next row; its bytes are added to `size`.
  func next(_ size: inout Int) throws(PromptError) -> DataRow? {
    guard let text = try nextText(&size) else { return nil }
    let content = Result { () throws(LineFault) in try JSONValue(line: try text.get()[...]) }
    return DataRow(number: number, content: content)
  }

  /// The next row as text.
  fileprivate func nextText(_ size: inout Int) throws(PromptError) -> Result<[UInt8], LineFault>? {
    if batch.isEmpty { batch = (try file.next() ?? [])[...] }
    guard let row = batch.popFirst() else {
      guard number == file.rowCount else {
        throw .unreadable(
          file: file.path,
          reason: "damaged: it ends after row \(number), and its footer counts \(file.rowCount)")
      }
      return nil
    }
    number += 1
    if case .success(let bytes) = row { size += bytes.count }
    return row
  }
}

/// Writes Parquet files as JSON lines.
public enum ParquetConversion {
  /// Writes every row as a line; the new file appears when it is whole.
  ///
  /// - Parameters:
  ///   - source: The Parquet file.
  ///   - target: The file to write; it must not be there.
  ///   - columns: The columns to write; empty takes all.
  /// - Returns: The number of rows.
  /// - Throws: `PromptError`.
  public static func convert(
    _ source: URL, to target: URL, columns: [String] = []
  ) throws(PromptError) -> Int {
    guard !FileManager.default.fileExists(atPath: target.path) else {
      throw .unwritable(file: target.path, reason: "there is such a file already")
    }
    let file = try ParquetFile(source)
    for name in columns where !file.columns.contains(where: { $0.name == name }) {
      let names = file.columns.map(\.name).joined(separator: ", ")
      throw .unreadable(file: source.path, reason: "no column '\(name)'; the columns are: \(names)")
    }
    let reader = try ParquetReader(file) { columns.isEmpty || columns.contains($0) }
    let partial = target.appendingPathExtension(
      "partial-\(ProcessInfo.processInfo.processIdentifier)")
    defer { try? FileManager.default.removeItem(at: partial) }
    var rows = 0
    do {
      try Data().write(to: partial)
      let output = try FileHandle(forWritingTo: partial)
      defer { try? output.close() }
      var size = 0
      var lines = Data()
      while let row = try reader.nextText(&size) {
        rows += 1
        do throws(LineFault) { lines += try row.get() } catch {
          throw PromptError.line(file: source.path, number: rows, reason: error.reason)
        }
        lines.append(UInt8(ascii: "\n"))
        if lines.count > 1 << 20 {
          try output.write(contentsOf: lines)
          lines.removeAll(keepingCapacity: true)
        }
      }
      try output.write(contentsOf: lines)
      try FileManager.default.moveItem(at: partial, to: target)
    } catch let error as PromptError {
      throw error
    } catch {
      throw .unwritable(file: target.path, reason: systemWords(error))
    }
    return rows
  }
}
