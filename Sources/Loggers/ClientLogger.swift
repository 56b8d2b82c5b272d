// Loggers of other programs, by their own clients in Python: a child that speaks reward functions' lines.

import Children
public import Foundation
import JSON

/// Hands steps to a client in Python.
public final class ClientLogger: StepLogger {
  private let child: LineChild
  /// Steps in a row that the client refused.
  private var refusals = 0

  /// After as many refusals in a row the client is given up.
  private static let mostRefusals = 3

  /// Variables of the environment that say where clients send things, and as whom.
  private static var passed: Set<String> {
    let prefixes = [
      "WANDB_", "MLFLOW_", "TRACKIO_", "HF_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
    ]
    return Set(
      ProcessInfo.processInfo.environment.keys.filter { name in
        prefixes.contains { name.uppercased().hasPrefix($0) }
      })
  }

  /// Starts the client.
  ///
  /// - Parameters:
  ///   - client: `wandb`, `mlflow` or `trackio`.
  ///   - run: the run's folder, where the client keeps what it needs to go on.
  ///   - project: what the run is filed under.
  ///   - name: the run's name.
  ///   - settings: the run's, by dotted keys.
  ///   - environment: variables that the client gets beside those of this process.
  /// - Throws: why it does not start, in words.
  public init(
    _ client: String, run: URL, project: String, name: String,
    settings: [(key: String, value: String)],
    environment: [String: String] = [:]
  ) throws {
    let own = ProcessInfo.processInfo.environment
    guard let root = environment["VAPO_ROOT"] ?? own["VAPO_ROOT"] else {
      throw LoggerError("VAPO_ROOT does not say where the script for it is; start ./vapo")
    }
    let file = run.appending(path: ".logged-settings.json")
    let object = JSONObject(settings.map { ($0.key, .string($0.value)) })
    try Data(JSONValue.object(object).text.utf8).write(to: file, options: .atomic)
    var command = CommandSettings([
      "python3", "\(root)/dev/send-metrics.py", client, run.path, "--project", project, "--name",
      name,
      "--settings", file.path,
    ])
    command.environment = ChildEnvironment(passes: Self.passed, adds: environment)
    // A client may ask a server far away, and imports much before.
    command.startLimit = .seconds(120)
    command.answerLimit = .seconds(60)
    command.grace = .seconds(5)
    child = LineChild(command, stopping: try Interrupt())
    do { try child.start(interrupt: try Interrupt()) } catch {
      throw LoggerError("\(error)")
    }
  }

  deinit { child.stop() }

  /// Adds a step.
  public func record(_ step: LoggedStep) throws {
    let request: JSONObject = [
      "step": .integer(step.step), "time": .number("\(step.time)"),
      "numbers": .object(JSONObject(step.numbers.map { ($0.name, .number("\($0.value)")) })),
      "distributions": .object(
        JSONObject(
          step.distributions.map { one in (one.name, .array(one.values.map { .number("\($0)") })) })
      ),
      "samples": .object(JSONObject(step.samples.map { ($0.name, .string($0.text)) })),
    ]
    do {
      try ask(request)
      refusals = 0
    } catch {
      refusals += 1
      if refusals == Self.mostRefusals { throw LoggerError("\(error)") }
    }
  }

  /// Lets the client send what it has.
  public func close() throws {
    defer { child.stop() }
    do { try ask(["end": .boolean(true)]) } catch { throw LoggerError("\(error)") }
  }

  private func ask(_ request: JSONObject) throws {
    _ = try child.ask(request, interrupt: try Interrupt()) { answer -> LineReading<Bool> in
      if case .string(let reason)? = answer["error"] { return .refusal(reason) }
      return .answer(true)
    }
  }
}
