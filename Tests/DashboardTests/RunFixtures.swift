// Runs to look at: one that the program trained, and folders as a crash, a run under way and a start leave them.

import Foundation
import JSON
import TestSupport
import Testing

/// A folder of runs in four states, as long as it is held.
final class RunFixtures {
  let root: URL
  /// The lock of the run that is under way.
  private let lock: Int32

  /// Texts that a page must not take for anything but text.
  static let hostile: [String] = [
    "<img src=x onerror=\"window.harmed=1\">", "</script><script>window.harmed=1</script>",
    "<svg onload=window.harmed=1>", "javascript:window.harmed=1",
    "{{constructor.constructor('window.harmed=1')()}}",
    "\"><iframe srcdoc='<script>parent.harmed=1</script>'>", "مرحبا بالعالم 123 שלום",
    "👩‍👩‍👧‍👦 🇺🇳 e\u{301} 😀",
    "a\u{202E}b\u{0}c\u{FEFF}d", "&lt;b&gt; &amp; %3Cscript%3E", "\\boxed{<b>12</b>}",
  ]
  /// A response of so many tokens.
  static let longLength = 100_000

  init() throws {
    root = FileManager.default.temporaryDirectory.appending(path: "vapo-\(UUID().uuidString)")
    for name in ["crashed/rollouts", "running/rollouts", "empty"] {
      try FileManager.default.createDirectory(
        at: root.appending(path: name), withIntermediateDirectories: true)
    }
    let place = root.appending(path: "running/lock").path
    lock = open(place, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    try #require(lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0)
    for name in ["crashed", "running", "empty"] {
      let settings = """
        algorithm:
          preset: vapo
          gamma: 1.0
          lam_critic: 1.0
          lam_policy: {form: length-adaptive, alpha: 0.05}
        trainer:
          total_training_steps: 100
          experiment_name: "\(name)<b>"
        reward: {verifier: math}
        model: {path: "<script>window.harmed=1</script>"}
        """
      try Data(settings.utf8).write(to: root.appending(path: "\(name)/config.resolved.yaml"))
    }
    // A run that learned for thirty steps and then fell, and died in the middle of a line.
    for step in 1...40 {
      try report("crashed", step, accuracy: step < 30 ? 0.02 * Double(step) : 0.1)
    }
    try append("crashed/metrics.jsonl", #"{"step": 41, "data": {"vapo/acc"#)
    for step in 1...3 { try report("running", step, accuracy: 0.5) }
    try dump(
      "crashed", 40, Self.hostile.map { (text: $0, tokens: 5) } + [("long", Self.longLength)])
    try dump("running", 3, [("fine", 4)])
  }

  deinit {
    close(lock)
    try? FileManager.default.removeItem(at: root)
  }

  /// Trains a run of a few seconds below the root.
  func train() async throws {
    let recipe = root.appending(path: "tiny.yaml")
    try Data("trainer: {seed: 0}\n".utf8).write(to: recipe)
    let command = try await Command(
      [
        "train", recipe.path, "trainer.default_local_dir=\(root.path)",
        "trainer.experiment_name=trained",
        "trainer.total_training_steps=5", "trainer.test_freq=2", "trainer.device=cpu",
        "model.hidden_size=16", "model.intermediate_size=32", "model.num_hidden_layers=1",
        "model.num_attention_heads=2", "model.num_key_value_heads=1", "model.initializer_range=0.2",
        "data.train_batch_size=4", "data.val_max_samples=4", "data.max_prompt_length=16",
        "data.max_response_length=40", "data.task.max_moves=3", "warm_start.steps=6",
        "warm_start.report_interval=2", "warm_start.batch_size=8", "warm_start.optim.lr=3e-3",
        "rollout.n=3",
        "rollout.val_kwargs.n=2", "value_pretraining.steps=3",
        "value_pretraining.train_batch_size=6",
        "value_pretraining.mini_batch_size=4", "actor.ppo_mini_batch_size=4", "actor.optim.lr=1e-3",
        "critic.ppo_mini_batch_size=4", "critic.optim.lr=1e-2", "actor.ppo_max_token_len=200",
        "critic.ppo_max_token_len=150", "trainer.rollout_dump_freq=1", "algorithm.gamma=0.98",
        "algorithm.lam_critic=0.9",
      ], of: Command.networkBinary)
    try #require(command.status == 0, "\(command.output)")
  }

  /// Adds a step to a run's metrics.
  func report(_ run: String, _ step: Int, accuracy: Double) throws {
    var data: [JSONObject.Element] = [
      ("vapo/accuracy", .number(accuracy)), ("critic/score/mean", .number(2 * accuracy - 1)),
      ("response_length/mean", .number(100 + Double(step))), ("actor/entropy", .number(0.5)),
      ("critic/vf_explained_var", .number(step < 20 ? 0.4 : -0.2)), ("training/stage", .number(4)),
      ("vapo/response_tokens", .number(1000 * Double(step))), ("timing_s/step", .number(2)),
      ("timing_s/gen", .number(1)), ("<img src=x onerror=window.harmed=1>", .number(1)),
    ]
    for tenth in 1...10 {
      data.append(("vapo/explained_var/decile_\(tenth)", .number(Double(tenth) / 10)))
    }
    let line = JSONValue.object(["step": .integer(step), "data": .object(JSONObject(data))])
    try append("\(run)/metrics.jsonl", line.text + "\n")
  }

  private func append(_ path: String, _ text: String) throws {
    let file = root.appending(path: path)
    if !FileManager.default.fileExists(atPath: file.path) { try Data().write(to: file) }
    let handle = try FileHandle(forWritingTo: file)
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(text.utf8))
    try handle.close()
  }

  /// Writes a step's responses, moved into place as a run does.
  func dump(_ run: String, _ step: Int, _ responses: [(text: String, tokens: Int)]) throws {
    var lines = ""
    for (place, response) in responses.enumerated() {
      func column(_ number: (Int) -> Double) -> JSONValue {
        .array((0..<response.tokens).map { .number(number($0)) })
      }
      let ids = JSONValue.array((0..<response.tokens).map { .integer($0 % 50) })
      let line: JSONValue = .object([
        "input": .string("what is \(response.text)?"), "output": .string(response.text),
        "gts": .string(response.text), "score": .number(1), "step": .integer(step),
        "acc": .integer(1),
        "reward": .number(1), "id": .string("p<b>\(place / 2)"), "source": .string("<i>source"),
        "sample": .integer(place % 2), "finish_reason": .string("stop"),
        "length": .integer(response.tokens),
        "status": .string("ok"), "extracted": .string(response.text), "direct": .boolean(false),
        "reason": .string("<u>why"), "trained": .boolean(true), "lambda_policy": .number(0.5),
        "end_reward": .number(1), "prompt_ids": .array([.integer(1)]), "token_ids": ids,
        "log_probs": column { _ in -0.5 }, "values": column { _ in 0.5 },
        "advantages": column { Double($0 % 3) - 1 }, "returns": column { _ in 1 },
      ])
      lines += line.text + "\n"
    }
    let folder = root.appending(path: "\(run)/rollouts")
    try Data(lines.utf8).write(to: folder.appending(path: ".\(step).jsonl.tmp"))
    try FileManager.default.moveItem(
      at: folder.appending(path: ".\(step).jsonl.tmp"), to: folder.appending(path: "\(step).jsonl"))
  }
}

/// `vapo dashboard` on a free port.
final class Shown: WebProcess, @unchecked Sendable {
  private let index: URL

  init(_ root: URL, _ arguments: [String] = []) throws {
    index = FileManager.default.temporaryDirectory.appending(path: "vapo-\(UUID().uuidString)")
    try super.init(
      command: [
        "dashboard", root.path, "--port", "0", "--index", index.appending(path: "runs.sqlite").path,
      ]
        + arguments)
  }

  deinit { try? FileManager.default.removeItem(at: index) }

  /// The page's address.
  var address: String { "http://127.0.0.1:\(port)/" }

  /// An answer as JSON.
  func json(_ path: String) async throws -> JSONObject {
    let (status, body) = try await ask("GET", path)
    guard status == 200, case .object(let object)? = try? JSONValue(parsing: Array(body.utf8))
    else {
      throw BrowserError(words: "\(path): \(status), \(body.prefix(500))")
    }
    return object
  }

  /// The runs by their paths, each with its number.
  func runs() async throws -> [String: Int] {
    guard case .array(let runs)? = try await json("/api/runs")["runs"] else { return [:] }
    return runs.reduce(into: [:]) { found, run in
      if case .object(let run) = run, case .string(let path)? = run["path"],
        case .integer(let id)? = run["id"]
      {
        found[path] = id
      }
    }
  }
}
