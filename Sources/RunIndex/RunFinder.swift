// Where runs are below a folder, and what they are doing: from names, times and locks of files alone.

import Checkpoints
import Foundation
import JSON

/// Looks for run folders.
enum RunFinder {
  /// How deep below the root a run's folder may lie.
  static let depth = 8
  /// The most folders that are looked into: a root that holds a whole disk ends.
  static let mostFolders = 100_000

  /// The paths of all runs and studies below a root, `.` for the root itself; links are not followed.
  static func paths(below root: URL) -> (runs: Set<String>, studies: Set<String>) {
    var found: (runs: Set<String>, studies: Set<String>) = ([], [])
    var waiting = [(path: ".", depth: 0)]
    var looked = 0
    while let (path, depth) = waiting.popLast(), looked < mostFolders {
      looked += 1
      let folder = path == "." ? root.path : "\(root.path)/\(path)"
      guard let names = try? DurableFile.names(in: folder) else { continue }
      if names.contains(RunFiles.settings) || names.contains(RunFiles.metrics) {
        found.runs.insert(path)
        continue
      }
      if names.contains(RunFiles.lock) || names.contains(RunFiles.table) {
        found.studies.insert(path)
      }
      guard depth < Self.depth else { continue }
      for name in names where !name.hasPrefix(".") {
        guard let kind = try? DurableFile.kind(of: "\(folder)/\(name)"), kind.isFolder else {
          continue
        }
        waiting.append((path == "." ? name : "\(path)/\(name)", depth + 1))
      }
    }
    return found
  }
}

/// The names of what a run writes.
enum RunFiles {
  static let settings = "config.resolved.yaml"
  static let metrics = "metrics.jsonl"
  static let lock = "lock"
  static let export = "export.json"
  /// What a study writes when it is done; while it is under way it has a lock.
  static let table = "table.csv"
}

/// What tells one state of a file from the next.
struct FileMark: Equatable {
  var text: String
  var size: Int
  var time: Double

  /// The mark of a plain file; nil where there is none.
  init?(_ path: String) {
    var information = stat()
    guard lstat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
      return nil
    }
    self.init(information)
  }

  init(_ information: stat) {
    let modified = information.st_mtim
    text = "\(information.st_ino)-\(information.st_size)-\(modified.tv_sec).\(modified.tv_nsec)"
    size = Int(information.st_size)
    time = Double(modified.tv_sec) + Double(modified.tv_nsec) / 1e9
  }
}

/// What a run is doing.
public enum RunState: String, Sendable {
  /// A process holds its lock.
  case running
  /// Its models are exported.
  case finished
  /// It ended before its end: stopped, killed or crashed.
  case stopped
  /// It has not taken a step.
  case empty
}

/// The locks that processes of this machine hold.
struct HeldLocks {
  /// Inodes, as `/proc/locks` has them.
  private let inodes: Set<UInt64>

  /// How long a run of another machine may be silent, in seconds.
  private static let silence = 900.0

  init() {
    let lines = (try? String(contentsOfFile: "/proc/locks", encoding: .utf8)) ?? ""
    // 1: FLOCK  ADVISORY  WRITE 2137 fe:02:8126509 0 EOF
    inodes = Set(
      lines.split(separator: "\n").compactMap { line in
        let fields = line.split(separator: " ")
        guard fields.count > 5, fields[1] == "FLOCK" else { return nil }
        return fields[5].split(separator: ":").last.flatMap { UInt64($0) }
      })
  }

  /// What a run does, whose last step ended at a time.
  func state(of folder: URL, hasSteps: Bool, updated: Double?) -> RunState {
    let lock = folder.appending(path: RunFiles.lock).path
    var information = stat()
    if lstat(lock, &information) == 0 {
      if inodes.contains(UInt64(information.st_ino)) { return .running }
      if let host = Self.holder(of: lock), host != ProcessInfo.processInfo.hostName,
        Date().timeIntervalSince1970 - (updated ?? 0) < Self.silence
      {
        return .running
      }
    }
    if FileMark(folder.appending(path: RunFiles.export).path) != nil { return .finished }
    return hasSteps ? .stopped : .empty
  }

  /// The machine of the process that wrote a lock and did not give it back.
  private static func holder(of lock: String) -> String? {
    guard let bytes = try? DurableFile.contents(of: lock, atMost: 4096), !bytes.isEmpty,
      case .object(let object)? = try? JSONValue(parsing: bytes),
      case .string(let host)? = object["host"]
    else { return nil }
    return host
  }
}
