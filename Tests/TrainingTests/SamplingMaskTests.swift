// What a filter left is what the trainer counts: the engine's log-probabilities against the scorer's and
// against a softmax of each token's own choices, and gradients against the same.

import Foundation
import Generation
import Methods
import Records
import Testing
import Torch
import Training
import Transformers

@MainActor @Suite struct SamplingMaskTests {
  private static let vocabulary = 70

  private func model(tied: Bool = true) -> LanguageModel {
    let shape = ModelConfiguration(
      vocabularySize: Self.vocabulary, hiddenSize: 32, intermediateSize: 48, layerCount: 2,
      headCount: 4, keyValueHeadCount: 2, maximumPositions: 64, initializerRange: 0.3,
      tiesEmbeddings: tied, eosTokens: [0])
    return LanguageModel.random(shape, seed: 5)
  }

  /// Responses drawn by a filter, behind one that was not.
  private func completions(_ model: LanguageModel, _ filter: SamplingSettings) -> [Completion] {
    let engine = Engine(
      model: model, stopTokens: [0], limits: GenerationLimits(maximumLength: 20),
      decode: { _ in "" })
    let prompts = (0..<4).map { place in
      Prompt(
        id: "\(place)", place: place, source: "test", text: "", tokens: [3 + place, 9],
        truth: "")
    }
    func drawn(_ prompts: [Prompt], _ sampling: SamplingSettings) -> [Completion] {
      engine.complete(
        prompts, samples: 2, sampling: sampling, random: RandomSource(seed: 2), keepsMasks: true)
    }
    return drawn([prompts[0]], SamplingSettings(temperature: 0.7))
      + drawn(Array(prompts[1...]), filter)
  }

  /// The ids that a response's token could have been.
  private func ids(_ completion: Completion, _ token: Int) -> [Int] {
    guard let mask = completion.mask else { return Array(0..<Self.vocabulary) }
    let start = mask.lengths[..<token].reduce(0, +)
    let words = mask.words[start..<start + mask.lengths[token]]
    switch words.count {
    case 0: return Array(0..<Self.vocabulary)
    case 3: return (0..<Self.vocabulary).filter { words[start + $0 / 32] >> ($0 % 32) & 1 == 1 }
    default: return words.map { Int($0) }
    }
  }

  /// log π of a response's tokens, each by a softmax over its own choices.
  private func plainLogProbs(_ model: LanguageModel, _ completion: Completion) -> Tensor {
    let prompt = completion.prompt.tokens
    let text = prompt + completion.tokens.dropLast()
    let hidden = model.decoder.hidden(Tensor(text, shape: [1, text.count]))
    let logits = model.logits(hidden).reshaped([text.count, -1]) / 0.7
    let tokens = completion.tokens.indices.map { token in
      let kept = ids(completion, token)
      let row = prompt.count - 1 + token
      let all = logits.narrowed(0, row..<row + 1).selecting(Tensor(kept), along: 1)
        .logSoftmax(along: -1)
      let place = kept.firstIndex(of: completion.tokens[token]) ?? -1
      return all.narrowed(1, place..<place + 1).reshaped([1])
    }
    return Tensor.concatenated(tokens, along: 0)
  }

  nonisolated private static let filters = [
    SamplingSettings(temperature: 0.7, topK: 2), SamplingSettings(temperature: 0.7, topP: 0.8),
    SamplingSettings(temperature: 0.7, minP: 0.05),
  ]

  @Test(arguments: filters)
  func `engine, scorer and a softmax of the choices agree`(filter: SamplingSettings) {
    let model = model()
    let completions = completions(model, filter)
    #expect(completions.map { $0.mask == nil } == [true, true] + Array(repeating: false, count: 6))
    let scorer = Scorer(packer: BatchPacker(tokenBudget: 40, device: .cpu), temperature: 0.7)
    let scored = scorer.policy(model, on: completions.map { TokenSequence($0) }).logProbs
    let whole = scorer.policy(
      model,
      on: completions.map { TokenSequence(prompt: $0.prompt.tokens, response: $0.tokens) }
    ).logProbs
    var moved: Float = 0
    for (place, completion) in completions.enumerated() {
      let plain = withoutGradient { plainLogProbs(model, completion).floats }
      for token in completion.tokens.indices {
        #expect(ids(completion, token).contains(completion.tokens[token]))
        #expect(abs(scored[place][token] - completion.logProbs[token]) < 2e-4)
        #expect(abs(scored[place][token] - plain[token]) < 2e-4)
        moved = max(moved, scored[place][token] - whole[place][token])
      }
    }
    // The masks matter: what was left out had a part of the whole.
    #expect(moved > 0.1)
  }

