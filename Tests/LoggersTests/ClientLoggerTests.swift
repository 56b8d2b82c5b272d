// The script that speaks with clients in Python, with a client that writes down what it is told.

import Foundation
import Loggers
import Testing

@Suite("Client logger")
struct ClientLoggerTests {
  /// A client of wandb's words; its log raises at a step of its own.
  private static let client = """
    import json, os

    class Histogram:
        def __init__(self, values): self.values = values

    class Html:
        def __init__(self, text): self.text = text

    def note(**words):
        with open(os.environ["WANDB_NOTES"], "a") as file:
            file.write(json.dumps(words, default=vars, sort_keys=True) + "\\n")

    class Run:
        def define_metric(self, *names, **words): pass
        def log(self, line):
            print("clients print")
            if line["training/global_step"] >= int(os.environ.get("WANDB_FAILS", 99)):
                raise OSError("no network")
            note(line=line)
        def finish(self): note(end=True)

    def init(**words):
        note(project=words["project"], name=words["name"], config=words["config"])
        note(id=words["id"])
        return Run()
    """

  private func withClient(
    _ body: (_ run: URL, _ notes: () throws -> [String], _ environment: [String: String]) throws ->
      Void
  ) throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "vapo-log-\(UUID().uuidString)")
    let modules = folder.appending(path: "modules")
    try FileManager.default.createDirectory(at: modules, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(Self.client.utf8).write(to: modules.appending(path: "wandb.py"))
    let notes = folder.appending(path: "notes")
    try body(
      folder,
      { try String(contentsOf: notes, encoding: .utf8).split(separator: "\n").map(String.init) },
      [
        "PYTHONPATH": modules.path, "WANDB_NOTES": notes.path,
        "VAPO_ROOT": URL(filePath: #filePath).appending(path: "../../..").standardized.path,
      ])
  }

  private func step(_ number: Int) -> LoggedStep {
    LoggedStep(
      step: number, time: 1, numbers: [.init("actor/lr", 1e-06), .init("nan", .nan)],
      distributions: [.init("response_length", [3, 4])],
      samples: [.init("rollout/sample", "<b> & é")])
  }

  @Test("a client is told of the settings, of every step, and of the end")
  func told() throws {
    try withClient { run, notes, environment in
      let logger = try ClientLogger(
        "wandb", run: run, project: "p", name: "n", settings: [("actor.optim.lr", "1e-06")],
        environment: environment)
      try logger.record(step(7))
      try logger.close()
      #expect(
        try notes().filter { !$0.contains(#""id""#) } == [
          #"{"config": {"actor.optim.lr": "1e-06"}, "name": "n", "project": "p"}"#,
          #"{"line": {"actor/lr": 1e-06, "response_length/histogram": {"values": [3.0, 4.0]}, "#
            + #""rollout/sample": {"text": "<pre>&lt;b&gt; &amp; \u00e9</pre>"}, "training/global_step": 7}}"#,
          #"{"end": true}"#,
        ])
      // A run that goes on sends no step twice, and goes on as the same run.
      let again = try ClientLogger(
        "wandb", run: run, project: "p", name: "n", settings: [], environment: environment)
      for number in 6...8 { try again.record(step(number)) }
      try again.close()
      let lines = try notes()
      #expect(lines.count { $0.contains(#""training/global_step": "#) } == 2)
      #expect(Set(lines.compactMap { $0.firstMatch(of: /"id": "([0-9a-f]{8})"/)?.1 }).count == 1)
      // An export is a run of its own, with all steps.
      let export = try ClientLogger(
        "wandb", run: run, project: "p", name: "n", settings: [], goesOn: false,
        environment: environment)
      for number in 6...8 { try export.record(step(number)) }
      try export.close()
      #expect(try notes().count { $0.contains(#""training/global_step": "#) } == 5)
    }
  }

  @Test("a client that refuses is given up at the third time in a row, with its reason")
  func refusals() throws {
    try withClient { run, notes, environment in
      let logger = try ClientLogger(
        "wandb", run: run, project: "p", name: "n", settings: [],
        environment: environment.merging(["WANDB_FAILS": "2"]) { $1 })
      for number in 1...3 { try logger.record(step(number)) }
      let error = #expect(throws: LoggerError.self) { try logger.record(step(4)) }
      #expect(error?.description.contains("OSError: no network") == true)
      #expect(try notes().count == 3)
    }
  }

  @Test("a client that is not installed is said to be missing, with what installs it")
  func missing() throws {
    try withClient { run, _, environment in
      try FileManager.default.removeItem(at: run.appending(path: "modules/wandb.py"))
      try Data("import no_such_module".utf8).write(to: run.appending(path: "modules/wandb.py"))
      let error = #expect(throws: LoggerError.self) {
        _ = try ClientLogger(
          "wandb", run: run, project: "p", name: "n", settings: [], environment: environment)
      }
      #expect(
        error?.description.contains("this python3 has no no_such_module; pip install wandb") == true
      )
    }
  }
}
