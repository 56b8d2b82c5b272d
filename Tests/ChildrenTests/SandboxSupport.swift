// What the tests of the sandbox share: small limits, and whether there is a sandbox here at all.

import Children
import Foundation
import Testing

enum SandboxProcesses {
  /// Why no sandbox can be made on this machine; asked once, and said where nobody can miss it.
  private static let complaint = Task {
    let complaint = await Sandbox().check()
    if let complaint {
      let words = "NO SANDBOX HERE, the sandbox is NOT tested on this machine: \(complaint)\n"
      FileHandle.standardError.write(Data(words.utf8))
    }
    return complaint
  }

  /// Whether a sandbox can be made.
  @Sendable static func canBeMade() async -> Bool { await complaint.value == nil }

  static let skipped: Comment = "no sandbox can be made on this machine: install bubblewrap"

  static func settings(wall: Duration = .seconds(5)) -> SandboxSettings {
    var settings = SandboxSettings()
    settings.wall = wall
    settings.cpuSeconds = 3
    settings.memory = 256 << 20
    settings.disk = 8 << 20
    settings.fileSize = 4 << 20
    return settings
  }
}

/// The processes of this machine that call themselves so.
func processes(named name: String) -> [String] {
  let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
  return all.filter {
    (try? String(contentsOfFile: "/proc/\($0)/comm", encoding: .utf8))?.hasPrefix(name) ?? false
  }
}

/// Whether no process calls itself so, after some seconds at most.
func areGone(named name: String) async -> Bool {
  for _ in 0..<1000 where !processes(named: name).isEmpty {
    try? await Task.sleep(for: .milliseconds(10))
  }
  return processes(named: name).isEmpty
}
