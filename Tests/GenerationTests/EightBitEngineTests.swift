// Drawing with weights of eight bits: whose log-probabilities they are, how far from the policy's, and that nothing
// else changes.

import Generation
import Records
import Testing
import TestSupport
import Torch
import Transformers

@Suite struct EightBitEngineTests {
  private func model(experts: ExpertShape? = nil, type: ElementType = .float32) -> LanguageModel {
    var configuration = ModelConfiguration(
      family: experts == nil ? .qwen2 : .qwen3MoE, vocabularySize: 40, hiddenSize: 64,
      intermediateSize: 96, layerCount: 2, headCount: 4, keyValueHeadCount: 2,
      maximumPositions: 128, initializerRange: 0.15, tiesEmbeddings: true, eosTokens: [0])
    configuration.experts = experts
    return .random(configuration, seed: 5, computeType: type)
  }

  private func engine(_ model: LanguageModel, _ form: FusedLinear.Form, rows: Int = 512) -> Engine {
    Engine(
      model: model, stopTokens: [0],
      limits: GenerationLimits(maximumLength: 30, maximumRows: rows), form: form,
      decode: { _ in "" })
  }

  private let prompts = (0..<5).map { place in
    Prompt(
      id: "\(place)", place: place, source: "test", text: "",
      tokens: (0...(place % 3)).map { 1 + ($0 * 7 + place) % 39 }, truth: "")
  }

  private func drawn(by engine: Engine) -> [Completion] {
    engine.complete(
      prompts, samples: 6, sampling: SamplingSettings(), random: RandomSource(seed: 3)["eight"])
  }

  /// What a model says of tokens, by whole passes.
  private func scores(_ model: LanguageModel, of completion: Completion) -> [Float] {
    let ids = completion.prompt.tokens + completion.tokens
    return withoutGradient {
      let hidden = model.decoder.hidden(Tensor(ids, shape: [1, ids.count]))
      let first = completion.prompt.tokens.count - 1
      let rows = model.logits(hidden).logSoftmax(along: -1)
        .narrowed(1, first..<first + completion.tokens.count)
      return rows.gathered(
        along: -1, at: Tensor(completion.tokens, shape: [1, completion.tokens.count, 1])
      ).floats
    }
  }

  @Test func `log-probabilities are those of the eight bits, near the policy's and not the same`() {
    let model = model()
    var (worst, sum, count) = (Float(0), Float(0), Float(0))
    for completion in drawn(by: engine(model, .eightBit)) {
      let own = scores(model.inEightBits, of: completion)
      // Where attention's last bit differs an input may be rounded to the next whole number, 1/32,767 of the
      // row's largest away.
      #expect(largestDifference(own, completion.logProbs) < 1e-3)
      for (mine, theirs) in zip(completion.logProbs, scores(model, of: completion)) {
        worst = max(worst, abs(mine - theirs))
        sum += abs(mine - theirs)
        count += 1
      }
    }
    #expect(count > 100)
    #expect(sum / count > 5e-3 && sum / count < 0.05 && worst < 0.5)
  }

  @Test func `the exact engine beside it draws as one of its own`() {
    let model = model(type: .bfloat16)
    let plain = drawn(by: engine(model, .exact))
    #expect(drawn(by: engine(model, .eightBit).exact) == plain)
    #expect(drawn(by: engine(model, .eightBit)) != plain)
  }

  @Test func `a response does not depend on the batch`() {
    let model = model(type: .bfloat16)
    let all = drawn(by: engine(model, .eightBit))
    #expect(drawn(by: engine(model, .eightBit, rows: 3)).map(\.tokens) == all.map(\.tokens))
  }

  @Test func `an update is seen by the next rollout`() {
    let model = model()
    let engine = engine(model, .eightBit)
    _ = drawn(by: engine)
    for entry in model.parameters.entries where entry.tensor.rank == 2 {
      entry.tensor.copy(from: entry.tensor * 1.5)
    }
    #expect(drawn(by: engine) == drawn(by: self.engine(model, .eightBit)))
  }

  @Test func `an adapter is merged, then rounded`() throws {
    let settings = LoRAConfiguration(rank: 4, alpha: 8)
    let adapted = try model().adapted(by: settings, seed: 9)
    for entry in adapted.trainable.entries {
      entry.tensor.copy(from: .normal(entry.tensor.shape, deviation: 0.1, seed: 1))
    }
    let merged = adapted.merged()
    #expect(drawn(by: engine(adapted, .eightBit)) == drawn(by: engine(merged, .eightBit)))
    #expect(drawn(by: engine(adapted, .eightBit).exact) == drawn(by: engine(merged, .exact)))
  }

  @Test func `experts have eight bits, their router does not`() {
    let model = model(
      experts: ExpertShape(
        count: 6, perToken: 2, width: 32, normalizesShares: true, layers: [0]))
    let rounded = model.inEightBits
    // Attention adds nothing before the router, which then reads the same numbers in both.
    let output = model.parameters["model.layers.0.self_attn.o_proj.weight"]
    output.copy(from: .zeros(output.shape))
    let ids = Tensor((0..<12).map { 1 + $0 * 3 })
    func passed(_ model: LanguageModel) -> (hidden: [Float], balance: [Float]?) {
      withoutGradient {
        let all = model.decoder.hiddenAndBalance(
          ids, segments: [RowSegment(start: 0, length: 12)])
        return (all.hidden.floats, all.balance?.floats)
      }
    }
    let (exact, near) = (passed(model), passed(rounded))
    #expect(exact.balance != nil && exact.balance == near.balance)
    #expect(exact.hidden != near.hidden)
    #expect(largestDifference(exact.hidden, near.hidden) < 0.2)
  }
}
