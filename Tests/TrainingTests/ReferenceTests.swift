// A reference that is renewed, and a critic that learns before the policy moves.

import Foundation
import Settings
import Testing
import Training

@MainActor @Suite struct ReferenceTests {
  private func weights(_ model: String, _ step: Int, of run: URL) throws -> Data {
    try Data(
      contentsOf: run.appending(path: "checkpoints/step-\(step)/\(model)/model.safetensors"))
  }

  @Test func `the reference is the policy as it was at its last renewal`() async throws {
    // Three reports of the warm start and the baseline come first: step 4 + k is rollout k.
    let configuration = try TinyRun.configuration([
      "algorithm=r1-zero", "algorithm.ref_model_sync_steps=2",
    ])
    try await withRunFolder { root in
      let run = root.appending(path: "run")
      #expect(try await TinyRun.train(configuration, in: run) == .finished)
      for (step, renewal) in [(6, 6), (7, 6), (8, 8), (9, 8)] {
        #expect(
          try weights("reference", step, of: run) == weights("actor", renewal, of: run), "\(step)")
      }
      #expect(try weights("reference", 5, of: run) == weights("actor", 4, of: run))
      #expect(try weights("actor", 5, of: run) != weights("actor", 4, of: run))
      try await TinyRun.expectResumable(configuration, steps: 9, in: root)
    }
  }

  @Test func `during the critic's warm-up the critic moves and the policy stands still`()
    async throws
  {
    // Warm start, value pretraining and baseline take seven steps: step 7 + k is rollout k.
    let configuration = try TinyRun.configuration(["trainer.critic_warmup=2"])
    try await withRunFolder { run in
      #expect(try await TinyRun.train(configuration, in: run) == .finished)
      let actors = try (7...10).map { try weights("actor", $0, of: run) }
      let critics = try (7...9).map { try weights("critic", $0, of: run) }
      #expect(actors[0] == actors[1] && actors[1] == actors[2] && actors[2] != actors[3])
      #expect(critics[0] != critics[1] && critics[1] != critics[2])
    }
  }
}
