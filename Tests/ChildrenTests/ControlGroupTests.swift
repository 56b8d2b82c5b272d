// Where a sandbox's control group is looked for, on folders that stand for the kernel's; and what a group of the
// kernel does, where one can be made (dev/check-cgroup starts a machine in which it can).

import Children
import Foundation
import Testing

extension ChildrenTests {
  struct ControlGroupTests {
    /// A folder that stands for a process's and one that stands for the hierarchy.
    private struct Kernel {
      let folder = FileManager.default.temporaryDirectory.appending(path: "vapo groups-\(UUID())")
      var process: String { folder.appending(path: "self").path }
      var top: URL { folder.appending(path: "group") }

      init(group: String, mounted root: String = "/", files: [String: String] = [:]) throws {
        try FileManager.default.createDirectory(atPath: process, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(at: top, withIntermediateDirectories: true)
        try write("4:memory:/elsewhere\n0::\(group)\n", "self/cgroup")
        let place = top.path.replacingOccurrences(of: " ", with: "\\040")
        try write(
          """
          22 1 0:20 / /proc rw shared:5 - proc proc rw
          35 27 0:29 \(root) \(place) rw,nosuid shared:9 master:3 - cgroup2 cgroup rw,nsdelegate

          """, "self/mountinfo")
        for (name, text) in files { try write(text, "group/\(name)") }
      }

      func write(_ text: String, _ name: String) throws {
        let file = folder.appending(path: name)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: false, encoding: .utf8)
      }

      func text(_ name: String) throws -> String {
        try String(contentsOf: top.appending(path: name), encoding: .utf8)
      }
    }

    private static let ready = [
      "cgroup.controllers": "cpu memory pids\n", "cgroup.procs": "",
      "cgroup.subtree_control": "cpu\n",
    ]

    private func complaint(_ kernel: Kernel) -> String? {
      do {
        _ = try ControlGroups(process: kernel.process)
        return nil
      } catch {
        return error.reason
      }
    }

    @Test func `the highest group that can be seen is divided`() throws {
      let kernel = try Kernel(group: "/", files: Self.ready)
      defer { try? FileManager.default.removeItem(at: kernel.folder) }
      #expect(try ControlGroups(process: kernel.process).home == kernel.top.path)
      #expect(try kernel.text("cgroup.subtree_control").hasPrefix("+memory +pids"))
      // A container sees a part of the hierarchy, under the host's name.
      let inside = try Kernel(group: "/pod/one", mounted: "/pod/one", files: Self.ready)
      defer { try? FileManager.default.removeItem(at: inside.folder) }
      #expect(try ControlGroups(process: inside.process).home == inside.top.path)
    }

    @Test func `what divides memory holds no processes, so they are moved first`() throws {
      var files = Self.ready
      files["cgroup.type"] = "domain\n"
      files["cgroup.procs"] = "4000001\n4000002\n"
      files["vapo.main/cgroup.procs"] = ""
      let kernel = try Kernel(group: "/", files: files)
      defer { try? FileManager.default.removeItem(at: kernel.folder) }
      // No kernel takes them out of the list here, so they seem to stay.
      #expect(complaint(kernel)?.contains("cannot be moved") == true)
      #expect(try kernel.text("vapo.main/cgroup.procs").contains("4000002"))
      #expect(try kernel.text("cgroup.subtree_control") == "cpu\n")
    }

    @Test func `who was moved finds the part that was lent one folder up`() throws {
      var files = Self.ready
      files["lent/vapo.main/cgroup.procs"] = ""
      for (name, text) in Self.ready { files["lent/\(name)"] = text }
      let kernel = try Kernel(group: "/lent/vapo.main", files: files)
      defer { try? FileManager.default.removeItem(at: kernel.folder) }
      let home = try ControlGroups(process: kernel.process).home
      #expect(home == kernel.top.appending(path: "lent").path)
    }

