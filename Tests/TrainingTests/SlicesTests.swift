// How tensors are cut over processes, and that a model whose layers come and go learns what it would.

import Foundation
import Methods
import Ranks
import Records
import Settings
import Synchronization
import TestSupport
import Testing
import Torch
import Training
import Transformers

@Suite("Slices") struct SlicesTests {
  @Test(
    "slices begin at blocks of 256, follow one another and leave nothing out",
    arguments: [0, 1, 255, 256, 257, 1000, 24_576, 1_000_003])
  func cover(count: Int) {
    for ranks in 1...9 {
      var end = 0
      for rank in 0..<ranks {
        let range = Slices.range(of: count, rank: rank, of: ranks)
        #expect(range.lowerBound == end)
        #expect(range.lowerBound % 256 == 0 || range.isEmpty)
        end = range.upperBound
      }
      #expect(end == count)
      // Nobody has more than its part and a block.
      let most = (0..<ranks).map { Slices.range(of: count, rank: $0, of: ranks).count }.max() ?? 0
      #expect(most <= (count + ranks - 1) / ranks + 255)
    }
  }
}

@Suite("Divided weights") struct DividedWeightsTests {
  private static let shape: ModelConfiguration = {
    var shape = ModelConfiguration(
      vocabularySize: 23, hiddenSize: 32, intermediateSize: 48, layerCount: 3, headCount: 4,
      keyValueHeadCount: 2, maximumPositions: 64, tiesEmbeddings: true, eosTokens: [0],
      padToken: 0)
    shape.initializerRange = 0.3
    return shape
  }()

  private func model(_ type: ElementType = .float32) -> LanguageModel {
    let model = LanguageModel.random(Self.shape, seed: 5, computeType: type)
    model.decoder.recomputesActivations = true
    model.parameters.requireGradients(true)
    return model
  }

  private func learn(_ model: LanguageModel, _ seed: Int) {
    let ids = Tensor((0..<12).map { ($0 * seed + 1) % 23 }, shape: [1, 12])
    let logits = model.logits(model.decoder.hidden(ids))
    (logits * logits).sum().backward()
  }

  @Test(
    "layers that are brought together and given up gather the gradients of those that stay",
    arguments: [ElementType.float32, .bfloat16])
  func gradients(type: ElementType) {
    let (whole, parted) = (model(type), model(type))
    // Matrices travel as products round them: the numbers are the same.
    let divided = DividedWeights(
      parted.parameters, layers: Self.shape.layerCount, as: type, Slices(ranks: Ranks()))
    parted.decoder.keeper = divided
    for seed in [3, 7] {
      learn(whole, seed)
      divided.begin()
      learn(parted, seed)
      let gradients = divided.end()
      for ((name, tensor), gradient) in zip(whole.parameters.entries, gradients) {
        #expect(gradient?.floats == tensor.gradient?.floats, "\(name)")
        tensor.dropGradient()
      }
    }
    // Without a micro-batch nothing is gathered, and the layers are gone through all the same.
    divided.begin()
    #expect(divided.end().allSatisfy { $0 == nil })
    // What is kept moves, and the model with it.
    withoutGradient { for slice in divided.kept { slice.scale(by: 0.5) } }
    withoutGradient { for tensor in whole.parameters.tensors { tensor.scale(by: 0.5) } }
    divided.broughtTogether {
      for ((name, tensor), other) in zip(whole.parameters.entries, parted.parameters.tensors) {
        #expect(tensor.floats == other.floats, "\(name)")
      }
    }
    divided.whole { place, tensor in
      #expect(tensor.floats == whole.parameters.tensors[place].floats)
      #expect(tensor.shape == whole.parameters.tensors[place].shape)
    }
  }
}

