// The built command as a process of its own, for what only a process can show: exit status, words
// on standard error, and sudden death.

public import Foundation

/// A run of the command.
public struct Command {
  /// What it printed on both outputs.
  public var output: String
  /// Its exit status, or the negative number of the signal that ended it.
  public var status: Int32

  /// The program without the network, beside the test bundle.
  public static var binary: URL { built("vapo") }

  /// The program with it.
  public static var networkBinary: URL { built("vapo-network") }

  /// The program on devices that stand for GPUs.
  public static var doubleBinary: URL { built("doubletool") }

  /// The program that feeds broken inputs to a reader.
  public static var fuzzBinary: URL { built("fuzz") }

  private static func built(_ name: String) -> URL {
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
    var folder = URL(filePath: bundle)
    while folder.path.contains(".xctest") { folder.deleteLastPathComponent() }
    return folder.appending(path: name)
  }

  /// Runs the command to its end.
  ///
  /// - Parameters:
  ///   - arguments: what follows `vapo`.
  ///   - program: which of the two programs.
  ///   - root: where it looks for ./vapo.
  ///   - fault: the value of VAPO_FAULT: where it kills or stops itself.
  ///   - variables: what is in its environment besides.
  ///   - fileLimit: the largest file it may write, in blocks of 512 bytes: what is longer fails as
  ///     on a full disk.
  ///   - interrupted: asked now and then; when it says yes, the command gets SIGINT, once.
  /// - Throws: what starting a process throws.
  public init(
    _ arguments: [String], of program: URL = Command.binary, root: String = "/nonexistent",
    fault: String? = nil, variables: [String: String] = [:], fileLimit: Int? = nil,
    interrupted: (() -> Bool)? = nil
  ) async throws {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    if let fileLimit {
      // The signal would end the process before it saw the error, as no full disk does.
      process.executableURL = URL(filePath: "/bin/sh")
      let limited = "trap '' XFSZ; ulimit -f \(fileLimit); exec \"$0\" \"$@\""
      process.arguments = ["-c", limited, program.path] + arguments
    }
    var environment = ProcessInfo.processInfo.environment
    environment["VAPO_ROOT"] = root
    environment["VAPO_FAULT"] = fault
    environment.merge(variables) { $1 }
    process.environment = environment
    let log = FileManager.default.temporaryDirectory.appending(path: "vapo-\(UUID().uuidString)")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    let handle = try FileHandle(forWritingTo: log)
    process.standardOutput = handle
    process.standardError = handle
    defer { try? FileManager.default.removeItem(at: log) }
    try process.run()
    var interrupted = interrupted
    while process.isRunning {
      if interrupted?() == true {
        process.interrupt()
        interrupted = nil
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    output = String(decoding: try Data(contentsOf: log), as: UTF8.self)
    status =
      process.terminationReason == .exit
      ? process.terminationStatus : -process.terminationStatus
  }
}
