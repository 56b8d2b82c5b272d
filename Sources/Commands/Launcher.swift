// Launcher: `trainer.nproc=N` starts N processes of one run on this machine and watches them. When one is
// lost all are started again, and the run goes on from its last checkpoint, as under torchrun.

import Foundation
import Ranks
import Subprocess
import Synchronization
import Torch

#if canImport(System)
import System
#else
import SystemPackage
#endif

/// The processes of one run on this machine.
final class Launcher: Sendable {
  /// What became of a process.
  private struct End {
    var rank: Int
    var status: Int32
    var isSignal: Bool

    /// Whether another attempt may go well.
    var isLoss: Bool { isSignal || status == Ranks.lostStatus }

    var words: String {
      guard isSignal else { return "rank \(rank) left with status \(status)" }
      return "rank \(rank) was ended by signal \(status) (\(String(cString: strsignal(status))))"
    }
  }

  private let count: Int
  private let restarts: Int
  private let store: SharedStore
  private let port: UInt16
  /// Its other end closes when this process dies; the children then leave.
  private let lifeline: (read: Int32, write: Int32)
  /// The processes that run, with the attempt they belong to.
  private let pids = Mutex<[Int32: Int]>([:])
  private let isStopping = Atomic<Bool>(false)

  /// - Parameters:
  ///   - count: how many processes.
  ///   - restarts: how often they are started again.
  /// - Throws: ``ProcessError`` where no port can be had.
  init(_ count: Int, restarts: Int) throws {
    (self.count, self.restarts) = (count, restarts)
    let listener = try Listener(port: 0, onLoopback: true)
    store = try SharedStore(serving: listener.socket, port: listener.port)
    port = listener.port
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0, ends.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }) else {
      throw ProcessError("no pipe for the processes")
    }
    lifeline = (ends[0], ends[1])
  }

  /// Runs this command in every process until all have ended.
  ///
  /// - Returns: the status to leave with.
  func run() async throws -> Int32 {
    let signals = forwardSignals()
    defer { for signal in signals { signal.cancel() } }
    for attempt in 0...restarts {
      guard let loss = try await attend(attempt) else { return 0 }
      guard loss.isLoss, !isStopping.load(ordering: .relaxed) else {
        return loss.isSignal ? 128 + loss.status : loss.status
      }
      let phase = (try? store.value(of: Ranks.phaseKey(loss.rank))).flatMap(\.self)
      let rest = attempt < restarts ? "starting all of them again" : "that was the last attempt"
      let words = "vapo: \(loss.words)\(phase.map { " during \($0)" } ?? ""); \(rest)\n"
      FileHandle.standardError.write(Data(words.utf8))
    }
    return Ranks.lostStatus
  }

  /// One attempt: nil when all ended well, else who failed first.
  private func attend(_ attempt: Int) async throws -> End? {
    defer { pids.withLock { $0 = [:] } }
    let failures = try await withThrowingTaskGroup(of: End.self) { tasks in
      for rank in 0..<count { tasks.addTask { try await self.process(rank, attempt) } }
      var failures: [End] = []
      for try await end in tasks where end.status != 0 || end.isSignal {
        if failures.isEmpty {
          // Those that lost it may say so by themselves; what hangs is ended.
          Task {
            try? await Task.sleep(for: .seconds(2))
            self.send(SIGKILL, attempt)
          }
        }
        failures.append(end)
      }
      return failures
    }
    // Whoever was ended from outside is the cause; whoever left because of that is not.
    return failures.first { !$0.isLoss } ?? failures.first(where: \.isSignal) ?? failures.first
  }

  /// One process, from its start to its end.
  private func process(_ rank: Int, _ attempt: Int) async throws -> End {
    var options = PlatformOptions()
    // Signals come from here alone, each once.
    options.processGroupID = 0
    let result = try await Subprocess.run(
      .path(FilePath("/proc/self/exe")),
      arguments: Arguments(Array(CommandLine.arguments.dropFirst())),
      environment: .inherit.updating(environment(rank, attempt)), platformOptions: options,
      input: .fileDescriptor(
        FileDescriptor(rawValue: lifeline.read), closeAfterSpawningProcess: false),
      output: .currentStandardOutput, error: .currentStandardError
    ) { execution in
      pids.withLock { $0[execution.processIdentifier.value] = attempt }
    }
    return switch result.terminationStatus {
    case .exited(let status): End(rank: rank, status: status, isSignal: false)
    case .signaled(let signal): End(rank: rank, status: signal, isSignal: true)
    }
  }

  private func environment(_ rank: Int, _ attempt: Int) -> [Environment.Key: String?] {
    [
      "RANK": "\(rank)", "LOCAL_RANK": "\(rank)", "WORLD_SIZE": "\(count)",
      "LOCAL_WORLD_SIZE": "\(count)", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "\(port)",
      "TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RESTART_COUNT": "\(attempt)",
      Environment.Key(stringLiteral: Processes.watched): "1",
    ]
  }

  private func send(_ signal: Int32, _ attempt: Int? = nil) {
    pids.withLock { running in
      for (pid, other) in running where attempt == nil || attempt == other { kill(pid, signal) }
    }
  }

  private func forwardSignals() -> [any DispatchSourceSignal] {
    [SIGTERM, SIGINT, SIGUSR1].map { number in
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { [self] in
        isStopping.store(true, ordering: .relaxed)
        send(number)
      }
      source.resume()
      return source
    }
  }
}

/// How a command becomes one of several processes.
enum Processes {
  /// Set for processes whose standard input ends with whoever started them.
  static let watched = "VAPO_WATCHED"

  /// Starts the processes that a configuration asks for, unless this is one of several already.
  ///
  /// - Returns: the status to leave with when all have ended; nil in a process that does the work.
  static func launched(_ count: Int, restarts: Int) async throws -> Int32? {
    guard count > 1, try RankPlace.found(in: ProcessInfo.processInfo.environment) == nil else {
      return nil
    }
    return try await Launcher(count, restarts: restarts).run()
  }

  /// Meets the other processes of a run, where there are some.
  static func joined(timeout: Int, silence: Int) throws -> Ranks {
    let environment = ProcessInfo.processInfo.environment
    guard let place = try RankPlace.found(in: environment) else { return Ranks() }
    let isWatched = environment[watched] == "1"
    if isWatched { watchStarter() }
    return try Ranks(
      place, environment: environment, timeout: .seconds(timeout), silence: silence,
      looksForLost: !isWatched)
  }

  /// Leaves when whoever started this process is gone.
  private static func watchStarter() {
    Thread.detachNewThread {
      var byte: UInt8 = 0
      while read(STDIN_FILENO, &byte, 1) > 0 || errno == EINTR {}
      _exit(Ranks.lostStatus)
    }
  }
}
