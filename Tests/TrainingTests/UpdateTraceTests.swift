// What a dump says of the update at every token, held against the metrics of the same step, which are summed
// on the device and come over another way.

import Foundation
import Testing

@Suite("What the update made of every token", .serialized)
@MainActor
struct UpdateTraceTests {
  /// A dumped response, as far as the update goes.
  private struct Line: Decodable {
    var trained: Bool
    var length: Int
    var advantages: [Double]
    var ratios: [Double?]?
    var clips: [Int]?
  }

  private struct Step: Decodable {
    var step: Int
    var data: [String: Double?]
  }

  private func lines<Value: Decodable>(_ file: URL, of type: Value.Type) throws -> [Value] {
    try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(type, from: Data($0.utf8))
    }
  }

  @Test(
    "ratios and clips of the dump add up to the step's clip fractions and divergence",
    arguments: [
      ["algorithm=vapo", "actor.clip_ratio_c=1.3"],
      // Responses that are not learned from.
      ["algorithm=ppo", "algorithm.overlong_filtering=true", "data.max_response_length=12"],
      ["algorithm=vapo", "actor.policy_loss.loss_mode=gspo", "actor.clip_ratio_high=4e-4"],
    ])
  func sums(overrides: [String]) async throws {
    try await withRunFolder { run in
      let configuration = try TinyRun.configuration(
        ["actor.optim.lr=2e-2", "actor.ppo_mini_batch_size=1", "trainer.save_freq=0"] + overrides)
      _ = try await TinyRun.train(configuration, in: run)
      let steps = try lines(run.appending(path: "metrics.jsonl"), of: Step.self)
      var clipped = 0
      for step in steps where step.data["actor/pg_clipfrac"] != nil {
        let rollout = try lines(
          run.appending(path: "rollouts/\(step.step).jsonl"), of: Line.self)
        let tokens = try rollout.flatMap {
          line -> [(ratio: Double?, clip: Int, advantage: Double)] in
          // A mini-batch that has nothing to be learned from is left out.
          if !line.trained && line.ratios == nil { return [] }
          let (ratios, clips) = try (#require(line.ratios), #require(line.clips))
          #expect(ratios.count == line.length && clips.count == line.length)
          #expect(ratios.allSatisfy { ($0 != nil) == line.trained })
          return zip(zip(ratios, clips), line.advantages).map { ($0.0, $0.1, $1) }
        }
        let counted = tokens.filter { $0.ratio != nil }
        func expect(_ name: String, _ sum: Double) throws {
          let found = try #require(step.data[name] ?? nil)
          #expect(
            abs(found - sum / Double(max(1, counted.count))) < 1e-5, "\(name) of step \(step.step)")
        }
        func count(_ clip: Int) -> Double { Double(tokens.count { $0.clip == clip }) }
        try expect("vapo/clipfrac_low", count(-1))
        try expect("vapo/clipfrac_high", count(1))
        try expect("actor/pg_clipfrac_lower", count(2))
        try expect("actor/ppo_kl", counted.reduce(0) { $0 - log($1.ratio ?? 1) })
        // A bound holds what would have gone on: up where it is good, down where it is bad.
        #expect(tokens.allSatisfy { $0.clip != 1 || ($0.advantage > 0 && ($0.ratio ?? 0) > 1) })
        #expect(tokens.allSatisfy { $0.clip != -1 || ($0.advantage < 0 && ($0.ratio ?? 2) < 1) })
        #expect(tokens.allSatisfy { $0.clip != 2 || ($0.advantage < 0 && ($0.ratio ?? 0) > 1) })
        clipped += tokens.count { $0.clip != 0 }
      }
      #expect(clipped > 0)
    }
  }
}
