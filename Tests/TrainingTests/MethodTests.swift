// Every method, and VAPO without each technique, runs from one recipe; and what must not change a
// run does not.

import Foundation
import Meanings
import Methods
import Prompts
import Settings
import Testing
import TestSupport
import Torch
import Training

@Suite("Methods", .serialized)
@MainActor
struct MethodTests {
  @Test("every preset trains to the end", arguments: Preset.allCases)
  func presets(preset: Preset) async throws {
    try await withRunFolder { root in
      let configuration = try TinyRun.configuration([
        "algorithm=\(preset.rawValue)", "reward.overlong_buffer.len=4",
      ])
      #expect(configuration.algorithm.preset == preset)
      #expect(try await TinyRun.train(configuration, in: root) == .finished)
      let names = try TinyRun.metricNames(of: root)
      #expect(names.filter { MetricEntry.entry(of: $0) == nil } == [])
      let hasCritic = FileManager.default.fileExists(
        atPath: root.appending(path: "critic/config.json").path)
      #expect(hasCritic == (configuration.algorithm.advantageEstimator == .gae))
    }
  }

  @Test(
    "VAPO without each of its seven techniques trains to the end", arguments: Technique.allCases)
  func ablations(technique: Technique) async throws {
    try await withRunFolder { root in
      var configuration = try TinyRun.configuration()
      let whole = configuration
      var method = configuration.method
      technique.remove(from: &method)
      configuration.method = method
      #expect(configuration != whole)
      #expect(try await TinyRun.train(configuration, in: root) == .finished)
    }
  }

  @Test("without group sampling there are as many responses, each to a prompt of its own")
  func groupSampling() throws {
    var configuration = try TinyRun.configuration()
    var method = configuration.method
    Technique.groupSampling.remove(from: &method)
    configuration.method = method
    #expect(configuration.rollout.samples == 1)
    #expect(configuration.data.trainBatchSize == 12)
  }

  @Test("a preset of the command line goes over the file's, and under other overrides")
  func layers() throws {
    let grpo = try TinyRun.configuration(["algorithm=grpo", "actor.kl_loss_coef=0.5"])
    #expect(grpo.actor.loss.usesKLLoss && grpo.actor.loss.klLossCoefficient == 0.5)
    #expect(grpo.actor.loss.clipRatioHigh == 0.2)
    // Naming the preset in force changes nothing.
    let tuned = try TinyRun.configuration(["algorithm.lam_policy.alpha=0.4", "algorithm=vapo"])
    #expect(tuned.algorithm.policyLambda.alpha == 0.4)
  }

  @Test("how rows are cut into micro-batches does not change the weights", arguments: [40, 90])
  func microBatches(budget: Int) async throws {
    try await withRunFolder { root in
      var weights: [[Float]] = []
      for tokens in [budget, 100_000] {
        let run = root.appending(path: "\(tokens)")
        let configuration = try TinyRun.configuration([
          "warm_start.steps=0", "value_pretraining.steps=0", "trainer.total_training_steps=1",
          "actor.ppo_max_token_len=\(tokens)", "critic.ppo_max_token_len=\(tokens)",
          "actor.ppo_mini_batch_size=12", "critic.ppo_mini_batch_size=12", "actor.optim.eps=1e-3",
          "critic.optim.eps=1e-3",
        ])
        _ = try await TinyRun.train(configuration, in: run)
        var all: [Float] = []
        for model in ["actor", "critic"] {
          let file = try SafetensorsFile(run.appending(path: "\(model)/model.safetensors"))
          for name in file.names { all += try file.tensor(name).floats }
        }
        weights.append(all)
      }
      // ε is large against gradients near zero, where AdamW would turn rounding into a whole step.
      #expect(largestDifference(weights[0], weights[1]) < 1e-5)
      #expect(weights[0].count > 1000)
    }
  }

