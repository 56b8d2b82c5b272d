// One JSON array of objects, element by element, so that a file larger than memory is no harm.

import Foundation
import Words

/// Reads the elements of one array, in order, as if each were a line.
struct ArrayReader {
  private let path: String
  private let file: FileHandle
  private let limit: Int
  private var buffer: [UInt8] = []
  private var place = 0
  private var number = 0
  private var isClosed = false
  /// The hash of everything read so far.
  private(set) var hash: ContentHash

  /// Whether a file is an ordinary one that begins with a bracket.
  static func reads(_ url: URL) -> Bool {
    guard let file = try? openedAtWill(url) else { return false }
    defer { try? file.close() }
    let start = [UInt8]((try? file.read(upToCount: 4096)) ?? Data())
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let text = start.starts(with: mark) ? start.dropFirst(mark.count) : start[...]
    return text.first { !isSpace($0) } == UInt8(ascii: "[")
  }

  /// Opens a file that ``reads(_:)`` says yes to.
  ///
  /// - Throws: `PromptError` if the file cannot be read.
  init(_ url: URL, limit: Int, hash: ContentHash) throws(PromptError) {
    path = url.path
    self.limit = limit
    self.hash = hash
    do throws(FileFault) { file = try openedAtWill(url) } catch {
      throw .unreadable(file: path, reason: error.words)
    }
    while let byte = try take(), byte != UInt8(ascii: "[") {}
  }

  /// Closes the file.
  func close() { try? file.close() }

  /// The next element; nothing at the end.
  ///
  /// - Throws: `PromptError` where the array is not closed, or something stands behind it.
  mutating func next() throws(PromptError) -> LineReader.Line? {
    guard !isClosed else { return nil }
    var element: [UInt8] = []
    var (depth, isText, isEscaped, isTooLong) = (0, false, false, false)
    while let byte = try take() {
      if isText {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isText = false
        }
      } else {
        switch byte {
        case UInt8(ascii: "\""): isText = true
        case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
        case UInt8(ascii: ",") where depth == 0: return line(element, isTooLong)
        case UInt8(ascii: "]") where depth == 0:
          isClosed = true
          try expectEnd()
          return element.allSatisfy(Self.isSpace) ? nil : line(element, isTooLong)
        case UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
        default: break
        }
      }
      if element.count < limit { element.append(byte) } else { isTooLong = true }
    }
    throw .unreadable(file: path, reason: "the JSON array is not closed: the file was cut off")
  }

  private mutating func line(_ element: [UInt8], _ isTooLong: Bool) -> LineReader.Line {
    number += 1
    return LineReader.Line(number: number, bytes: element[...], isTooLong: isTooLong)
  }

  private mutating func expectEnd() throws(PromptError) {
    while let byte = try take() {
      guard Self.isSpace(byte) else {
        throw .unreadable(file: path, reason: "something stands behind the JSON array")
      }
    }
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }

  private mutating func take() throws(PromptError) -> UInt8? {
    if place == buffer.count {
      let piece: Data?
      do { piece = try file.read(upToCount: 1 << 18) } catch {
        throw .unreadable(file: path, reason: systemWords(error))
      }
      guard let piece, !piece.isEmpty else { return nil }
      buffer = [UInt8](piece)
      place = 0
      hash.add(piece)
    }
    defer { place += 1 }
    return buffer[place]
  }
}
