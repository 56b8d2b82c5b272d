// What is said of settings that do nothing, and what is refused.

import Settings
import Testing

@Suite struct WarningTests {

  private static let sizes = ["data.train_batch_size=8", "rollout.n=4"]

  /// The keys that the warnings begin with.
  private func keys(_ overrides: [String]) throws -> [String] {
    try RunConfiguration.load(recipe: nil, overrides: Self.sizes + overrides).warnings.map {
      String($0.prefix { $0 != ":" })
    }
  }

  @Test func `clip-higher is said to do nothing where a rollout serves one update`() throws {
    #expect(try keys(["actor.ppo_mini_batch_size=32"]) == ["actor.clip_ratio_high"])
    #expect(try keys(["actor.ppo_mini_batch_size=32", "actor.ppo_epochs=2"]) == [])
    #expect(try keys(["actor.ppo_mini_batch_size=16"]) == [])
    #expect(try keys(["actor.ppo_mini_batch_size=32", "algorithm=grpo"]) == [])
  }

  @Test func `a small last mini-batch is named, a fitting or a large one is not`() throws {
    #expect(try keys(["actor.ppo_mini_batch_size=31"]) == ["actor.ppo_mini_batch_size"])
    #expect(try keys(["actor.ppo_mini_batch_size=20"]) == [])
  }

  @Test func `equal responses and the sign of rounding are named`() throws {
    let sizes = "actor.ppo_mini_batch_size=16"
    #expect(try keys([sizes, "rollout.temperature=0"]) == ["rollout.temperature"])
    #expect(
      try keys([sizes, "actor.use_kl_loss=true", "actor.kl_loss_type=abs"])
        == ["actor.kl_loss_type"])
  }

  @Test func `an evaluation of what training never draws is named`() throws {
    let size = "actor.ppo_mini_batch_size=16"
    #expect(try keys([size, "rollout.min_p=0.02"]) == ["rollout.val_kwargs"])
    #expect(try keys([size, "rollout.top_p=0.9", "rollout.top_k=20"]) == ["rollout.val_kwargs"])
    #expect(try keys([size, "rollout.min_p=0.02", "rollout.val_kwargs.top_p=0.9"]) == [])
    #expect(try keys([size, "rollout.min_p=0.02", "rollout.val_kwargs.temperature=0"]) == [])
    #expect(try keys([size, "rollout.val_kwargs.top_p=0.7"]) == [])
  }

  @Test func `evaluations that are not of the problems trained on are named`() throws {
    let base = ["actor.ppo_mini_batch_size=16", "warm_start.steps=0", "model.path=m"]
    let files = "data.train_files=[a.jsonl]"
    #expect(try keys(base + [files]) == ["data.val_files"])
    #expect(try keys(base + [files, "data.val_files=[b.jsonl]"]) == [])
    #expect(try keys(base) == [])
  }

  @Test func `a baseline without a group to take it from is refused`() throws {
    let overrides = ["algorithm.reward_baseline=group-mean", "value_pretraining.n=1"]
    #expect(throws: ConfigurationError.self) { try keys(overrides) }
    _ = try keys(overrides + ["value_pretraining.n=2"])
    _ = try keys(overrides + ["value_pretraining.steps=0"])
  }

  @Test func `a critic's warm-up without a critic is refused`() throws {
    #expect(throws: ConfigurationError.self) {
      try keys(["algorithm=grpo", "trainer.critic_warmup=2"])
    }
  }
}
