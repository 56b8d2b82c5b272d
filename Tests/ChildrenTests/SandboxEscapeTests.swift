// Sixteen ways out of the sandbox, none of which leads out. What a program says of its own attempt
// is only half of a test; the other half is what is looked at from outside.

import JSON
import Children
import Foundation
import Testing

extension ChildrenTests {
  @Suite(.enabled(SandboxProcesses.skipped, SandboxProcesses.canBeMade))
  struct SandboxEscapeTests {
    /// Runs a program and holds it to its time limit, a second, and the slack of a busy machine.
    private func run(
      _ program: String, _ settings: SandboxSettings = SandboxProcesses.settings(wall: .seconds(2)),
      input: String = ""
    ) async -> (ending: SandboxRun.Ending, said: String) {
      let start = ContinuousClock.now
      let run = await Sandbox(settings).run(
        ["python3", "/code/main.py"], program: program, input: input)
      #expect(ContinuousClock.now - start < settings.wall + .seconds(1) + slack)
      return (run.ending, String(decoding: run.output, as: UTF8.self) + run.words)
    }

    @Test func `1 the network is not there`() async throws {
      let (ending, said) = await run(
        """
        import os, socket
        for family in range(2, 46):
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
                for make in (lambda: socket.socket(family, kind), lambda: socket.socketpair(family, kind)):
                    try:
                        make()
                        print("ESCAPED", family, kind)
                    except OSError as error:
                        said = error.strerror
        print(said)
        one, other = socket.socketpair()
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF, 32, 33):
            try:
                one.setsockopt(socket.SOL_SOCKET, option, 1 << 24)
                print("ESCAPED buffer", option)
            except PermissionError:
                pass
        one.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        one.send(b"near ones talk")
        print(other.recv(99).decode(), sorted(os.listdir("/sys")) if os.path.exists("/sys") else "no /sys")
        """)
      #expect(ending == .status(0))
      #expect(said.contains("Address family not supported"))
      #expect(said.contains("near ones talk no /sys"), "\(said)")
      #expect(!said.contains("ESCAPED"), "\(said)")
    }

    @Test func `2 the host's files cannot be read`() async throws {
      let secret = FileManager.default.temporaryDirectory.appending(path: "vapo-\(UUID())")
      try "the host's secret".write(to: secret, atomically: true, encoding: .utf8)
      defer { try? FileManager.default.removeItem(at: secret) }
      let (ending, said) = await run(
        """
        import os
        for path in ("/etc/passwd", "/etc/shadow", "/opt", "/home", "/var", "/sys", "/run", "\(secret.path)"):
            print(path, os.path.exists(path))
        print(sorted(os.listdir("/")), os.listdir("/tmp"), os.listdir("/etc") if os.path.exists("/etc") else [])
        """)
      #expect(ending == .status(0))
      #expect(!said.contains("True"), "\(said)")
      #expect(!said.contains("passwd'"))
    }

    @Test func `3 nothing outside its folder can be written`() async throws {
      let name = "vapo-\(UUID())"
      let (ending, said) = await run(
        """
        import os
        for folder in ("/", "/usr", "/usr/lib", "/usr/local/bin", "/dev", "/dev/shm", "/code", "/lib", "/etc", "/tmp"):
            try:
                open(folder + "/\(name)", "w").write("x")
                print("wrote", folder)
            except OSError as error:
                print(folder, error.strerror)
        for change in (lambda: os.remove("/code/main.py"), lambda: os.chmod("/usr/bin", 0o777),
                       lambda: os.rename("/usr", "/usr2"), lambda: open("/code/main.py", "a")):
            try:
                change()
                print("wrote by change")
            except OSError:
                pass
        """)
      #expect(ending == .status(0))
      #expect(said.contains("wrote /tmp"))
      #expect(said.components(separatedBy: "wrote").count == 2, "\(said)")
      for folder in ["/tmp", "/usr", "/usr/local/bin", "/"] {
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/\(name)"))
      }
    }

