// A run that draws with weights of eight bits: what is learned from, what is not, and what the settings ask.

import Foundation
import Methods
import Settings
import Testing
import TestSupport
import Training

@MainActor @Suite struct QuantizedRolloutTests {
  private func numbers(_ run: URL, _ name: String) throws -> [Double] {
    let text = try String(contentsOf: run.appending(path: "metrics.jsonl"), encoding: .utf8)
    return try text.split(separator: "\n").compactMap { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return (object?["data"] as? [String: Any])?[name] as? Double
    }
  }

  @Test func `rollouts are rounded and weighted, evaluations are not rounded`() async throws {
    try await withRunFolder { root in
      let settings = ["value_pretraining.steps=0", "rollout.val_kwargs.n=8"]
      let (plain, eight) = (root.appending(path: "plain"), root.appending(path: "eight"))
      _ = try await TinyRun.train(TinyRun.configuration(settings), in: plain)
      let configuration = try TinyRun.configuration(settings + ["rollout.quantization=int8"])
      #expect(configuration.algorithm.rolloutCorrection.weighting == .token)
      _ = try await TinyRun.train(configuration, in: eight)

      let names = try [plain, eight].map { try numbers($0, "rollout_corr/k3_kl") }
      #expect(names[0].count == 5 && names[1].count == 5)
      #expect(names[0].allSatisfy { abs($0) < 1e-6 })
      // Of a model of sixteen numbers a row a step of one part in 127 is much.
      #expect(names[1].allSatisfy { $0 > 1e-6 && $0 < 0.1 })
      // The first evaluation is of the same policy: the same answers to the bit.
      let scores = try [plain, eight].map { run in
        try TinyRun.metricNames(of: run).filter { $0.hasPrefix("val-") }
          .map { try numbers(run, $0).first }
      }
      #expect(!scores[0].isEmpty && scores[0] == scores[1])
    }
  }

  @Test(arguments: [[], ["trainer.async_rollout=1"]])
  func `a run that is cut off after any step ends with the same bits`(
    _ more: [String]
  ) async throws {
    try await withRunFolder { root in
      try await TinyRun.expectResumable(
        TinyRun.configuration(["rollout.quantization=int8"] + more), steps: 12, in: root)
    }
  }

  @Test func `servers have settings of their own for it`() {
    #expect {
      try TinyRun.configuration([
        "rollout.name=vllm", "rollout.servers=[http://127.0.0.1:1]", "rollout.quantization=int8",
      ])
    } throws: {
      "\($0)".contains(
        "rollout.quantization: is of the run's own engine; vllm has options of its own")
    }
    #expect { try TinyRun.configuration(["rollout.quantization=fp8"]) } throws: {
      "\($0)".contains("int8")
    }
  }
}
