// A short run learns: the one claim that no formula proves. A tiny model, a task that can be learned
// in eighty rollouts and held-out problems made of letters that training never began with.

import Foundation
import Settings
import Testing
import TestSupport
import Training

@Suite("Learning", .serialized)
@MainActor
struct LearningTests {
  /// How far held-out accuracy must rise.
  ///
  /// Over seeds 0, 1 and 2 it rose by 49 to 79 points under VAPO and by 42 to 55 under GRPO; always
  /// saying one digit would be worth 33 in all.
  private static let margin = 0.3

  @Test("held-out accuracy rises by 30 points", arguments: ["vapo", "grpo"])
  func learns(method: String) async throws {
    try await withRunFolder { root in
      let run = root.appending(path: "run")
      let configuration = try RunConfiguration.load(
        recipe: nil, overrides: ["algorithm=\(method)"] + Self.recipe + problems(in: root))
      #expect(try await TinyRun.train(configuration, in: run) == .finished)
      let text = try String(contentsOf: run.appending(path: "metrics.jsonl"), encoding: .utf8)
      let scores = try text.split(separator: "\n").compactMap { line in
        try JSONDecoder().decode(Report.self, from: Data(line.utf8)).data["val-core/val/acc/mean@2"]
      }
      try #require(scores.count == 2)
      #expect(scores[1] - scores[0] > Self.margin, "\(method): from \(scores[0]) to \(scores[1])")
    }
  }

  private static var recipe: [String] {
    [
      "model.path=\(Golden.folder.path)/steps/actor", "trainer.device=cpu", "trainer.threads=1",
      "trainer.seed=0", "trainer.total_training_steps=80", "trainer.test_freq=0",
      "trainer.save_freq=0",
      "trainer.rollout_dump_freq=0", "data.max_prompt_length=8", "data.max_response_length=6",
      "data.train_batch_size=16", "data.val_max_samples=300", "reward.verifier=numeric",
      "reward.extraction=last_number", "rollout.n=8", "rollout.val_kwargs.n=2",
      "algorithm.lam_policy.alpha=1", "actor.ppo_mini_batch_size=32", "actor.optim.lr=5e-3",
      "actor.optim.lr_warmup_steps=5", "critic.ppo_mini_batch_size=32", "critic.optim.lr=1e-2",
      "critic.optim.lr_warmup_steps=5", "value_pretraining.steps=6",
      "value_pretraining.train_batch_size=64",
      "value_pretraining.n=2", "value_pretraining.mini_batch_size=32",
      "value_pretraining.optim.lr=1e-2",
    ]
  }

  /// Two letters and a digit; right is a response whose last number is that digit.
  private func problems(in root: URL) throws -> [String] {
    let letters = Array("abcdfghijklmnopqrst")
    return try [("train", letters[..<12]), ("val", letters[12...])].map { name, firsts in
      let file = root.appending(path: "\(name).jsonl")
      let lines = firsts.flatMap { first in
        letters.flatMap { second in
          (1...3).map { #"{"prompt": "\#(first)\#(second)\#($0)", "label": "\#($0)"}"# + "\n" }
        }
      }
      try Data(lines.joined().utf8).write(to: file)
      return "data.\(name)_files=[\(file.path)]"
    }
  }
}

/// A line of metrics.jsonl.
private struct Report: Decodable {
  var data: [String: Double]
}
