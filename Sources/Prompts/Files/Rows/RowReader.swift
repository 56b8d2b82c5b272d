// The rows of a file, whatever its format: a number, and a JSON value or why there is none.

package import Foundation
package import JSON

/// One row of a file.
struct DataRow {
  /// The line, or the row of a Parquet file, from 1.
  var number: Int
  var content: Result<JSONValue, LineFault>
}

/// Reads the rows of one file, in order.
struct RowReader {
  // One of the three.
  private var lines: LineReader?
  private var array: ArrayReader?
  private let parquet: ParquetReader?
  private let lineLimit: Int
  private var ahead: ArraySlice<DataRow> = []
  private let startHash: ContentHash
  private let url: URL

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - columns: Whether a top-level column of a Parquet file is of interest.
  ///   - lineLimit: The longest line, in bytes.
  ///   - hash: The hash to go on from.
  /// - Throws: `PromptError` if the file cannot be read.
  init(
    _ url: URL, columns: (String) -> Bool, lineLimit: Int, hash: ContentHash
  ) throws(PromptError) {
    self.url = url
    self.lineLimit = lineLimit
    startHash = hash
    if FileKind.isParquet(url) {
      parquet = try ParquetReader(try ParquetFile(url), columns: columns)
      lines = nil
    } else if ArrayReader.reads(url) {
      parquet = nil
      array = try ArrayReader(url, limit: lineLimit, hash: hash)
    } else {
      parquet = nil
      lines = try LineReader(url, limit: lineLimit, hash: hash)
    }
  }

  /// Closes the file.
  func close() {
    lines?.close()
    array?.close()
  }

  /// What the format is and holds, for reports.
  var description: String {
    parquet?.file.description ?? (array == nil ? "JSON lines" : "JSON array")
  }

  /// The columns of a Parquet file, read or not; nothing where rows have columns of their own.
  var columnNames: [String]? { parquet?.file.columns.map(\.name) }

  /// What is unusual about the file and no harm, known after the last row.
  var remarks: [(line: Int, text: String)] { lines?.remarks ?? [] }

  /// The hash of the whole content, known after the last row.
  func hash() throws(PromptError) -> ContentHash {
    if let hash = lines?.hash ?? array?.hash { return hash }
    var hash = startHash
    try hash.add(contentsOf: url)
    return hash
  }

  /// The first rows, which `next` gives once more.
  mutating func peek(_ count: Int, bytes: Int = 16 << 20) throws(PromptError) -> [DataRow] {
    var rows: [DataRow] = []
    var size = 0
    while rows.count < count, size < bytes, let row = try read(&size) { rows.append(row) }
    ahead = rows[...]
    return rows
  }

  /// The next row; blank lines are none.
  mutating func next() throws(PromptError) -> DataRow? {
    if let row = ahead.popFirst() { return row }
    var size = 0
    return try read(&size)
  }

  private mutating func read(_ size: inout Int) throws(PromptError) -> DataRow? {
    if let parquet { return try parquet.next(&size) }
    while let line = try nextLine() {
      guard line.isTooLong || !line.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { continue }
      size += line.bytes.count
      return DataRow(number: line.number, content: content(of: line))
    }
    return nil
  }

  private mutating func nextLine() throws(PromptError) -> LineReader.Line? {
    if array != nil { return try array?.next() }
    return try lines?.next()
  }

  private func content(of line: LineReader.Line) -> Result<JSONValue, LineFault> {
    Result { () throws(LineFault) in
      guard !line.isTooLong else {
        throw LineFault(reason: "the line is longer than \(lineLimit) bytes")
      }
      let bytes = line.bytes
      if let place = bytes.firstIndex(of: 0) {
        throw LineFault(reason: "a NUL, at byte \(place - bytes.startIndex + 1) of the line")
      }
      guard String(validating: bytes, as: UTF8.self) != nil else {
        throw LineFault(reason: "not UTF-8, from byte \(firstBadByte(of: bytes)) of the line")
      }
      return try JSONValue(line: bytes)
    }
  }

  /// Counted from 1.
  private func firstBadByte(of bytes: ArraySlice<UInt8>) -> Int {
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    var good = 0
    while case .valid(let scalar) = parser.parseScalar(from: &iterator) { good += scalar.count }
    return good + 1
  }
}

/// The rows of any file that problems are read from, as JSON and nothing more.
package struct PlainRows {
  private var reader: RowReader

  /// Opens a file: JSON lines, a JSON array or Parquet.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - lineLimit: The longest line, in bytes.
  /// - Throws: `PromptError` if the file cannot be read.
  package init(_ url: URL, lineLimit: Int) throws(PromptError) {
    reader = try RowReader(
      url, columns: { _ in true }, lineLimit: lineLimit, hash: ContentHash())
  }

  /// The next row, or what is wrong with it; nothing at the end.
  ///
  /// - Returns: Its number, from 1, and its value or the reason why there is none.
  /// - Throws: `PromptError` if the file can be read no further.
  package mutating func next() throws(PromptError) -> (
    number: Int, content: Result<JSONValue, RowFault>
  )? {
    guard let row = try reader.next() else {
      reader.close()
      return nil
    }
    return (row.number, row.content.mapError { RowFault(description: $0.reason) })
  }
}

/// Why a row has no value.
package struct RowFault: Error, CustomStringConvertible {
  /// The reason in words.
  package let description: String
}
