// Descriptors that close themselves. All are closed in children unless handed over by name.

import CChildren
import Glibc
import Synchronization

/// A descriptor this process owns.
final class Descriptor: Sendable {
  /// What a read found.
  enum Reading {
    case bytes(Int)
    case nothingYet
    case end
  }

  // Above every number a child may be given: posix_spawn copies them down one after another.
  private static let lowest: Int32 = 16

  private let state: Atomic<Int32>

  /// The number; -1 once closed.
  var number: Int32 { state.load(ordering: .relaxed) }

  /// Takes over an open descriptor.
  init(owning number: Int32) {
    var number = number
    if number < Self.lowest {
      let higher = fcntl(number, F_DUPFD_CLOEXEC, Self.lowest)
      if higher >= 0 {
        Glibc.close(number)
        number = higher
      }
    }
    state = Atomic(number)
  }

  deinit { close() }

  /// Closes it; a second time does nothing.
  func close() {
    let number = state.exchange(-1, ordering: .relaxed)
    if number >= 0 { Glibc.close(number) }
  }

  /// The two ends of a new pipe.
  static func pipe() throws(ChildError) -> (reading: Descriptor, writing: Descriptor) {
    var ends: [Int32] = [-1, -1]
    let result = cc_pipe(&ends)
    guard result == 0 else { throw .start(reason: "no pipe: \(words(ofError: -result))") }
    return (Descriptor(owning: ends[0]), Descriptor(owning: ends[1]))
  }

  /// A file in memory, at its start, which a child may read as a whole without anybody feeding it.
  static func memoryFile(_ contents: [UInt8]) throws(ChildError) -> Descriptor {
    let number = cc_memory_file("contents")
    guard number >= 0 else { throw .start(reason: "no file: \(words(ofError: -number))") }
    let file = Descriptor(owning: number)
    var written = 0
    while written < contents.count {
      guard let count = file.write(contents[written...]), count > 0 else {
        throw .start(reason: "no room for a file of \(contents.count) bytes in memory")
      }
      written += count
    }
    lseek(file.number, 0, SEEK_SET)
    return file
  }

  /// An empty input, or an output that goes nowhere.
  static func nothing() throws(ChildError) -> Descriptor {
    let number = open("/dev/null", O_RDWR | O_CLOEXEC)
    guard number >= 0 else { throw .start(reason: "no /dev/null: \(words(ofError: errno))") }
    return Descriptor(owning: number)
  }

  /// Makes reads and writes return at once.
  func becomeNonBlocking() {
    let flags = fcntl(number, F_GETFL)
    _ = fcntl(number, F_SETFL, flags | O_NONBLOCK)
  }

  /// Reads what is there.
  func read(into buffer: inout [UInt8]) -> Reading {
    while true {
      let count = buffer.withUnsafeMutableBytes { Glibc.read(number, $0.baseAddress, $0.count) }
      if count > 0 { return .bytes(count) }
      if count == 0 { return .end }
      if errno == EINTR { continue }
      return errno == EAGAIN ? .nothingYet : .end
    }
  }

  /// Writes what fits.
  ///
  /// - Returns: How many bytes went; nil when nobody reads any more.
  func write(_ bytes: ArraySlice<UInt8>) -> Int? {
    while true {
      let result = bytes.withUnsafeBytes { cc_write(number, $0.baseAddress, Int64($0.count)) }
      if result >= 0 { return Int(result) }
      if result == -Int64(EINTR) { continue }
      return result == -Int64(EAGAIN) ? 0 : nil
    }
  }
}

/// The system's words for an errno.
func words(ofError number: Int32) -> String { String(cString: strerror(number)) }
