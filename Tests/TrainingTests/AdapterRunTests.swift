// Runs that learn adapters beside frozen models: what they leave, and that they resume.

import Foundation
import Settings
import Testing
import Torch
import Training
import Transformers

@Suite("Adapter runs", .serialized)
@MainActor
struct AdapterRunTests {
  /// A stored model to stand beside: what the warm start of a tiny run leaves.
  private func base(in root: URL) async throws -> URL {
    let run = root.appending(path: "base")
    let configuration = try TinyRun.configuration([
      "algorithm=grpo", "trainer.total_training_steps=1",
    ])
    _ = try await TinyRun.train(configuration, in: run)
    return run.appending(path: "actor")
  }

  private func configuration(_ base: URL, _ overrides: [String] = []) throws -> RunConfiguration {
    try TinyRun.configuration(
      [
        "model.path=\(base.path)", "warm_start.steps=0", "model.lora_rank=2",
        "critic.model.lora_rank=3", "actor.optim.lr=1e-2", "critic.optim.lr=1e-2",
      ] + overrides)
  }

  @Test("the base stays as it is; adapters and merged models come out, and agree")
  func results() async throws {
    try await withRunFolder { root in
      let base = try await base(in: root)
      let before = try Data(contentsOf: base.appending(path: "model.safetensors"))
      let run = root.appending(path: "run")
      #expect(try await TinyRun.train(configuration(base), in: run) == .finished)
      #expect(try Data(contentsOf: base.appending(path: "model.safetensors")) == before)

      let start = try ModelFolder.languageModel(at: base)
      let merged = try ModelFolder.languageModel(at: run.appending(path: "actor"))
      let adapted = try ModelFolder.adapter(
        at: run.appending(path: "actor-adapter"), on: start)
      let ids = Tensor([3, 1, 4, 1, 5, 9, 2, 6], shape: [1, 8])
      func logits(_ model: LanguageModel) -> [Float] {
        withoutGradient { model.logits(model.decoder.hidden(ids)).floats }
      }
      let (plain, whole, beside) = (logits(start), logits(merged), logits(adapted))
      #expect(zip(whole, beside).allSatisfy { abs($0 - $1) < 1e-5 })
      #expect(zip(plain, whole).contains { abs($0 - $1) > 1e-3 }, "nothing was learned")
      #expect(adapted.adapter?.configuration.rank == 2)
      #expect(adapted.adapter?.configuration.base == base.path)

      let critic = try ModelFolder.adapter(
        at: run.appending(path: "critic-adapter"), on: ValueModel.sharing(start))
      let values = withoutGradient { critic.values(critic.decoder.hidden(ids)).floats }
      let exported = try ModelFolder.valueModel(at: run.appending(path: "critic"))
      let others = withoutGradient { exported.values(exported.decoder.hidden(ids)).floats }
      #expect(zip(values, others).allSatisfy { abs($0 - $1) < 1e-5 })
      #expect(values.contains { $0 != 0 })
    }
  }

  @Test("a checkpoint holds adapters and no frozen weights")
  func size() async throws {
    try await withRunFolder { root in
      let base = try await base(in: root)
      let run = root.appending(path: "run")
      _ = try await TinyRun.train(
        configuration(base, ["trainer.total_training_steps=1"]), in: run)
      let newest = try TinyRun.contents(of: run.appending(path: "checkpoints/step-5"))
      let names = Set(newest.keys.filter { $0.hasSuffix("model.safetensors") })
      #expect(names == ["actor/adapter_model.safetensors", "critic/adapter_model.safetensors"])
    }
  }

  @Test(
    "a run of adapters cut off after any step ends as the one that was not",
    arguments: [
      [], ["algorithm.use_kl_in_reward=true", "critic.model.lora_rank=0"],
      ["model.compute_dtype=bfloat16"],
    ])
  func resume(overrides: [String]) async throws {
    try await withRunFolder { root in
      let configuration = try configuration(await base(in: root), overrides)
      try await TinyRun.expectResumable(configuration, steps: 9, in: root)
    }
  }

  @Test("the memory estimate counts what moves, and a shared trunk once")
  func memory() async throws {
    try await withRunFolder { root in
      let base = try await base(in: root)
      func parts(_ configuration: RunConfiguration) throws -> [String: Int] {
        Dictionary(
          uniqueKeysWithValues: try MemoryEstimate(configuration).parts.map { ($0.name, $0.bytes) })
      }
      let adapters = try parts(configuration(base))
      // Inputs and outputs of q, k, v, o, gate, up and down: 32 + 24 + 24 + 32 + 48 + 48 + 48.
      #expect(adapters["gradients"] == 3 * 256 * 4)
      #expect(adapters["optimizer moments"] == 2 * (2 + 3) * 256 * 4)
      let whole = try parts(configuration(base, ["model.lora_rank=0", "critic.model.lora_rank=0"]))
      let weights = try #require(adapters["weights"])
      #expect(whole["weights"] == 2 * weights && whole["gradients"] == weights)
      #expect(whole["optimizer moments"] == 4 * weights)
      let frugal = try parts(
        configuration(
          base, ["model.lora_rank=0", "critic.model.lora_rank=0", "critic.optim.moments=8bit"]))
      #expect(frugal["optimizer moments"] == 2 * weights + 2 * weights / 4)
      #expect(whole["the generator's copy"] == nil)
      #expect(adapters["the generator's copy"] == weights)
    }
  }

  @Test("adapters without a model to stand beside are refused by key")
  func refused() async throws {
    for (overrides, words) in [
      (["model.lora_rank=2"], "model.lora_rank: an adapter stands beside a stored model"),
      (["critic.model.lora_rank=2"], "critic.model.lora_rank: the trunk"),
      (["model.lora_rank=-1"], "model.lora_rank: must be at least 0, is -1"),
      (["model.target_modules=[all-linear, q_proj]"], "model.target_modules: all-linear stands"),
    ] {
      let error = #expect(throws: ConfigurationError.self) { try TinyRun.configuration(overrides) }
      #expect(error?.description.contains(words) == true, "\(overrides)")
    }
  }
}
