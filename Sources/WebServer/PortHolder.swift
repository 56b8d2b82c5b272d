// Who listens on a port, for the error that says it is taken.

import Foundation
import Words

/// Looks through /proc for a listening socket.
enum PortHolder {
  /// The name and id of the process that listens on a port, where this user may see it.
  static func name(of port: Int) -> String? {
    let sockets = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { inodes(listeningOn: port, in: $0) }
    let wanted = Set(sockets.map { "socket:[\($0)]" })
    let files = FileManager.default
    for process in (try? files.contentsOfDirectory(atPath: "/proc")) ?? [] where Int(process) != nil
    {
      let folder = "/proc/\(process)/fd"
      for descriptor in (try? files.contentsOfDirectory(atPath: folder)) ?? [] {
        guard let target = try? files.destinationOfSymbolicLink(atPath: "\(folder)/\(descriptor)"),
          wanted.contains(target)
        else { continue }
        let name = (try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8)) ?? ""
        return "\(name.trimmingCharacters(in: .whitespacesAndNewlines)) (process \(process))"
      }
    }
    return nil
  }

  /// Lines are: number, local address:port in hexadecimal, remote, state (0A listens), …, inode.
  private static func inodes(listeningOn port: Int, in file: String) -> [Substring] {
    guard let text = kernelText(file) else { return [] }
    let suffix = ":" + String(format: "%04X", port)
    return text.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count > 9, fields[1].hasSuffix(suffix), fields[3] == "0A" else { return nil }
      return fields[9]
    }
  }
}
