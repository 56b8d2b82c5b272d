// Event files against what their formats' sources say, byte by byte; TensorBoard's own reader has its turn in
// dev/check-loggers.

import Foundation
import Loggers
import Testing

@Suite("Event files")
struct EventFileTests {
  // RFC 3720, appendix B.4.
  @Test("the checksum is CRC-32C")
  func checksum() {
    func sum(_ bytes: [UInt8]) -> UInt32 { TensorBoardLogger.checksum(of: bytes) }
    #expect(sum([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(sum([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
    #expect(sum(Array(0..<32)) == 0x46dd_794e)
    #expect(sum(Array((0..<32).reversed())) == 0x113f_db5c)
  }

  /// The records of a file, their checksums looked at.
  private func messages(_ file: URL) throws -> [[UInt8]] {
    var rest = [UInt8](try Data(contentsOf: file))[...]
    var found: [[UInt8]] = []
    func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
      bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    func masked(_ bytes: [UInt8]) -> UInt64 {
      let sum = TensorBoardLogger.checksum(of: bytes)
      return UInt64((sum >> 15 | sum << 17) &+ 0xa282_ead8)
    }
    while !rest.isEmpty {
      let head = Array(rest.prefix(8))
      let length = Int(number(head[...]))
      rest = rest.dropFirst(8)
      #expect(number(rest.prefix(4)) == masked(head))
      rest = rest.dropFirst(4)
      let body = Array(rest.prefix(length))
      rest = rest.dropFirst(length)
      #expect(number(rest.prefix(4)) == masked(body))
      rest = rest.dropFirst(4)
      found.append(body)
    }
    return found
  }

  /// The fields of a message: number, and content of those with a length.
  private func fields(_ message: some Collection<UInt8>) -> [(Int, [UInt8])] {
    var rest = Array(message)[...]
    func varint() -> Int {
      var (value, shift) = (0, 0)
      while let byte = rest.popFirst() {
        value |= Int(byte & 0x7f) << shift
        shift += 7
        if byte < 0x80 { break }
      }
      return value
    }
    var found: [(Int, [UInt8])] = []
    while !rest.isEmpty {
      let tag = varint()
      let count = [0: 0, 1: 8, 5: 4][tag & 7]
      if tag & 7 == 0 {
        found.append((tag >> 3, [UInt8(truncatingIfNeeded: varint())]))
      } else {
        let length = count ?? varint()
        found.append((tag >> 3, Array(rest.prefix(length))))
        rest = rest.dropFirst(length)
      }
    }
    return found
  }

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "vapo-log-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  private func files(_ folder: URL) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      .map { folder.appending(path: $0) }
  }

  @Test("a number, a distribution and a text are written field by field")
  func contents() throws {
    try withFolder { folder in
      let logger = try TensorBoardLogger(folder: folder, resumingAfter: nil)
      try logger.record(
        LoggedStep(
          step: 300, time: 2.5, numbers: [.init("a", 1), .init("never", .nan)],
          distributions: [.init("d", [1, 2, 2, 4]), .init("empty", [.infinity])],
          samples: [.init("t", "é")]))
      try logger.close()
      let found = try messages(try #require(files(folder).first))
      #expect(found.count == 2)
      #expect(fields(found[0]).last?.1 == Array("brain.Event:2".utf8))
      let event = fields(found[1])
      #expect(event.map(\.0) == [1, 2, 5])
      #expect(event[0].1 == [0, 0, 0, 0, 0, 0, 4, 64])  // 2.5
      let values = fields(event[2].1)
      #expect(values.map(\.0) == [1, 1, 1])
      #expect(values[0].1 == [10, 1, 97, 21, 0, 0, 128, 63])  // tag "a", 1.0
      let distribution = fields(values[1].1)
      #expect(distribution[0].1 == Array("d".utf8))
      let histogram = fields(distribution[1].1)
      #expect(histogram.map(\.0) == [1, 2, 3, 4, 5, 6, 7])
      func number(_ bytes: some Collection<UInt8>) -> Double {
        Double(bitPattern: bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
      }
      #expect(histogram[..<5].map { number($0.1) } == [1, 4, 4, 9, 25])
      let counts = stride(from: 0, to: 240, by: 8).map { number(histogram[6].1[$0..<($0 + 8)]) }
      #expect(counts[0] == 1 && counts[10] == 2 && counts[29] == 1 && counts.reduce(0, +) == 4)
      let text = fields(values[2].1)
      #expect(text.map(\.0) == [1, 8, 9])
      #expect(fields(text[1].1).last?.1 == Array("é".utf8))
    }
  }

  @Test(
    "a run that goes on adds a file that takes back later steps; one that starts over removes all")
  func restarts() throws {
    try withFolder { folder in
      try TensorBoardLogger(folder: folder, resumingAfter: nil).close()
      try TensorBoardLogger(folder: folder, resumingAfter: 6).close()
      try Data().write(to: folder.appending(path: "mine.txt"))
      let all = try files(folder).filter { $0.lastPathComponent.hasPrefix("events") }
      #expect(all.count == 2)
      let restart = fields(try messages(all[1])[1])
      #expect(restart.map(\.0) == [1, 2, 7])
      #expect(restart[1].1 == [7] && restart[2].1 == [8, 1])
      try TensorBoardLogger(folder: folder, resumingAfter: nil).close()
      #expect(try files(folder).count == 2)
    }
  }
}