    @Test func `4 a fork bomb stops at the limit and is gone afterwards`() async throws {
      let mark = "vapobomb\(UInt32.random(in: 0...(.max)))"
      let (ending, said) = await run(
        """
        import ctypes, os, sys, time
        # PR_SET_NAME, so that the test finds what is left
        ctypes.CDLL(None).prctl(15, b"\(mark.prefix(15))", 0, 0, 0)
        count = 0
        try:
            while count < 300:
                if os.fork() == 0:
                    time.sleep(60)
                    os._exit(0)
                count += 1
        except OSError as error:
            print("stopped after", count, error.strerror, flush=True)
        while True:
            try:
                os.fork()
            except OSError:
                pass
        """, SandboxProcesses.settings(wall: .seconds(1)))
      #expect(ending == .timeout)
      #expect(said.contains("stopped after"))
      let count = said.split(separator: " ").dropFirst(2).first.flatMap { Int($0) } ?? 999
      #expect(count < 32)
      #expect(await areGone(named: String(mark.prefix(15))))
    }

    @Test func `5 a memory bomb hits its limit, in one process or in many`() async throws {
      let (one, said) = await run("x = bytearray(1 << 30)")
      #expect(one == .status(1))
      #expect(said.contains("MemoryError"))
      let (many, _) = await run(
        """
        import os, time
        for _ in range(4):
            if os.fork() == 0:
                break
        held = bytearray(b"x") * (120 << 20)
        time.sleep(60)
        """, SandboxProcesses.settings(wall: .seconds(4)))
      #expect(many == .tooMuchMemory)
    }

    @Test func `5 memory that nobody counts cannot be had`() async throws {
      let (ending, said) = await run(
        """
        import ctypes, mmap, os
        libc = ctypes.CDLL(None, use_errno=True)
        ANONYMOUS, SHARED, PRIVATE, HUGE = 0x20, 0x01, 0x02, 0x40000
        def attempt(name, make):
            try:
                made = make()
                print("ESCAPED" if made != -1 else os.strerror(ctypes.get_errno()), name)
            except (OSError, ValueError) as error:
                print("refused", name)
        for flags in (SHARED | ANONYMOUS, 0x03 | ANONYMOUS, PRIVATE | ANONYMOUS | HUGE):
            attempt(hex(flags), lambda: mmap.mmap(-1, 1 << 21, flags=flags))
        def zero():
            with open("/dev/zero", "r+b", buffering=0) as file:
                return mmap.mmap(file.fileno(), 1 << 20, flags=SHARED)
        attempt("/dev/zero", zero)
        attempt("shmget", lambda: libc.shmget(0, 1 << 20, 0o1777))
        attempt("semget", lambda: libc.semget(0, 100, 0o1777))
        attempt("msgget", lambda: libc.msgget(0, 0o1777))
        attempt("mq_open", lambda: libc.syscall(240, b"/queue", 0o102, 0o700, None))
        own = mmap.mmap(-1, 1 << 20, flags=PRIVATE | ANONYMOUS)
        own[:] = b"x" * (1 << 20)
        with open("/tmp/file", "w+b") as file:
            file.truncate(1 << 16)
            mmap.mmap(file.fileno(), 1 << 16)[:2] = b"ok"
        print("own memory and files are there")
        """)
      #expect(ending == .status(0), "\(said)")
      #expect(!said.contains("ESCAPED"), "\(said)")
      #expect(said.split(separator: "\n").count == 9, "\(said)")
      #expect(said.contains("own memory and files are there"))
    }

    @Test func `6 a disk bomb hits its limit, in one file or in many, in memory files too`()
      async throws
    {
      let (ending, said) = await run(
        """
        import os, signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        def fill(path):
            written = 0
            try:
                with open(path, "wb", buffering=0) as file:
                    while True:
                        written += file.write(b"x" * 65536)
            except OSError as error:
                return written, error.strerror
        print(fill("/tmp/one"))
        total = 0
        for name in range(20):
            total += fill("/tmp/file%d" % name)[0]
        print("total", total)
        try:
            os.memfd_create("more")
            print("ESCAPED")
        except OSError as error:
            print(error.strerror)
        """)
      #expect(ending == .status(0), "\(said)")
      #expect(said.contains("(4194304, 'File too large')"))
      let total = said.split(separator: "\n").first { $0.hasPrefix("total") }?.dropFirst(6)
      #expect(try #require(total.flatMap { Int($0) }) <= 4 << 20)
      #expect(!said.contains("ESCAPED"))
    }

