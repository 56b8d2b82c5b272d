// Whole runs on a device that is no CPU, on any machine: the double of a GPU refuses operands on two devices and
// lends its memory to nobody. Its operators are the CPU's, so that results agree to within rounding.

import Foundation
import Settings
import Testing
import TestSupport
import Training

@Suite("Runs on a GPU's double", .serialized)
@MainActor
struct DoubleRunTests {
  private func recipe(in root: URL, _ overrides: [String]) throws -> String {
    let file = root.appending(path: "tiny.yaml")
    let configuration = try TinyRun.configuration(
      [
        "trainer.default_local_dir=\(root.path)", "trainer.threads=1", "trainer.grains=2",
        "trainer.total_training_steps=2", "trainer.rank_timeout=60", "model.hidden_size=32",
      ] + overrides)
    try Data(ConfigurationLoader.encodeYAML(configuration).utf8).write(to: file)
    return file.path
  }

  private func run(_ recipe: String, _ overrides: String...) async throws -> Command {
    try await Command(["train", recipe] + overrides, of: Command.doubleBinary)
  }

  /// The operators that all processes of a run left to the double.
  private func operators(_ run: Command) -> Int {
    run.output.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      return words.starts(with: ["the", "double", "ran"]) ? Int(words[3]) : nil
    }.reduce(0, +)
  }

  private func numbers(of run: URL) throws -> [[String: Double]] {
    try TinyRun.metrics(of: run).map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return object?["data"] as? [String: Double] ?? [:]
    }
  }

  @Test("a step is the CPU's within rounding, tokens and all")
  func asOnCPU() async throws {
    try await withRunFolder { root in
      let recipe = try recipe(in: root, [])
      for device in ["cpu", "cuda"] {
        let run = try await run(
          recipe, "trainer.device=\(device)", "trainer.experiment_name=\(device)")
        #expect(run.status == 0, "\(run.output)")
        #expect((operators(run) > 1000) == (device == "cuda"), "\(run.output)")
      }
      let (here, there) = try (
        numbers(of: root.appending(path: "cpu")), numbers(of: root.appending(path: "cuda"))
      )
      #expect(here.count == there.count)
      var compared = 0
      for (one, two) in zip(here, there) {
        for (name, number) in one
        where ["loss", "grad_norm", "reward", "response_length", "entropy"].contains(
          where: name.contains)
        {
          let other = try #require(two[name], "\(name)")
          #expect(abs(number - other) <= 1e-3 * max(1, abs(number)), "\(name): \(number), \(other)")
          compared += 1
        }
      }
      #expect(compared > 50)
    }
  }

  @Test("moments that lie in the host's memory make the same weights, in one process and in two")
  func offload() async throws {
    try await withRunFolder { root in
      let offload = ["actor", "critic", "warm_start", "value_pretraining"].map {
        "\($0).optim.offload=true"
      }
      var runs: [Command] = []
      for (name, settings) in [
        ("there", []), ("here", offload),
        ("two", offload + ["trainer.nproc=2", "trainer.sharding=optimizer"]),
      ] {
        let recipe = try recipe(in: root, ["actor.optim.moments=8bit"] + settings)
        let run = try await run(recipe, "trainer.device=cuda", "trainer.experiment_name=\(name)")
        #expect(run.status == 0, "\(run.output)")
        runs.append(run)
        var (found, wanted) = try (
          TinyRun.contents(of: root.appending(path: "\(name)/checkpoints/step-9")),
          TinyRun.contents(of: root.appending(path: "there/checkpoints/step-9"))
        )
        #expect(found["optimizer-actor.safetensors"] != nil)
        // The settings say where moments lie.
        found["config.resolved.yaml"] = nil
        wanted["config.resolved.yaml"] = nil
        #expect(found == wanted, "\(name)")
      }
      // They lie elsewhere: nothing of them is copied from the double for checkpoints.
      let counts = runs.map(operators)
      #expect(counts[1] < counts[0])
    }
  }

  @Test(
    "every method's step stays on its device",
    arguments: [
      ["algorithm=grpo", "actor.use_kl_loss=true", "rollout.reuse_log_probs=true"],
      ["algorithm=dapo", "algorithm.filter_groups.max_num_gen_batches=3", "rollout.top_k=20"],
      [
        "reward_model.steps=1", "reward_model.train_batch_size=6", "reward_model.mini_batch_size=4",
        "model.compute_dtype=bfloat16", "rollout.top_p=0.9",
      ],
      [
        "algorithm.self_imitation.enable=true", "algorithm.self_imitation.min_tokens=1",
        "model.dtype=bfloat16", "model.compute_dtype=bfloat16", "actor.optim.moments=8bit",
        "actor.activation_checkpointing=true", "critic.activation_checkpointing=true",
      ],
      ["model.lora_rank=4", "warm_start.steps=0", "model.path=BASE"],
      // Two processes, and so two devices.
      ["trainer.nproc=2", "trainer.sharding=full", "model.num_hidden_layers=2"],
      ["trainer.nproc=2", "trainer.sharding=optimizer", "actor.optim.moments=8bit"],
    ])
  func methods(settings: [String]) async throws {
    try await withRunFolder { root in
      var settings = settings
      if settings.last == "model.path=BASE" {
        let base = try await Command(
          ["train", try recipe(in: root, []), "trainer.experiment_name=base"])
        #expect(base.status == 0, "\(base.output)")
        settings[settings.count - 1] = "model.path=\(root.path)/base/actor"
      }
      let run = try await run(try recipe(in: root, settings), "trainer.device=cuda")
      #expect(run.status == 0, "\(run.output)")
      #expect(operators(run) > 1000, "\(run.output)")
    }
  }
}