  @Test("numbers that are not finite skip the step, are named, and stop the run after five")
  func notFinite() async throws {
    try await withRunFolder { root in
      // The square of such a return is beyond float32.
      let configuration = try TinyRun.configuration([
        "reward.correct=3e38", "reward.incorrect=-3e38", "value_pretraining.steps=9",
      ])
      await #expect {
        _ = try await TinyRun.train(configuration, in: root)
      } throws: { error in
        guard case TrainingError.notFinite(let what, let step, let dump) = error else {
          return false
        }
        return what == "critic loss" && step > 3
          && FileManager.default.fileExists(atPath: dump)
      }
    }
  }

  @Test(
    "five in a row stop the run whichever model meets them, and whatever the other does",
    arguments: [
      ("actor", ["actor.optim.lr=1e30", "trainer.total_training_steps=9"]),
      // Returns whose square is beyond float32, advantages that are not.
      (
        "critic",
        [
          "reward.correct=1e30", "reward.incorrect=-1e30", "algorithm.whiten_advantages=true",
          "value_pretraining.steps=0", "trainer.total_training_steps=9",
        ]
      ),
    ])
  func oneGuardAModel(model: String, overrides: [String]) async throws {
    try await withRunFolder { root in
      let configuration = try TinyRun.configuration(overrides)
      await #expect {
        _ = try await TinyRun.train(configuration, in: root)
      } throws: { error in
        guard case TrainingError.notFinite(let what, _, _) = error else { return false }
        return what.hasPrefix(model)
      }
    }
  }

  @Test("self-imitation of weight zero is self-imitation switched off, bit for bit")
  func imitationOfWeightZero() async throws {
    try await withRunFolder { root in
      func weights(_ name: String, _ overrides: [String]) async throws -> [Data] {
        let run = root.appending(path: name)
        let configuration = try TinyRun.configuration(
          [
            "actor.optim.lr_scheduler_type=linear", "algorithm.self_imitation.min_tokens=0",
            "reward.incorrect=0.5",
          ]
            + overrides)
        _ = try await TinyRun.train(configuration, in: run)
        return try ["actor", "critic"].map {
          try Data(contentsOf: run.appending(path: "\($0)/model.safetensors"))
        }
      }
      let off = try await weights("off", [])
      let on = "algorithm.self_imitation.enable=true"
      #expect(try await weights("zero", [on, "algorithm.self_imitation.coef=0"]) == off)
      let half = try await weights("half", [on, "algorithm.self_imitation.coef=0.5"])
      let whole = try await weights("whole", [on])
      #expect(half != off && whole != off && half != whole)
    }
  }

  @Test("self-imitation leaves the policy's own learning rate alone")
  func imitationsSchedule() async throws {
    try await withRunFolder { root in
      var rates: [[Double]] = []
      for imitates in [false, true] {
        let run = root.appending(path: "\(imitates)")
        _ = try await TinyRun.train(
          TinyRun.configuration([
            "actor.optim.lr_scheduler_type=linear", "algorithm.self_imitation.min_tokens=0",
            "algorithm.self_imitation.enable=\(imitates)",
          ]), in: run)
        let text = try String(contentsOf: run.appending(path: "metrics.jsonl"), encoding: .utf8)
        rates.append(
          try text.split(separator: "\n").compactMap { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            let data = object?["data"] as? [String: Any]
            return data?["vapo/actor_updates"] == nil ? nil : data?["actor/lr"] as? Double
          })
      }
      #expect(rates[0].count == 5 && rates[0] == rates[1])
    }
  }

  @Test("a step in which every group is filtered says that it trained nothing")
  func trainsNothing() async throws {
    try await withRunFolder { root in
      let configuration = try TinyRun.configuration([
        "algorithm=grpo", "algorithm.filter_groups.enable=true",
        "algorithm.filter_groups.metric=score", "algorithm.filter_groups.max_num_gen_batches=1",
        "trainer.total_training_steps=1",
      ])
      var said: [String] = []
      let console = Console(isTerminal: false, write: { said.append($0) })
      _ = try await Trainer(configuration, in: root, console: console).run()
      #expect(said.contains { $0.contains("trained nothing") })
      let metrics = try TinyRun.metrics(of: root)
      #expect(metrics.contains { $0.contains("\"vapo\\/trained_nothing\":1") })
    }
  }

  /// Where responses are long, an overlong one is worth less than another though both are wrong: by
  /// their rewards such groups differ, by their answers they do not.
  @Test("dynamic sampling compares what its metric names")
  func filterMetric() async throws {
    try await withRunFolder { root in
      var kept: [String: Double] = [:]
      for metric in ["acc", "seq_reward"] {
        let run = root.appending(path: metric)
        let configuration = try TinyRun.configuration([
          "algorithm=dapo", "algorithm.filter_groups.metric=\(metric)", "rollout.n=4",
          "algorithm.filter_groups.max_num_gen_batches=1", "algorithm.overlong_filtering=false",
          "trainer.total_training_steps=1", "reward.overlong_buffer.enable=true",
          "reward.overlong_buffer.len=40", "warm_start.steps=0",
        ])
        _ = try await TinyRun.train(configuration, in: run)
        let line = try #require(TinyRun.metrics(of: run).last)
        let part = try #require(line.components(separatedBy: "filter_groups\\/kept\":").last)
        kept[metric] = Double(part.prefix { $0.isNumber })
      }
      #expect(kept["acc"] == 0 && (kept["seq_reward"] ?? 0) > 0, "\(kept)")
    }
  }

  @Test("a steered price moves from rollout to rollout as its formula says")
  func steeredPrice() async throws {
    try await withRunFolder { root in
      let configuration = try TinyRun.configuration([
        "algorithm.use_kl_in_reward=true", "algorithm.kl_coef=0.5", "actor.optim.lr=1e-2",
        "algorithm.kl_ctrl.type=adaptive", "algorithm.kl_ctrl.target_kl=0.01",
        "algorithm.kl_ctrl.horizon=60",
      ])
      _ = try await TinyRun.train(configuration, in: root)
      func numbers(_ name: String) throws -> [Double] {
        try TinyRun.metrics(of: root).compactMap { line in
          line.components(separatedBy: "\"actor\\/\(name)\":").dropFirst().first.flatMap {
            Double($0.prefix { !",}".contains($0) })
          }
        }
      }
      let prices = try numbers("reward_kl_penalty_coeff")
      let divergences = try numbers("reward_kl_penalty")
      try #require(prices.count == 5 && divergences.count == 5)
      #expect(prices[0] == 0.5 && Set(prices).count > 1, "\(prices)")
      for (place, (price, divergence)) in zip(prices, divergences).dropLast().enumerated() {
        // Twelve responses a rollout.
        let error = min(max(divergence / 0.01 - 1, -0.2), 0.2)
        #expect(abs(prices[place + 1] - price * (1 + error * 12 / 60)) < 1e-6, "\(prices)")
      }
    }
  }

  @Test(
    "rewards are normalized by every score of the run so far, clipped, and pay for a missing end")
  func normalizedRewards() async throws {
    try await withRunFolder { root in
      // Scores of many sizes, from a function that knows nothing of answers.
      let function = root.appending(path: "length.py")
      try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
      try Data("def compute_score(solution_str, **_): return len(solution_str) % 7\n".utf8)
        .write(to: function)
      let adapter = Golden.root.appending(path: "Adapters/reward_adapter.py")
      let configuration = try TinyRun.configuration([
        "reward.verifier=command",
        "reward.command.run=[python3, \(adapter.path), \(function.path)]",
        "reward.normalize=true", "reward.clip_range=[-0.9, 0.9]", "reward.missing_eos_penalty=0.25",
        "reward.parts.form.verifier=format", "reward.parts.form.weight=0.5", "reward.weight=2",
      ])
      let run = root.appending(path: "run")
      #expect(try await TinyRun.train(configuration, in: run) == .finished)
      let dumps = try TinyRun.rollouts(of: run)
      let steps = dumps.keys.compactMap { Int($0.prefix { $0 != "." }) }.sorted()
      try #require(steps.count > 3)
      // By the definition, over all scores of all rollouts up to each: no running sums.
      var all: [Double] = []
      var rewards = Set<Double>()
      var cuts = 0
      // The baseline answers held-out problems, which are no training.
      for step in steps where step != 7 {
        let lines = try #require(dumps["\(step).jsonl"]).split(separator: UInt8(ascii: "\n"))
        let rows = try lines.map {
          try #require(try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any])
        }
        let scores = rows.compactMap { $0["score"] as? Double }
        all += scores
        let mean = all.reduce(0, +) / Double(all.count)
        let squares = all.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let deviation = (squares / Double(all.count)).squareRoot()
        for (row, score) in zip(rows, scores) {
          let plain = deviation > 1e-8 ? (score - mean) / deviation : 0
          let isCut = row["finish_reason"] as? String == "length"
          cuts += isCut ? 1 : 0
          let expected = min(max(plain, -0.9), 0.9) - (isCut ? 0.25 : 0)
          let reward = try #require(row["reward"] as? Double)
          #expect(abs(reward - expected) < 1e-5, "step \(step)")
          rewards.insert(reward)
        }
      }
      #expect(rewards.count > 2 && rewards.contains { abs($0) > 0.89 }, "\(rewards)")
      #expect(cuts > 0)
    }
  }

  @Test("settings that make no sense are refused, each by its key")
  func refusals() {
    for (override, key) in [
      ("rollout.n=0", "rollout.n"), ("actor.optim.lr=-1", "actor.optim.lr"),
      ("algorithm.gamma=2", "algorithm.gamma"), ("rollout.temperature=-1", "temperature"),
      ("data.task.max_moves=99", "data.task.max_moves"),
      ("actor.clip_ration_low=0.1", "actor.clip_ratio_low"),
      ("trainer.seed=high", "trainer.seed"), ("algorithm=gpro", "grpo"),
    ] {
      #expect {
        _ = try TinyRun.configuration([override])
      } throws: { error in
        "\(error)".contains(key)
      }
    }
  }

  @Test("the resolved configuration loads back as it was")
  func roundTrip() throws {
    let configuration = try TinyRun.configuration(["algorithm=dapo", "rollout.top_p=0.9"])
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "config.resolved.yaml")
      try Data(ConfigurationLoader.encodeYAML(configuration).utf8).write(to: file)
      #expect(try RunConfiguration.load(recipe: file) == configuration)
    }
  }
}
