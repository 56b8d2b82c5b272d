// What must hold of the batch: who else is in it, when a response enters and leaves, and how memory
// grows make no difference to what is said.

import Foundation
import Generation
import Records
import Testing
import TestSupport
import Torch
import Transformers

@Suite("Batch")
struct BatchTests {
  private static let stop = 0

  private func model(
    _ type: ElementType = .float32, positions: Int = 256, headSize: Int = 16
  ) -> LanguageModel {
    var configuration = ModelConfiguration(
      vocabularySize: 23, hiddenSize: 64, intermediateSize: 96, layerCount: 2, headCount: 4,
      keyValueHeadCount: 2, maximumPositions: positions, initializerRange: 0.2,
      tiesEmbeddings: false, eosTokens: [Self.stop])
    configuration.headSize = headSize
    return LanguageModel.random(configuration, seed: 5, computeType: type)
  }

  private func prompts(_ count: Int, longest: Int = 9) -> [Prompt] {
    (0..<count).map { place in
      Prompt(
        id: "\(place)", place: place, source: "test", text: "",
        tokens: (0...((place * 5) % longest)).map { 1 + ($0 * 7 + place) % 22 }, truth: "")
    }
  }

  private let random = RandomSource(seed: 11)["rollout"][3]

  private func tokens(
    _ model: LanguageModel, _ prompts: [Prompt], samples: Int = 3, temperature: Double = 1,
    limits: GenerationLimits, stops: [Int] = [stop], lengths: ((Int, Int) -> Int)? = nil
  ) -> [[Int]] {
    let engine = Engine(model: model, stopTokens: stops, limits: limits, decode: { _ in "" })
    return engine.complete(
      prompts, samples: samples, sampling: SamplingSettings(temperature: temperature),
      random: random, lengths: lengths
    ).map(\.tokens)
  }

  /// Limits that differ from response to response, from a single token on.
  private func ragged(prompt: Int, sample: Int) -> Int { 1 + (prompt * 13 + sample * 29) % 47 }

