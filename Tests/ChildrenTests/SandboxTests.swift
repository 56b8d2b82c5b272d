// The two kinds of tests, what can come of them, and the refusal to run anything without a sandbox.

import JSON
import Children
import Foundation
import Testing

extension ChildrenTests {
  @Suite(.enabled(SandboxProcesses.skipped, SandboxProcesses.canBeMade))
  struct SandboxTests {
    private let sandbox = Sandbox(SandboxProcesses.settings(wall: .seconds(3)))

    @Test func `a program passes when it prints what is expected for every input`() async {
      let program = "a, b = map(int, input().split())\nprint(a + b)\n"
      let tests = [
        OutputTest(input: "1 2\n", expected: "3\n"), OutputTest(input: "-5 5", expected: " 0 \n\n"),
        OutputTest(input: "1 1", expected: "2.0"),
      ]
      #expect(await sandbox.verdict(on: program, tests: tests) == .passed)
      let wrong = tests + [OutputTest(input: "2 2", expected: "5")]
      #expect(
        await sandbox.verdict(on: program, tests: wrong)
          == .failed(test: 3, reason: "line 1 is \"4\" and not \"5\""))
    }

    @Test(
      arguments: [
        ("1 2\n3", "1 2\n3", true), ("1  2 \n\n3\n\n", "1 2\n\n3", true),
        ("1 2 3", "1 2\n3", false),
        ("1.50", "1.5", true), ("+7", "7", true), ("-0", "0.00", true), ("007", "7", false),
        ("1e3", "1000", true), ("1.000000001", "1", true), ("1.0000001", "1", false),
        ("1.0001", "1.00011", true), ("1.0001", "1.0002", false), ("1.0001 1", "1.00011 1", false),
        ("yes\n1.0001", "yes\n1.00011", false), ("10000001", "10000002", false),
        ("10000001.0", "10000002.0", false), ("1e999", "1.5e300", false), ("1.5", "1e400", false),
        ("a  b", "a b", false),
        ("yes", "YES", false), ("3", "3\n4", false), ("", "", true), ("", "0", false),
        ("1/2", "0.5", false), ("é", "e\u{301}", false), ("\u{7}", "\u{8}", false),
      ])
    func `outputs are the same up to white space and the spelling of numbers`(
      printed: String, expected: String, isSame: Bool
    ) async {
      let verdict = await sandbox.verdict(
        on: "import sys\nsys.stdout.write(sys.stdin.read())",
        tests: [OutputTest(input: printed, expected: expected)])
      #expect((verdict == .passed) == isSame, "\(verdict)")
    }

    @Test(
      arguments: [
        ("raise ValueError('no')", "ValueError: no"), ("import os; os._exit(3)", "status 3"),
        ("def f(:", "SyntaxError"), ("import os; os.abort()", "status 134"),
        ("import os; os.kill(os.getpid(), 9)", "status 137"),
      ])
    func `a program that breaks down is told apart from a wrong one`(
      program: String, words: String
    ) async {
      let verdict = await sandbox.verdict(
        on: program, tests: [OutputTest(input: "", expected: "")])
      guard case .crashed(0, let reason) = verdict else {
        Issue.record("\(verdict)")
        return
      }
      #expect(reason.contains(words), "\(reason)")
    }

    @Test func `a function is called for every test, in one program or in a Solution`() async {
      let plain = """
        print("noise", flush=True)
        calls = []
        def add(a, b):
            calls.append(a)
            print("more noise")
            return [a + b, len(calls)]
        """
      let tests = [
        CallTest(arguments: [1, 2], expected: [3, 1]),
        CallTest(arguments: ["a", "b"], expected: ["ab", 2]),
        CallTest(arguments: [0.1, 0.2], expected: [0.3, 3]),
        CallTest(
          arguments: [.number("1267650600228229401496703205376"), 1],
          expected: [.number("1267650600228229401496703205377"), 4]),
      ]
      #expect(await sandbox.verdict(on: plain, calling: "add", tests: tests) == .passed)
      let method = """
        from __future__ import annotations
        from dataclasses import dataclass
        @dataclass
        class Pair:
            first: int
            second: list[int]
        class Solution:
            def __init__(self): self.calls = 0
            def twice(self, a):
                self.calls += 1
                return (a, {"n": self.calls, "ok": True})
        """
      let twice: [CallTest] = (1...2).map {
        CallTest(arguments: [.integer($0)], expected: [.integer($0), ["n": 1, "ok": true]])
      }
      #expect(await sandbox.verdict(on: method, calling: "twice", tests: twice) == .passed)
    }

