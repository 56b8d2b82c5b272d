// Runs whose responses servers draw: the weights they draw with are the policy's at every step, or the run stops
// and says what is wrong.

import Foundation
import Methods
import JSON
import RolloutServers
import Settings
import TestSupport
import Testing
import Training
import Transport

/// Brings questions to a server that takes no weights before it is started a second time.
private struct StuckTransport: Transport {
  let server: ModelServer
  /// Has the number of every process that was started, a line each.
  let starts: URL

  private var pids: [Substring] {
    ((try? String(contentsOf: starts, encoding: .utf8)) ?? "").split(separator: "\n")
  }

  func post(
    _ body: Data, to url: URL, within seconds: Double, upTo limit: Int
  ) async throws(TransportFailure) -> TransportAnswer {
    let path = String(url.path().dropFirst())
    guard pids.count > 1 || path != "collective_rpc" else { throw .connection("no answer") }
    guard let question = try? JSONValue(parsing: body) else { throw .connection("no question") }
    return TransportAnswer(
      status: 200, body: Data(try server.answer(path, question).text.utf8))
  }

  func get(
    _ url: URL, within seconds: Double, upTo limit: Int
  ) async throws(TransportFailure) -> TransportAnswer {
    // One that has ended and is not yet taken note of runs nothing.
    guard let pid = pids.last,
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")) != nil
    else { throw .connection("nobody there") }
    return TransportAnswer(status: 200, body: Data())
  }

  func probe(_ url: URL, within seconds: Double) async throws(TransportFailure) {}
}

@Suite("Runs with servers", .serialized)
@MainActor
struct RemoteRolloutTests {
  private func configuration(
    _ servers: [ModelServer], _ overrides: [String] = []
  ) throws -> RunConfiguration {
    try TinyRun.configuration(
      [
        "rollout.name=vllm",
        "rollout.servers=[\(servers.map(\.url).joined(separator: ", "))]",
        // What is learned must show in float32's last digits after one step.
        "actor.optim.lr=3e-3", "trainer.test_freq=-1",
      ] + overrides)
  }

