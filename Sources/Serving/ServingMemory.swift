// How much memory a server may give to keys and values, so that no request takes what others live on.

import Foundation
import Glibc

/// What a server holds of its requests.
struct ServingMemory: Sendable {
  /// The most bytes of keys and values.
  let cacheBytes: Int

  /// Half of what the machine has free when the model has been loaded: the rest is for what prompts and
  /// scores need, and for other programs.
  static func measured() -> ServingMemory {
    ServingMemory(cacheBytes: available / 2)
  }

  /// Bytes that a process could take now: of the machine, or of the group of processes it is in.
  private static var available: Int {
    let physical = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    let free = number(in: "/proc/meminfo", after: "MemAvailable:").map { $0 * 1024 } ?? physical / 2
    var least = min(free, addresses)
    if let most = number(in: "/sys/fs/cgroup/memory.max", after: ""),
      let used = number(in: "/sys/fs/cgroup/memory.current", after: "")
    {
      least = min(least, most - used)
    }
    return max(0, least)
  }

  /// Bytes of addresses that the process may still take, where `ulimit -v` bounds them.
  private static var addresses: Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { return .max }
    let taken = number(in: "/proc/self/status", after: "VmSize:").map { $0 * 1024 } ?? 0
    return Int(clamping: limit.rlim_cur) - taken
  }

  /// The number behind a word of a small file of the system's.
  private static func number(in file: String, after word: String) -> Int? {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
    for line in text.split(separator: "\n") where line.hasPrefix(word) {
      return Int(line.dropFirst(word.count).filter(\.isNumber))
    }
    return nil
  }
}
