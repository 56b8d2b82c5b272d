// A reward model as the verifier: its head's number at the last token, of the policy's own tokens or of
// the text in the model's.

import Foundation
import Records
import Settings
import Testing
import TestSupport
import Tokenizers
import Torch
import Training
import Transformers
import Verifiers

@Suite struct RewardModelTests {
  private func model(_ vocabulary: Int) -> ValueModel {
    let configuration = ModelConfiguration(
      vocabularySize: vocabulary, hiddenSize: 32, intermediateSize: 48, layerCount: 2,
      headCount: 2, keyValueHeadCount: 1, maximumPositions: 24, initializerRange: 0.4,
      tiesEmbeddings: true, eosTokens: [0])
    let model = ValueModel.make(from: .random(configuration, seed: 7))
    model.parameters["score.weight"].copy(from: Tensor.normal([1, 32], deviation: 0.5, seed: 3))
    return model
  }

  private func completion(_ text: String, _ tokenizer: Tokenizer) -> Completion {
    Completion(
      prompt: Prompt(
        id: "p", place: 0, source: "s", text: "12=", tokens: tokenizer.encode("12="), truth: ""),
      sample: 0, tokens: tokenizer.encode(text) + [0], logProbs: [], text: text, finish: .stop)
  }

  private func settings(_ folder: URL) -> VerifierSettings {
    var settings = VerifierSettings()
    settings.kind = .rewardModel
    settings.rewardModel.path = folder.path
    settings.threshold = 0
    return settings
  }

  private func score(_ model: ValueModel, _ tokens: [Int]) -> Double {
    withoutGradient {
      Double(
        model.values(model.decoder.hidden(Tensor(tokens, shape: [1, tokens.count]))).floats.last
          ?? .nan)
    }
  }

  @Test func `the score is the head's number after the last token`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let policy = try Tokenizer.characters(Array("0123456789=#"), endOfText: "<e>")
    let texts = ["7", "#12", "345#6", "0", String(repeating: "1", count: 40)]
    let completions = texts.map { completion($0, policy) }

    let same = model(policy.vocabularySize)
    try ModelFolder.save(same, tokenizer: ["tokenizer.json": policy.json], to: folder)
    var verifier = try RewardModelVerifier(
      settings(folder), policy: policy.json, type: .float32, device: .cpu)
    var verdicts = try await verifier.verify(completions)
    for (verdict, completion) in zip(verdicts, completions).dropLast() {
      let expected = score(same, completion.prompt.tokens + completion.tokens)
      #expect(abs((verdict.score ?? .nan) - expected) < 1e-4)
      #expect(verdict.status == (expected >= 0 ? .correct : .wrong))
    }
    #expect(verdicts[4].status == .error && verdicts[4].reason.contains("44 tokens"))
    // To the last bit a score does not depend on what is scored beside it, where our kernels run.
    if Kernel.canRun {
      for (verdict, completion) in zip(verdicts, completions) {
        let alone = try await verifier.verify([completion])
        #expect(alone[0].score == verdict.score)
      }
    }

    let own = try Tokenizer.characters(Array("#=9876543210"), endOfText: "<e>")
    let other = model(own.vocabularySize)
    try ModelFolder.save(other, tokenizer: ["tokenizer.json": own.json], to: folder)
    verifier = try RewardModelVerifier(
      settings(folder), policy: policy.json, type: .float32, device: .cpu)
    verdicts = try await verifier.verify(completions)
    for (verdict, text) in zip(verdicts, texts).dropLast() {
      #expect(abs((verdict.score ?? .nan) - score(other, own.encode("12=" + text))) < 1e-4)
    }
  }

  @Test func `a run learns from a reward model, and a policy is refused as one`() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let run = folder.appending(path: "run")
    let settings = ["reward.verifier=reward_model", "reward.model.path=\(folder.path)/critic"]
    _ = try await TinyRun.train(TinyRun.configuration(), in: folder.appending(path: "first"))
    try FileManager.default.moveItem(
      at: folder.appending(path: "first/critic"), to: folder.appending(path: "critic"))
    let ending = try await TinyRun.train(TinyRun.configuration(settings), in: run)
    #expect(ending == .finished)
    let policy = folder.appending(path: "first/actor").path
    let wrong = try TinyRun.configuration([settings[0], "reward.model.path=\(policy)"])
    let error = await #expect(throws: ConfigurationError.self) {
      try await TinyRun.train(wrong, in: folder.appending(path: "refused"))
    }
    #expect(error.map { "\($0)" }?.contains("it is a policy") == true)
  }
}
