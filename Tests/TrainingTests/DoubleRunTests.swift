// Whole runs on a device that is no CPU, on any machine: the double of a GPU refuses operands on two devices and
// lends its memory to nobody. Its operators are the CPU's, so that results agree to within rounding.

import Foundation
import Ranks
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
  private func operators(_ run: Command) -> Int { said(run, place: 3) }

  /// The tensors that travelled between doubles without the host's memory.
  private func carried(_ run: Command) -> Int { said(run, place: 7) }

  /// The most of the doubles' memory that a run has taken.
  private func peak(_ run: Command) -> Int { said(run, place: 10) }

  /// The copies from and to pinned memory that were done later than they were asked for.
  private func late(_ run: Command) -> Int { said(run, place: 13) }

  private func said(_ run: Command, place: Int) -> Int {
    run.output.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      return words.starts(with: ["the", "double", "ran"]) ? Int(words[place]) : nil
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
      // They lie elsewhere, and come and go every step.
      #expect(late(runs[0]) == 0 && late(runs[1]) > 100, "\(runs.map(late))")
    }
  }

  @Test("weights that lie in the host's memory make the same weights, in less of the device's")
  func offloadedWeights() async throws {
    try await withRunFolder { root in
      let adapter = [
        "model.lora_rank=4", "warm_start.steps=0", "model.path=\(root.path)/there/actor",
      ]
      for settings in [
        [], ["trainer.nproc=2", "model.compute_dtype=bfloat16", "actor.use_kl_loss=true"], adapter,
      ] {
        var (peaks, copies): ([Int], [Int]) = ([], [])
        for (name, isOffloaded) in [("there", false), ("here", true)] {
          let recipe = try recipe(
            in: root,
            [
              "trainer.sharding=full", "model.num_hidden_layers=6", "actor.optim.offload=true",
              "critic.optim.offload=true", "trainer.offload_weights=\(isOffloaded)",
              "trainer.experiment_name=\(settings == adapter ? "adapter-" : "")\(name)",
            ] + settings)
          let folder = root.appending(path: settings == adapter ? "adapter-\(name)" : name)
          try? FileManager.default.removeItem(at: folder)
          let run = try await run(recipe, "trainer.device=cuda")
          #expect(run.status == 0, "\(settings): \(run.output)")
          peaks.append(peak(run))
          copies.append(late(run))
        }
        let place = settings == adapter ? "adapter-" : ""
        let last = settings == adapter ? "step-6" : "step-9"
        let (there, here) = try (
          TinyRun.contents(of: root.appending(path: "\(place)there/checkpoints/\(last)")),
          TinyRun.contents(of: root.appending(path: "\(place)here/checkpoints/\(last)"))
        )
        let files = there.keys.filter { $0.hasSuffix(".safetensors") }
        #expect(files.count >= 3, "\(files)")
        for name in files { #expect(here[name] == there[name], "\(settings): \(name)") }
        #expect(peaks[1] < peaks[0], "\(settings): \(peaks)")
        // One of them has moments there; the other has weights too.
        #expect(copies[1] > 2 * copies[0], "\(settings): \(copies)")
      }
    }
  }

  @Test(
    "tensors travel between devices, for the bits of those that go over the host's memory",
    arguments: [
      ["trainer.sharding=none"], ["trainer.sharding=optimizer", "actor.optim.moments=8bit"],
      ["trainer.sharding=full", "model.num_hidden_layers=2", "model.compute_dtype=bfloat16"],
    ])
  func carriers(settings: [String]) async throws {
    try await withRunFolder { root in
      let recipe = try recipe(in: root, settings)
      for isDirect in [false, true] {
        let run = try await run(
          recipe, "trainer.device=cuda", "trainer.nproc=2", "trainer.nccl=\(isDirect)",
          "trainer.experiment_name=\(isDirect)")
        #expect(run.status == 0, "\(run.output)")
        #expect((carried(run) > 10) == isDirect, "\(run.output)")
      }
      let (over, direct) = try (
        TinyRun.contents(of: root.appending(path: "false/checkpoints/step-9")),
        TinyRun.contents(of: root.appending(path: "true/checkpoints/step-9"))
      )
      #expect(over["optimizer-actor.safetensors"] != nil)
      for (name, bytes) in over where name.hasSuffix(".safetensors") {
        #expect(direct[name] == bytes, "\(name)")
      }
    }
  }

  @Test("a process on a device that dies is named, and all go on to the same bits")
  func deaths() async throws {
    try await withRunFolder { root in
      let recipe = try recipe(in: root, ["trainer.sharding=full"])
      for (name, fault) in [
        ("whole", nil), ("first", "rollout@1:kill:0"), ("second", "credited@2:kill:1"),
      ] {
        let run = try await Command(
          [
            "train", recipe, "trainer.device=cuda", "trainer.nproc=2",
            "trainer.experiment_name=\(name)",
          ],
          of: Command.doubleBinary, fault: fault)
        #expect(run.status == 0, "\(run.output)")
        #expect(
          run.output.contains("by signal 9 (Killed) during") == (fault != nil), "\(run.output)")
        let (found, wanted) = try (
          TinyRun.contents(of: root.appending(path: "\(name)/checkpoints/step-9")),
          TinyRun.contents(of: root.appending(path: "whole/checkpoints/step-9"))
        )
        for file in wanted.keys where file.hasSuffix(".safetensors") {
          #expect(found[file] == wanted[file], "\(name): \(file)")
        }
      }
    }
  }

  @Test("a process that waits for nothing leaves when its neighbor is gone")
  func watched() async throws {
    try await withRunFolder { root in
      let recipe = try recipe(in: root, ["trainer.experiment_name=watched"])
      let port = try Listener(port: 0, onLoopback: true)
      close(port.socket)
      func process(_ rank: Int, _ fault: String) async throws -> Command {
        try await Command(
          ["train", recipe, "trainer.device=cuda"], of: Command.doubleBinary, fault: fault,
          variables: [
            "RANK": "\(rank)", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": "\(port.port)",
          ])
      }
      async let first = process(0, "credited@2:wait")
      async let second = process(1, "credited@2:kill")
      let (left, lost) = try await (first, second)
      #expect(lost.status == -SIGKILL, "\(lost.output)")
      #expect(left.status == Ranks.lostStatus, "\(left.output)")
      #expect(
        left.output.contains(
          "vapo: rank 0 of 2: rank 1 is gone (rank 1 gives no sign of life, last seen during the "),
        "\(left.output)")
    }
  }

  @Test("processes that share a device exchange over the host's memory, and say so")
  func shared() async throws {
    try await withRunFolder { root in
      let run = try await run(
        try recipe(in: root, []), "trainer.device=cuda:1", "trainer.nproc=2",
        "trainer.experiment_name=shared")
      #expect(run.status == 0 && carried(run) == 0, "\(run.output)")
      #expect(
        run.output.contains(
          "processes exchange tensors over the host's memory: some share a GPU"))
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
