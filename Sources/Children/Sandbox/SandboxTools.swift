// The programs a sandbox is made of, and the line that makes it.

import Glibc

/// What this machine has to make sandboxes with.
struct SandboxTools: Sendable, Equatable {
  /// Why no sandbox can be made, in one line.
  struct Complaint: Error, Equatable {
    var reason: String
  }

  private static let innerPath = "/usr/local/bin:/usr/bin:/bin"
  /// Where the program's text lies inside.
  static let programPath = "/code/main.py"
  /// Nobody, by the number that almost every system gives it.
  private static let nobody = "65534"

  private let bubblewrap: String
  private let dropper: String?
  private let disablesUserNamespaces: Bool
  private let roots: [String]
  /// Where the kernel counts a sandbox's memory; why it cannot, otherwise.
  let groups: Result<ControlGroups, ControlGroups.Complaint>

  /// The numbers of the descriptors beside the three usual ones.
  enum Number {
    static let status = 3
    static let filter = 4
    static let program = 5
    static let results = 6
  }

  /// Looks for everything.
  init(_ settings: SandboxSettings) throws(Complaint) {
    guard let bubblewrap = Launch.find("bwrap", on: settings.searchPath) else {
      throw Complaint(
        reason: "there is no bwrap on the PATH, which sandboxes generated code: "
          + "install the package bubblewrap")
    }
    self.bubblewrap = bubblewrap
    // The kernel counts no processes of root, so root starts its sandboxes as nobody.
    dropper = Self.isRoot ? Launch.find("setpriv", on: settings.searchPath) : nil
    guard !Self.isRoot || dropper != nil else {
      throw Complaint(
        reason: "there is no setpriv on the PATH, without which root cannot bound the processes of "
          + "generated code: install the package util-linux, or run as another user")
    }
    guard Launch.find("prlimit", on: "/usr/bin:/bin") != nil else {
      throw Complaint(
        reason: "there is no /usr/bin/prlimit, which bounds generated code: "
          + "install the package util-linux")
    }
    let help = Self.help(of: bubblewrap)
    guard help.contains("--size") else {
      throw Complaint(reason: "\(bubblewrap) is too old: 0.7 is the first that bounds its files")
    }
    disablesUserNamespaces = help.contains("--disable-userns")
    roots = Self.systemFolders()
    groups = Result { () throws(ControlGroups.Complaint) in try ControlGroups() }
  }

  /// The command line of a sandbox.
  ///
  /// - Parameters:
  ///   - arguments: what runs inside.
  ///   - settings: the limits.
  ///   - hasProgram: whether a program's text is handed over.
  ///   - group: the control group to put it into.
  /// - Returns: what to start, with the descriptors that ``Number`` counts.
  func launch(
    _ arguments: [String], _ settings: SandboxSettings, hasProgram: Bool, group: ControlGroup?
  ) -> Launch {
    var line = [bubblewrap, "--unshare-all", "--unshare-user"]
    // The rest of a sandbox may not make sandboxes, where bugs of the kernel tend to be.
    if disablesUserNamespaces { line.append("--disable-userns") }
    line += ["--die-with-parent", "--new-session", "--cap-drop", "ALL", "--hostname", "sandbox"]
    line += ["--json-status-fd", "\(Number.status)"]
    if SystemCallFilter.program != nil { line += ["--seccomp", "\(Number.filter)"] }
    // A shared mapping of /dev/zero is memory that nobody counts, too.
    line += roots + ["--dev", "/dev", "--dev-bind", "/dev/null", "/dev/zero"]
    // The one folder to write to has a bound; the root and /dev, where bubblewrap leaves room
    // without one, are closed at the end.
    line += ["--size", "\(settings.disk)", "--tmpfs", "/tmp"]
    if hasProgram {
      line += ["--perms", "0444", "--ro-bind-data", "\(Number.program)", Self.programPath]
    }
    line += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp", "--"]
    line += [
      "prlimit", "--core=0", "--cpu=\(settings.cpuSeconds):\(settings.cpuSeconds + 1)",
      "--as=\(settings.memory)", "--fsize=\(settings.fileSize)",
      "--nproc=\(Self.mostProcesses(settings))",
      "--nofile=\(settings.openFiles)", "--",
    ]
    line += arguments
    if let dropper {
      line =
        [dropper, "--reuid", Self.nobody, "--regid", Self.nobody, "--clear-groups", "--"] + line
    }
    if let group { line = group.entering(line) }
    return Launch(
      path: line[0], arguments: line,
      environment: [
        "PATH": Self.innerPath, "HOME": "/tmp", "TMPDIR": "/tmp", "LANG": "C.UTF-8",
        // The order of sets is the same in every run, so a verdict is too.
        "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1",
        // Numbers of thousands of digits are ordinary results.
        "PYTHONINTMAXSTRDIGITS": "0",
      ],
      folder: "/")
  }

  /// A control group with the limits of a sandbox, where groups can be made.
  ///
  /// What its files hold is memory too, and bubblewrap and what starts it are processes.
  func group(_ name: String, _ settings: SandboxSettings) throws(ChildError) -> ControlGroup? {
    guard case .success(let groups) = groups else { return nil }
    do {
      return try groups.make(
        name, memory: settings.memory + settings.disk,
        processes: Self.mostProcesses(settings) + 4)
    } catch {
      throw .start(reason: error.reason)
    }
  }

  /// As many processes as keep the buffers of all sockets they may open below the limit on memory: the
  /// kernel holds these, and counts them for nobody.
  private static func mostProcesses(_ settings: SandboxSettings) -> Int {
    let path = "/proc/sys/net/core/wmem_default"
    let said = ProcessTable.contents(path, limit: 64).map { String(decoding: $0, as: UTF8.self) }
    let buffer = said.flatMap { Int($0.prefix { $0.isNumber }) } ?? 212_992
    let perProcess = max(1, settings.openFiles * buffer)
    return max(4, min(settings.processes, settings.memory / perProcess))
  }

  /// `/usr` and what the system keeps beside it or links into it; nothing of /etc, but the list of
  /// libraries.
  private static func systemFolders() -> [String] {
    let libraries = "/etc/ld.so.cache"
    var line = ["--ro-bind", "/usr", "/usr", "--ro-bind-try", libraries, libraries]
    for folder in ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"] {
      var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink(folder, &buffer, buffer.count - 1)
      if count > 0 {
        let target = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        line += ["--symlink", target, folder]
      } else if access(folder, F_OK) == 0 {
        line += ["--ro-bind", folder, folder]
      }
    }
    return line
  }

  /// Whether this is the machine's root, and not one that a container made of another user.
  private static var isRoot: Bool {
    guard geteuid() == 0 else { return false }
    let map = ProcessTable.contents("/proc/self/uid_map", limit: 4096) ?? []
    let numbers = map.split { $0 == 0x20 || $0 == 0x0A }.prefix(2)
    return numbers.allSatisfy { $0.elementsEqual("0".utf8) }
  }

  private static func help(of program: String) -> String {
    do throws(ChildError) {
      let (output, nothing) = (try Descriptor.pipe(), try Descriptor.nothing())
      let outlet = Outlet(output.reading, keeps: 1 << 16)
      let process = try ChildProcess(
        Launch(path: program, arguments: [program, "--help"], environment: [:]),
        descriptors: [nothing, output.writing, output.writing], isMarked: false)
      output.writing.close()
      _ = Pump(outlets: [outlet], interrupts: []).run(until: .now + .seconds(5)) { !outlet.isOpen }
      _ = process.killAlone()
      return outlet.words(limit: 1 << 16)
    } catch {
      return ""
    }
  }
}
