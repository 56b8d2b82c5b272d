// Runs whose servers load adapters as adapters, beside a base that they keep.

import Foundation
import RolloutServers
import Settings
import Testing
import Training
import Transformers

@Suite(.serialized) @MainActor struct AdapterServerTests {
  /// A stored model to stand beside.
  private func base(in root: URL) async throws -> URL {
    let run = root.appending(path: "base")
    let configuration = try TinyRun.configuration([
      "algorithm=grpo", "trainer.total_training_steps=1", "trainer.save_freq=0",
    ])
    _ = try await TinyRun.train(configuration, in: run)
    return run.appending(path: "actor")
  }

  private func configuration(
    _ base: URL, _ servers: [ModelServer], _ overrides: [String] = []
  ) throws -> RunConfiguration {
    try TinyRun.configuration(
      [
        "rollout.name=vllm", "rollout.servers=[\(servers.map(\.url).joined(separator: ", "))]",
        "rollout.remote.merge_adapter=false", "model.path=\(base.path)", "warm_start.steps=0",
        "model.lora_rank=2", "actor.optim.lr=3e-2", "trainer.test_freq=-1",
        "rollout.temperature=0.7",
      ] + overrides)
  }

  private func metrics(of run: URL, _ name: String) throws -> [Double] {
    let text = try String(contentsOf: run.appending(path: "metrics.jsonl"), encoding: .utf8)
    return try text.split(separator: "\n").compactMap { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return (object?["data"] as? [String: Any])?[name] as? Double
    }
  }

  @Test func `every response is drawn with the adapter of its step, and old ones are given up`()
    async throws
  {
    try await withRunFolder { root in
      let base = try await base(in: root)
      let servers = [ModelServer(base: base), ModelServer(base: base)]
      let run = root.appending(path: "run")
      #expect(try await TinyRun.train(asking: configuration(base, servers), in: run) == .finished)
      let differences = try metrics(of: run, "rollout_corr/abs_log_ratio_max")
      #expect(differences.count == 5 && differences.allSatisfy { $0 < 1e-4 })
      let probes = try metrics(of: run, "rollout_corr/probe_mean")
      #expect(probes.count == 5 && probes.allSatisfy { $0 < 1e-5 })
      #expect(servers.map(\.loads) == [6, 6])
      #expect(servers.allSatisfy { $0.adapters.count == 1 })
      #expect(!FileManager.default.fileExists(atPath: run.appending(path: "weights").path))
      // With whole weights, the adapter added, the same is learned but for rounding.
      let merged = root.appending(path: "merged")
      let whole = [ModelServer()]
      let settings = ["rollout.remote.merge_adapter=true", "trainer.total_training_steps=1"]
      #expect(
        try await TinyRun.train(asking: configuration(base, whole, settings), in: merged)
          == .finished)
      let scores = try [run, merged].map { try metrics(of: $0, "critic/score/mean").prefix(4) }
      #expect(scores[0] == scores[1])
    }
  }

  @Test(arguments: [
    (ModelServer.Fault.ignoredLoad, "it still has the weights of the load before"),
    (.withoutAdapter, "it draws without the adapter"),
    (.rawLogProbs, "--logprobs-mode processed_logprobs"),
  ])
  func `a server that does not draw with the adapter ends the run`(
    _ fault: ModelServer.Fault, _ words: String
  ) async throws {
    try await withRunFolder { root in
      let base = try await base(in: root)
      let (good, bad) = (ModelServer(base: base), ModelServer(fault, base: base))
      let error = await #expect(throws: TrainingError.self) {
        try await TinyRun.train(
          asking: configuration(base, [good, bad]), in: root.appending(path: "run"))
      }
      let said = error?.description ?? ""
      #expect(said.contains(words) && said.contains(bad.url), "\(said)")
    }
  }

  @Test func `a server that dies, and comes back without adapters, costs no response`() async throws
  {
    try await withRunFolder { root in
      let base = try await base(in: root)
      for moment in [ServerDeath.question(3), .question(30), .question(61), .load(1), .load(3)] {
        let servers = [ModelServer(base: base), ModelServer(base: base)]
        servers[0].die(at: moment)
        let run = root.appending(path: "run")
        let configuration = try configuration(base, servers, ["rollout.remote.retries=1"])
        #expect(try await TinyRun.train(asking: configuration, in: run) == .finished, "\(moment)")
        let learned = try metrics(of: run, "vapo/trained_responses")
        #expect(learned == [12, 12, 12, 12, 12], "\(moment)")
        #expect(servers.allSatisfy { $0.adapters.count == 1 }, "\(moment)")
        try FileManager.default.removeItem(at: run)
      }
    }
  }

  @Test func `what cannot be loaded as an adapter is refused`() async throws {
    try await withRunFolder { root in
      let base = try await base(in: root)
      let error = await #expect(throws: ConfigurationError.self) {
        try await TinyRun.train(
          asking:
            configuration(base, [ModelServer(base: base)], ["model.lora_rank=0"]),
          in: root.appending(path: "plain"))
      }
      #expect("\(error.map { "\($0)" } ?? "")".contains("the policy has none; set model.lora_rank"))
      let other = #expect(throws: ConfigurationError.self) {
        try configuration(base, [ModelServer()], ["rollout.name=sglang"])
      }
      #expect("\(other.map { "\($0)" } ?? "")".contains("false is for rollout.name: vllm"))
    }
  }
}
