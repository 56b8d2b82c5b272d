// A server of Tests/Programs, as long as a test holds it.

import Foundation
import Testing

/// A server that prints its port and ends with its input.
final class ServerProgram {
  private let process = Process()
  private let life = Pipe()
  /// Where it listens on this machine.
  let port: Int

  /// Starts a program of Tests/Programs.
  init(_ name: String) throws {
    process.executableURL = URL(filePath: "/usr/bin/env")
    let script = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Programs/\(name)")
    process.arguments = ["python3", script.path]
    let output = Pipe()
    process.standardOutput = output
    process.standardInput = life
    process.standardError = FileHandle.nullDevice
    try process.run()
    try life.fileHandleForReading.close()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    port = try #require(Int(line.split(separator: "\n").first ?? ""), "no server")
  }

  deinit { try? life.fileHandleForWriting.close() }
}
