// Runs that are divided over processes: the same bits for any number of them, saved by some and gone on
// with by others, and gone on with when one of them dies.

import Foundation
import Ranks
import Settings
import Testing
import TestSupport

@Suite("Runs over processes", .serialized)
@MainActor
struct RanksRunTests {
  /// Writes the tiny run's settings as a recipe.
  private func recipe(in root: URL, _ overrides: [String] = []) throws -> String {
    let file = root.appending(path: "tiny.yaml")
    let configuration = try TinyRun.configuration(
      [
        "trainer.default_local_dir=\(root.path)", "trainer.threads=1", "trainer.grains=4",
        "trainer.total_training_steps=4", "trainer.rank_timeout=60",
        // Heads as wide as the kernels of attention want them: there a row's bits do not depend on
        // the rows beside it.
        "model.hidden_size=32",
      ] + overrides)
    try Data(ConfigurationLoader.encodeYAML(configuration).utf8).write(to: file)
    return file.path
  }

  /// Every checkpoint and the exported models: weights, moments and state.
  private func expectSame(_ name: String, _ other: String, in root: URL) throws {
    let (one, two) = (root.appending(path: name), root.appending(path: other))
    for model in ["actor", "critic"]
    where FileManager.default.fileExists(atPath: two.appending(path: model).path) {
      let (found, wanted) = try (
        TinyRun.contents(of: one.appending(path: model)),
        TinyRun.contents(of: two.appending(path: model))
      )
      #expect(found == wanted, "\(name): \(model)")
    }
    let checkpoints = try FileManager.default.contentsOfDirectory(
      atPath: two.appending(path: "checkpoints").path
    ).filter { $0.hasPrefix("step-") }
    #expect(!checkpoints.isEmpty)
    for checkpoint in checkpoints {
      let (found, wanted) = (
        one.appending(path: "checkpoints/\(checkpoint)"),
        two.appending(path: "checkpoints/\(checkpoint)")
      )
      var (files, others) = try (TinyRun.contents(of: found), TinyRun.contents(of: wanted))
      // The settings say by how many processes.
      files["config.resolved.yaml"] = nil
      others["config.resolved.yaml"] = nil
      #expect(files == others, "\(name): \(checkpoint)")
      #expect(try TinyRun.state(of: found) == TinyRun.state(of: wanted), "\(name): \(checkpoint)")
    }
    #expect(try TinyRun.metrics(of: one) == TinyRun.metrics(of: two), "\(name)")
    #expect(try TinyRun.rollouts(of: one) == TinyRun.rollouts(of: two), "\(name)")
  }