    @Test func `groups of processes that are gone are removed, of others not`() throws {
      let kernel = try Kernel(group: "/", files: Self.ready)
      defer { try? FileManager.default.removeItem(at: kernel.folder) }
      let names = [
        "vapo.sandbox-4194999-1", "vapo.sandbox-\(getpid())-77", "vapo.sandbox-", "other",
      ]
      for name in names {
        try FileManager.default.createDirectory(
          at: kernel.top.appending(path: name), withIntermediateDirectories: false)
      }
      _ = try ControlGroups(process: kernel.process)
      let left = names.filter {
        FileManager.default.fileExists(atPath: kernel.top.appending(path: $0).path)
      }
      #expect(left == Array(names.dropFirst()))
    }

    @Test func `without a delegated group it says which word is missing`() throws {
      var files = Self.ready
      for (name, text) in Self.ready { files["session/\(name)"] = text }
      let kept = try Kernel(group: "/session", files: files)
      defer { try? FileManager.default.removeItem(at: kept.folder) }
      // To a user who is not root, a folder of theirs is delegated.
      if geteuid() == 0 { #expect(complaint(kept)?.contains("is not delegated") == true) }

      files = Self.ready
      files["cgroup.controllers"] = "cpu pids hugetlb\n"
      let without = try Kernel(group: "/", files: files)
      defer { try? FileManager.default.removeItem(at: without.folder) }
      #expect(complaint(without)?.hasSuffix("has no controller memory") == true)

      let closed = try Kernel(group: "/")
      defer { try? FileManager.default.removeItem(at: closed.folder) }
      #expect(complaint(closed)?.hasSuffix("cannot be written") == true)

      let old = try Kernel(group: "/")
      defer { try? FileManager.default.removeItem(at: old.folder) }
      try old.write("4:memory:/elsewhere\n", "self/cgroup")
      #expect(complaint(old) == "this system has no control groups of version 2")
      try old.write("0::/\n", "self/cgroup")
      try old.write("", "self/mountinfo")
      #expect(complaint(old) == "control groups of version 2 are not mounted here")
    }

    @Test func `a group that takes no limit is not left behind`() throws {
      let kernel = try Kernel(group: "/", files: Self.ready)
      defer { try? FileManager.default.removeItem(at: kernel.folder) }
      let groups = try ControlGroups(process: kernel.process)
      let complaint = #expect(throws: ControlGroups.Complaint.self) {
        try groups.make("1", memory: 1 << 20, processes: 4)
      }
      #expect(complaint?.reason.contains("memory.max does not take 1048576") == true)
      let left = try FileManager.default.contentsOfDirectory(atPath: kernel.top.path)
      #expect(!left.contains { $0.hasPrefix("vapo.sandbox") })
    }

    @Test(
      .enabled("no control group can be made here: dev/check-cgroup", ControlGroupTests.areMade))
    func `the kernel counts what no process is seen to hold`() async throws {
      // Local sockets full of messages, which are the kernel's memory: 390 of some 210 kB for each of two.
      let program = """
        import os, socket, time
        held = []
        for child in range(2):
            if os.fork() == 0:
                for pair in range(195):
                    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
                    held.append((one, other))
                    for end in (one, other):
                        end.setblocking(False)
                        try:
                            while True: end.send(b"x" * 2000)
                        except BlockingIOError:
                            pass
                time.sleep(1)
                os._exit(0)
        for child in range(2): os.wait()
        print("held it all")
        """
      var settings = SandboxProcesses.settings(wall: .seconds(60))
      settings.cpuSeconds = 30
      settings.memory = 96 << 20
      settings.openFiles = 400
      let run = await Sandbox(settings).run(["python3", "/code/main.py"], program: program)
      #expect(run.ending == .tooMuchMemory, "\(run.words)")
      // And it is a group of its own that is removed with it.
      let home = try ControlGroups().home
      let left = try FileManager.default.contentsOfDirectory(atPath: home)
      #expect(!left.contains { $0.hasPrefix("vapo.sandbox-\(getpid())-") }, "\(left)")
    }

    @Sendable private static func areMade() async -> Bool {
      (try? ControlGroups()) != nil
    }
  }
}
