// Nothing is left behind: no process, no zombie, no descriptor, no task that waits for ever.

import Children
import Foundation
import Synchronization
import Testing

extension ChildrenTests {
  @Suite struct ChildLifetimeTests {
    @Test func `after hundreds of restarts there is no zombie and no descriptor more`() async {
      await #expect(processExitsWith: .success) {
        let script = #"echo '{"protocol":1}'; read line; exit 0"#
        var settings = CommandSettings(["/bin/sh", "-c", script])
        settings.longestPause = .zero
        let command = try RewardCommand(settings)
        _ = try? await command.score(RogueChild.request("first"))
        let before = try openDescriptors()
        let restarts = 400
        var ended = 0
        var others: [String] = []
        for _ in 0..<restarts {
          let (error, _) = await failure { _ = try await command.score(RogueChild.request("next")) }
          if case .ended = error { ended += 1 } else { others.append("\(error as Any)") }
        }
        let (after, left) = (try await descriptors(settlingTo: before), try children())
        // The system's own threads may open a few; a leak would be one a restart.
        guard ended == restarts, after < before + 20, left.isEmpty else {
          Issue.record("\(others), \(before) descriptors then \(after), children \(left)")
          return
        }
      }
    }

    @Test func `killing children in the middle of requests leaves nothing either`() async {
      await #expect(processExitsWith: .success) {
        var settings = RogueChild.settings()
        settings.width = 4
        settings.answerLimit = .milliseconds(100)
        settings.longestPause = .zero
        let command = try RewardCommand(settings)
        let before = try openDescriptors()
        await withTaskGroup(of: Void.self) { group in
          for place in 0..<24 {
            let what = ["hang", "exit", "half a line", "ok"][place % 4]
            group.addTask { _ = try? await command.score(RogueChild.request(what)) }
          }
        }
        await command.stop()
        let (after, left) = (try await descriptors(settlingTo: before), try children())
        guard after < before + 12, left.isEmpty else {
          Issue.record("\(before) descriptors then \(after), children \(left)")
          return
        }
      }
    }

    @Test(.enabled(SandboxProcesses.skipped, SandboxProcesses.canBeMade))
    func `a run that is killed leaves neither a command nor a sandbox behind`() async throws {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        let command = try RewardCommand(RogueChild.settings())
        try await command.check()
        let named = "import ctypes, time; ctypes.CDLL(None).prctl(15, b'vapo-orphan', 0, 0, 0)"
        async let _ = Sandbox().run(["python3", "-c", named + "; time.sleep(600)"])
        for _ in 0..<300 where processes(named: "vapo-orphan").isEmpty {
          try await Task.sleep(for: .milliseconds(10))
        }
        guard !processes(named: "vapo-orphan").isEmpty else { exit(1) }
        kill(getpid(), SIGKILL)
      }
      #expect(await areGone(named: "vapo-orphan"))
    }

    @Test(.enabled(SandboxProcesses.skipped, SandboxProcesses.canBeMade))
    func `even who hides completely is found in a process namespace`() async throws {
      let hide = """
        import ctypes, os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                name = "import ctypes, time; ctypes.CDLL(None).prctl(15, b'vapo-hidden', 0, 0, 0)"
                os.execve("/usr/bin/env", ["env", "-i", "\(RogueChild.python)", "-c", name + "; time.sleep(600)"], {})
            os._exit(0)
        os.wait()
        time.sleep(0.3)
        """
      var settings = RogueChild.settings("exec(\(hide.debugDescription))")
      settings.command =
        ["bwrap", "--unshare-pid", "--dev-bind", "/", "/", "--proc", "/proc", "--"]
        + settings.command
      let command = try RewardCommand(settings)
      #expect(try await command.score(RogueChild.request("12")).score == 2)
      #expect(!processes(named: "vapo-hidden").isEmpty)
      #expect(try await command.score(RogueChild.request("123")).score == 3)
      await command.stop()
      #expect(await areGone(named: "vapo-hidden"))
    }

    @Test func `children side by side answer many tasks, each its own`() async throws {
      var settings = RogueChild.settings()
      settings.width = 3
      settings.answerLimit = .seconds(10)
      let command = try RewardCommand(settings)
      await withTaskGroup(of: (Int, Double?).self) { group in
        for length in 1...200 {
          group.addTask {
            let request = RogueChild.request(String(repeating: "z", count: length))
            return (length, try? await command.score(request).score)
          }
        }
        for await (length, score) in group { #expect(score == Double(length)) }
      }
      await command.stop()
    }

    @Test func `a cancelled task is free at once, and whoever waits behind it too`() async throws {
      var settings = RogueChild.settings()
      settings.answerLimit = .seconds(60)
      let command = try RewardCommand(settings)
      try await command.check()
      let first = Task { await failure { _ = try await command.score(RogueChild.request("hang")) } }
      try await Task.sleep(for: .milliseconds(100))
      let second = Task {
        await failure { _ = try await command.score(RogueChild.request("hang")) }
      }
      let third = Task { try await command.score(RogueChild.request("123")).score }
      try await Task.sleep(for: .milliseconds(100))
      second.cancel()
      let (waiting, _) = await second.value
      #expect(waiting == .cancelled)
      first.cancel()
      let (running, time) = await first.value
      #expect(running == .cancelled)
      #expect(time < .seconds(1.5) + slack)
      #expect(try await third.value == 3)
      await command.stop()
    }

    @Test func `stopping ends those who wait, and nobody can ask any more`() async throws {
      var settings = RogueChild.settings()
      settings.answerLimit = .seconds(60)
      let command = try RewardCommand(settings)
      try await command.check()
      let asked = Task { await failure { _ = try await command.score(RogueChild.request("hang")) } }
      try await Task.sleep(for: .milliseconds(100))
      await command.stop()
      let (error, _) = await asked.value
      #expect(error == .stopped)
      let (late, _) = await failure { _ = try await command.score(RogueChild.request("1")) }
      #expect(late == .stopped)
    }

    @Test func `a command that nobody holds any more is ended with all it started`() async throws {
      try await withFolder { folder in
        let file = folder.appending(path: "id").path
        let start = "open('\(file)', 'w').write(str(os.getpid()))"
        do {
          let command = try RewardCommand(RogueChild.settings(start))
          try await command.check()
        }
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let id = try #require(Int32(text))
        #expect(!isAlive(id))
      }
    }

    @Test func `a command that fails over and over rests, but never long`() async throws {
      var settings = CommandSettings(["/bin/sh", "-c", "exit 1"])
      settings.longestPause = .milliseconds(200)
      let command = try RewardCommand(settings)
      var times: [Duration] = []
      for _ in 0..<7 {
        times.append(await failure { try await command.check() }.time)
      }
      // The pauses: none, none, 25, 50, 100, 200, 200 ms.
      #expect(times[6] > .milliseconds(200))
      #expect(times[6] < .milliseconds(1200) + slack)
      #expect(times.reduce(.zero, +) > .milliseconds(575))
    }
  }
}
