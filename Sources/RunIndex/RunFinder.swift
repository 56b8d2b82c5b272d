// Where runs are below a folder, and what they are doing: from names, times and locks of files alone.

import Checkpoints
import Foundation
import JSON
import Words

/// Looks for run folders.
enum RunFinder {
  /// How deep below the root a run's folder may lie.
  static let depth = 8
  /// The most folders that are looked into: a root that holds a whole disk ends.
  static let mostFolders = 100_000

  /// The paths of all runs and studies below a root, `.` for the root itself; links are not followed.
  ///
  /// - Parameter root: where to look.
  /// - Returns: the paths, and whether all folders could be read: else some may be missing.
  static func paths(below root: URL) -> (runs: Set<String>, studies: Set<String>, isWhole: Bool) {
    var found: (runs: Set<String>, studies: Set<String>, isWhole: Bool) = ([], [], true)
    var waiting = [(path: ".", depth: 0)]
    var looked = 0
    while let (path, depth) = waiting.popLast(), looked < mostFolders {
      looked += 1
      let folder = path == "." ? root.path : "\(root.path)/\(path)"
      guard let names = try? DurableFile.names(in: folder) else {
        found.isWhole = false
        continue
      }
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
  /// The largest number of a step that is taken for one.
  static let lastStep = 1_000_000_000_000
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
  private struct Lock {
    var process: Int
    var device: String
  }

  /// By inode, as `/proc/locks` has them.
  private let locks: [UInt64: [Lock]]

  /// How long a run of another machine may be silent, in seconds.
  private static let silence = 900.0

  init() {
    let lines = kernelText("/proc/locks") ?? ""
    // 1: FLOCK  ADVISORY  WRITE 2137 fe:02:8126509 0 EOF
    locks = lines.split(separator: "\n").reduce(into: [:]) { locks, line in
      let fields = line.split(separator: " ")
      guard fields.count > 5, fields[1] == "FLOCK", let process = Int(fields[4]),
        let colon = fields[5].lastIndex(of: ":"),
        let inode = UInt64(fields[5][fields[5].index(after: colon)...])
      else { return }
      locks[inode, default: []].append(Lock(process: process, device: String(fields[5][..<colon])))
    }
  }

  /// What a run does.
  ///
  /// - Parameters:
  ///   - folder: the run's.
  ///   - last: its last step; nil before the first.
  ///   - updated: when that ended.
  /// - Returns: the state.
  func state(of folder: URL, last: Int?, updated: Double?) -> RunState {
    let lock = folder.appending(path: RunFiles.lock).path
    var information = stat()
    if lstat(lock, &information) == 0 {
      let holder = Self.holder(of: lock)
      // An inode's number is one of its disk, and some disks have other numbers here than there.
      let isHeld = locks[UInt64(information.st_ino), default: []].contains {
        $0.device == Self.device(UInt64(information.st_dev)) || $0.process == holder?.process
      }
      if isHeld { return .running }
      if let holder, holder.host != ProcessInfo.processInfo.hostName,
        Date().timeIntervalSince1970 - (updated ?? 0) < Self.silence
      {
        return .running
      }
    }
    // A run that went on after its export is finished when it exports again.
    if let exported = Self.exported(folder), exported >= last ?? 0 { return .finished }
    return last == nil ? .empty : .stopped
  }

  /// A device's number as `/proc/locks` writes it.
  private static func device(_ number: UInt64) -> String {
    let major = (number >> 8) & 0xFFF | (number >> 32) & 0xFFFF_F000
    let minor = number & 0xFF | (number >> 12) & 0xFFFF_FF00
    func written(_ part: UInt64) -> String {
      let digits = String(part, radix: 16)
      return digits.count < 2 ? "0\(digits)" : digits
    }
    return "\(written(major)):\(written(minor))"
  }

  /// The process and the machine that wrote a lock and did not give it back.
  private static func holder(of lock: String) -> (process: Int, host: String)? {
    guard let object = object(lock), case .string(let host)? = object["host"],
      case .integer(let process)? = object["pid"]
    else { return nil }
    return (process, host)
  }

  /// The step of which a run's models were exported.
  private static func exported(_ folder: URL) -> Int? {
    guard let object = object(folder.appending(path: RunFiles.export).path),
      case .integer(let step)? = object["step"]
    else { return nil }
    return step
  }

  private static func object(_ file: String) -> JSONObject? {
    guard let bytes = try? DurableFile.contents(of: file, atMost: 4096), !bytes.isEmpty,
      case .object(let object)? = try? JSONValue(parsing: bytes)
    else { return nil }
    return object
  }
}
