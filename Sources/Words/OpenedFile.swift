// Files that a user or a stranger named. Opening one never waits, whatever it turns out to be: a pipe
// that nobody writes to would otherwise hold the program for good, and a device would never end.

package import Foundation

/// Why a file cannot be read.
package enum FileFault: Error, Equatable {
  /// In a few words that fit behind the file's name.
  case unusable(String)
  /// A file of more bytes than are read.
  case tooLarge(Int)

  /// A few words that fit behind the file's name.
  package var words: String {
    switch self {
    case .unusable(let words): words
    case .tooLarge(let bytes): "it has \(bytes) bytes, more than is read of such a file"
    }
  }

  fileprivate static func system() -> FileFault { .unusable(String(cString: strerror(errno))) }
}

/// The bytes of an ordinary file, through links.
///
/// - Parameters:
///   - file: the file.
///   - limit: the most bytes that it may have; one that grows meanwhile is held to it too.
/// - Returns: all of its bytes.
/// - Throws: ``FileFault`` for what is not there, may not be read, is no ordinary file, or is too large.
package func contents(of file: URL, atMost limit: Int) throws(FileFault) -> Data {
  let (handle, status) = try opened(file, elseToo: nil)
  defer { try? handle.close() }
  let size = Int(status.st_size)
  guard size <= limit else { throw .tooLarge(size) }
  var data = Data()
  while true {
    let piece: Data?
    do { piece = try handle.read(upToCount: max(1 << 16, size - data.count)) } catch {
      throw .unusable(systemWords(error))
    }
    guard let piece, !piece.isEmpty else { return data }
    data.append(piece)
    guard data.count <= limit else { throw .tooLarge(data.count) }
  }
}

/// The text of a file of the kernel's, as `/proc/locks` is one, whole.
///
/// The kernel hands such a file over a page of memory at a time, and Foundation's own reading takes the
/// first page for all of it.
///
/// - Parameter path: the file.
/// - Returns: its text; nil where it cannot be read.
package func kernelText(_ path: String) -> String? {
  (try? contents(of: URL(filePath: path), atMost: 1 << 26)).map {
    String(decoding: $0, as: UTF8.self)
  }
}

/// Opens an ordinary file, through links.
///
/// Pipes are not touched: whoever writes to one would be cut off.
///
/// - Parameter file: the file.
/// - Returns: what to read it from.
/// - Throws: ``FileFault`` for what is not there, may not be read or is no ordinary file.
package func openedAtWill(_ file: URL) throws(FileFault) -> FileHandle {
  try opened(file, elseToo: nil).handle
}

/// Opens a file or a pipe that is read once, from its beginning to its end.
///
/// - Parameters:
///   - file: the file or pipe.
///   - patience: how long a pipe may have nobody who writes to it. Once somebody does, reading waits for
///     as long as it takes.
/// - Returns: what to read on from, and the bytes that were read already: none of a file.
/// - Throws: ``FileFault`` for what is not there, may not be read or is neither, and for a pipe that
///   nobody writes to.
package func openedInOrder(
  _ file: URL, patience: Duration = .seconds(10)
) throws(FileFault) -> (rest: FileHandle, first: Data) {
  let (handle, status) = try opened(file, elseToo: S_IFIFO)
  if status.st_mode & S_IFMT == S_IFREG { return (handle, Data()) }
  var piece = [UInt8](repeating: 0, count: 1 << 16)
  let end = ContinuousClock.now + patience
  while true {
    // Without waiting: nothing means that nobody has the pipe open to write, EAGAIN that somebody has.
    let count = read(handle.fileDescriptor, &piece, piece.count)
    if count < 0, errno == EINTR { continue }
    guard count >= 0 || errno == EAGAIN else { throw .system() }
    if count != 0 {
      guard fcntl(handle.fileDescriptor, F_SETFL, 0) == 0 else { throw .system() }
      return (handle, Data(piece.prefix(max(0, count))))
    }
    guard ContinuousClock.now < end else {
      throw .unusable(
        "it is a pipe, and nobody wrote to it for \(patience.components.seconds) seconds")
    }
    usleep(10_000)
  }
}

private func opened(
  _ file: URL, elseToo pipe: mode_t?
) throws(FileFault) -> (handle: FileHandle, status: stat) {
  let path = file.path(percentEncoded: false)
  var status = stat()
  func check() throws(FileFault) {
    let type = status.st_mode & S_IFMT
    guard type == S_IFREG || type == pipe else {
      throw .unusable("it is \(kind(type)), and no file\(pipe == nil ? "" : " or pipe")")
    }
  }
  // Looked at before it is opened, which can do something to a pipe or a device, and after, when it stays.
  guard stat(path, &status) == 0 else { throw .system() }
  try check()
  let number = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard number >= 0 else { throw .system() }
  let handle = FileHandle(fileDescriptor: number, closeOnDealloc: true)
  guard fstat(number, &status) == 0 else { throw .system() }
  try check()
  return (handle, status)
}

private func kind(_ type: mode_t) -> String {
  switch type {
  case S_IFDIR: "a folder"
  case S_IFIFO: "a pipe"
  case S_IFCHR, S_IFBLK: "a device"
  default: "a socket"
  }
}
