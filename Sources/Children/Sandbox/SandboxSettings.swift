// How far generated code may go.

import Foundation

/// The limits of a sandbox.
public struct SandboxSettings: Sendable, Equatable {
  /// How long one test may take, from the start of its sandbox.
  public var wall = Duration.seconds(10)
  /// How many seconds of computing one process may use.
  public var cpuSeconds = 10
  /// How much memory in bytes: of addresses for each process, and resident for all together.
  public var memory = 1 << 30
  /// How much it may say, on standard output and standard error together, in bytes.
  public var output = 1 << 20
  /// How long a file may be, in bytes.
  public var fileSize = 16 << 20
  /// How much all of its files may hold, in bytes.
  public var disk = 64 << 20
  /// How many processes and threads it may have at a time, with the one that holds the sandbox: fewer
  /// where the buffers of all their sockets would be more than the memory.
  public var processes = 32
  /// How many files a process may have open.
  public var openFiles = 64
  /// The Python that runs it, by its name or path inside the sandbox.
  public var python = "python3"
  /// How many sandboxes run side by side.
  public var width = max(1, ProcessInfo.processInfo.activeProcessorCount)
  /// Where `bwrap` and its helpers are looked for.
  public var searchPath = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"

  /// The usual limits.
  public init() {}
}
