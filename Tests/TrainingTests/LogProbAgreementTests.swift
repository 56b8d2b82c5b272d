// The check at a run's start: it lets rounding pass, and stops what only a wrong engine does. On a
// tiny random model, and on a published one where Tools/models/fetch_smollm2.py has put it.

import Foundation
import Generation
import Records
import Settings
import TestSupport
import Testing
import Torch
import Training
import Transformers

@Suite("The engine against the trainer", .serialized)
struct LogProbAgreementTests {
  /// What is wrong with the engine.
  enum Fault: String, CaseIterable, CustomTestStringConvertible {
    case none, rope, staleRow, temperature, weights

    var testDescription: String { rawValue }
  }

  /// Samples from the model in a folder with a fault, and holds it against the model.
  private func agreement(
    _ folder: URL, _ type: ElementType, _ fault: Fault, root: URL
  ) throws -> LogProbAgreement {
    let model = try ModelFolder.languageModel(
      at: folder, type: .float32, computeType: type, device: .cpu)
    var generating = model
    switch fault {
    case .rope:
      let other = root.appending(path: "rope")
      try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
      for name in ["model.safetensors", "generation_config.json"] {
        try FileManager.default.createSymbolicLink(
          at: other.appending(path: name), withDestinationURL: folder.appending(path: name))
      }
      let file = folder.appending(path: "config.json")
      var fields =
        try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] ?? [:]
      fields["rope_theta"] = (fields["rope_theta"] as? Double ?? 10_000) / 10
      fields["rope_parameters"] = nil
      try JSONSerialization.data(withJSONObject: fields)
        .write(to: other.appending(path: "config.json"))
      generating = try ModelFolder.languageModel(
        at: other, type: .float32, computeType: type, device: .cpu)
      try FileManager.default.removeItem(at: other)
    case .weights:
      generating = .random(
        model.configuration, seed: 77, type: .float32, computeType: type, device: .cpu)
    case .none, .staleRow, .temperature: break
    }
    let size = model.configuration.vocabularySize
    let prompts = (0..<4).map { place in
      Prompt(
        id: "p\(place)", place: place, source: "", text: "",
        tokens: (0..<20).map { (1 + 7919 * (place + 1) * ($0 + 3)) % size }, truth: "")
    }
    let engine = Engine(
      model: generating, stopTokens: [],
      limits: GenerationLimits(maximumLength: 32), decode: { _ in "" })
    let completions = engine.complete(
      prompts, samples: 2,
      sampling: SamplingSettings(temperature: fault == .temperature ? 0.7 : 1),
      random: RandomSource(seed: 3))
    let scorer = Scorer(packer: BatchPacker(tokenBudget: 4096, device: .cpu), temperature: 1)
    let sequences = completions.map { completion in
      var prompt = completion.prompt.tokens
      // As if a row of the cache were that of another token.
      if fault == .staleRow { prompt[18] = (prompt[18] + size / 2) % size }
      return TokenSequence(prompt: prompt, response: completion.tokens)
    }
    return LogProbAgreement(
      completions, scorer.policy(model, on: sequences).logProbs, of: model)
  }

  private func check(_ folder: URL, _ type: ElementType, root: URL) throws {
    for fault in Fault.allCases {
      let found = try agreement(folder, type, fault, root: root)
      #expect(
        found.isWithin(LogProbBounds(), times: fault == .none ? 0.5 : 1) == (fault == .none),
        "\(type), \(fault): \(found.words)")
    }
  }

  @Test("rounding passes; another rotation, a stale row, another temperature, other weights do not")
  func random() async throws {
    try await withRunFolder { root in
      let folder = root.appending(path: "model")
      let configuration = ModelConfiguration(
        vocabularySize: 200, hiddenSize: 64, intermediateSize: 128, layerCount: 4, headCount: 4,
        keyValueHeadCount: 2, maximumPositions: 128, initializerRange: 0.15)
      try ModelFolder.save(
        .random(configuration, seed: 5, type: .float32), tokenizer: [:],
        generation: GenerationConfiguration(eosTokens: [0]), to: folder)
      for type in [ElementType.float32, .bfloat16] { try check(folder, type, root: root) }
    }
  }

  @Test(
    "so it is with a published model",
    .enabled(if: PublishedModel.folder != nil, PublishedModel.words),
    arguments: [ElementType.float32, .bfloat16])
  func published(type: ElementType) async throws {
    try await withRunFolder { root in
      try check(try #require(PublishedModel.folder), type, root: root)
    }
  }

  @Test("numbers that are none differ most, and a bound of zero bounds nothing")
  func bounds() {
    let model = LanguageModel.random(
      ModelConfiguration(
        vocabularySize: 8, hiddenSize: 16, intermediateSize: 8, layerCount: 4, headCount: 2,
        keyValueHeadCount: 1, maximumPositions: 16), seed: 1, type: .float32)
    let completion = Completion(
      prompt: Prompt(id: "q", place: 0, source: "", text: "", tokens: [1], truth: ""), sample: 0,
      tokens: [1, 2, 3], logProbs: [-1, -0.5, -20], text: "", finish: .length)
    // By hand: 0.25 in parts of 1.25, and 10 in parts of 10; the unit is √4 · (1 + √16) · 2^-24.
    let found = LogProbAgreement([completion], [[-1.25, -0.5, -10]], of: model)
    #expect(abs(found.mean - (0.25 / 1.25 + 0 + 1) / 3) < 1e-6)
    #expect(found.tail == 1 && found.worst.map(\.place) == [2, 0, 1])
    #expect(found.unit == 10 * 0x1p-24)
    var bounds = LogProbBounds()
    #expect(!found.isWithin(bounds))
    (bounds.mean, bounds.tail) = (0, 0)
    #expect(found.isWithin(bounds))
    let broken = LogProbAgreement([completion], [[-1, .nan, -20]], of: model)
    #expect(broken.worst[0].place == 1 && !broken.isWithin(LogProbBounds()))
  }
}
