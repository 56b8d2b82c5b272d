// Reads safetensors: by pread, not by a mapping, so that a file shortened meanwhile is an error
// and not a signal; straight into the tensor's memory, so that no weight is held twice.

import Dispatch
public import Foundation
import Synchronization

#if canImport(Glibc)
private import Glibc
#endif

/// An open safetensors file whose header has been checked against its length.
public struct SafetensorsFile {
  /// A tensor's entry in the header.
  public struct Info: Equatable, Sendable {
    /// The type of its elements in the file.
    public let type: SafetensorsType
    /// The length of every axis.
    public let shape: [Int]
  }

  private static let largestHeader = 100_000_000

  private let descriptor: Descriptor
  private let header: SafetensorsHeader
  private let dataStart: Int

  /// The path, as errors print it.
  public let path: String

  /// Opens a file and checks its header.
  public init(_ url: URL) throws(SafetensorsError) {
    path = url.path
    descriptor = try Descriptor(reading: path)
    let length = try descriptor.length(path)
    guard length >= 8 else {
      throw .malformed(file: path, reason: "\(length) bytes hold no header length")
    }
    let headerLength = try descriptor.bytes(8, at: 0, path).reversed().reduce(0 as UInt64) {
      $0 << 8 | UInt64($1)
    }
    guard headerLength <= Self.largestHeader else {
      throw .malformed(
        file: path,
        reason: "a header of \(headerLength) bytes; the largest is \(Self.largestHeader)")
    }
    guard Int(headerLength) <= length - 8 else {
      throw .malformed(
        file: path,
        reason: "the file is truncated: its header has \(headerLength) bytes, the file \(length)")
    }
    dataStart = 8 + Int(headerLength)
    let bytes = try descriptor.bytes(Int(headerLength), at: 8, path)
    header = try SafetensorsHeader(bytes, dataLength: length - dataStart, file: path)
  }

  /// All names, in the order of their data.
  public var names: [String] { header.entries.map(\.name) }

  /// The file's own notes; writers of weights set "format" to "pt".
  public var metadata: [String: String] { header.metadata }

  /// The element type and shape of a tensor; nil when the file holds none of that name.
  public func info(_ name: String) -> Info? {
    header[name].map { Info(type: $0.type, shape: $0.shape) }
  }

  /// Reads one tensor, on the CPU, as the type it is stored in.
  public func tensor(_ name: String) throws(SafetensorsError) -> Tensor {
    let (entry, type) = try usable(name)
    let tensor = Tensor.empty(entry.shape, type: type)
    try read(entry.range, into: tensor)
    return tensor
  }

  /// Reads one tensor into memory that is there already, converting it to that memory's type and
  /// device a little at a time: no weight is held twice.
  ///
  /// - Parameters:
  ///   - name: the tensor's name.
  ///   - target: of its shape, contiguous.
  /// - Throws: what is wrong with the tensor or the file; `target` then holds anything.
  public func read(_ name: String, into target: Tensor) throws(SafetensorsError) {
    let (entry, type) = try usable(name)
    precondition(target.shape == entry.shape, "\(name) into a tensor of \(target.shape)")
    if target.type == type && target.device == .cpu {
      return try read(entry.range, into: target)
    }
    guard type.isFloating == target.type.isFloating else {
      throw .unusableTensor(
        file: path, tensor: name,
        reason: "elements of type \(entry.type.rawValue) where \(target.type) is wanted")
    }
    let flat = target.reshaped([target.count])
    let most = target.device == .cpu ? Self.convertedAtOnce : Self.sentAtOnce
    let pieces = (target.count + most - 1) / most
    let readers = target.device == .cpu ? min(Self.readers, max(1, pieces / 8)) : 1
    let fault = Mutex<SafetensorsError?>(nil)
    // The readers' parts do not overlap, and libtorch counts references across threads.
    nonisolated(unsafe) let (file, whole) = (self, flat)
    DispatchQueue.concurrentPerform(iterations: readers) { reader in
      let own = pieces * reader / readers..<pieces * (reader + 1) / readers
      do throws(SafetensorsError) {
        try file.convert(own, of: most, from: entry.range.lowerBound, type, into: whole)
      } catch {
        fault.withLock { $0 = error }
      }
    }
    if let error = fault.withLock({ $0 }) { throw error }
  }

  /// Reads and converts some of the pieces that a tensor is cut into.
  private func convert(
    _ pieces: Range<Int>, of most: Int, from base: Int, _ type: ElementType, into flat: Tensor
  ) throws(SafetensorsError) {
    let buffer = Tensor.empty([min(flat.count, most)], type: type)
    for number in pieces {
      let start = number * most
      let count = min(most, flat.count - start)
      let piece = buffer.narrowed(0, 0..<count)
      let first = base + start * type.byteCount
      try read(first..<first + count * type.byteCount, into: piece)
      withoutGradient { flat.narrowed(0, start..<start + count).copy(from: piece) }
    }
  }

  /// How many threads convert a large tensor: most of the time goes into filling fresh pages.
  private static let readers = min(8, ProcessInfo.processInfo.activeProcessorCount)

  /// The elements that are read and converted at once: few enough to stay in a processor's cache,
  /// and below the 32,768 from which libtorch shares the work, whose threads would wait for each
  /// other longer than they work.
  private static let convertedAtOnce = (1 << 15) - 64

  /// The elements that are read and sent to a GPU at once.
  private static let sentAtOnce = 1 << 22

  private func usable(
    _ name: String
  ) throws(SafetensorsError) -> (entry: SafetensorsHeader.Entry, type: ElementType) {
    guard let entry = header[name] else { throw .noSuchTensor(file: path, tensor: name) }
    guard let type = entry.type.elementType else {
      throw .unusableTensor(
        file: path, tensor: name, reason: "elements of type \(entry.type.rawValue) are not used")
    }
    guard entry.shape.count <= 16 else {
      throw .unusableTensor(file: path, tensor: name, reason: "\(entry.shape.count) axes")
    }
    return (entry, type)
  }

  /// Fills a tensor's memory with these bytes of the data.
  private func read(_ range: Range<Int>, into tensor: Tensor) throws(SafetensorsError) {
    try tensor.withHostMemory { memory throws(SafetensorsError) in
      try descriptor.read(into: memory, at: dataStart + range.lowerBound, path)
    }
  }
}

/// A file open for reading, closed when the last reference goes.
private final class Descriptor {
  private let number: Int32

  init(reading path: String) throws(SafetensorsError) {
    // Non-blocking, so that opening a pipe does not wait for its writer.
    number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if number < 0 { throw .unreadable(file: path, reason: String(cString: strerror(errno))) }
  }

  deinit { close(number) }

  func length(_ path: String) throws(SafetensorsError) -> Int {
    var status = stat()
    guard fstat(number, &status) == 0 else {
      throw .unreadable(file: path, reason: String(cString: strerror(errno)))
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw .unreadable(file: path, reason: "not a regular file")
    }
    return Int(status.st_size)
  }

  func bytes(_ count: Int, at offset: Int, _ path: String) throws(SafetensorsError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    try bytes.withUnsafeMutableBytes { buffer in
      Result { () throws(SafetensorsError) in try read(into: buffer, at: offset, path) }
    }.get()
    return bytes
  }

  func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int, _ path: String
  ) throws(SafetensorsError) {
    var filled = 0
    while filled < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
      let count = pread(number, rest.baseAddress, rest.count, off_t(offset + filled))
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw .unreadable(file: path, reason: String(cString: strerror(errno))) }
      if count == 0 { throw .unreadable(file: path, reason: "the file became shorter") }
      filled += count
    }
  }
}
