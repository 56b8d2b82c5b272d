// The verifier of programs: the code of a response, run in a sandbox against the data's tests.

import Children
public import Records

/// How generated code is run (`reward.code`).
public struct CodeSettings: Codable, Equatable, Sendable {
  /// How long one test may take, in seconds.
  public var seconds = 10.0
  /// How much memory a program may use, in MiB.
  public var memory = 1024
  /// The tests that are run, from the first on; 0 runs all.
  public var tests = 0
  /// How many programs run side by side; 0 takes as many as there are cores.
  public var workers = 0
  /// How much a program may print or return, in MiB.
  public var output = 16
  /// Whether a response without a fence is itself the program.
  public var unfenced = false

  /// The defaults.
  public init() {}

  /// What is wrong with these settings.
  var problems: [SettingsProblem] {
    var rules = Rules()
    rules.require(
      seconds > 0 && seconds <= 3600, "seconds", "\(seconds) is not above 0 and within an hour")
    rules.require(
      (32...1 << 20).contains(memory), "memory", "\(memory) is not from 32 to 1048576 MiB")
    rules.require(tests >= 0, "tests", "\(tests) is less than 0")
    rules.require((0...256).contains(workers), "workers", "\(workers) is not from 0 to 256")
    rules.require((1...1024).contains(output), "output", "\(output) is not from 1 to 1024 MiB")
    return rules.problems
  }
}

/// Runs the program of a response against the tests in the right answer.
///
/// docs/code-rewards.md says what is taken as the program and how results are compared.
///
/// A program that fails, breaks, is too slow or says too much is wrong; where it could not be run,
/// nothing is known about it, and that is an error.
public final class CodeVerifier: Verifier {
  private let sandbox: Sandbox
  private let most: Int
  private let output: Int
  private let unfenced: Bool
  /// How many programs can run side by side.
  public let width: Int?

  /// Prepares the sandboxes; nothing is started yet.
  ///
  /// - Throws: `VerifierError.setting`.
  public init(_ settings: CodeSettings) throws(VerifierError) {
    try settings.problems.refuse("reward.code")
    var limits = SandboxSettings()
    limits.wall = .seconds(settings.seconds)
    limits.cpuSeconds = max(1, Int(settings.seconds.rounded(.up)))
    limits.memory = settings.memory << 20
    limits.output = settings.output << 20
    if settings.workers > 0 { limits.width = settings.workers }
    sandbox = Sandbox(limits)
    most = settings.tests == 0 ? Int.max : settings.tests
    width = limits.width
    output = limits.output
    unfenced = settings.unfenced
  }

  /// Programs are ended when they are late.
  public var keepsTime: Bool { true }

  /// Makes a sandbox and looks whether Python runs in it.
  public func check() async throws(VerifierError) {
    guard let reason = await sandbox.check() else { return }
    throw .setting(
      key: "reward.verifier", reason: "'code' runs nothing without a sandbox, and \(reason)")
  }

  /// Runs one response's program.
  ///
  /// - Throws: `VerifierError.truth` for tests that cannot be read; why a program was not run.
  public func verify(_ completion: Completion) async throws -> Verdict {
    let tests = try CodeTests(completion.prompt.truth, most: most, output: output)
    guard let code = codeBlock(in: completion.text, unfenced: unfenced) else {
      return Verdict(.noAnswer, reason: "found no block of code after ```")
    }
    let verdict: SandboxVerdict
    switch tests {
    case .output(let tests): verdict = await sandbox.verdict(on: code, tests: tests)
    case .calls(let name, let tests):
      verdict = await sandbox.verdict(on: code, calling: name, tests: tests)
    }
    let found = clipped(code)
    switch verdict {
    case .passed: return Verdict(.correct, extracted: found)
    case .failed(let test, let reason):
      return Verdict(.wrong, extracted: found, reason: "test \(test + 1): \(clipped(reason))")
    case .crashed(let test, let reason):
      return Verdict(.wrong, extracted: found, reason: "test \(test + 1): \(clipped(reason))")
    case .timeout(let test):
      return Verdict(.wrong, extracted: found, reason: "test \(test + 1): out of time")
    case .tooMuchOutput(let test):
      return Verdict(.wrong, extracted: found, reason: "test \(test + 1): too much output")
    case .unavailable(let reason): return Verdict(.error, reason: clipped(reason))
    case .cancelled: throw CancellationError()
    }
  }

  /// Complains about tests that cannot be read.
  public func complaint(about truth: String) -> String? {
    do {
      _ = try CodeTests(truth, most: most, output: output)
      return nil
    } catch { return "\(error)" }
  }
}
