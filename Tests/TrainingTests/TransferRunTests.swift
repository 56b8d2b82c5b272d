// Runs whose servers get weights from GPU to GPU, by doubles of both: what is learned is what it is with a folder.

import Foundation
import Settings
import TestSupport
import Testing

@Suite("Runs with servers that get weights without a folder", .serialized)
@MainActor
struct TransferRunTests {
  private func recipe(_ settings: [String], in root: URL) throws -> String {
    let file = root.appending(path: "tiny.yaml")
    let configuration = try TinyRun.configuration(
      [
        "trainer.default_local_dir=\(root.path)", "trainer.threads=1", "trainer.grains=2",
        "trainer.total_training_steps=3", "trainer.rank_timeout=60", "model.hidden_size=32",
        "trainer.device=cuda", "actor.optim.lr=3e-3", "warm_start.steps=0",
        "model.path=\(root.path)/base/actor", "rollout.name=vllm",
      ] + settings)
    try Data(ConfigurationLoader.encodeYAML(configuration).utf8).write(to: file)
    return file.path
  }

  /// A model to begin with, whose configuration servers start with.
  private func makeBase(in root: URL) async throws -> URL {
    let settings = try TinyRun.configuration(
      [
        "trainer.default_local_dir=\(root.path)", "trainer.experiment_name=base",
        "trainer.total_training_steps=1", "model.hidden_size=32",
      ])
    let file = root.appending(path: "base.yaml")
    try Data(ConfigurationLoader.encodeYAML(settings).utf8).write(to: file)
    let run = try await Command(["train", file.path])
    #expect(run.status == 0, "\(run.output)")
    return root.appending(path: "base/actor")
  }

  @Test(
    "policy, critic and rollouts are the same bits by a folder and by NCCL, of one process and of two",
    arguments: [[], ["model.lora_rank=4"], ["rollout.remote.untie_embeddings=true"]])
  func sameBits(settings: [String]) async throws {
    try await withRunFolder { root in
      let base = try await makeBase(in: root)
      for (name, more) in [
        ("folder", []), ("nccl", ["rollout.remote.transfer=nccl"]),
        (
          "nccl-full",
          ["rollout.remote.transfer=nccl", "trainer.nproc=2", "trainer.sharding=full"]
        ),
        (
          "nccl-optimizer",
          ["rollout.remote.transfer=nccl", "trainer.nproc=2", "trainer.sharding=optimizer"]
        ),
      ] {
        let server = ModelServer(base: base)
        let listening = try ListeningServer(server)
        let run = try await Command(
          ["train", try recipe(["rollout.servers=[\(listening.url)]"] + settings, in: root)]
            + more + ["trainer.experiment_name=\(name)"], of: Command.doubleBinary)
        #expect(run.status == 0, "\(name): \(run.output)")
        #expect(server.joins == (name == "folder" ? 0 : 1) && server.loads > 3, "\(name)")
        try TinyRun.expectSameLearned(name, as: "folder", in: root)
        #expect(
          !FileManager.default.fileExists(atPath: root.appending(path: "\(name)/weights").path))
      }
    }
  }

  @Test("a server that was started again joins again, alone and beside another")
  func restarts() async throws {
    try await withRunFolder { root in
      let base = try await makeBase(in: root)
      for count in 1...2 {
        let (again, other) = (ModelServer(.restarts, base: base), ModelServer(base: base))
        let listening = try [again, other].prefix(count).map { try ListeningServer($0) }
        let urls = listening.map(\.url).joined(separator: ", ")
        let run = try await Command(
          [
            "train",
            try recipe(
              ["rollout.servers=[\(urls)]", "rollout.remote.transfer=nccl"], in: root),
            "trainer.experiment_name=of\(count)",
          ], of: Command.doubleBinary)
        #expect(run.status == 0, "\(run.output)")
        #expect(again.joins == 2 && other.joins == count - 1)
        #expect(!run.output.contains("left out until the next step"))
      }
    }
  }

  @Test("what lies on the CPU, and what is no whole weights, is not sent so")
  func refused() async throws {
    try await withRunFolder { root in
      let base = try await makeBase(in: root)
      let listening = try ListeningServer(ModelServer(base: base))
      let servers = ["rollout.servers=[\(listening.url)]", "rollout.remote.transfer=nccl"]
      for (more, words) in [
        (["trainer.device=cpu"], "the policy is on the CPU"),
        (["model.lora_rank=4", "rollout.remote.merge_adapter=false"], "for whole weights"),
        (["rollout.name=sglang"], "nccl is for rollout.name: vllm"),
      ] {
        let run = try await Command(
          ["train", try recipe(servers, in: root)] + more, of: Command.doubleBinary)
        #expect(run.status != 0 && run.output.contains(words), "\(run.output)")
      }
    }
  }
}
