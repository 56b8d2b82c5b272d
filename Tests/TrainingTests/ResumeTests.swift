// A resumed run is the run that was never stopped, bit for bit.

import Checkpoints
import Foundation
import Methods
import Settings
import Testing
import Training

@Suite("Resume", .serialized)
@MainActor
struct ResumeTests {
  /// Global steps of the tiny run: three of warm start, three of value pretraining, the baseline,
  /// five of reinforcement.
  private static let steps = 12

  @Test(
    "a run cut off after any step ends with the same weights, moments, metrics and rollouts",
    arguments: [
      [], ["algorithm=grpo"], ["algorithm.self_imitation.enable=true"],
      ["algorithm.use_kl_in_reward=true", "actor.use_kl_loss=true"],
      [
        "algorithm.use_kl_in_reward=true", "algorithm.kl_ctrl.type=adaptive",
        "algorithm.kl_ctrl.horizon=20", "actor.optim.lr_steps_unit=rollout",
        "actor.optim.lr_warmup_steps=3", "critic.optim.lr_scheduler_type=linear",
        "critic.optim.lr_steps_unit=rollout",
      ],
      [
        "actor.optim.moments=8bit", "critic.optim.moments=8bit", "reward.normalize=true",
        "actor.activation_checkpointing=true",
      ],
    ])
  func everyStep(overrides: [String]) async throws {
    let configuration = try TinyRun.configuration(overrides)
    let steps = configuration.algorithm.advantageEstimator == .gae ? Self.steps : Self.steps - 3
    try await withRunFolder { root in
      try await TinyRun.expectResumable(configuration, steps: steps, in: root)
    }
  }

  @Test("the same recipe and seed give the same weights; another seed gives others")
  func seeds() async throws {
    try await withRunFolder { root in
      var weights: [Data] = []
      for (name, seed) in [("a", 3), ("b", 3), ("c", 4)] {
        let run = root.appending(path: name)
        let configuration = try TinyRun.configuration(["trainer.seed=\(seed)"])
        _ = try await TinyRun.train(configuration, in: run)
        weights.append(try Data(contentsOf: run.appending(path: "actor/model.safetensors")))
      }
      #expect(weights[0] == weights[1])
      #expect(weights[0] != weights[2])
    }
  }

  @Test("a finished run is left as it is; with more steps it goes on")
  func moreSteps() async throws {
    try await withRunFolder { root in
      let run = root.appending(path: "run")
      let short = try TinyRun.configuration(["trainer.total_training_steps=2"])
      _ = try await TinyRun.train(short, in: run)
      let metrics = try TinyRun.metrics(of: run)
      #expect(try await TinyRun.train(short, in: run) == .finished)
      #expect(try TinyRun.metrics(of: run) == metrics)
      let long = try TinyRun.configuration(["trainer.total_training_steps=4"])
      #expect(try await TinyRun.train(long, in: run) == .finished)
      #expect(try TinyRun.metrics(of: run).count == metrics.count + 2)
    }
  }

  @Test("a damaged newest checkpoint is passed over for the one before it")
  func damaged() async throws {
    try await withRunFolder { root in
      let run = root.appending(path: "run")
      let configuration = try TinyRun.configuration()
      _ = try await TinyRun.train(configuration, in: run)
      let metrics = try TinyRun.metrics(of: run)
      let file = run.appending(
        path: "checkpoints/step-\(Self.steps)/actor/model.safetensors")
      var bytes = try Data(contentsOf: file)
      bytes[bytes.count / 2] ^= 1
      try bytes.write(to: file)
      #expect(try await TinyRun.train(configuration, in: run) == .finished)
      #expect(try TinyRun.metrics(of: run) == metrics)
    }
  }

  @Test("a second trainer is kept out of a run folder that is in use")
  func locked() async throws {
    try await withRunFolder { root in
      let configuration = try TinyRun.configuration()
      let first = try Trainer(configuration, in: root, console: TinyRun.silence)
      #expect(throws: CheckpointError.self) {
        try Trainer(configuration, in: root, console: TinyRun.silence)
      }
      _ = try await first.run()
    }
  }

  @Test("what shapes a run may not change when it is resumed; its length may")
  func changes() throws {
    let before = try TinyRun.configuration()
    let longer = try TinyRun.configuration(["trainer.total_training_steps=9"])
    #expect(throws: Never.self) { try longer.checkResumable(from: before) }
    let other = try TinyRun.configuration(["algorithm.gamma=0.9", "model.hidden_size=32"])
    #expect {
      try other.checkResumable(from: before)
    } throws: { error in
      let text = "\(error)"
      return text.contains("algorithm.gamma") && text.contains("model.hidden_size")
    }
  }
}
