// What must hold of the engine: its log-probabilities are the trainer's, and a sample depends on
// its own place and on nothing else.

import Foundation
import Generation
import Records
import Testing
import TestSupport
import Torch
import Transformers

@Suite("Engine")
struct EngineTests {
  private static let vocabulary = 23
  private static let stop = 0

  /// Weights wide enough for sharp distributions, unless an ordinary model's are asked for:
  /// precision is relative to the size of the logits.
  private func model(
    _ type: ElementType = .float32, range: Double = 0.4
  ) -> LanguageModel {
    let configuration = ModelConfiguration(
      vocabularySize: Self.vocabulary, hiddenSize: 32, intermediateSize: 48, layerCount: 2,
      headCount: 4, keyValueHeadCount: 2, maximumPositions: 128,
      initializerRange: range,
      tiesEmbeddings: false, eosTokens: [Self.stop])
    return LanguageModel.random(configuration, seed: 5, computeType: type)
  }

  private func engine(_ model: LanguageModel, length: Int = 40, rows: Int = 512) -> Engine {
    Engine(
      model: model, stopTokens: [Self.stop],
      limits: GenerationLimits(maximumLength: length, maximumRows: rows),
      decode: { $0.map { String($0) }.joined(separator: " ") })
  }

  private func prompts(_ count: Int) -> [Prompt] {
    (0..<count).map { place in
      Prompt(
        id: "\(place)", place: place, source: "test", text: "",
        tokens: (0...(place % 5)).map { 1 + ($0 * 7 + place) % 22 }, truth: "")
    }
  }

  private let random = RandomSource(seed: 11)["rollout"][3]

  @Test(
    "log-probabilities are those of a whole forward pass",
    arguments: [
      (ElementType.float32, 1.0, Float(1e-5)), (.float32, 0.7, 1e-5), (.bfloat16, 1, 2e-2),
    ])
  func agreesWithTrainer(type: ElementType, temperature: Double, allowed: Float) {
    let model = model(type, range: 0.1)
    let completions = engine(model).complete(
      prompts(6), samples: 3, sampling: SamplingSettings(temperature: temperature), random: random)
    #expect(completions.count == 18)
    for completion in completions {
      let ids = completion.prompt.tokens + completion.tokens
      let recomputed = withoutGradient {
        let hidden = model.decoder.hidden(Tensor(ids, shape: [1, ids.count]))
        let all = (model.logits(hidden) / temperature).logSoftmax(along: -1)
        let first = completion.prompt.tokens.count - 1
        let rows = all.narrowed(1, first..<first + completion.tokens.count)
        let chosen = Tensor(completion.tokens, shape: [1, completion.tokens.count, 1])
        return rows.gathered(along: -1, at: chosen).floats
      }
      #expect(largestDifference(recomputed, completion.logProbs) <= allowed)
    }
  }

  @Test("a sample is the same alone, in its group, and in any batch", arguments: [1, 3, 7, 512])
  func layoutChangesNothing(rows: Int) {
    let model = model()
    let all = engine(model).complete(
      prompts(6), samples: 4, sampling: SamplingSettings(), random: random)
    let cut = engine(model, rows: rows).complete(
      prompts(6), samples: 4, sampling: SamplingSettings(), random: random)
    #expect(all.map(\.tokens) == cut.map(\.tokens))
    let alone = engine(model).complete(
      [prompts(6)[4]], samples: 2, sampling: SamplingSettings(), random: random)
    #expect(alone.map(\.tokens) == all[16..<18].map(\.tokens))
  }

  @Test("another step, prompt or sample draws other tokens")
  func keysMatter() {
    let model = model()
    func tokens(_ source: RandomSource) -> [[Int]] {
      engine(model).complete(
        prompts(3), samples: 3, sampling: SamplingSettings(), random: source
      ).map(\.tokens)
    }
    let here = tokens(random)
    #expect(Set(here).count == here.count)
    #expect(here != tokens(RandomSource(seed: 11)["rollout"][4]))
  }

  @Test("a response ends with its stop token or at the limit, and says which")
  func finishReasons() {
    let completions = engine(model(), length: 12).complete(
      prompts(8), samples: 8, sampling: SamplingSettings(), random: random)
    #expect(Set(completions.map(\.finish)) == [.stop, .length])
    for completion in completions {
      #expect(!completion.tokens.dropLast().contains(Self.stop))
      #expect(completion.logProbs.count == completion.tokens.count)
      switch completion.finish {
      case .stop:
        #expect(completion.tokens.last == Self.stop)
        #expect(
          completion.text
            == completion.tokens.dropLast().map { String($0) }.joined(separator: " "))
      case .length:
        #expect(completion.tokens.count == 12 && completion.tokens.last != Self.stop)
      }
    }
  }

  @Test("progress counts every token and response, and what the watcher throws ends the rollout")
  func watching() throws {
    struct Enough: Error {}
    var last = GenerationProgress(total: 0, mostTokens: 0)
    let completions = engine(model(), length: 12).complete(
      prompts(4), samples: 2, sampling: SamplingSettings(), random: random, watch: { last = $0 })
    #expect(last.finished == 8 && last.total == 8)
    #expect(last.tokens == completions.reduce(0) { $0 + $1.tokens.count })
    #expect(throws: Enough.self) {
      try engine(model()).complete(
        prompts(4), samples: 2, sampling: SamplingSettings(), random: random
      ) { if $0.tokens > 20 { throw Enough() } }
    }
  }

  @Test("greedy decoding is the argmax of a whole forward pass at every position")
  func greedy() {
    let model = model()
    let completion = engine(model, length: 10).complete(
      [prompts(3)[2]], samples: 1, sampling: SamplingSettings(temperature: 0), random: random)[0]
    var ids = completion.prompt.tokens
    for token in completion.tokens {
      let hidden = withoutGradient { model.decoder.hidden(Tensor(ids, shape: [1, ids.count])) }
      let logits = model.logits(hidden).floats.suffix(Self.vocabulary)
      let best = logits.enumerated().max { ($0.element, -$0.offset) < ($1.element, -$1.offset) }
      #expect(best?.offset == token)
      ids.append(token)
    }
  }
}
