// A run small enough to be repeated many times: all stages, a few steps each.

import Foundation
import Settings
import Testing
import Training

/// Settings and readings of a tiny run.
enum TinyRun {
  /// Warm start, value pretraining, baseline and reinforcement in twelve global steps.
  static func configuration(_ overrides: [String] = []) throws -> RunConfiguration {
    try RunConfiguration.load(
      recipe: nil,
      overrides: [
        "trainer.total_training_steps=5", "trainer.save_freq=1", "trainer.max_ckpt_to_keep=50",
        "trainer.test_freq=2", "trainer.device=cpu", "model.hidden_size=16",
        "model.intermediate_size=32", "model.num_hidden_layers=1", "model.num_attention_heads=2",
        "model.num_key_value_heads=1", "model.initializer_range=0.2", "data.train_batch_size=4",
        "data.val_max_samples=4", "data.max_prompt_length=16", "data.max_response_length=40",
        "data.task.max_moves=3", "warm_start.steps=6", "warm_start.report_interval=2",
        "warm_start.batch_size=8", "warm_start.optim.lr=3e-3", "rollout.n=3",
        "rollout.val_kwargs.n=2", "value_pretraining.steps=3",
        "value_pretraining.train_batch_size=6", "value_pretraining.mini_batch_size=4",
        "value_pretraining.optim.lr=1e-3", "actor.ppo_mini_batch_size=4", "actor.optim.lr=1e-3",
        "critic.ppo_mini_batch_size=4", "critic.optim.lr=1e-3", "actor.ppo_max_token_len=200",
        "critic.ppo_max_token_len=150",
      ] + overrides)
  }

  /// A console nobody reads.
  static var silence: Console { Console(isTerminal: false, write: { _ in }) }

  /// Trains in a folder to the end.
  @MainActor
  static func train(
    _ configuration: RunConfiguration, in folder: URL
  ) async throws -> Trainer.Ending {
    try await Trainer(configuration, in: folder, console: silence).run()
  }

  /// Every file of a checkpoint that does not hold a time, by its path, with its bytes.
  static func contents(of checkpoint: URL) throws -> [String: Data] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: checkpoint.path)
    var files: [String: Data] = [:]
    for name in names where name != "manifest.json" && name != "state.json" {
      let url = checkpoint.appending(path: name)
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
      if !isFolder.boolValue { files[name] = try Data(contentsOf: url) }
    }
    return files
  }

  /// state.json without how long it took and how often it was started.
  static func state(of checkpoint: URL) throws -> [String: String] {
    let data = try Data(contentsOf: checkpoint.appending(path: "state.json"))
    let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    return try object.filter { $0.key != "seconds" && $0.key != "attempts" }.mapValues {
      let data = try JSONSerialization.data(withJSONObject: ["value": $0], options: .sortedKeys)
      return String(decoding: data, as: UTF8.self)
    }
  }

  /// The lines of metrics.jsonl without times and speeds, as canonical JSON.
  static func metrics(of run: URL) throws -> [String] {
    let text = try String(contentsOf: run.appending(path: "metrics.jsonl"), encoding: .utf8)
    return try text.split(separator: "\n").map { line in
      let object =
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
      let data = (object["data"] as? [String: Any] ?? [:]).filter {
        !$0.key.hasPrefix("timing_s/") && !$0.key.hasPrefix("perf/generation_throughput")
          && !$0.key.hasPrefix("perf/max_memory")
      }
      let kept: [String: Any] = ["step": object["step"] ?? -1, "data": data]
      let bytes = try JSONSerialization.data(withJSONObject: kept, options: .sortedKeys)
      return String(decoding: bytes, as: UTF8.self)
    }
  }

  /// The names of all numbers in metrics.jsonl.
  static func metricNames(of run: URL) throws -> [String] {
    let text = try String(contentsOf: run.appending(path: "metrics.jsonl"), encoding: .utf8)
    let names = try text.split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] ?? [:]
      return Set((object["data"] as? [String: Any] ?? [:]).keys)
    }
    return names.reduce(into: Set()) { $0.formUnion($1) }.sorted()
  }

  /// Expects a run that is cut off after any of its global steps to end as one that was not.
  @MainActor
  static func expectResumable(
    _ configuration: RunConfiguration, steps: Int, in root: URL
  ) async throws {
    let whole = root.appending(path: "whole")
    #expect(try await train(configuration, in: whole) == .finished)
    let weights = try contents(of: whole.appending(path: "checkpoints/step-\(steps)"))
    #expect(weights.keys.contains { $0.hasPrefix("actor/") && $0.hasSuffix("model.safetensors") })
    #expect(weights.keys.contains("optimizer-actor.safetensors"))
    let metrics = try metrics(of: whole)
    #expect(metrics.count == steps)

    for step in 1..<steps {
      let cut = root.appending(path: "cut")
      try FileManager.default.copyItem(at: whole, to: cut)
      for later in (step + 1)...steps {
        try FileManager.default.removeItem(at: cut.appending(path: "checkpoints/step-\(later)"))
      }
      #expect(try await train(configuration, in: cut) == .finished)
      for number in (step + 1)...steps {
        let name = "checkpoints/step-\(number)"
        let here = try contents(of: cut.appending(path: name))
        let there = try contents(of: whole.appending(path: name))
        #expect(here.keys.sorted() == there.keys.sorted())
        for (file, bytes) in there {
          #expect(here[file] == bytes, "\(file) of step \(number), resumed after \(step)")
        }
        #expect(
          try state(of: cut.appending(path: name)) == state(of: whole.appending(path: name)))
      }
      #expect(try Self.metrics(of: cut) == metrics, "resumed after \(step)")
      #expect(try rollouts(of: cut) == rollouts(of: whole))
      try FileManager.default.removeItem(at: cut)
    }
  }

  /// Expects two runs to end with the same models and to have drawn the same responses.
  static func expectSameLearned(_ name: String, as other: String, in root: URL) throws {
    for model in ["actor", "critic"] {
      let found = try contents(of: root.appending(path: "\(name)/\(model)"))
      let wanted = try contents(of: root.appending(path: "\(other)/\(model)"))
      #expect(found == wanted, "\(name): \(model)")
    }
    #expect(
      try rollouts(of: root.appending(path: name)) == rollouts(of: root.appending(path: other)),
      "\(name)")
  }

  /// The rollout dumps by name.
  static func rollouts(of run: URL) throws -> [String: Data] {
    let folder = run.appending(path: "rollouts")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return try names.reduce(into: [:]) {
      $0[$1] = try Data(contentsOf: folder.appending(path: $1))
    }
  }
}

/// Runs `body` with a fresh folder and removes it afterwards.
func withRunFolder(_ body: (URL) async throws -> Void) async throws {
  let folder = FileManager.default.temporaryDirectory
    .appending(path: "vapo-run-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try await body(folder)
}
