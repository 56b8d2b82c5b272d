// What a process has held at most, on a GPU or on a CPU.

import Foundation

/// The most memory this process has held: a GPU's as libtorch counts it, a CPU's as Linux does.
package enum PeakMemory {
  /// Starts counting from what is held now.
  package static func reset(on device: Device) {
    if case .cuda(let index) = device { return Machine.resetPeakMemory(on: index) }
    try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
  }

  /// The peak since then; 0 where the system does not tell.
  package static func bytes(on device: Device) -> Int {
    if case .cuda(let index) = device { return Machine.peakMemory(on: index) }
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let kibibytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap {
      Int($0)
    }
    return (kibibytes ?? 0) * 1024
  }
}