  @Test(
    "one, two and four processes end with the same weights, moments and numbers",
    arguments: [
      ["algorithm=vapo"],
      ["algorithm=dapo", "algorithm.filter_groups.max_num_gen_batches=3"],
      [
        "algorithm=dapo", "algorithm.filter_groups.max_num_gen_batches=3",
        "trainer.async_rollout=1",
      ],
      ["algorithm=vapo", "trainer.async_rollout=2"],
      [
        "algorithm=grpo", "actor.use_kl_loss=true", "rollout.reuse_log_probs=true",
        "rollout.min_p=0.02",
      ],
      [
        "algorithm=vapo", "reward_model.steps=1", "reward_model.train_batch_size=6",
        "reward_model.mini_batch_size=4", "model.compute_dtype=bfloat16",
      ],
      ["algorithm=vapo", "model.lora_rank=4", "warm_start.steps=0", "model.path=BASE/actor"],
      [
        "algorithm=vapo", "model.lora_rank=4", "critic.model.lora_rank=3", "warm_start.steps=0",
        "model.path=BASE/actor", "actor.use_kl_loss=true",
      ],
      [
        "algorithm=grpo", "reward.verifier=reward_model", "reward.model.path=BASE/critic",
        "model.compute_dtype=bfloat16",
      ],
      [
        "algorithm=vapo", "algorithm.self_imitation.enable=true",
        "algorithm.self_imitation.min_tokens=1", "model.dtype=bfloat16",
        "model.compute_dtype=bfloat16", "actor.optim.moments=8bit",
      ],
    ])
  func sameBits(method: [String]) async throws {
    try await withRunFolder { root in
      var method = method
      if method.contains(where: { $0.contains("BASE") }) {
        let base = try await Command(
          ["train", try recipe(in: root), "trainer.experiment_name=base"])
        #expect(base.status == 0, "\(base.output)")
        method = method.map { $0.replacing("BASE", with: "\(root.path)/base") }
      }
      let recipe = try recipe(in: root, method)
      // One method by every number and sharding, the others by those that differ most.
      let isFirst = method == ["algorithm=vapo"]
      let ways =
        [(1, "none"), (2, "optimizer"), (4, "full")]
        + (isFirst ? [(2, "none"), (4, "none"), (2, "full"), (4, "optimizer")] : [])
      for (count, sharding) in ways {
        let name = "of\(count)" + (sharding == "none" ? "" : "-\(sharding)")
        let run = try await Command(
          [
            "train", recipe, "trainer.experiment_name=\(name)", "trainer.nproc=\(count)",
            "trainer.sharding=\(sharding)",
          ])
        #expect(run.status == 0, "\(name): \(run.output)")
        if count > 1 {
          #expect(
            run.output.contains("\(count) processes, 4 grains: the weights are the same bits"))
          try expectSame(name, "of1", in: root)
        }
      }
      guard isFirst else { return }
      // The grains are part of what is computed: the test can fail.
      let whole = try await Command(
        ["train", recipe, "trainer.experiment_name=whole", "trainer.grains=1"])
      #expect(whole.status == 0, "\(whole.output)")
      let weights = try ["whole", "of1"].map {
        try Data(contentsOf: root.appending(path: "\($0)/actor/model.safetensors"))
      }
      #expect(weights[0] != weights[1])
    }
  }

  @Test("where a grain has several micro-batches, divided gradients are the same bits too")
  func manyMicroBatches() async throws {
    try await withRunFolder { root in
      let recipe = try recipe(
        in: root, ["actor.ppo_max_token_len=24", "critic.ppo_max_token_len=24"])
      for (count, sharding) in [(1, "full"), (2, "full"), (4, "full"), (1, "none")] {
        let run = try await Command(
          [
            "train", recipe, "trainer.experiment_name=of\(count)-\(sharding)",
            "trainer.nproc=\(count)", "trainer.sharding=\(sharding)",
          ])
        #expect(run.status == 0, "\(count) \(sharding): \(run.output)")
      }
      try expectSame("of2-full", "of1-full", in: root)
      try expectSame("of4-full", "of1-full", in: root)
      // Added in another order: the test can fail.
      let weights = try ["of1-none", "of1-full"].map {
        try Data(contentsOf: root.appending(path: "\($0)/actor/model.safetensors"))
      }
      #expect(weights[0] != weights[1])
    }
  }

  @Test(
    "where servers draw, no number of processes and no sharding changes what is learned",
    arguments: [
      ["algorithm.use_kl_in_reward=true", "algorithm.kl_coef=0.01"], ["trainer.async_rollout=1"],
      [
        "model.lora_rank=4", "critic.model.lora_rank=3", "warm_start.steps=0",
        "model.path=BASE/actor",
        "actor.use_kl_loss=true",
      ],
      [
        "model.lora_rank=4", "warm_start.steps=0", "model.path=BASE/actor",
        "rollout.remote.merge_adapter=false",
      ],
    ])
  func servers(settings: [String]) async throws {
    try await withRunFolder { root in
      var settings = settings
      var start: URL?
      if settings.contains(where: { $0.contains("BASE") }) {
        let base = try await Command(
          ["train", try recipe(in: root), "trainer.experiment_name=base"])
        #expect(base.status == 0, "\(base.output)")
        settings = settings.map { $0.replacing("BASE", with: "\(root.path)/base") }
        start = root.appending(path: "base/actor")
      }
      for (count, sharding) in [(1, "none"), (2, "full"), (4, "full"), (2, "optimizer")] {
        // One of its own each: what a server has drawn is not in its next answer, but its cache is.
        let server = try ListeningServer(ModelServer(base: start))
        let recipe = try recipe(
          in: root,
          ["rollout.name=vllm", "rollout.servers=[\(server.url)]"] + settings)
        let name = "of\(count)-\(sharding)"
        let run = try await Command(
          [
            "train", recipe, "trainer.experiment_name=\(name)", "trainer.nproc=\(count)",
            "trainer.sharding=\(sharding)",
          ], of: Command.networkBinary)
        #expect(run.status == 0, "\(name): \(run.output)")
        try TinyRun.expectSameLearned(name, as: "of1-none", in: root)
      }
    }
  }

  @Test(
    "a run saved by two processes goes on with four, with one, and with two, whatever was drawn ahead",
    arguments: [0, 2])
  func otherNumbers(ahead: Int) async throws {
    try await withRunFolder { root in
      let recipe = try recipe(in: root, ["trainer.async_rollout=\(ahead)"])
      let whole = try await Command(["train", recipe, "trainer.experiment_name=whole"])
      #expect(whole.status == 0, "\(whole.output)")
      let folder = root.appending(path: "parts").path
      let first = try await Command(
        [
          "train", recipe, "trainer.experiment_name=parts", "trainer.nproc=2",
          "trainer.max_restarts=0", "trainer.sharding=full",
        ], fault: "recorded@5:kill:0")
      #expect(first.status == 75, "\(first.output)")
      #expect(first.output.contains("rank 0 was ended by signal 9"), "\(first.output)")
      for (count, sharding, fault) in [
        (4, "optimizer", "recorded@3:kill:3"), (1, "none", "recorded@1:kill"), (2, "full", nil),
      ] {
        let next = try await Command(
          [
            "resume", folder, "trainer.nproc=\(count)", "trainer.sharding=\(sharding)",
            "trainer.max_restarts=0",
          ], fault: fault)
        #expect((next.status == 0) == (fault == nil), "\(count): \(next.output)")
        #expect(next.output.contains("resumed after step"), "\(count): \(next.output)")
      }
      try expectSame("parts", "whole", in: root)
    }
  }

  @Test("when a process dies all are started again, and it is named")
  func deaths() async throws {
    try await withRunFolder { root in
      let recipe = try recipe(in: root)
      let whole = try await Command(["train", recipe, "trainer.experiment_name=whole"])
      #expect(whole.status == 0, "\(whole.output)")
      let deaths = [
        ("rollout@1", 1, "the work on the rollout of step"),
        ("critic-updated@2", 0, "rollout of step"),
        ("credited@3", 1, "rollout of step"), ("actor-updated@3", 0, "rollout of step"),
        ("recorded@7", 0, "step"), ("stepped@9", 1, "step"),
        // A checkpoint gets its name while the next step is at work.
        ("filled@2", 0, "the save of step"), ("renamed@4", 0, "step"),
        ("export-filled@1", 0, "the export"),
      ]
      for (number, (place, rank, phase)) in deaths.enumerated() {
        let name = "dead-\(place.prefix { $0 != "@" })-\(rank)"
        let sharding = ["none", "full", "optimizer"][number % 3]
        let run = try await Command(
          [
            "train", recipe, "trainer.experiment_name=\(name)", "trainer.nproc=2",
            "trainer.sharding=\(sharding)",
          ],
          fault: "\(place):kill:\(rank)")
        #expect(run.status == 0, "\(place): \(run.output)")
        let words = run.output.split(separator: "\n").first {
          $0.hasPrefix("vapo: rank \(rank) was")
        }
        #expect(
          words?.contains("by signal 9 (Killed) during") == true
            && words?.contains(phase) == true
            && words?.hasSuffix("starting all of them again") == true,
          "\(place): \(words ?? "nobody was named")")
        try expectSame(name, "whole", in: root)
      }
    }
  }

  @Test("a process that stands still is missed within its time, and all are started again")
  func silence() async throws {
    try await withRunFolder { root in
      let recipe = try recipe(in: root)
      let whole = try await Command(["train", recipe, "trainer.experiment_name=whole"])
      #expect(whole.status == 0, "\(whole.output)")
      let run = try await Command(
        [
          "train", recipe, "trainer.experiment_name=silent", "trainer.nproc=2",
          "trainer.heartbeat_timeout=20",
        ],
        fault: "critic-updated@2:stop:1")
      #expect(run.status == 0, "\(run.output)")
      #expect(
        run.output.contains(
          "vapo: rank 0 of 2: rank 1 gave no sign of life for 20 s, last seen during the "
        ), "\(run.output)")
      #expect(run.output.contains("starting all of them again"), "\(run.output)")
      try expectSame("silent", "whole", in: root)
    }
  }

  @Test("who starts the processes does not watch them: the others say who was lost")
  func named() async throws {
    try await withRunFolder { root in
      let recipe = try recipe(in: root, ["trainer.experiment_name=named"])
      let port = try Listener(port: 0, onLoopback: true)
      close(port.socket)
      func process(_ rank: Int) async throws -> Command {
        try await Command(
          ["train", recipe], fault: "credited@2:kill:1",
          variables: [
            "RANK": "\(rank)", "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": "\(port.port)",
          ])
      }
      async let first = process(0)
      async let second = process(1)
      let (left, lost) = try await (first, second)
      #expect(lost.status == -SIGKILL, "\(lost.output)")
      #expect(left.status == Ranks.lostStatus, "\(left.output)")
      let words = left.output.split(separator: "\n").first { $0.hasPrefix("vapo: rank 0 of 2: ") }
      #expect(
        words?.contains("(rank 1 gives no sign of life, last seen during the ")
          == true, "\(left.output)")
    }
  }

  @Test("a run over processes stops when asked to, and says how to go on")
  func stops() async throws {
    try await withRunFolder { root in
      let recipe = try recipe(in: root, ["trainer.total_training_steps=400"])
      let metrics = root.appending(path: "asked/metrics.jsonl")
      let run = try await Command(
        ["train", recipe, "trainer.experiment_name=asked", "trainer.nproc=2"],
        interrupted: { (try? Data(contentsOf: metrics))?.count ?? 0 > 3000 })
      #expect(run.status == 0, "\(run.output)")
      #expect(run.output.contains("stopped after step"), "\(run.output)")
      #expect(!run.output.contains("starting all of them again"), "\(run.output)")
    }
  }

  @Test("what a start refuses is said, and nothing is started again for it")
  func refusals() async throws {
    try await withRunFolder { root in
      let recipe = try recipe(in: root)
      let run = try await Command(
        [
          "train", recipe, "trainer.nproc=2", "warm_start.steps=0",
          "data.train_files=[\(root.path)/none.jsonl]",
        ])
      #expect(run.status > 0 && run.status != 75, "\(run.output)")
      // Once, though both processes found it.
      let refusals = run.output.split(separator: "\n").filter { $0.contains("none.jsonl") }
      #expect(refusals.count == 1 && refusals[0].hasPrefix("Error: "), "\(run.output)")
      #expect(!run.output.contains("starting all of them again"), "\(run.output)")
      let odd = try await Command(["train", recipe, "trainer.grains=3"])
      #expect(odd.output.contains("trainer.grains: must be a power of two"), "\(odd.output)")
    }
  }
}
