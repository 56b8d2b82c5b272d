// A file as lines, read in pieces, so that a file larger than memory is no harm and a line larger
// than the limit is passed over without being kept.

import Foundation

/// Reads the lines of one file, in order.
struct LineReader {
  /// One line without its line break.
  struct Line {
    /// Counted from 1.
    var number: Int
    var bytes: ArraySlice<UInt8>
    /// Whether the line was longer than the limit; its bytes were then thrown away.
    var isTooLong: Bool
  }

  private let path: String
  private let file: FileHandle
  private let limit: Int
  private var buffer: [UInt8] = []
  private var start = 0
  private var scanned = 0
  private var isAtEnd = false
  private var isPassingOver = false
  private var number = 0
  /// The FNV-1a hash of everything read so far.
  private(set) var hash: UInt64

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - limit: The longest line, in bytes.
  ///   - hash: The hash to go on from.
  /// - Throws: `PromptError` if the file cannot be read or is of another kind.
  init(_ url: URL, limit: Int, hash: UInt64) throws(PromptError) {
    path = url.path
    self.limit = limit
    self.hash = hash
    do { file = try FileHandle(forReadingFrom: url) } catch {
      throw .unreadable(file: path, reason: Self.words(error))
    }
    try refill()
    if let advice = FileKind.advice(for: buffer) { throw .notLines(file: path, advice: advice) }
    if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { (start, scanned) = (3, 3) }
  }

  /// Closes the file.
  func close() { try? file.close() }

  /// The next line, the last one with or without a line break; nothing at the end.
  mutating func next() throws(PromptError) -> Line? {
    while true {
      if let end = buffer[scanned...].firstIndex(of: UInt8(ascii: "\n")) {
        let line = line(to: end)
        (start, scanned) = (end + 1, end + 1)
        return line
      }
      scanned = buffer.count
      if scanned - start > limit {
        isPassingOver = true
        start = scanned
      }
      if isAtEnd {
        guard start < scanned || isPassingOver else { return nil }
        let line = line(to: scanned)
        start = scanned
        return line
      }
      try refill()
    }
  }

  private mutating func line(to end: Int) -> Line {
    number += 1
    let isTooLong = isPassingOver || end - start > limit
    isPassingOver = false
    var bytes = isTooLong ? [] : buffer[start..<end]
    if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    return Line(number: number, bytes: bytes, isTooLong: isTooLong)
  }

  /// Appends the next piece of the file, after dropping what was read.
  private mutating func refill() throws(PromptError) {
    buffer.removeSubrange(..<start)
    scanned -= start
    start = 0
    let piece: Data?
    do { piece = try file.read(upToCount: 1 << 18) } catch {
      throw .unreadable(file: path, reason: Self.words(error))
    }
    guard let piece, !piece.isEmpty else {
      isAtEnd = true
      return
    }
    let old = buffer.count
    buffer.append(contentsOf: piece)
    hash = buffer[old...].reduce(hash) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
  }

  private static func words(_ error: any Error) -> String {
    let error = error as NSError
    let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError
    return (cause ?? error).localizedDescription
  }
}

/// Files of other kinds that are given by mistake, known by their first bytes.
enum FileKind {
  private static let kinds: [(magic: [UInt8], advice: String)] = [
    ([0x1F, 0x8B], "is compressed by gzip; unpack it first: gunzip FILE"),
    ([0x28, 0xB5, 0x2F, 0xFD], "is compressed by zstd; unpack it first: unzstd FILE"),
    ([0x42, 0x5A, 0x68], "is compressed by bzip2; unpack it first: bunzip2 FILE"),
    ([0xFD, 0x37, 0x7A, 0x58, 0x5A], "is compressed by xz; unpack it first: unxz FILE"),
    ([0x50, 0x4B, 0x03, 0x04], "is a zip archive; unpack it first: unzip FILE"),
    (Array("PAR1".utf8), "is a Parquet file; write it as JSON lines first: \(inPython("parquet"))"),
    (
      Array("ARROW1".utf8), "is an Arrow file; write it as JSON lines first: \(inPython("feather"))"
    ),
    ([0xFF, 0xFE], "is UTF-16 text; JSON lines are UTF-8: iconv -f UTF-16 -t UTF-8 FILE"),
    ([0xFE, 0xFF], "is UTF-16 text; JSON lines are UTF-8: iconv -f UTF-16 -t UTF-8 FILE"),
    (Array("[".utf8), "is one JSON array; one object a line is wanted: jq -c '.[]' FILE"),
  ]

  private static func inPython(_ kind: String) -> String {
    "in Python, pandas.read_\(kind)(FILE).to_json(OUT, orient='records', lines=True)"
  }

  /// What to do about a file that starts like this, or nothing if it may be JSON lines.
  static func advice(for bytes: [UInt8]) -> String? {
    kinds.first { bytes.starts(with: $0.magic) }?.advice
  }
}