    @Test(arguments: ["stdout", "stderr"])
    func `7 a flood of output is cut off`(stream: String) async throws {
      let start = ContinuousClock.now
      let run = await Sandbox(SandboxProcesses.settings()).run(
        ["python3", "/code/main.py"],
        program: "import sys\nwhile True: sys.\(stream).write('x' * 100000)")
      #expect(run.ending == .tooMuchOutput)
      #expect(run.output.count <= 1 << 20)
      #expect(ContinuousClock.now - start < .seconds(5) + slack)
    }

    @Test func `8 a program that stops itself is ended`() async throws {
      let (ending, _) = await run(
        "import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
        SandboxProcesses.settings(wall: .seconds(1))
      )
      #expect(ending == .timeout)
    }

    @Test func `9 a grandchild in a session of its own ends with the sandbox`() async throws {
      let mark = "vapoleft\(UInt32.random(in: 0...9_999_999))"
      let (ending, said) = await run(
        """
        import ctypes, os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.setsid()
                ctypes.CDLL(None).prctl(15, b"\(mark.prefix(15))", 0, 0, 0)
                print("left behind", flush=True)
                time.sleep(600)
            os._exit(0)
        time.sleep(0.5)
        """)
      #expect(ending == .status(0))
      #expect(said.contains("left behind"))
      #expect(await areGone(named: String(mark.prefix(15))))
    }

    @Test func `10 nobody can be traced, the parent least of all`() async throws {
      let (ending, said) = await run(
        """
        import ctypes, os
        libc = ctypes.CDLL(None, use_errno=True)
        for target in (os.getppid(), 1, \(ProcessInfo.processInfo.processIdentifier)):
            # PTRACE_ATTACH
            print(libc.ptrace(16, target, 0, 0), os.strerror(ctypes.get_errno()))
            try:
                os.kill(target, 9)
                print("alive" if target <= 1 or target == os.getppid() else "ESCAPED")
            except OSError as error:
                print(error.strerror)
        """)
      #expect(ending == .status(0), "\(said)")
      #expect(said.components(separatedBy: "-1 Operation not permitted").count == 4, "\(said)")
      #expect(!said.contains("ESCAPED"))
    }

    @Test func `11 it cannot make namespaces of its own`() async throws {
      let (ending, said) = await run(
        """
        import ctypes, os, subprocess
        libc = ctypes.CDLL(None, use_errno=True)
        for flags in (0x10000000, 0x00020000, 0x40000000, 0x20000000):
            print(libc.unshare(flags), os.strerror(ctypes.get_errno()))
        # clone with CLONE_NEWUSER | SIGCHLD, by its number on x86-64
        if os.uname().machine == "x86_64":
            print(libc.syscall(56, 0x10000011, 0, 0, 0, 0), os.strerror(ctypes.get_errno()))
        print(libc.mount(b"none", b"/tmp", b"tmpfs", 0, None), os.strerror(ctypes.get_errno()))
        with open(os.devnull) as nothing:
            print(subprocess.run(["unshare", "-r", "id", "-u"], capture_output=True, text=True))
        """)
      #expect(ending == .status(0), "\(said)")
      #expect(!said.contains("\n0 "), "\(said)")
      #expect(said.contains("Operation not permitted"))
      #expect(!said.contains("returncode=0"))
    }

