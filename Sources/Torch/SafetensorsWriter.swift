// Writes safetensors, byte for byte as the reference does: tensors by element type descending in
// the reference's order of types, then by name; the header padded with spaces to a multiple of 8.

public import Foundation
import JSON

#if canImport(Glibc)
private import Glibc
#endif

/// A tensor that is to be written, and made when its turn comes.
public struct PendingTensor {
  /// Its name in the file.
  public let name: String
  /// The length of every axis.
  public let shape: [Int]
  /// The element type.
  public let type: ElementType
  /// Makes it; called once.
  public let make: () -> Tensor

  /// Says what is to be written, and how it is made.
  public init(
    name: String, shape: [Int], type: ElementType, make: @escaping () -> Tensor
  ) {
    (self.name, self.shape, self.type, self.make) = (name, shape, type, make)
  }
}

/// Writing of safetensors files.
public enum Safetensors {
  /// Writes tensors to a file, replacing it; whoever needs it on the disk waits for that.
  ///
  /// - Parameters:
  ///   - tensors: what to write, under unique names, in any order.
  ///   - metadata: notes; readers of weights expect "format": "pt".
  ///   - url: the file.
  /// - Throws: `unwritable` when a write fails, as on a full disk; the file is then removed.
  public static func write(
    _ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = ["format": "pt"],
    to url: URL
  ) throws(SafetensorsError) {
    let pending = tensors.map { name, tensor in
      PendingTensor(name: name, shape: tensor.shape, type: tensor.type) { tensor }
    }
    try write(pending, metadata: metadata, to: url)
  }

  /// Writes tensors that are made one after the other, so that no two need be there at once.
  ///
  /// - Parameters:
  ///   - tensors: what to write, under unique names, in any order.
  ///   - metadata: notes; readers of weights expect "format": "pt".
  ///   - url: the file; nil makes all tensors in the same order and writes none, as processes do that help
  ///     another to make them.
  /// - Throws: `unwritable` when a write fails, as on a full disk; the file is then removed.
  public static func write(
    _ tensors: [PendingTensor], metadata: [String: String] = ["format": "pt"], to url: URL?
  ) throws(SafetensorsError) {
    let sorted = ordered(tensors)
    guard let path = url?.path else {
      for tensor in sorted { _ = tensor.make() }
      return
    }
    for (left, right) in zip(sorted, sorted.dropFirst())
    where left.name.utf8.elementsEqual(right.name.utf8) {
      throw .unwritable(file: path, reason: "tensor \"\(left.name)\" is given twice")
    }
    let output = try Output(path)
    do throws(SafetensorsError) {
      try header(sorted, metadata).withUnsafeBytes { bytes in
        Result { () throws(SafetensorsError) in try output.write(bytes) }
      }.get()
      for pending in sorted {
        let tensor = pending.make()
        precondition(
          tensor.shape == pending.shape && tensor.type == pending.type, "\(pending.name) is another"
        )
        try tensor.to(device: .cpu).contiguous().withHostMemory {
          memory throws(SafetensorsError) in
          try output.write(UnsafeRawBufferPointer(memory))
        }
      }
      try output.finish()
    } catch {
      output.abandon()
      throw error
    }
  }

  private static func ordered(_ tensors: [PendingTensor]) -> [PendingTensor] {
    let ranks = Dictionary(
      uniqueKeysWithValues: SafetensorsType.allCases.enumerated().map { ($1, $0) })
    func rank(_ tensor: PendingTensor) -> Int { ranks[SafetensorsType(tensor.type)] ?? 0 }
    return tensors.sorted {
      let (left, right) = (rank($0), rank($1))
      return left != right
        ? left > right : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
    }
  }

  private static func header(
    _ tensors: [PendingTensor], _ metadata: [String: String]
  ) -> [UInt8] {
    var fields: [String] = []
    if !metadata.isEmpty {
      let notes = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0)):\(quoted($1))" }
      fields.append("\"__metadata__\":{\(notes.joined(separator: ","))}")
    }
    var end = 0
    for tensor in tensors {
      let start = end
      end += tensor.shape.reduce(tensor.type.byteCount, *)
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      fields.append(
        "\(quoted(tensor.name)):{\"dtype\":\"\(SafetensorsType(tensor.type).rawValue)\","
          + "\"shape\":[\(shape)],\"data_offsets\":[\(start),\(end)]}")
    }
    var text = Array("{\(fields.joined(separator: ","))}".utf8)
    text += Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
    let length = UInt64(text.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> ($0 * 8)) } + text
  }
}

/// A file being written.
private final class Output {
  private let path: String
  private var number: Int32
  private var isFile = false

  init(_ path: String) throws(SafetensorsError) {
    self.path = path
    number = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    if number < 0 { throw failure() }
    var status = stat()
    isFile = fstat(number, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  deinit { if number >= 0 { close(number) } }

  private func failure() -> SafetensorsError {
    .unwritable(file: path, reason: String(cString: strerror(errno)))
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(SafetensorsError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let chunk = UnsafeRawBufferPointer(rebasing: rest)
      let count = Glibc.write(number, chunk.baseAddress, chunk.count)
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw failure() }
      rest = rest.dropFirst(count)
    }
  }

  /// Closes, which may be where a full disk shows.
  func finish() throws(SafetensorsError) {
    let closing = number
    number = -1
    if close(closing) != 0 { throw failure() }
  }

  /// Removes what was written, unless it went to a device.
  func abandon() { if isFile { unlink(path) } }
}