  @Test(
    "responses are the same one row at a time, refilled, and all at once",
    arguments: [ElementType.float32, .bfloat16], [0.0, 1.0])
  func layouts(type: ElementType, temperature: Double) {
    let model = model(type)
    func all(_ rows: Int, samples: Int = 3) -> [[Int]] {
      tokens(
        model, prompts(20), samples: samples, temperature: temperature,
        limits: GenerationLimits(maximumLength: 60, maximumRows: rows), lengths: ragged)
    }
    let whole = all(512)
    for rows in [1, 2, 3, 7, 24] { #expect(all(rows) == whole, "\(rows) rows") }
    // Groups of another size: the first samples are the same ones.
    let pairs = all(16, samples: 2)
    #expect(pairs == whole.indices.filter { $0 % 3 < 2 }.map { whole[$0] })
  }

  @Test("a response has the length it is given, where nothing stops it", arguments: [3, 512])
  func lengths(rows: Int) {
    let limits = GenerationLimits(maximumLength: 40, maximumRows: rows)
    let found = tokens(model(), prompts(6), limits: limits, stops: [], lengths: ragged)
    let wanted = (0..<6).flatMap { prompt in
      (0..<3).map { min(40, ragged(prompt: prompt, sample: $0)) }
    }
    #expect(found.map(\.count) == wanted)
    #expect(Set(wanted).count > 9)
  }

  @Test("a cache that grows says what one that need not does", arguments: [16, 6])
  func growth(headSize: Int) {
    let model = model(headSize: headSize)
    func all(_ bytes: Int) -> [[Int]] {
      tokens(
        model, prompts(9, longest: 40), samples: 2,
        limits: GenerationLimits(maximumLength: 200, maximumRows: 8, cacheBytes: bytes), stops: [],
        lengths: { prompt, sample in 3 + (prompt * 67 + sample * 31) % 198 })
    }
    #expect(all(0) == all(1 << 30))
  }

  @Test("prompts too many to be read at once are read in turn")
  func manyPrompts() {
    let model = model()
    let many = prompts(130, longest: 131)
    #expect(many.reduce(0) { $0 + $1.tokens.count } > 8192)
    let limits = GenerationLimits(maximumLength: 4)
    let whole = tokens(model, many, samples: 2, limits: limits)
    let part = tokens(model, Array(many[100..<110]), samples: 2, limits: limits)
    #expect(Array(whole[200..<220]) == part)
  }

  /// Prompts that begin alike with twenty tokens.
  private func kindred(_ count: Int) -> [Prompt] {
    prompts(count).map { prompt in
      var longer = prompt
      longer.tokens = (0..<20).map { 1 + $0 * 5 % 22 } + [1 + prompt.place] + prompt.tokens
      return longer
    }
  }

  @Test("prompts that begin alike are answered as each alone", arguments: [1, 4, 512])
  func opening(rows: Int) {
    let model = model()
    let limits = GenerationLimits(maximumLength: 40, maximumRows: rows)
    let alone = kindred(9).flatMap { tokens(model, [$0], limits: limits) }
    #expect(Engine.sharedOpening(of: kindred(9)) == 20)
    #expect(tokens(model, kindred(9), limits: limits) == alone)
  }

  @Test("parts of a rollout that are told how it begins have its bits")
  func openingOfParts() {
    let all = kindred(6)
    let engine = Engine(
      model: model(), stopTokens: [Self.stop], limits: GenerationLimits(maximumLength: 30),
      decode: { _ in "" })
    func bits(_ prompts: [Prompt], opening: Int?) -> [[Float]] {
      engine.complete(
        prompts, samples: 2, sampling: SamplingSettings(), random: random, opening: opening
      ) { _ in }.map(\.logProbs)
    }
    let whole = bits(all, opening: nil)
    let shared = Engine.sharedOpening(of: all)
    #expect(all.flatMap { bits([$0], opening: shared) } == whole)
    // Where a prompt is cut does move bits: parts that found out for themselves would differ.
    if Kernel.canRun { #expect(all.flatMap { bits([$0], opening: nil) } != whole) }
    #expect(
      bits(Array(all[..<4]), opening: shared) + bits(Array(all[4...]), opening: shared) == whole)
  }

  @Test("an opening is worth reading once from sixteen tokens on, and leaves every prompt one")
  func sharedOpening() {
    func shared(_ texts: [[Int]]) -> Int {
      Engine.sharedOpening(
        of: texts.map { Prompt(id: "", place: 0, source: "", text: "", tokens: $0, truth: "") })
    }
    let long = Array(1...20)
    #expect(shared([long + [1], long + [2, 3]]) == 20)
    #expect(shared([long, long + [2, 3]]) == 19)
    #expect(shared([long, long]) == 19)
    #expect(shared([Array(1...16) + [1], Array(1...16) + [2]]) == 16)
    #expect(shared([Array(1...15) + [1], Array(1...15) + [2]]) == 0)
    #expect(shared([long]) == 0)
    #expect(shared([]) == 0)
    #expect(shared([[1], long]) == 0)
    #expect(shared([[], long]) == 0)
  }

  @Test("logits too many to be made at once are made in turn", arguments: [0, 23 * 4 * 4])
  func manyLogits(bytes: Int) {
    let model = model()
    func all(_ bytes: Int) -> [[Int]] {
      tokens(
        model, prompts(9), limits: GenerationLimits(maximumLength: 20, logitBytes: bytes),
        lengths: ragged)
    }
    #expect(all(bytes) == all(1 << 20))
  }

  @Test("a response ends with the model's last position")
  func lastPosition() {
    let engine = Engine(
      model: model(positions: 20), stopTokens: [], limits: GenerationLimits(maximumLength: 99),
      decode: { _ in "" })
    let completions = engine.complete(
      prompts(5), samples: 2, sampling: SamplingSettings(), random: random)
    for completion in completions {
      #expect(completion.prompt.tokens.count + completion.tokens.count == 20)
      #expect(completion.finish == .length)
    }
  }

  @Test("a response that ends with its first token leaves no trace", arguments: [1, 4])
  func firstTokens(rows: Int) {
    let limits = GenerationLimits(maximumLength: 30, maximumRows: rows)
    let short: (Int, Int) -> Int = { prompt, _ in prompt % 2 == 0 ? 1 : 30 }
    let mixed = tokens(model(), prompts(6), limits: limits, lengths: short)
    let long = tokens(model(), prompts(6), limits: limits)
    for (index, found) in mixed.enumerated() {
      #expect(found == (index / 3 % 2 == 0 ? Array(long[index].prefix(1)) : long[index]))
    }
    #expect(tokens(model(), [], limits: limits).isEmpty)
  }

  @Test("progress is told once a step and never goes back")
  func steps() {
    let engine = Engine(
      model: model(), stopTokens: [], limits: GenerationLimits(maximumLength: 12, maximumRows: 6),
      decode: { _ in "" })
    var told: [GenerationProgress] = []
    _ = engine.complete(
      prompts(4), samples: 3, sampling: SamplingSettings(), random: random,
      watch: { told.append($0) })
    // Two batches of six, each of one prefill and eleven steps.
    #expect(told.map(\.tokens) == (1...24).map { $0 * 6 })
    #expect(told.map(\.finished) == (1...24).map { $0 / 12 * 6 })
    #expect(told.allSatisfy { $0.total == 12 })
  }

  @Test("a cache that may hold little decodes few rows at once, and draws the same")
  func cacheBound() {
    let model = model()
    let free = tokens(
      model, prompts(6), samples: 4, limits: GenerationLimits(maximumLength: 24), stops: [])
    // The longest prompt has 8 tokens, and a row's last token is never read.
    let row = KeyValueCache.bytesPerPosition(model.configuration, type: .float32) * 31
    for rows in [0, 1, 3, 9] {
      var limits = GenerationLimits(maximumLength: 24)
      // Twice, for while a cache grows the old one is there too.
      limits.mostCacheBytes = 2 * rows * row
      let engine = Engine(model: model, stopTokens: [], limits: limits, decode: { _ in "" })
      var (widest, before) = (0, 0)
      let drawn = engine.complete(
        prompts(6), samples: 4, sampling: SamplingSettings(), random: random
      ) { progress in
        // A step gives every row one token.
        widest = max(widest, progress.tokens - before)
        before = progress.tokens
      }
      #expect(drawn.map(\.tokens) == free)
      #expect(widest <= max(1, rows) && widest > rows / 2, "\(widest) of \(rows)")
    }
  }

  @Test("an adapter is merged, and its learning followed")
  func adapters() throws {
    let base = model()
    let adapted = try base.adapted(by: LoRAConfiguration(rank: 4, alpha: 8), seed: 3)
    let engine = Engine(
      model: adapted, stopTokens: [], limits: GenerationLimits(maximumLength: 24),
      decode: { _ in "" })
    func said() -> [[Int]] {
      engine.complete(prompts(4), samples: 2, sampling: SamplingSettings(), random: random)
        .map(\.tokens)
    }
    let before = said()
    #expect(
      before
        == tokens(
          base, prompts(4), samples: 2, limits: GenerationLimits(maximumLength: 24), stops: [])
    )
    for tensor in adapted.trainable.tensors { tensor.copy(from: .normal(tensor.shape, seed: 4)) }
    #expect(said() != before)
    let merged = adapted.merged()
    #expect(
      said()
        == tokens(
          merged, prompts(4), samples: 2, limits: GenerationLimits(maximumLength: 24), stops: []))
  }

  @Test(
    "log-probabilities are those of a whole forward, with every kernel on or off",
    arguments: [ElementType.float32, .bfloat16], [true, false])
  func kernels(type: ElementType, on: Bool) {
    let model = model(type)
    let engine = Engine(
      model: model, stopTokens: [Self.stop],
      limits: GenerationLimits(maximumLength: 50, maximumRows: 5), decode: { _ in "" })
    let completions = Kernel.with(on: on) {
      engine.complete(
        prompts(8), samples: 2, sampling: SamplingSettings(temperature: 0.8), random: random,
        lengths: ragged)
    }
    for completion in completions {
      let ids = completion.prompt.tokens + completion.tokens
      let first = completion.prompt.tokens.count - 1
      let whole = Kernel.with(on: on) {
        withoutGradient {
          let hidden = model.decoder.hidden(
            Tensor(ids), segments: [RowSegment(start: 0, length: ids.count)])
          return (model.logits(hidden.narrowed(0, first..<ids.count - 1)) / 0.8)
            .logSoftmax(along: -1)
        }
      }
      let chosen = Tensor(completion.tokens, shape: [completion.tokens.count, 1])
      #expect(
        largestDifference(whole.gathered(along: 1, at: chosen).floats, completion.logProbs)
          < (type == .float32 ? 2e-5 : 0.15))
    }
  }
}