    @Test(
      arguments: [
        ("def f(x): return x + 2", SandboxVerdict.failed(test: 1, reason: "")),
        ("def f(x): raise KeyError(x)", .crashed(test: 0, reason: "")),
        ("def f(x): return {1, x}", .failed(test: 0, reason: "")),
        ("def f(x): return float('nan')", .failed(test: 0, reason: "")),
        ("def f(x): return None", .failed(test: 0, reason: "")),
        ("def g(x): return x", .crashed(test: 0, reason: "")),
        ("def f(x) return x", .crashed(test: 0, reason: "")),
        ("import os\ndef f(x): os._exit(0)", .crashed(test: 0, reason: "")),
        ("def f(x):\n  if x == 1: return 3\n  while True: pass", .timeout(test: 1)),
        ("import time\ntime.sleep(60)", .timeout(test: 0)),
        ("def f(x): return 'x' * 3000000", .tooMuchOutput(test: 0)),
        ("def f(x):\n  while True: print('x' * 100000)", .tooMuchOutput(test: 0)),
        ("import os\ndef f(x):\n  os.closerange(3, 99)\n  return 3", .crashed(test: 0, reason: "")),
        (
          "def f(x): return [" + String(repeating: "[", count: 90)
            + String(repeating: "]", count: 90) + "] * 99", .failed(test: 0, reason: "")
        ),
      ])
    func `what comes of a function that is not right`(
      program: String, expected: SandboxVerdict
    ) async {
      let verdict = await Sandbox(SandboxProcesses.settings(wall: .seconds(1))).verdict(
        on: program, calling: "f",
        tests: [
          CallTest(arguments: [1], expected: 3), CallTest(arguments: [2], expected: 5),
        ])
      switch (verdict, expected) {
      case (.failed(let test, _), .failed(let wanted, _)): #expect(test == wanted)
      case (.crashed(let test, _), .crashed(let wanted, _)): #expect(test == wanted, "\(verdict)")
      default: #expect(verdict == expected)
      }
    }

    @Test func `every test of a function has the whole time for computing`() async {
      var settings = SandboxProcesses.settings(wall: .seconds(5))
      settings.cpuSeconds = 1
      let program = """
        import time
        def f(x):
            end = time.process_time() + 0.6
            while time.process_time() < end: pass
            return x
        """
      let tests = (1...3).map { CallTest(arguments: [.integer($0)], expected: .integer($0)) }
      #expect(await Sandbox(settings).verdict(on: program, calling: "f", tests: tests) == .passed)
    }

    @Test func `a function holds to one reading of the results in all tests`() async {
      let tests: [CallTest] = (1...2).map {
        CallTest(
          arguments: [.integer($0)], expected: [.integer($0)], otherwise: .integer($0))
      }
      for (program, isRight) in [
        ("def f(x): return x", true), ("def f(x): return [x]", true),
        ("def f(x): return x if x == 1 else [x]", false),
      ] {
        let verdict = await sandbox.verdict(on: program, calling: "f", tests: tests)
        #expect((verdict == .passed) == isRight, "\(verdict)")
      }
    }

    @Test func `a line written to the way of the answers is not an answer`() async {
      let program = """
        import os
        def f(x):
            for number in range(3, 20):
                try: os.write(number, b'{"value": 3}\\n')
                except OSError: pass
            return 4
        """
      let verdict = await sandbox.verdict(
        on: program, calling: "f", tests: [CallTest(arguments: [1], expected: 3)])
      #expect(verdict == .failed(test: 0, reason: "the result is 4 and not 3"))
    }

    @Test func `ordinary programs are not in the way of the limits`() async {
      let program = """
        import collections, concurrent.futures, math, os, re, subprocess, sys, tempfile, time
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            print(sum(pool.map(math.factorial, range(5))))
        print(subprocess.run(["/bin/echo", "child"], capture_output=True, text=True).stdout.strip())
        with tempfile.TemporaryFile() as file:
            file.write(b"x" * 1000000)
        print(len(open("/dev/urandom", "rb").read(8)), len(open("/dev/null").read()))
        held = bytearray(b"x") * (60 << 20)
        sys.stdout.flush()
        children = []
        for _ in range(3):
            children.append(os.fork())
            if children[-1] == 0:
                time.sleep(0.3)
                os._exit(0)
        print([os.waitpid(child, 0)[1] for child in children])
        """
      let verdict = await sandbox.verdict(
        on: program, tests: [OutputTest(input: "", expected: "34\nchild\n8 0\n[0, 0, 0]")])
      #expect(verdict == .passed)
    }

