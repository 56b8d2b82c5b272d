// One trainer a run folder. The lock is the operating system's: it goes with the process that
// holds it, so a dead trainer locks nobody out.

public import Foundation
import Records
import Words

/// Holds a run folder until it is released or the process ends.
public final class RunLock: Sendable {
  private let descriptor: Int32

  /// How often the lock is tried, and the microseconds between two tries.
  private static let attempts = 10
  private static let pause: UInt32 = 30_000

  private struct Holder: Codable {
    var pid: Int32
    var host: String
    var started: String
  }

  /// Takes the lock of a run folder, which is made where it is missing.
  ///
  /// The file `lock` says who holds it. If that is a process that lives, the error names it.
  public init(folder: URL) throws(CheckpointError) {
    let path = folder.path(percentEncoded: false)
    let file = folder.appending(path: "lock").path(percentEncoded: false)
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw .unreadable(folder: path, reason: "cannot be made: \(systemWords(error, path: path))")
    }
    let descriptor = try Self.opened(file, in: path)
    // A child that is just being spawned holds a copy of a lock already given back until it runs its
    // own program, so one refusal is not yet an answer.
    var attempts = 0
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      attempts += 1
      if attempts < Self.attempts && errno == EWOULDBLOCK {
        usleep(Self.pause)
        continue
      }
      let failure = SystemFailure("flock", file)
      close(descriptor)
      guard failure.code == EWOULDBLOCK else {
        throw .unreadable(folder: path, reason: "\(failure)")
      }
      throw .locked(folder: path, holder: Self.holder(in: file))
    }
    // Whoever held it may have removed the folder meanwhile: a lock on a file without a name keeps
    // nobody out.
    guard Self.isStill(descriptor, file) else {
      close(descriptor)
      throw .locked(folder: path, holder: "a process that is removing it")
    }
    do {
      let holder = Holder(
        pid: getpid(), host: ProcessInfo.processInfo.hostName,
        started: Date().formatted(.iso8601))
      guard ftruncate(descriptor, 0) == 0 else { throw SystemFailure("truncate", file) }
      try DurableFile.writeAll(try JSONEncoder().encode(holder), to: descriptor, path: file)
    } catch {
      close(descriptor)
      throw .unreadable(folder: path, reason: reason(of: error))
    }
    self.descriptor = descriptor
  }

  deinit {
    // The name goes from the file before the lock goes from the process.
    ftruncate(descriptor, 0)
    close(descriptor)
  }

  private static func opened(_ file: String, in path: String) throws(CheckpointError) -> Int32 {
    // A child process must not inherit the lock, else it would outlive us.
    let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else {
      throw .unreadable(folder: path, reason: "\(SystemFailure("open", file))")
    }
    return descriptor
  }

  /// Whether a file that was opened is still the one of its name.
  private static func isStill(_ descriptor: Int32, _ file: String) -> Bool {
    var (held, named) = (stat(), stat())
    return fstat(descriptor, &held) == 0 && lstat(file, &named) == 0
      && held.st_ino == named.st_ino && held.st_dev == named.st_dev
  }

  private static func holder(in file: String) -> String {
    guard let bytes = try? DurableFile.contents(of: file, atMost: 4096),
      let holder = try? JSONDecoder().decode(Holder.self, from: Data(bytes))
    else { return "another process" }
    return "process \(holder.pid) on \(shortened(holder.host)) since \(shortened(holder.started))"
  }
}
