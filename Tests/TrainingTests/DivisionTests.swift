// How work is dealt to grains, and that no dealing changes what is learned.

import Testing
import Torch

import Training

@Suite("Division")
@MainActor
struct DivisionTests {
  private func packer(_ grains: Int) -> BatchPacker {
    BatchPacker(tokenBudget: 64, device: .cpu, division: Division(grains: grains))
  }

  private static let sequences = (0..<13).map { number in
    TokenSequence(
      prompt: [1, 2 + number / 3], response: Array(repeating: 5, count: 1 + number * number % 17))
  }

  @Test("every sequence is in one grain, costs are near alike", arguments: [1, 2, 4, 8])
  func dealing(grains: Int) {
    let dealt = packer(grains).dealt(Self.sequences)
    #expect(dealt.count == grains)
    #expect(dealt.joined().sorted() == Array(Self.sequences.indices))
    #expect(dealt.allSatisfy { $0 == $0.sorted() })
    let costs = dealt.map { $0.reduce(0) { $0 + Self.sequences[$1].response.count } }
    let whole = costs.reduce(0, +)
    // Nobody has more than its part and the longest single one.
    #expect(costs.max()! <= whole / grains + 17 + 3)
  }

  @Test(
    "the estimate counts the gradients that grains keep",
    arguments: [(1, 1, 1), (8, 1, 4), (8, 2, 6), (8, 8, 4), (1, 2, 4)])
  func memory(grains: Int, processes: Int, gradients: Int) throws {
    func bytes(_ overrides: [String]) throws -> Int? {
      try MemoryEstimate(TinyRun.configuration(overrides)).parts.first { $0.name == "gradients" }?
        .bytes
    }
    let one = try #require(try bytes([]))
    let found = try bytes(["trainer.grains=\(grains)", "trainer.nproc=\(processes)"])
    #expect(found == gradients * one)
  }

  @Test("the estimate counts one gradient more where a grain goes in turns")
  func turns() throws {
    func bytes(_ overrides: String...) throws -> Int? {
      try MemoryEstimate(
        TinyRun.configuration(["trainer.nproc=2", "trainer.sharding=full"] + overrides)
      ).parts.first { $0.name == "gradients" }?.bytes
    }
    let wide = try #require(
      try bytes("actor.ppo_max_token_len=16384", "critic.ppo_max_token_len=16384"))
    #expect(try bytes("actor.ppo_max_token_len=40", "critic.ppo_max_token_len=16384") == 2 * wide)
  }

  @Test("the estimate has a whole copy of a divided model where we draw, and none where servers do")
  func copies() throws {
    func names(_ overrides: [String]) throws -> [String] {
      try MemoryEstimate(
        TinyRun.configuration(
          ["trainer.nproc=2", "trainer.sharding=full", "model.compute_dtype=bfloat16"] + overrides)
      ).parts.map(\.name)
    }
    let copy = "the generator's copy"
    #expect(try names([]).contains(copy))
    #expect(
      try !names(["rollout.name=vllm", "rollout.servers=[http://127.0.0.1:1]"]).contains(copy))
  }

  @Test("more grains than sequences leave some without work")
  func few() {
    let dealt = packer(8).dealt(Array(Self.sequences.prefix(3)))
    #expect(dealt.map(\.count).sorted() == [0, 0, 0, 0, 0, 1, 1, 1])
    #expect(!dealt[0].isEmpty)
    let nothing = packer(4).dealt([])
    #expect(nothing == [[], [], [], []])
  }
}
