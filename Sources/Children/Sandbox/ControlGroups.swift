// Control groups of the kernel, version 2: folders of processes whose memory the kernel counts to the last page,
// with all that it holds for them. A process may make some where a part of the hierarchy was delegated to it;
// Documentation/admin-guide/cgroup-v2.rst of the kernel has the rules, systemd.io/CGROUP_DELEGATION the mark.

import CChildren
import Glibc

/// The part of the hierarchy in which this process may make groups.
package struct ControlGroups: Sendable, Equatable {
  /// Why there is none, in one line.
  package struct Complaint: Error, Equatable {
    package var reason: String
  }

  /// The group this process goes into, because a group that divides its memory holds no processes itself.
  private static let ownName = "vapo.main"
  /// What the name of a sandbox's group starts with; the process that made it and a number follow.
  static let sandboxName = "vapo.sandbox-"
  private static let controllers = ["memory", "pids"]

  /// The folder in which groups are made.
  package let home: String

  /// Looks for a delegated part, and makes it ready: this process and its neighbors there are moved one group
  /// down, and the controllers of memory and processes are handed on.
  ///
  /// - Parameter process: the folder in which the kernel tells of this process.
  /// - Throws: `Complaint` where nothing was delegated, or what was delegated does not bound memory.
  package init(process: String = "/proc/self") throws(Complaint) {
    let (own, isTop) = try Self.place(process)
    let isInside = own.hasSuffix("/" + Self.ownName)
    home = isInside ? String(own.dropLast(Self.ownName.utf8.count + 1)) : own
    guard isInside || isTop || Self.isDelegated(own) else {
      throw Complaint(
        reason: "\(own) is not delegated (systemd-run --user --scope -p Delegate=yes)")
    }
    guard access("\(home)/cgroup.procs", W_OK) == 0 else {
      throw Complaint(reason: "\(home) cannot be written")
    }
    let offered = Self.entries(of: "\(home)/cgroup.controllers")
    if let missing = Self.controllers.first(where: { !offered.contains($0) }) {
      throw Complaint(reason: "\(home) has no controller \(missing)")
    }
    try handOn()
    removeAbandoned()
  }

  /// Makes a group for a sandbox.
  ///
  /// - Parameters:
  ///   - name: a name that no other group of this process has.
  ///   - memory: how many bytes all that is in it may take, the kernel's share included.
  ///   - processes: how many processes and threads it may have.
  /// - Returns: the group, empty.
  /// - Throws: `Complaint` where the kernel refuses.
  package func make(_ name: String, memory: Int, processes: Int) throws(Complaint) -> ControlGroup {
    let folder = "\(home)/\(Self.sandboxName)\(getpid())-\(name)"
    guard mkdir(folder, 0o755) == 0 else {
      throw Complaint(reason: "\(folder) cannot be made: \(words(ofError: errno))")
    }
    let group = ControlGroup(folder: folder)
    do throws(Complaint) {
      try Self.write("\(memory)", to: "\(folder)/memory.max")
      try Self.write("\(processes)", to: "\(folder)/pids.max")
      // Not every kernel swaps, or ends a group as a whole.
      for (file, value) in [("memory.swap.max", "0"), ("memory.oom.group", "1")]
      where access("\(folder)/\(file)", F_OK) == 0 {
        try Self.write(value, to: "\(folder)/\(file)")
      }
    } catch {
      group.end()
      throw error
    }
    return group
  }

  // MARK: - Finding the place

  /// The folder of the group this process is in, and whether it is the highest that can be seen.
  private static func place(_ process: String) throws(Complaint) -> (folder: String, isTop: Bool) {
    let groups = lines(of: "\(process)/cgroup")
    guard let path = groups.first(where: { $0.hasPrefix("0::/") })?.dropFirst(3) else {
      throw Complaint(reason: "this system has no control groups of version 2")
    }
    for line in lines(of: "\(process)/mountinfo") {
      // Number, parent, device, root, place, options, …, a dash, type, source, options.
      let fields = line.split(separator: " ").map(unescaped)
      guard let dash = fields.firstIndex(of: "-"), dash > 5, dash + 1 < fields.count,
        fields[dash + 1] == "cgroup2"
      else { continue }
      let (root, mount) = (fields[3], fields[4])
      guard path == root || root == "/" || path.hasPrefix(root + "/") else { continue }
      let rest = root == "/" ? path : path.dropFirst(root.utf8.count)
      let isTop = rest.isEmpty || rest == "/"
      return (isTop ? mount : mount + rest, isTop)
    }
    throw Complaint(reason: "control groups of version 2 are not mounted here")
  }

  /// Whether somebody gave a group to this user: it is theirs, or carries systemd's mark.
  private static func isDelegated(_ folder: String) -> Bool {
    var status = stat()
    guard stat(folder, &status) == 0 else { return false }
    if geteuid() != 0, status.st_uid == geteuid() { return true }
    return cc_is_marked(folder, "user.delegate") != 0
      || cc_is_marked(folder, "trusted.delegate") != 0
  }

  /// A field of mountinfo, where white space is written as a backslash and three octal digits.
  private static func unescaped(_ field: Substring) -> String {
    guard field.contains("\\") else { return String(field) }
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3,
        let code = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  // MARK: - Making it ready

  private func handOn() throws(Complaint) {
    let file = "\(home)/cgroup.subtree_control"
    let handed = Self.entries(of: file)
    guard !Self.controllers.allSatisfy(handed.contains) else { return }
    // The highest group of a machine has no type, and may hold processes beside its groups.
    if access("\(home)/cgroup.type", F_OK) == 0 { try moveDown() }
    try Self.write(Self.controllers.map { "+\($0)" }.joined(separator: " "), to: file)
  }

  private func moveDown() throws(Complaint) {
    let own = "\(home)/\(Self.ownName)"
    guard mkdir(own, 0o755) == 0 || errno == EEXIST else {
      throw Complaint(reason: "\(own) cannot be made: \(words(ofError: errno))")
    }
    // Who is started while the others are moved is found in the next round.
    for _ in 0..<10 {
      let members = Self.entries(of: "\(home)/cgroup.procs")
      if members.isEmpty { return }
      for member in members { try? Self.write(member, to: "\(own)/cgroup.procs") }
    }
    throw Complaint(reason: "\(home) holds processes that cannot be moved")
  }

  /// Removes the groups of processes that are gone; one that is not empty stays.
  private func removeAbandoned() {
    guard let folder = opendir(home) else { return }
    defer { closedir(folder) }
    while let found = readdir(folder) {
      let name = withUnsafePointer(to: &found.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name.hasPrefix(Self.sandboxName) else { continue }
      let maker = Int32(name.dropFirst(Self.sandboxName.utf8.count).prefix { $0.isNumber }) ?? 0
      if maker > 0, kill(maker, 0) != 0, errno == ESRCH { rmdir("\(home)/\(name)") }
    }
  }

  // MARK: - Files of the kernel

  private static func lines(of path: String) -> [Substring] {
    let bytes = ProcessTable.contents(path, limit: 1 << 20) ?? []
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
  }

  fileprivate static func entries(of path: String) -> [String] {
    lines(of: path).flatMap { $0.split(separator: " ").map(String.init) }
  }

  fileprivate static func write(_ text: String, to path: String) throws(Complaint) {
    let number = open(path, O_WRONLY | O_CLOEXEC)
    let count = number < 0 ? -1 : Glibc.write(number, text, text.utf8.count)
    let failure = errno
    if number >= 0 { close(number) }
    guard count == text.utf8.count else {
      throw Complaint(reason: "\(path) does not take \(text): \(words(ofError: failure))")
    }
  }
}

/// A group of one sandbox.
package struct ControlGroup: Sendable {
  fileprivate let folder: String

  /// A command that puts itself into the group and becomes another one, so that not a page of that is missed.
  func entering(_ command: [String]) -> [String] {
    ["/bin/sh", "-c", #"echo 0 >"$0" && exec "$@""#, "\(folder)/cgroup.procs"] + command
  }

  /// Whether the kernel ended it because its memory was used up.
  var isOutOfMemory: Bool {
    let entries = ControlGroups.entries(of: "\(folder)/memory.events")
    guard let place = entries.firstIndex(of: "oom_kill"), place + 1 < entries.count else {
      return false
    }
    return entries[place + 1] != "0"
  }

  /// Ends everybody in it and removes it.
  func end() {
    try? ControlGroups.write("1", to: "\(folder)/cgroup.kill")
    // The last process may still be on its way out.
    for _ in 0..<200 where rmdir(folder) != 0 && errno == EBUSY { usleep(5000) }
  }
}
