// Where programs run that nobody has read. The sandbox has its own view of everything: no network, no
// other processes, of the files only the system's programs, to read, and a small empty folder that
// forgets. It knows no variable, no secret and no expected result; results are compared outside.
//
// What it is made of: bubblewrap's namespaces, its user without rights in them, limits of the
// kernel on every process, a filter of system calls, and this process, which bounds time, output and
// the memory of all together. Where no sandbox can be made nothing is run.

import Synchronization

/// Runs generated programs in sandboxes, some side by side.
public final class Sandbox: Sendable {
  private let settings: SandboxSettings
  private let slots: Lease<Int>
  private let tools = Mutex<Result<SandboxTools, SandboxTools.Complaint>?>(nil)

  /// Prepares the sandbox; nothing is started yet.
  public init(_ settings: SandboxSettings = SandboxSettings()) {
    self.settings = settings
    slots = Lease(Array(0..<max(1, settings.width)))
  }

  /// Makes a sandbox and looks whether Python runs in it.
  ///
  /// - Returns: Why generated code cannot be run here, in one line; nil if it can.
  public func check() async -> String? {
    let word = "it works"
    let run = await run([settings.python, "-c", "print('\(word)')"])
    switch run.ending {
    case .unavailable(let reason): return reason
    case .status(0) where run.output.starts(with: word.utf8): return nil
    default:
      let words = run.words.split(separator: "\n").last.map { ": \($0)" } ?? ""
      return "\(settings.python) does not run in the sandbox (\(run.ending))\(words)"
    }
  }

  /// In words, who bounds the memory of all processes of a sandbox together.
  ///
  /// - Returns: The words; nil where no sandbox can be made.
  public func memoryKeeper() -> String? {
    guard case .success(let tools) = found() else { return nil }
    switch tools.groups {
    case .success(let groups):
      return "its memory is bounded by control groups in \(groups.home)"
    case .failure(let complaint):
      return "its memory is counted ten times a second, as there is no control group: "
        + complaint.reason
    }
  }

  /// Runs a command in a sandbox.
  ///
  /// The command is not looked at: what is in its arguments is inside the sandbox.
  ///
  /// - Parameters:
  ///   - arguments: the command, as it is called inside.
  ///   - program: a text that is at `/code/main.py` inside.
  ///   - input: its standard input.
  /// - Returns: What came of it.
  public func run(
    _ arguments: [String], program: String? = nil, input: String = ""
  ) async -> SandboxRun {
    await inSandbox { settings, tools, interrupt in
      Self.run(
        SandboxProcess.Contents(arguments: arguments, program: program, input: Array(input.utf8)),
        settings, tools, interrupt)
    } otherwise: {
      SandboxRun(ending: $0.ending, output: [], words: "")
    }
  }

  /// Runs a Python program once for every test, each time in a new sandbox, until one is not passed.
  ///
  /// The names that graders import for such programs are known to it.
  public func verdict(on program: String, tests: [OutputTest]) async -> SandboxVerdict {
    if let verdict = verdictWithoutRunning(program, tests: tests.count) { return verdict }
    for (place, test) in tests.enumerated() {
      let run = await run(
        [settings.python, "-c", PythonRunner.program], program: program, input: test.input)
      if let verdict = Self.verdict(on: run, test, place) { return verdict }
    }
    return .passed
  }

  /// Calls a function of a Python program once for every test, all in one sandbox, until one is not
  /// passed.
  ///
  /// The program is run once, and then for each test the method `name` of a new `Solution()`, or the
  /// function `name`. Each of these may take the whole time of a test. The names that graders import
  /// for such programs are known to it, but none of them is the function.
  public func verdict(
    on program: String, calling name: String, tests: [CallTest]
  ) async -> SandboxVerdict {
    if let verdict = verdictWithoutRunning(program, tests: tests.count) { return verdict }
    return await inSandbox { settings, tools, interrupt in
      // The kernel counts the computing of all tests together, for they are one process.
      var settings = settings
      settings.cpuSeconds = min(settings.cpuSeconds, 1 << 20) * min(1 + tests.count, 1 << 20)
      return CallRunner(settings: settings, tools: tools, interrupt: interrupt).verdict(
        on: program, calling: name, tests: tests)
    } otherwise: {
      $0.verdict
    }
  }

