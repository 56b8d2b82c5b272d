// Loggers of other programs, by their own clients in Python: a child that speaks reward functions' lines.

import Children
public import Foundation
import JSON

/// Hands steps to a client in Python.
public final class ClientLogger: StepLogger {
  private let child: LineChild
  /// Steps in a row that did not arrive.
  private var refusals = 0
  /// Steps in all that did not.
  private var lost = 0
  /// Why the last of them did not.
  private var reason = ""

  /// The settings of a run as clients get them, a file of its folder.
  public static let settingsName = ".logged-settings.json"
  /// What clients have of a run, a file each of its folder.
  public static let markNames = ["wandb", "mlflow", "trackio"].map { ".logged-\($0).json" }

  /// After as many refusals in a row the client is given up.
  private static let mostRefusals = 3
  /// How long the client may take to send the rest.
  private static let endLimit = Duration.seconds(600)

  /// Variables of the environment that say where clients send things, and as whom.
  private static var passed: Set<String> {
    let prefixes = [
      "WANDB_", "MLFLOW_", "TRACKIO_", "HF_", "AWS_", "AZURE_", "GOOGLE_", "DATABRICKS_",
      "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
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
  ///   - goesOn: whether it adds to what it has of this run already, each step once; otherwise it begins
  ///     anew.
  ///   - environment: variables that the client gets beside those of this process.
  /// - Throws: why it does not start, in words.
  public init(
    _ client: String, run: URL, project: String, name: String,
    settings: [(key: String, value: String)], goesOn: Bool = true,
    environment: [String: String] = [:]
  ) throws {
    let own = ProcessInfo.processInfo.environment
    guard let root = environment["VAPO_ROOT"] ?? own["VAPO_ROOT"] else {
      throw LoggerError("VAPO_ROOT does not say where the script for it is; start ./vapo")
    }
    let file = run.appending(path: Self.settingsName)
    let object = JSONObject(settings.map { ($0.key, .string($0.value)) })
    try Data(JSONValue.object(object).text.utf8).write(to: file, options: .atomic)
    var command = CommandSettings(
      [
        "python3", "\(root)/dev/send-metrics.py", client, run.path, "--project", project, "--name",
        name,
        "--settings", file.path,
      ] + (goesOn ? [] : ["--anew"]))
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
      (refusals, lost) = (refusals + 1, lost + 1)
      reason = "\(error)"
      if refusals == Self.mostRefusals { throw LoggerError(reason) }
    }
  }

  /// Lets the client send what it has.
  ///
  /// - Throws: also that steps were lost on the way, with the last reason.
  public func close() throws {
    defer { child.stop() }
    do { try ask(["end": .boolean(true)], limit: Self.endLimit) } catch {
      throw LoggerError("\(error)")
    }
    if lost > 0 { throw LoggerError("\(lost) steps did not arrive, the last because: \(reason)") }
  }

  private func ask(_ request: JSONObject, limit: Duration? = nil) throws {
    _ = try child.ask(request, interrupt: try Interrupt(), limit: limit) {
      answer -> LineReading<Bool> in
      if case .string(let reason)? = answer["error"] { return .refusal(reason) }
      return .answer(true)
    }
  }
}
