// How tensors are cut over processes, and that a model whose layers come and go learns what it would.

import Methods
import Ranks
import Records
import Testing
import Torch
import Training
import Transformers

@MainActor @Suite("Slices") struct SlicesTests {
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

@MainActor @Suite("Divided weights") struct DividedWeightsTests {
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