  private func metrics(of run: URL) throws -> [[String: Double]] {
    let text = try String(contentsOf: run.appending(path: "metrics.jsonl"), encoding: .utf8)
    return try text.split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return (object?["data"] as? [String: Any] ?? [:]).compactMapValues { $0 as? Double }
    }
  }

  @Test("every response is drawn with the policy's weights of its step, and no load is made twice")
  func wholeRun() async throws {
    let servers = [ModelServer(), ModelServer()]
    let configuration = try configuration(servers)
    try await withRunFolder { root in
      let run = root.appending(path: "run")
      #expect(try await TinyRun.train(asking: configuration, in: run) == .finished)
      let metrics = try metrics(of: run)
      let steps = metrics.filter { $0["training/stage"] == metrics.last?["training/stage"] }
      #expect(steps.count == 5)
      for step in steps {
        #expect(try #require(step["rollout_corr/abs_log_ratio_max"]) < 1e-4)
      }
      // The policy stands still until the first step of reinforcement has moved it.
      let loads = metrics.compactMap { $0["rollout_corr/probe_mean"] }
      #expect(loads.count == 5 && loads.allSatisfy { $0 < 1e-5 })
      // And once more for the evaluation at the end.
      #expect(servers.map(\.loads) == [6, 6])
      #expect(servers.allSatisfy { $0.questions > 40 })
      // What was never asked differs in more than a token, of which small vocabularies have few.
      for probes in servers.map(\.probes) {
        #expect(zip(probes[0], probes[1]).count { $0 != $1 } > 8)
        #expect(probes[0].count == probes[1].count && probes[0].suffix(8) == probes[1].suffix(8))
      }
      // 12 responses a step, eight an evaluation, two questions a server and load, value pretraining.
      let asked = servers.reduce(0) { $0 + $1.questions }
      let pretraining = configuration.valuePretraining
      let wanted = 3 * pretraining.batchSize * pretraining.samples + 5 * 12 + 2 * 8 + 2 * 2 * 6
      #expect(asked == wanted)
      #expect(!FileManager.default.fileExists(atPath: run.appending(path: "weights").path))
    }
  }

  @Test(
    "a server that is not the policy ends the run, and the error says what is wrong with it",
    arguments: [
      (ModelServer.Fault.oldHead, "its output layer is of the weights before"),
      (.oldCache, "its prefix cache was not reset"),
      (.rawLogProbs, "--logprobs-mode processed_logprobs"),
      (.ignoredLoad, "it still has the weights of the load before"),
      (.otherModel, "it is not the policy"),
    ])
  func faults(fault: ModelServer.Fault, words: String) async throws {
    let (good, bad) = (ModelServer(), ModelServer(fault))
    let configuration = try configuration([good, bad], ["rollout.temperature=0.7"])
    try await withRunFolder { root in
      let error = await #expect(throws: TrainingError.self) {
        try await TinyRun.train(asking: configuration, in: root.appending(path: "run"))
      }
      let said = error?.description ?? ""
      #expect(said.contains(words) && said.contains(bad.url) && !said.contains(good.url), "\(said)")
    }
  }

  @Test("one of its own servers that is silent when weights come is started again")
  func stuck() async throws {
    try await withRunFolder { root in
      let starts = root.appending(path: "starts")
      let (socket, port) = try listenOnLoopback()
      close(socket)
      let server = ModelServer()
      let configuration = try TinyRun.configuration([
        "rollout.name=vllm", "rollout.launch.number=1", "rollout.launch.port=\(port)",
        "rollout.launch.run=[sh, -c, \"echo $$ >> \(starts.path); exec sleep 3600\", sh]",
      ])
      let run = root.appending(path: "run")
      let end = try await Transports.$own.withValue(StuckTransport(server: server, starts: starts))
      {
        try await TinyRun.train(configuration, in: run)
      }
      #expect(end == .finished)
      #expect(try String(contentsOf: starts, encoding: .utf8).split(separator: "\n").count == 2)
      #expect(server.questions > 40)
    }
  }

  @Test("a server that dies costs no response; when all are dead the run stops and can go on")
  func deaths() async throws {
    let servers = [ModelServer(), ModelServer()]
    let configuration = try configuration(servers, ["rollout.remote.retries=1"])
    try await withRunFolder { root in
      let run = root.appending(path: "run")
      servers[0].die(after: 30)
      #expect(try await TinyRun.train(asking: configuration, in: run) == .finished)
      let rows = try metrics(of: run).compactMap { $0["vapo/trained_responses"] }
      #expect(rows == [12, 12, 12, 12, 12])
      // Both come back with the next load, which comes too late for the rollout under way.
      let again = root.appending(path: "again")
      for server in servers { server.die(after: 25) }
      await #expect(throws: RolloutServerError.self) {
        try await TinyRun.train(asking: configuration, in: again)
      }
      #expect(try await TinyRun.train(asking: configuration, in: again) == .finished)
    }
  }

  @Test(
    "whenever a server dies, at a question or at a load, every step learns from all its responses",
    arguments: [false, true])
  func deathsAnywhere(isAhead: Bool) async throws {
    let more = ["rollout.remote.retries=1", "trainer.async_rollout=\(isAhead ? 1 : 0)"]
    let whole = [ModelServer(), ModelServer()]
    try await withRunFolder { root in
      _ = try await TinyRun.train(
        asking: configuration(whole, more), in: root.appending(path: "whole"))
      let (questions, loads) = (whole[0].questions, whole[0].loads)
      #expect(questions > 40 && loads >= 5)
      // Every seventeenth question, so that all stages are met, and every load.
      let moments =
        stride(from: 1, to: questions, by: 17).map { ServerDeath.question($0) }
        + (1...loads).map { .load($0) }
      for moment in moments {
        let servers = [ModelServer(), ModelServer()]
        servers[0].die(at: moment)
        let run = root.appending(path: "run")
        #expect(
          try await TinyRun.train(asking: configuration(servers, more), in: run) == .finished,
          "\(moment)")
        let rows = try metrics(of: run).compactMap { $0["vapo/trained_responses"] }
        #expect(rows == [12, 12, 12, 12, 12], "\(moment)")
        try FileManager.default.removeItem(at: run)
      }
    }
  }

  @Test(
    "a folder for weights that holds the runs loses nothing but weights; short texts can be probed too"
  )
  func folders() async throws {
    try await withRunFolder { root in
      let run = root.appending(path: "run")
      let overrides = [
        "rollout.remote.weights_folder=\(root.path)", "data.max_response_length=14",
      ]
      // A run that goes on looks for what an attempt before has left.
      for steps in 1...2 {
        let configuration = try configuration(
          [ModelServer()], overrides + ["trainer.total_training_steps=\(steps)"])
        #expect(try await TinyRun.train(asking: configuration, in: run) == .finished)
      }
      let names = try FileManager.default.contentsOfDirectory(atPath: run.path)
      #expect(Set(["checkpoints", "metrics.jsonl", "actor"]).isSubset(of: names))
      let left = try FileManager.default.contentsOfDirectory(
        atPath: root.appending(path: "vapo-weights").path)
      #expect(left.isEmpty)
    }
  }

  @Test(
    "tokens of servers are weighted unless a recipe says otherwise; filters and addresses are refused"
  )
  func settings() throws {
    let servers = [ModelServer()]
    #expect(try configuration(servers).algorithm.rolloutCorrection.weighting == .token)
    let key = "algorithm.rollout_correction.rollout_is=none"
    #expect(try configuration(servers, [key]).algorithm.rolloutCorrection.weighting == .none)
    #expect(try TinyRun.configuration().algorithm.rolloutCorrection.weighting == .none)
    for (override, words) in [
      ("rollout.top_p=0.9", "does not say which tokens it left out"),
      ("rollout.temperature=0", "does not say which tokens it left out"),
      ("rollout.servers=[]", "must name where vllm listens"),
      ("rollout.servers=[localhost]", "is not an address"),
      ("rollout.name=native", "rollout.name is native"),
      ("rollout.name=vlm", "vllm"),
      ("rollout.remote.dtype=int8", "is none of float32, bfloat16, float16"),
      ("rollout.remote.max_in_flight=0", "is not from 1 to 1024"),
      ("rollout.launch.number=2000000000", "is not from 0 to 64"),
      ("rollout.launch.number=1", "take one of the two"),
      ("rollout.launch.devices=[0]", "names GPUs for 1 servers where there are 0"),
    ] {
      let error = #expect(throws: (any Error).self) { try configuration(servers, [override]) }
      #expect("\(error.map { "\($0)" } ?? "")".contains(words), "\(override)")
    }
  }
}
