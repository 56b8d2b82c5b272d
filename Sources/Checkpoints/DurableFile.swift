// The calls that make files last: whole writes, fsync of files and folders, and what lies in a
// folder without following links.

package import Foundation
import Words

/// A call of the operating system that failed.
package struct SystemFailure: Error, Equatable, CustomStringConvertible {
  package var call: String
  package var path: String
  package var code: Int32

  package init(_ call: String, _ path: String, code: Int32 = errno) {
    self.call = call
    self.path = path
    self.code = code
  }

  package var description: String { "\(call) \(path): \(String(cString: strerror(code)))" }
}

/// An error in words that fit into a line.
package func reason(of error: any Error) -> String {
  switch error {
  case let error as InvalidCheckpoint: error.reason
  // Foundation's own description is a page of domains and codes.
  case let error as CocoaError: systemWords(error)
  default: "\(error)"
  }
}

/// Files and folders by their paths.
package enum DurableFile {
  /// Opens a file, runs `body` with its descriptor and closes it.
  package static func opened<Result>(
    _ path: String, _ flags: Int32, _ body: (Int32) throws -> Result
  ) throws -> Result {
    let descriptor = open(path, flags | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw SystemFailure("open", path) }
    defer { close(descriptor) }
    return try body(descriptor)
  }

  /// Writes all bytes, however many calls it takes.
  package static func writeAll(_ bytes: some ContiguousBytes, to descriptor: Int32, path: String)
    throws
  {
    try bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        let count = write(
          descriptor, buffer.baseAddress?.advanced(by: written), buffer.count - written)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw SystemFailure("write", path) }
        written += count
      }
    }
  }

  /// Creates or replaces a file and waits until it is on the disk.
  package static func replace(_ path: String, with bytes: some ContiguousBytes) throws {
    let temporary = "\(path).tmp-\(getpid())"
    do {
      try opened(temporary, O_WRONLY | O_CREAT | O_TRUNC) { descriptor in
        try writeAll(bytes, to: descriptor, path: temporary)
        guard fsync(descriptor) == 0 else { throw SystemFailure("fsync", temporary) }
      }
      try move(temporary, to: path)
    } catch {
      unlink(temporary)
      throw error
    }
    try synchronize(folder: parent(of: path))
  }

  /// The folder a path lies in.
  package static func parent(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Waits until a file's contents are on the disk.
  package static func synchronize(file path: String) throws {
    try opened(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) { descriptor in
      guard fsync(descriptor) == 0 else { throw SystemFailure("fsync", path) }
    }
  }

  /// Waits until a folder's names are on the disk.
  package static func synchronize(folder path: String) throws {
    try opened(path, O_RDONLY | O_DIRECTORY) { descriptor in
      guard fsync(descriptor) == 0 else { throw SystemFailure("fsync", path) }
    }
  }

  /// Renames within one disk.
  package static func move(_ path: String, to destination: String) throws {
    guard rename(path, destination) == 0 else { throw SystemFailure("rename", path) }
  }

  /// The size and the SHA-256 of a file, in hexadecimal, read a megabyte at a time.
  package static func digest(of path: String) throws -> (size: Int, sha256: String) {
    try opened(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) { descriptor in
      var hash = SHA256()
      var size = 0
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
      defer { buffer.deallocate() }
      while true {
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw SystemFailure("read", path) }
        if count == 0 { break }
        hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        size += count
      }
      return (size, hexadecimal(hash.finalize()))
    }
  }

  /// The bytes of a file of at most `limit` bytes.
  package static func contents(of path: String, atMost limit: Int) throws -> [UInt8] {
    try opened(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK) { descriptor in
      var information = stat()
      guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG,
        information.st_size <= limit
      else { throw SystemFailure("read", path, code: EFBIG) }
      var bytes = [UInt8](repeating: 0, count: Int(information.st_size))
      var filled = 0
      while filled < bytes.count {
        let count = bytes.withUnsafeMutableBytes { buffer in
          read(descriptor, buffer.baseAddress?.advanced(by: filled), buffer.count - filled)
        }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw SystemFailure("read", path) }
        filled += count
      }
      return bytes
    }
  }

  /// The names in a folder, sorted, without `.` and `..`.
  package static func names(in folder: String) throws -> [String] {
    guard let stream = opendir(folder) else { throw SystemFailure("open", folder) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// What a path is, without following a link.
  package static func kind(of path: String) throws -> (isFile: Bool, isFolder: Bool, size: Int) {
    var information = stat()
    guard lstat(path, &information) == 0 else { throw SystemFailure("stat", path) }
    let type = information.st_mode & S_IFMT
    return (type == S_IFREG, type == S_IFDIR, Int(information.st_size))
  }

  /// The bytes free for us on the disk of a folder.
  package static func freeBytes(at folder: String) -> Int {
    var information = statvfs()
    guard statvfs(folder, &information) == 0 else { return 0 }
    return Int(information.f_bavail) * Int(information.f_frsize)
  }

  /// Lowercase hexadecimal digits.
  package static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    let letters = bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: letters, as: UTF8.self)
  }
}
