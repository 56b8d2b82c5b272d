// A published model through the whole program: two steps of training in either type by either kind of
// method, and an evaluation of what comes out.

import Foundation
import Settings
import TestSupport
import Testing
import Training

@Suite(
  "A published model", .serialized,
  .enabled(if: PublishedModel.folder != nil, PublishedModel.words))
@MainActor
struct PublishedModelTests {
  private func problems(in root: URL) throws -> URL {
    let rows = (0..<8).map { place in
      """
      {"key": \(place), "prompt": "Write about the number \(place). Do not use any commas.", \
      "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}
      """
    }
    let file = root.appending(path: "problems.jsonl")
    try Data((rows.joined(separator: "\n") + "\n").utf8).write(to: file)
    return file
  }

  @Test(
    "trains two steps and is evaluated",
    arguments: [
      ("vapo", "bfloat16"), ("grpo", "bfloat16"), ("vapo", "float32"), ("grpo", "float32"),
    ])
  func trains(method: String, type: String) async throws {
    let model = try #require(PublishedModel.folder)
    try await withRunFolder { root in
      let file = try problems(in: root)
      let recipe = Golden.folder.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Recipes/vapo-instructions-smollm2-135m.yaml")
      let configuration = try RunConfiguration.load(
        recipe: recipe,
        overrides: [
          "algorithm=\(method)", "model.path=\(model.path)", "model.compute_dtype=\(type)",
          "data.train_files=[\(file.path)]", "data.val_files=[\(file.path)]",
          "data.train_batch_size=2", "data.val_max_samples=2", "data.max_response_length=12",
          "rollout.n=2", "trainer.total_training_steps=2", "trainer.save_freq=0",
          "trainer.test_freq=0", "value_pretraining.steps=1",
          "value_pretraining.train_batch_size=2", "value_pretraining.mini_batch_size=2",
          "actor.ppo_mini_batch_size=4", "critic.ppo_mini_batch_size=4", "trainer.device=cpu",
        ])
      let run = root.appending(path: "run")
      #expect(try await TinyRun.train(configuration, in: run) == .finished)
      let metrics = try TinyRun.metrics(of: run)
      #expect(metrics.count == (method == "vapo" ? 4 : 3))
      let last =
        try JSONSerialization.jsonObject(with: Data(#require(metrics.last).utf8)) as? [String: Any]
      let data = try #require(last?["data"] as? [String: Any])
      for name in ["actor/grad_norm", "actor/pg_loss", "rollout_corr/k3_kl"] {
        #expect((data[name] as? Double)?.isFinite == true, "\(name): \(data[name] ?? "none")")
      }

      let scores = root.appending(path: "scores.json")
      let command = try await Command([
        "eval", run.appending(path: "actor").path, file.path, "-n", "1", "--limit", "4",
        "--json", scores.path, "data.max_response_length=12",
      ])
      #expect(command.status == 0, "\(command.output)")
      #expect(command.output.contains("in the model's chat template"))
      #expect(command.output.contains("verifier: instructions"))
      let result = try JSONDecoder().decode(
        EvaluationResult.self, from: Data(contentsOf: scores))
      #expect(result.overall.problems == 4 && result.planned == 4)
      #expect(result.overall.ungraded == 0)
    }
  }
}