    @Test func `any command runs in the sandbox, and its status is told`() async {
      let run = await sandbox.run(["/bin/sh", "-c", "cat; echo said >&2; exit 7"], input: "fed")
      #expect(run.ending == .status(7))
      #expect(run.output == Array("fed".utf8))
      #expect(run.words == "said\n")
    }

    @Test func `many sandboxes run side by side, and a cancelled one ends at once`() async throws {
      let program = "print(int(input()) * 2)"
      try await withThrowingTaskGroup(of: SandboxVerdict.self) { group in
        for number in 0..<40 {
          group.addTask { [sandbox] in
            await sandbox.verdict(
              on: program, tests: [OutputTest(input: "\(number)", expected: "\(number * 2)")])
          }
        }
        for try await verdict in group { #expect(verdict == .passed) }
      }
      let sleeping = Task { [sandbox] in
        await sandbox.verdict(
          on: "import time\ntime.sleep(60)", tests: [OutputTest(input: "", expected: "")])
      }
      try await Task.sleep(for: .milliseconds(200))
      let start = ContinuousClock.now
      sleeping.cancel()
      #expect(await sleeping.value == .cancelled)
      #expect(ContinuousClock.now - start < .seconds(1) + slack)
    }

    @Test func `many sandboxes leave no process and no descriptor`() async {
      await #expect(processExitsWith: .success) {
        let sandbox = Sandbox(SandboxProcesses.settings(wall: .milliseconds(300)))
        _ = await sandbox.check()
        let before = try openDescriptors()
        for place in 0..<40 {
          let command = place.isMultiple(of: 20) ? "sleep 60 & sleep 60" : "exit 0"
          _ = await sandbox.run(["/bin/sh", "-c", command])
        }
        let (after, left) = (try await descriptors(settlingTo: before), try children())
        // The system's own threads may open a few; a leak would be one a sandbox.
        guard after < before + 20, left.isEmpty else {
          fatalError("\(before) descriptors then \(after), children \(left)")
        }
      }
    }
  }

  @Suite struct RefusalTests {
    @Test func `without a sandbox nothing is run, and one line says what is missing`() async throws
    {
      try await withFolder { folder in
        let file = folder.appending(path: "ran")
        var settings = SandboxSettings()
        settings.searchPath = folder.path
        let sandbox = Sandbox(settings)
        let reason = try #require(await sandbox.check())
        #expect(reason.contains("install the package bubblewrap"))
        #expect(!reason.contains("\n"))
        let program = "open('\(file.path)', 'w')"
        let run = await sandbox.run(["python3", "-c", program])
        #expect(run.ending == .unavailable(reason: reason))
        let printed = await sandbox.verdict(
          on: program, tests: [OutputTest(input: "", expected: "")])
        #expect(printed == .unavailable(reason: reason))
        let called = await sandbox.verdict(
          on: program, calling: "f", tests: [CallTest(arguments: [], expected: nil)])
        #expect(called == .unavailable(reason: reason))
        #expect(!FileManager.default.fileExists(atPath: file.path))
      }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")))
    func `where the system forbids sandboxes, its own words say so`() async throws {
      try await withFolder { folder in
        // A bwrap that can do nothing, as in a container that forbids namespaces.
        let fake = folder.appending(path: "bwrap")
        try """
        #!/bin/sh
        if [ "$1" = --help ]; then echo "--size --disable-userns"; exit 0; fi
        echo "bwrap: No permissions to create new namespace" >&2
        exit 1
        """.write(to: fake, atomically: true, encoding: .utf8)
        for path in [folder.path, fake.path] {
          try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        }
        var settings = SandboxSettings()
        settings.searchPath = folder.path + ":/usr/bin:/bin"
        let reason = try #require(await Sandbox(settings).check())
        #expect(reason.contains("No permissions to create new namespace"))
        let verdict = await Sandbox(settings).verdict(
          on: "def f(): return 1", calling: "f", tests: [CallTest(arguments: [], expected: 1)])
        #expect(verdict == .unavailable(reason: reason))
      }
    }

    @Test func `no tests is no pass`() async {
      let reason = SandboxVerdict.unavailable(reason: "there are no tests")
      #expect(await Sandbox().verdict(on: "", tests: []) == reason)
      #expect(await Sandbox().verdict(on: "", calling: "f", tests: []) == reason)
    }
  }
}
