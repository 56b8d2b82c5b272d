// A file as lines, read in pieces, so that a file larger than memory is no harm and a line larger
// than the limit is passed over without being kept.

import Foundation
import Words

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
  private var hasWindowsEnds = false
  private var number = 0
  /// What is unusual about the file and no harm, with the line.
  private(set) var remarks: [(line: Int, text: String)] = []
  /// The hash of everything read so far.
  private(set) var hash: ContentHash

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - url: The file.
  ///   - limit: The longest line, in bytes.
  ///   - hash: The hash to go on from.
  /// - Throws: `PromptError` if the file cannot be read or is of another kind.
  init(_ url: URL, limit: Int, hash: ContentHash) throws(PromptError) {
    path = url.path
    self.limit = limit
    self.hash = hash
    do throws(FileFault) {
      let first: Data
      (file, first) = try openedInOrder(url)
      buffer = [UInt8](first)
      self.hash.add(first)
    } catch {
      throw .unreadable(file: path, reason: error.words)
    }
    // Enough to tell the kind of file by, where the pipe gave nothing yet.
    if buffer.isEmpty { try refill() }
    if let advice = FileKind.advice(for: buffer) { throw .notLines(file: path, advice: advice) }
    if buffer.starts(with: [0xEF, 0xBB, 0xBF]) {
      (start, scanned) = (3, 3)
      remarks.append((1, "the file starts with a byte order mark, which is passed over"))
    }
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
        remarks.append((line.number, "the last line has no line break at its end"))
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
    if bytes.last == UInt8(ascii: "\r") {
      bytes.removeLast()
      if !hasWindowsEnds {
        hasWindowsEnds = true
        remarks.append((number, "lines end as on Windows, in CR LF; the CR is passed over"))
      }
    }
    return Line(number: number, bytes: bytes, isTooLong: isTooLong)
  }

  /// Appends the next piece of the file, after dropping what was read.
  private mutating func refill() throws(PromptError) {
    buffer.removeSubrange(..<start)
    scanned -= start
    start = 0
    let piece: Data?
    do { piece = try file.read(upToCount: 1 << 18) } catch {
      throw .unreadable(file: path, reason: systemWords(error))
    }
    guard let piece, !piece.isEmpty else {
      isAtEnd = true
      return
    }
    buffer.append(contentsOf: piece)
    hash.add(piece)
  }
}
