// Event files as TensorBoard reads them: records of a length, a message, and a checksum of each.
// Source: TFRecord, tensorflow.org/tutorials/load_data/tfrecord; CRC-32C: RFC 3720, appendix B.4.

import Checkpoints
public import Foundation

/// Writes a run's event file, in the run's folder `tensorboard`.
public final class TensorBoardLogger: StepLogger {
  private let path: String
  private let descriptor: Int32

  /// Opens a new file beside those that are there.
  ///
  /// - Parameters:
  ///   - folder: where event files go; made if it is not there.
  ///   - step: the step that the run goes on after, beyond which older files no longer hold; nil where it
  ///     starts over, and older files of this program's go.
  /// - Throws: which file cannot be written.
  public init(folder: URL, resumingAfter step: Int?) throws {
    let manager = FileManager.default
    try manager.createDirectory(at: folder, withIntermediateDirectories: true)
    let (prefix, own) = ("events.out.tfevents.", ".vapo.")
    if step == nil {
      for name in try manager.contentsOfDirectory(atPath: folder.path)
      where name.hasPrefix(prefix) && name.contains(own) {
        try manager.removeItem(at: folder.appending(path: name))
      }
    }
    // Readers take files in the order of their names, which begin with the time in seconds.
    let now = Date().timeIntervalSince1970
    let others = try manager.contentsOfDirectory(atPath: folder.path).filter {
      $0.hasPrefix(prefix)
    }
    let last = others.compactMap {
      Int($0.dropFirst(prefix.count).prefix { $0.isNumber }.prefix(12))
    }.max()
    let stamp = max(Int(now), (last ?? 0) + 1)
    path = folder.appending(path: "\(prefix)\(stamp)\(own)\(getpid())").path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw SystemFailure("open", path) }
    try write(EventMessage.version(at: now))
    if let step { try write(EventMessage.restart(at: step + 1, time: now)) }
  }

  deinit { Foundation.close(descriptor) }

  /// Adds a step.
  public func record(_ step: LoggedStep) throws { try write(EventMessage.summary(of: step)) }

  /// Waits until the file is on the disk.
  public func close() throws {
    guard fsync(descriptor) == 0 else { throw SystemFailure("fsync", path) }
  }

  private func write(_ message: WireMessage) throws {
    try DurableFile.writeAll(Self.record(of: message.bytes), to: descriptor, path: path)
  }

  /// A record: the length in eight bytes and its checksum, the message and its.
  static func record(of message: [UInt8]) -> [UInt8] {
    var record = withUnsafeBytes(of: UInt64(message.count).littleEndian) { Array($0) }
    record += masked(record)
    record += message
    return record + masked(message)
  }

  /// The checksum as records have it: turned and moved, so that one of a checksum is no checksum.
  private static func masked(_ bytes: [UInt8]) -> [UInt8] {
    let sum = checksum(of: bytes)
    let turned = (sum >> 15 | sum << 17) &+ 0xa282_ead8
    return withUnsafeBytes(of: turned.littleEndian) { Array($0) }
  }

  /// CRC-32C.
  package static func checksum(of bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { sum, byte in
      sum >> 8 ^ table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)]
    }
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { sum, _ in sum & 1 == 1 ? sum >> 1 ^ 0x82f6_3b78 : sum >> 1 }
  }
}