    @Test func `12 a link leads nowhere`() async throws {
      let (ending, said) = await run(
        """
        import os
        for place, target in enumerate(("/etc/passwd", "/proc/1/root/etc/passwd", "../../../../etc/passwd",
                                        "/dev/../../etc/passwd", "/usr/../etc/passwd", "/dev/fd/../../etc/passwd")):
            link = "/tmp/link%d" % place
            os.symlink(target, link)
            try:
                print("ESCAPED", open(link).read())
            except OSError as error:
                print(error.strerror)
        """)
      #expect(ending == .status(0))
      #expect(!said.contains("ESCAPED"))
    }

    @Test func `13 there are no processes to look at`() async throws {
      let (ending, said) = await run(
        """
        import os
        print(os.path.exists("/proc/self"), os.path.exists("/proc/1/environ"), os.getpid() < 10)
        found = []
        for number in range(3, 256):
            try:
                os.fstat(number)
                found.append(number)
            except OSError:
                pass
        print(found)
        """)
      #expect(ending == .status(0))
      #expect(said.contains("False False True"))
      #expect(said.contains("[6]"), "only the way its answers take: \(said)")
    }

    @Test func `14 the environment has no secrets`() async throws {
      let (ending, said) = await run("import os\nprint(sorted(os.environ), os.environ)")
      #expect(ending == .status(0))
      let names = try #require(said.split(separator: "]").first)
      let allowed = ["HOME", "LANG", "LC_CTYPE", "PATH", "PWD", "TMPDIR"]
      for name in names.dropFirst().split(separator: ", ").map({ $0.dropFirst().dropLast() }) {
        #expect(allowed.contains(String(name)) || name.hasPrefix("PYTHON"), "\(name)")
      }
    }

    @Test func `15 who sleeps for ever is woken at the limit, who computes for ever too`()
      async throws
    {
      let (sleeping, _) = await run(
        """
        import signal, time
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):
            signal.signal(number, signal.SIG_IGN)
        time.sleep(600)
        """, SandboxProcesses.settings(wall: .seconds(1)))
      #expect(sleeping == .timeout)
      var settings = SandboxProcesses.settings(wall: .seconds(8))
      settings.cpuSeconds = 1
      let verdict = await Sandbox(settings).verdict(
        on: "while True: pass", tests: [OutputTest(input: "", expected: "")])
      #expect(verdict == .timeout(test: 0))
    }

    @Test func `16 the expected results are nowhere to be found`() async throws {
      let expected = "expected\(UInt64.random(in: 0...(.max)))"
      let prefix = "expec"
      let search = """
        import gc, os, sys
        wanted = "\(prefix)" + "ted"
        def seen():
            for value in list(sys.argv) + list(os.environ.values()):
                yield value
            for folder in ("/code", "/tmp", "/dev", "/etc", "/run", "/var", "/proc"):
                for path, _, names in os.walk(folder):
                    for name in names:
                        if name not in ("main.py", "zero", "full", "random", "urandom", "tty", "ptmx", "stdin"):
                            try:
                                yield open(os.path.join(path, name), errors="replace").read(100000)
                            except OSError:
                                pass
            for number in range(0, 64):
                try:
                    os.set_blocking(number, False)
                    yield os.read(number, 100000).decode(errors="replace")
                except OSError:
                    pass
            for thing in gc.get_objects():
                if isinstance(thing, (list, tuple, dict)):
                    yield repr(thing) if len(thing) < 50 else ""
        def find(*_):
            for text in seen():
                place = text.find(wanted)
                while place >= 0:
                    if text[place + len(wanted):place + len(wanted) + 1].isdigit():
                        return text[place:place + 40]
                    place = text.find(wanted, place + 1)
            return "nothing"
        """
      let sandbox = Sandbox(SandboxProcesses.settings())
      let printed = await sandbox.verdict(
        on: search + "\nprint(find())", tests: [OutputTest(input: "1 2\n", expected: expected)])
      let returned = await sandbox.verdict(
        on: search, calling: "find",
        tests: [CallTest(arguments: [1, 2], expected: .string(expected))])
      #expect(
        printed == .failed(test: 0, reason: "line 1 is \"nothing\" and not \"\(expected)\""))
      #expect(
        returned == .failed(test: 0, reason: "the result is \"nothing\" and not \"\(expected)\""))
    }
  }
}