/// Runs a body as every rank of a run, each a thread of this process.
private func asRanks(_ count: Int, _ body: @escaping @Sendable (Ranks) throws -> Void) async throws
{
  // Rank 0 listens on it anew.
  let (socket, port) = try listenOnLoopback()
  close(socket)
  try await withThrowingTaskGroup(of: Void.self) { tasks in
    for rank in 0..<count {
      tasks.addTask {
        try await withCheckedThrowingContinuation {
          (continuation: CheckedContinuation<Void, any Error>) in
          let thread = Thread {
            continuation.resume(
              with: Result {
                let place = RankPlace(
                  rank: rank, of: count, localRank: rank, of: count, host: "127.0.0.1", port: port,
                  hasAgent: false)
                try body(
                  Ranks(
                    place, environment: [:], timeout: .seconds(60), silence: 0, looksForLost: false)
                )
              })
          }
          thread.stackSize = 8 << 20
          thread.start()
        }
      }
    }
    try await tasks.waitForAll()
  }
}

@Suite("Reading divided models") struct LayerReadingTests {
  private static let shape: ModelConfiguration = {
    var shape = ModelConfiguration(
      vocabularySize: 23, hiddenSize: 32, intermediateSize: 48, layerCount: 3, headCount: 4,
      keyValueHeadCount: 2, maximumPositions: 64, tiesEmbeddings: false, eosTokens: [0],
      padToken: 0)
    shape.initializerRange = 0.3
    return shape
  }()

  /// Seven responses in four grains: ranks have different numbers of micro-batches, one of three has none.
  private static var sequences: [TokenSequence] {
    (0..<7).map { number in
      TokenSequence(
        prompt: [1, 2 + number / 2],
        response: (0..<(3 + number * 5 % 7)).map { ($0 * 3 + number) % 23 })
    }
  }

  private struct Scores: Equatable, Sendable {
    var logProbs, entropies, values: [[Float]]
  }

  private static func scores(_ type: ElementType, _ ranks: Ranks) -> Scores {
    let division = Division(ranks: ranks, grains: 4, sharding: .full)
    let policy = LanguageModel.random(shape, seed: 5, computeType: type)
    let critic = ValueModel.make(from: policy)
    withoutGradient {
      critic.parameters["score.weight"].copy(
        from: Tensor((0..<32).map { Float($0 % 5) / 8 }, shape: [1, 32]))
    }
    if ranks.count > 1 {
      let slices = Slices(ranks: ranks)
      policy.decoder.keeper = DividedWeights(
        policy.parameters, layers: shape.layerCount, as: type, slices)
      critic.decoder.keeper = DividedWeights(
        Parameters(critic.parameters.entries.filter { !$0.name.hasPrefix("score.") }),
        layers: shape.layerCount, as: type, slices)
    }
    let scorer = Scorer(
      packer: BatchPacker(tokenBudget: 16, device: .cpu, division: division), temperature: 0.7,
      readsByLayer: true)
    let policyScores = scorer.policy(policy, on: sequences)
    let values = scorer.values(critic, on: sequences)
    // Twice: nothing is left over from the first time.
    #expect(scorer.policy(policy, on: sequences).logProbs == policyScores.logProbs)
    return Scores(
      logProbs: policyScores.logProbs, entropies: policyScores.entropy, values: values)
  }

  @Test(
    "a layer at a time, models say of every token what whole ones do",
    arguments: [ElementType.float32, .bfloat16])
  func scores(type: ElementType) async throws {
    let whole = Self.scores(type, Ranks())
    #expect(
      whole.logProbs.joined().contains { $0 < -0.1 } && whole.values.joined().contains { $0 != 0 })
    for count in [2, 3] {
      let found = Mutex<[Scores]>([])
      try await asRanks(count) { ranks in
        let scores = Self.scores(type, ranks)
        found.withLock { $0.append(scores) }
      }
      let all = found.withLock { $0 }
      #expect(all.count == count)
      for scores in all { #expect(scores == whole, "\(count) ranks") }
    }
  }
}
