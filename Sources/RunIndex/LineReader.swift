// Lines of a file that may be larger than memory, each with its place. Files are read, not mapped: one that is cut
// while it is mapped ends the process.

import Foundation

/// Reads a file line by line.
enum LineReader {
  /// A line.
  struct Line {
    /// Where it begins, in bytes.
    var offset: Int
    /// Its length without the newline.
    var length: Int
    /// Its first bytes, as many as are kept.
    var bytes: [UInt8]

    /// Whether there is more of it than was kept.
    var isCut: Bool { bytes.count < length }
  }

  private static let block = 1 << 20

  /// Hands over every whole line; what follows the last newline is none yet.
  ///
  /// - Parameters:
  ///   - descriptor: of the file.
  ///   - start: where to begin, the beginning of a line.
  ///   - most: how many bytes of a line are kept.
  ///   - body: gets the lines in order.
  /// - Throws: what `body` throws.
  static func lines(
    of descriptor: Int32, from start: Int, keeping most: Int, _ body: (Line) throws -> Void
  ) throws {
    var line = Line(offset: start, length: 0, bytes: [])
    var place = start
    while true {
      let read = bytes(of: descriptor, from: place, count: block)
      if read.isEmpty { return }
      place += read.count
      try read.withUnsafeBufferPointer { buffer in
        var rest = UnsafeRawBufferPointer(buffer)[...]
        while !rest.isEmpty {
          let slice = UnsafeRawBufferPointer(rebasing: rest)
          guard let start = slice.baseAddress else { return }
          let newline = memchr(start, 10, slice.count)
          let count = newline.map { UnsafeRawPointer($0) - UnsafeRawPointer(start) } ?? slice.count
          line.bytes += slice.prefix(min(count, max(0, most - line.bytes.count)))
          line.length += count
          rest = rest.dropFirst(count)
          guard newline != nil else { continue }
          rest = rest.dropFirst()
          try body(line)
          line = Line(offset: line.offset + line.length + 1, length: 0, bytes: [])
        }
      }
    }
  }

  /// Up to so many bytes of a file; fewer at its end, none where it cannot be read.
  static func bytes(of descriptor: Int32, from offset: Int, count: Int) -> [UInt8] {
    guard offset >= 0, count > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = 0
      while filled < count {
        let rest = UnsafeMutableRawBufferPointer(
          UnsafeMutableBufferPointer(rebasing: buffer[filled...]))
        let got = pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
        if got < 0, errno == EINTR { continue }
        guard got > 0 else { return }
        filled += got
      }
    }
  }
}

/// A text that is looked for in many lines, found in a fraction of their bytes (Horspool, 1980).
struct BytePattern {
  private let pattern: [UInt8]
  /// How far the pattern may move on when a byte stands under its last one.
  private let steps: [Int]

  init(_ text: String) {
    pattern = Array(text.utf8)
    var steps = [Int](repeating: pattern.count, count: 256)
    for (place, byte) in pattern.dropLast().enumerated() {
      steps[Int(byte)] = pattern.count - 1 - place
    }
    self.steps = steps
  }

  /// Its length in bytes.
  var count: Int { pattern.count }

  /// Where it first stands in a text.
  func firstPlace(in bytes: [UInt8]) -> Int? {
    var place = 0
    while place + pattern.count <= bytes.count {
      if bytes[place + pattern.count - 1] == pattern[pattern.count - 1],
        bytes[place..<(place + pattern.count)].elementsEqual(pattern)
      {
        return place
      }
      place += steps[Int(bytes[place + pattern.count - 1])]
    }
    return nil
  }
}