  @Test(arguments: [12, 1000])
  func `gradients are those of a softmax of the choices`(budget: Int) throws {
    let (plain, packed) = (model(), model())
    let completions = completions(plain, Self.filters[1])
    for model in [plain, packed] { model.parameters.requireGradients(true) }
    let weights = completions.map { $0.tokens.map { Float($0 % 5) - 1.5 } }
    for (completion, weights) in zip(completions, weights) {
      (plainLogProbs(plain, completion) * Tensor(weights)).sum().backward()
    }
    let sequences = completions.map { TokenSequence($0) }
    var table = TokenTable()
    table.add(.weight, weights)
    for batch in BatchPacker(tokenBudget: budget, device: .cpu).pack(sequences) {
      learn(packed, LearningInput(sequences, table, temperature: 0.7), batch) { tokens in
        #expect(tokens.wholeLogProbs == nil)
        return (tokens.logProbs * tokens.columns[.weight]).sum()
      }
    }
    for (name, tensor) in packed.parameters.entries {
      let found = try #require(tensor.gradient).floats
      let wanted = try #require(plain.parameters[name].gradient).floats
      let scale = wanted.reduce(Float(1e-3)) { max($0, abs($1)) }
      for (a, b) in zip(found, wanted) { #expect(abs(a - b) < 1e-4 * scale, "\(name)") }
    }
  }

  /// The loss that imitates gets every token's chance among the whole vocabulary, and nobody else does.
  @Test func `imitation counts the whole vocabulary`() {
    let model = model()
    model.parameters.requireGradients(true)
    let masked = completions(model, Self.filters[2]).map { TokenSequence($0) }
    let whole = masked.map { TokenSequence(prompt: $0.prompt, response: $0.response) }
    let packer = BatchPacker(tokenBudget: 1000, device: .cpu)
    let scorer = Scorer(packer: packer, temperature: 0.7)
    let wanted = (scorer.policy(model, on: masked), scorer.policy(model, on: whole))
    var table = TokenTable()
    table.add(.imitationWeight, masked.map { $0.response.map { _ in 1 } })
    for (sequences, isMasked) in [(masked, true), (whole, false)] {
      for batch in packer.pack(sequences) {
        let order = batch.rows
        learn(model, LearningInput(sequences, table, temperature: 0.7), batch) { tokens in
          let logProbs = isMasked ? wanted.0.logProbs : wanted.1.logProbs
          #expect(tokens.logProbs.floats == order.flatMap { logProbs[$0] })
          #expect(
            tokens.wholeLogProbs?.floats
              == (isMasked ? order.flatMap { wanted.1.logProbs[$0] } : nil))
          return tokens.logProbs.sum()
        }
      }
    }
    #expect(wanted.0.logProbs != wanted.1.logProbs)
  }

  @Test func `an adapter beside the output layer changes nothing before it has learned`() throws {
    let plain = model(tied: false)
    let sequences = completions(plain, Self.filters[0]).map { TokenSequence($0) }
    let adapted = try plain.adapted(
      by: LoRAConfiguration(rank: 2, alpha: 4, targets: .names(["lm_head", "q_proj"])), seed: 3)
    let scorer = Scorer(packer: BatchPacker(tokenBudget: 1000, device: .cpu), temperature: 0.7)
    let (one, two) = (
      scorer.policy(plain, on: sequences), scorer.policy(adapted, on: sequences)
    )
    for (a, b) in zip(one.logProbs.joined(), two.logProbs.joined()) { #expect(abs(a - b) < 1e-5) }
    for (a, b) in zip(one.entropy.joined(), two.entropy.joined()) { #expect(abs(a - b) < 1e-5) }
    // Of the first two nothing was left out, of the others' choices two were left.
    #expect(two.entropy[2...].joined().allSatisfy { $0 >= -1e-6 && $0 <= 0.6932 })
  }

  @Test func `what is not filtered, or not asked for, has no mask`() {
    let engine = Engine(
      model: model(), stopTokens: [0], limits: GenerationLimits(maximumLength: 4),
      decode: { _ in "" })
    let prompt = Prompt(id: "", place: 0, source: "", text: "", tokens: [3], truth: "")
    for (sampling, keeps) in [
      (SamplingSettings(), true), (SamplingSettings(temperature: 0, topK: 4), true),
      (SamplingSettings(topK: 4), false),
    ] {
      let completions = engine.complete(
        [prompt], samples: 1, sampling: sampling, random: RandomSource(seed: 1), keepsMasks: keeps)
      #expect(completions.allSatisfy { $0.mask == nil })
    }
  }
}
