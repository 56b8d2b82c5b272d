// Rollouts that are drawn ahead: with the weights of which step, learned from with what weight, and kept over an
// end in the middle.

import Foundation
import Methods
import Records
import Settings
import Testing
import Torch
import Training
import Transformers
import Transport

@Suite("Rollouts drawn ahead", .serialized)
@MainActor
struct AheadRolloutTests {
  /// The first step of reinforcement in a tiny run: after warm start, value pretraining and the baseline.
  private static let first = 8

  private struct Line: Decodable {
    var prompt_ids: [Int]
    var token_ids: [Int]
    var log_probs: [Float]
  }

  /// What a step learned from.
  private func lines(_ run: URL, _ step: Int) throws -> [Line] {
    try String(contentsOf: run.appending(path: "rollouts/\(step).jsonl"), encoding: .utf8)
      .split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
  }

  /// How far the log-probabilities that a step's tokens were drawn with are from a checkpoint's.
  private func distance(_ run: URL, step: Int, from checkpoint: Int) throws -> Float {
    let policy = try ModelFolder.languageModel(
      at: run.appending(path: "checkpoints/step-\(checkpoint)/actor"), type: .float32,
      computeType: .float32, device: .cpu)
    let scorer = Scorer(packer: BatchPacker(tokenBudget: 400, device: .cpu), temperature: 1)
    let lines = try lines(run, step)
    let scored = scorer.policy(
      policy, on: lines.map { TokenSequence(prompt: $0.prompt_ids, response: $0.token_ids) })
    return zip(lines, scored.logProbs).flatMap { zip($0.log_probs, $1).map { abs($0 - $1) } }.max()
      ?? .infinity
  }

  private func metrics(of run: URL) throws -> [[String: Double]] {
    let text = try String(contentsOf: run.appending(path: "metrics.jsonl"), encoding: .utf8)
    return try text.split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return (object?["data"] as? [String: Any] ?? [:]).compactMapValues { $0 as? Double }
    }
  }

  @Test(
    "a rollout drawn n steps ahead is the policy's of n steps before, and the metrics say how far that is",
    arguments: [0, 1, 2, 4])
  func weights(depth: Int) async throws {
    let configuration = try TinyRun.configuration([
      "trainer.async_rollout=\(depth)", "actor.optim.lr=3e-3",
    ])
    #expect(configuration.algorithm.rolloutCorrection.isOn == (depth > 0))
    try await withRunFolder { root in
      let run = root.appending(path: "run")
      #expect(try await TinyRun.train(configuration, in: run) == .finished)
      for step in Self.first..<Self.first + 5 {
        // The weights before the first step are the oldest there are.
        let drawnAt = max(Self.first, step - depth)
        #expect(try distance(run, step: step, from: drawnAt - 1) < 1e-5)
        if drawnAt < step { #expect(try distance(run, step: step, from: step - 1) > 1e-3) }
      }
      let steps = try metrics(of: run).suffix(5)
      let staleness = steps.map { $0["vapo/rollout_staleness"] ?? 0 }
      #expect(staleness == (0..<5).map { Double(min($0, depth)) })
      for (step, stale) in zip(steps, staleness) {
        let mismatch = try #require(step["rollout_corr/abs_log_ratio_mean"])
        #expect(stale == 0 ? mismatch < 1e-5 : mismatch > 1e-3)
      }
      // Every prompt is learned from once, whoever drew it when.
      let asked = try (Self.first..<Self.first + 5).flatMap { try lines(run, $0).map(\.prompt_ids) }
      let alike = root.appending(path: "alike")
      _ = try await TinyRun.train(try TinyRun.configuration(), in: alike)
      #expect(
        asked
          == (try (Self.first..<Self.first + 5).flatMap { try lines(alike, $0).map(\.prompt_ids) }))
    }
  }

  @Test(
    "a run that draws ahead and is cut off after any step learns from what was drawn",
    arguments: [1, 3])
  func resumes(depth: Int) async throws {
    let configuration = try TinyRun.configuration(["trainer.async_rollout=\(depth)"])
    try await withRunFolder { root in
      try await TinyRun.expectResumable(configuration, steps: 12, in: root)
    }
  }

  @Test("servers draw ahead too, each rollout with the weights of the step that began it")
  func servers() async throws {
    let servers = [ModelServer(), ModelServer()]
    let configuration = try TinyRun.configuration([
      "trainer.async_rollout=1", "actor.optim.lr=3e-3", "rollout.name=vllm",
      "rollout.servers=[\(servers.map(\.url).joined(separator: ", "))]", "trainer.test_freq=-1",
    ])
    try await withRunFolder { root in
      let run = root.appending(path: "run")
      let ending = try await Transports.$own.withValue(ModelTransport()) {
        try await TinyRun.train(configuration, in: run)
      }
      #expect(ending == .finished)
      for step in Self.first..<Self.first + 5 {
        #expect(
          try distance(run, step: step, from: max(Self.first, step - 1) - 1) < 1e-4)
      }
      // Value pretraining and the first step have one; the second, third and fourth begin one each; the last
      // begins none, and the evaluation at the end has its own.
      #expect(servers.map(\.loads) == [5, 5])
    }
  }

  @Test("dynamic sampling has its first batch from before, and what it lacks from now")
  func dynamicSampling() async throws {
    let configuration = try TinyRun.configuration([
      "trainer.async_rollout=1", "algorithm=dapo", "actor.optim.lr=3e-3",
      "algorithm.filter_groups.max_num_gen_batches=3", "value_pretraining.steps=0",
    ])
    try await withRunFolder { root in
      try await TinyRun.expectResumable(configuration, steps: 9, in: root)
      let steps = try metrics(of: root.appending(path: "whole")).suffix(5)
      #expect(steps.map { $0["vapo/rollout_staleness"] } == [0, 1, 1, 1, 1])
      #expect(steps.contains { ($0["vapo/filter_groups/batches"] ?? 0) > 1 })
    }
  }
}
