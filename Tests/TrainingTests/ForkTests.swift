// Runs that begin with what others have learned are the run that learned it all itself.

import Foundation
import Settings
import Testing
import Training

@Suite("Forks", .serialized)
@MainActor
struct ForkTests {
  private func configuration(_ overrides: [String] = []) throws -> RunConfiguration {
    try TinyRun.configuration(
      [
        "reward_model.steps=2", "reward_model.train_batch_size=6",
        "reward_model.mini_batch_size=4", "reward_model.optim.lr=1e-3",
      ] + overrides)
  }

  private static let noReinforcement = "trainer.total_training_steps=0"

  @Test("warm start, value pretraining and reinforcement in three runs give the weights of one")
  func chain() async throws {
    try await withRunFolder { root in
      let whole = try configuration()
      _ = try await TinyRun.train(whole, in: root.appending(path: "whole"))
      let base = root.appending(path: "base")
      _ = try await TinyRun.train(
        configuration([
          Self.noReinforcement, "value_pretraining.steps=0", "trainer.val_before_train=false",
        ]), in: base)
      let pretraining = root.appending(path: "pretraining")
      let pretrained = try configuration([Self.noReinforcement])
      try RunFork.make(
        from: base, in: pretraining, pretrained, at: .valuePretraining, keepsCritic: true)
      _ = try await TinyRun.train(pretrained, in: pretraining)
      let arm = root.appending(path: "arm")
      try RunFork.make(from: pretraining, in: arm, whole, at: .asItIs, keepsCritic: true)
      _ = try await TinyRun.train(whole, in: arm)

      let expected = root.appending(path: "whole")
      let steps = try TinyRun.metrics(of: expected).count
      #expect(try TinyRun.metrics(of: arm) == TinyRun.metrics(of: expected))
      let name = "checkpoints/step-\(steps)"
      #expect(
        try TinyRun.contents(of: arm.appending(path: name))
          == TinyRun.contents(of: expected.appending(path: name)))
    }
  }

  @Test("a method without a critic takes the policy alone, and counts its own tokens")
  func withoutCritic() async throws {
    try await withRunFolder { root in
      let base = root.appending(path: "base")
      _ = try await TinyRun.train(configuration([Self.noReinforcement]), in: base)
      let arm = root.appending(path: "arm")
      let grpo = try configuration(["algorithm=grpo", "trainer.total_training_steps=1"])
      try RunFork.make(from: base, in: arm, grpo, at: .valuePretraining, keepsCritic: false)
      #expect(try await TinyRun.train(grpo, in: arm) == .finished)
      let files = try FileManager.default.subpathsOfDirectory(atPath: arm.path)
      #expect(!files.contains { $0.contains("critic") })
    }
  }

  @Test("only the beginning of a stage can be gone on from, and a failure leaves no folder")
  func refused() async throws {
    try await withRunFolder { root in
      let base = root.appending(path: "base")
      let whole = try configuration()
      _ = try await TinyRun.train(whole, in: base)
      let arm = root.appending(path: "arm")
      for (folder, words) in [
        (base, "only the beginning of a stage"), (root.appending(path: "none"), "no checkpoint"),
      ] {
        let error = #expect(throws: ConfigurationError.self) {
          try RunFork.make(from: folder, in: arm, whole, at: .asItIs, keepsCritic: true)
        }
        #expect(error?.description.contains(words) == true)
        #expect(!FileManager.default.fileExists(atPath: arm.path))
      }
    }
  }

  @Test("a run ends with the first step that reaches its tokens")
  func tokens() async throws {
    try await withRunFolder { root in
      let free = root.appending(path: "free")
      _ = try await TinyRun.train(configuration(), in: free)
      let counts = try TinyRun.metrics(of: free).compactMap { line -> Int? in
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        let data = object?["data"] as? [String: Any]
        guard let stage = data?["training/stage"] as? Int, stage >= 2 else { return nil }
        return data?["perf/total_num_tokens"] as? Int
      }
      // Three of value pretraining, and of five steps the first two and a token of the third.
      let budget = counts[..<5].reduce(0, +) + 1
      let ended = root.appending(path: "ended")
      _ = try await TinyRun.train(
        configuration(["trainer.total_response_tokens=\(budget)"]), in: ended)
      let all = try TinyRun.metrics(of: free).count
      #expect(try TinyRun.metrics(of: ended).count == all - 2)
    }
  }
}
