// Rows without padding and prompts that are computed once change no number: held against one text
// at a time, read whole, with libtorch's own operators behind the last layer.

import Methods
import Records
import Testing
import Torch
import Training
import Transformers

@MainActor @Suite struct PackingTests {
  private static let shape: ModelConfiguration = {
    var shape = ModelConfiguration(
      vocabularySize: 23, hiddenSize: 32, intermediateSize: 48, layerCount: 2, headCount: 4,
      keyValueHeadCount: 2, maximumPositions: 64, tiesEmbeddings: true, eosTokens: [0],
      padToken: 0)
    shape.initializerRange = 0.3
    return shape
  }()

  /// Three prompts; the first with three responses that do not come one after the other.
  private static let sequences = [
    TokenSequence(prompt: [3, 5, 7, 1], response: [2, 9, 11, 0]),
    TokenSequence(prompt: [4], response: [8]),
    TokenSequence(prompt: [3, 5, 7, 1], response: [6]),
    TokenSequence(prompt: [9, 9], response: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
    TokenSequence(prompt: [3, 5, 7, 1], response: [2, 9]),
  ]

  private func packer(_ budget: Int) -> BatchPacker {
    BatchPacker(tokenBudget: budget, device: .cpu)
  }

  /// log π of one text's response tokens, by a log-softmax over whole logits.
  private func plainLogProbs(
    _ model: LanguageModel, _ sequence: TokenSequence, temperature: Double
  ) -> Tensor {
    let ids = sequence.prompt + sequence.response.dropLast()
    let hidden = model.decoder.hidden(Tensor(ids, shape: [1, ids.count]))
    let first = sequence.prompt.count - 1
    let logits = model.logits(hidden).narrowed(1, first..<ids.count) / temperature
    let targets = Tensor(sequence.response, shape: [1, sequence.response.count, 1])
    return logits.logSoftmax(along: -1).gathered(along: -1, at: targets).reshaped([-1])
  }

  @Test func `a prompt is laid down once for its responses, and every response once`() {
    let batches = packer(1000).pack(Self.sequences)
    #expect(batches.count == 1)
    #expect(batches[0].rows == [0, 2, 4, 1, 3])
    #expect(
      batches[0].ids.ints == [3, 5, 7, 1, 2, 9, 11, 2, 4, 9, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    #expect(batches[0].segments.count == 6)
  }

  @Test(arguments: [1, 7, 9, 12, 30])
  func `no micro-batch holds more rows than its budget, but for a single text`(budget: Int) {
    let batches = packer(budget).pack(Self.sequences)
    #expect(batches.flatMap(\.rows).sorted() == [0, 1, 2, 3, 4])
    for batch in batches { #expect(batch.ids.count <= budget || batch.rows.count == 1) }
  }

  @Test(arguments: [1, 9, 1000])
  func `packed scores are those of every text by itself`(budget: Int) {
    let model = LanguageModel.random(Self.shape, seed: 5)
    let scored = Scorer(packer: packer(budget), temperature: 0.7)
      .policy(model, on: Self.sequences)
    let critic = ValueModel.make(from: model)
    critic.parameters["score.weight"].copy(from: .normal([1, 32], deviation: 1, seed: 8))
    let values = Scorer(packer: packer(budget), temperature: 1).values(critic, on: Self.sequences)
    for (row, sequence) in Self.sequences.enumerated() {
      let expected = plainLogProbs(model, sequence, temperature: 0.7).floats
      #expect(scored.logProbs[row].count == sequence.response.count)
      for (found, wanted) in zip(scored.logProbs[row], expected) {
        #expect(abs(found - wanted) < 1e-4)
      }
      let ids = sequence.prompt + sequence.response.dropLast()
      let whole = critic.values(critic.decoder.hidden(Tensor(ids, shape: [1, ids.count]))).floats
      for (found, wanted) in zip(values[row], whole.suffix(sequence.response.count)) {
        #expect(abs(found - wanted) < 1e-4)
      }
    }
  }

  @Test(arguments: [1, 9, 1000])
  func `packed gradients are the sum of every text's own`(budget: Int) throws {
    let weights = Self.sequences.map { $0.response.map { Float($0 % 5) - 1.5 } }
    let plain = LanguageModel.random(Self.shape, seed: 5)
    plain.parameters.requireGradients(true)
    for (sequence, weights) in zip(Self.sequences, weights) {
      (plainLogProbs(plain, sequence, temperature: 0.7) * Tensor(weights)).sum().backward()
    }
    let packed = LanguageModel.random(Self.shape, seed: 5)
    packed.parameters.requireGradients(true)
    var table = TokenTable()
    table.add(.weight, weights)
    for batch in packer(budget).pack(Self.sequences) {
      learn(packed, LearningInput(Self.sequences, table, temperature: 0.7), batch) { tokens in
        (tokens.logProbs * tokens.columns[.weight]).sum()
      }
    }
    for (name, tensor) in packed.parameters.entries {
      let found = try #require(tensor.gradient).floats
      let wanted = try #require(plain.parameters[name].gradient).floats
      let scale = wanted.reduce(Float(1e-3)) { max($0, abs($1)) }
      for (a, b) in zip(found, wanted) { #expect(abs(a - b) < 1e-4 * scale, "\(name)") }
    }
  }

  /// The gradient with the experts' balance in the loss, against the two parts gone back through apart.
  @Test func `the balance of experts joins the loss by its weight and each batch's share`() throws {
    var shape = Self.shape
    (shape.family, shape.biases) = (.qwen3MoE, LayerBiases())
    shape.experts = ExpertShape(
      count: 4, perToken: 2, width: 8, normalizesShares: true, layers: [0, 1])
    let weights = Self.sequences.map { $0.response.map { Float($0 % 5) - 1.5 } }
    var table = TokenTable()
    table.add(.weight, weights)
    func loss(_ tokens: PolicyTokens) -> Tensor {
      (tokens.logProbs * tokens.columns[.weight]).sum()
    }
    let (whole, apart) = (
      LanguageModel.random(shape, seed: 5), LanguageModel.random(shape, seed: 5)
    )
    for model in [whole, apart] { model.parameters.requireGradients(true) }
    var input = LearningInput(Self.sequences, table, temperature: 1)
    let batches = packer(9).pack(Self.sequences)
    let rows = Double(batches.reduce(0) { $0 + $1.ids.count })
    #expect(batches.count == 2)
    var noted: [Double] = []
    for batch in batches {
      let share = Double(batch.ids.count) / rows
      input.routerBalance = 0
      #expect(learn(apart, input, batch, share: share, loss: loss) == nil)
      let balance = try #require(
        apart.decoder.hiddenAndBalance(batch.ids, segments: batch.segments).balance)
      (balance * (3 * share)).backward()
      input.routerBalance = 3
      let found = try #require(learn(whole, input, batch, share: share, loss: loss))
      noted.append(found.item)
      #expect(abs(found.item - balance.item * share) < 1e-5)
    }
    // Two of four experts take a row: even use makes 2, and it is never far below.
    #expect(noted.reduce(0, +) > 1.5 && noted.reduce(0, +) < 8)
    for (name, tensor) in whole.parameters.entries {
      let found = try #require(tensor.gradient).floats
      let wanted = try #require(apart.parameters[name].gradient).floats
      let scale = wanted.reduce(Float(1e-3)) { max($0, abs($1)) }
      for (a, b) in zip(found, wanted) { #expect(abs(a - b) < 1e-4 * scale, "\(name)") }
    }
  }

  /// A vocabulary of 151,936 makes portions of 441 tokens, and two responses lie in three of them.
  ///
  /// Their ratios are known only when all have been read. The mean of log π - log π_old over
  /// each is taken here from scores of the same model.
  @Test func `the ratio of a response is that of all its tokens, in whatever portions they lie`() {
    let shape = ModelConfiguration(
      vocabularySize: 151_936, hiddenSize: 8, intermediateSize: 8, layerCount: 1, headCount: 1,
      keyValueHeadCount: 1, maximumPositions: 800, tiesEmbeddings: true, eosTokens: [0],
      padToken: 0)
    let model = LanguageModel.random(shape, seed: 6)
    model.parameters.requireGradients(true)
    let sequences = [700, 500].map { length in
      let response = (0..<length).map { ($0 * 7919 + 5) % 151_936 }
      // Each token among two, or three: with another token's mask it would have no chance.
      let mask = SamplingMask(
        lengths: response.map { 2 + $0 % 2 },
        words: response.flatMap { token in
          [0, 1, 7].prefix(2 + token % 2).map { UInt32((token + $0) % 151_936) }
        })
      return TokenSequence(prompt: [3, length], response: response, mask: mask)
    }
    let old = sequences.map { sequence in
      sequence.response.indices.map { -12 + Float($0 % 7) * 0.1 }
    }
    let scores = Scorer(packer: packer(4096), temperature: 1).policy(model, on: sequences).logProbs
    let means = zip(scores, old).map { score, old in
      zip(score, old).reduce(0.0) { $0 + Double($1.0 - $1.1) } / Double(old.count)
    }
    var table = TokenTable()
    table.add(.oldLogProb, old)
    var found: [Float] = []
    var portions = 0
    for batch in packer(4096).pack(sequences) {
      learn(model, LearningInput(sequences, table, temperature: 1, readsSequences: true), batch) {
        tokens in
        found += tokens.sequenceLogRatios?.floats ?? []
        portions += 1
        return tokens.logProbs.sum()
      }
    }
    #expect(portions == 3)
    #expect(scores.joined().allSatisfy { (-1.6 ... -0.4).contains($0) })
    let wanted = zip(means, sequences).flatMap { mean, sequence in
      [Double](repeating: mean, count: sequence.response.count)
    }
    #expect(found.count == wanted.count)
    for (a, b) in zip(found, wanted) { #expect(abs(Double(a) - b) < 1e-4) }
  }

  /// All logits would be 10 GB, and as many gradients; 16 texts of a thousand tokens each are
  /// scored, and a quarter of them is learned from, which has ten portions.
  @Test func `16,384 tokens of 151,936 symbols take less than a gigabyte`() async {
    await #expect(processExitsWith: .success) {
      await MainActor.run {
        let shape = ModelConfiguration(
          vocabularySize: 151_936, hiddenSize: 16, intermediateSize: 16, layerCount: 1,
          headCount: 1, keyValueHeadCount: 1, maximumPositions: 1100, tiesEmbeddings: true,
          eosTokens: [0], padToken: 0)
        Machine.useCachingAllocator()
        let model = LanguageModel.random(shape, seed: 5, computeType: .bfloat16)
        model.parameters.requireGradients(true)
        let sequences = (0..<16).map { text in
          TokenSequence(prompt: [text + 1], response: (0..<1024).map { ($0 * 7919) % 151_936 })
        }
        let packer = BatchPacker(tokenBudget: 16_384, device: .cpu)
        PeakMemory.reset(on: .cpu)
        let before = PeakMemory.bytes(on: .cpu)
        let scored = Scorer(packer: packer, temperature: 1).policy(model, on: sequences)
        precondition(scored.logProbs.joined().count == 16_384)
        var table = TokenTable()
        table.add(.weight, sequences.map { $0.response.map { _ in 1 } })
        let input = LearningInput(sequences, table, temperature: 1, usesEntropies: true)
        for batch in packer.pack(Array(sequences.prefix(4))) {
          learn(model, input, batch) { $0.logProbs.sum() }
        }
        precondition(PeakMemory.bytes(on: .cpu) - before < 1_000_000_000)
      }
    }
  }
}