  private func verdictWithoutRunning(_ program: String, tests: Int) -> SandboxVerdict? {
    guard tests > 0 else { return .unavailable(reason: "there are no tests") }
    let length = program.utf8.count
    return length > settings.fileSize
      ? .crashed(test: 0, reason: "a program of \(length) bytes is too long") : nil
  }

  private static func verdict(
    on run: SandboxRun, _ test: OutputTest, _ place: Int
  ) -> SandboxVerdict? {
    switch run.ending {
    case .unavailable(let reason): .unavailable(reason: reason)
    case .cancelled: .cancelled
    case .timeout: .timeout(test: place)
    case .tooMuchOutput: .tooMuchOutput(test: place)
    case .tooMuchMemory: .crashed(test: place, reason: "too much memory")
    case .status(0):
      Comparison.difference(printed: run.output, expected: test.expected).map {
        .failed(test: place, reason: $0)
      }
    case .status(let status) where Self.isOutOfTime(status): .timeout(test: place)
    case .status(let status):
      .crashed(test: place, reason: Self.words(forStatus: status, run.words))
    }
  }

  /// Whether a status is the signal of the kernel that counts a process's computing.
  static func isOutOfTime(_ status: Int) -> Bool { status == 128 + 24 }

  static func words(forStatus status: Int, _ words: String) -> String {
    let last = words.split(separator: "\n").last.map { ": \($0.prefix(300))" } ?? ""
    return "status \(status)\(last)"
  }

  private static func run(
    _ contents: SandboxProcess.Contents, _ settings: SandboxSettings, _ tools: SandboxTools,
    _ interrupt: Interrupt
  ) -> SandboxRun {
    let sandbox: SandboxProcess
    do throws(ChildError) {
      sandbox = try SandboxProcess(contents, settings, tools: tools, interrupts: [interrupt])
    } catch {
      return SandboxRun(ending: .unavailable(reason: "\(error)"), output: [], words: "")
    }
    let stop = sandbox.run()
    let report = sandbox.end()
    let ending: SandboxRun.Ending =
      switch (stop, report) {
      case (.interrupted?, _): .cancelled
      case (.deadline?, _): .timeout
      case (.overflow?, _): .tooMuchOutput
      case (.memory?, _): .tooMuchMemory
      case (nil, .status(let status)): .status(status)
      case (nil, .noSandbox(let words)):
        .unavailable(reason: "no sandbox can be made here: \(words)")
      case (nil, .stopped): .unavailable(reason: "the sandbox was ended from outside")
      }
    return SandboxRun(
      ending: ending, output: Array(sandbox.printed.prefix(settings.output)), words: sandbox.words)
  }

  // MARK: - One at a time

  /// Why there was no run at all.
  private enum Absence {
    case cancelled
    case unavailable(String)

    var ending: SandboxRun.Ending {
      switch self {
      case .cancelled: .cancelled
      case .unavailable(let reason): .unavailable(reason: reason)
      }
    }

    var verdict: SandboxVerdict {
      switch self {
      case .cancelled: .cancelled
      case .unavailable(let reason): .unavailable(reason: reason)
      }
    }
  }

  private func inSandbox<Value: Sendable>(
    _ work: @escaping @Sendable (SandboxSettings, SandboxTools, Interrupt) -> Value,
    otherwise: (Absence) -> Value
  ) async -> Value {
    let result = await slots.lend { _ -> Result<Value, ChildError> in
      do throws(ChildError) {
        return .success(
          try await interruptibly { [self] interrupt in
            found().map { work(settings, $0, interrupt) }.mapError { .start(reason: $0.reason) }
          })
      } catch {
        return .failure(error)
      }
    }
    switch result {
    case nil, .failure(.cancelled)?: return otherwise(.cancelled)
    case .success(let value)?: return value
    case .failure(.start(let reason))?: return otherwise(.unavailable(reason))
    case .failure(let error)?: return otherwise(.unavailable("\(error)"))
    }
  }

  private func found() -> Result<SandboxTools, SandboxTools.Complaint> {
    tools.withLock { tools in
      if let tools { return tools }
      let found = Result { () throws(SandboxTools.Complaint) in try SandboxTools(settings) }
      tools = found
      return found
    }
  }
}
