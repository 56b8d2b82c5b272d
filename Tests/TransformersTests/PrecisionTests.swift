// What runs in which precision, and where a model's numbers come from.

import Foundation
import Testing
import TestSupport
import Torch
import Transformers

@Suite struct PrecisionTests {
  private let ids = Tensor([4, 9, 13, 7, 2, 18, 5, 11], shape: [2, 4])

  private func logits(_ model: LanguageModel) -> [Float] {
    model.logits(model.decoder.hidden(ids)).floats
  }

  @Test func `bfloat16 is near float32 and its logits are float32`() throws {
    let exact = tinyPolicy()
    let model = LanguageModel(exact.configuration, exact.parameters, computeType: .bfloat16)
    let output = model.logits(model.decoder.hidden(ids))
    #expect(output.type == .float32)
    #expect(model.decoder.hidden(ids).type == .bfloat16)
    let scale = logits(exact).map(abs).max() ?? 0
    let difference = largestDifference(output.floats, logits(exact))
    // Eight bits a number, some twenty roundings in a row.
    #expect(difference > 0)
    #expect(difference < 0.05 * scale)
  }

  @Test func `weights cast once are weights cast at every step`() {
    let exact = tinyPolicy(tied: false)
    let casting = LanguageModel(exact.configuration, exact.parameters, computeType: .bfloat16)
    let copy = casting.copy(as: .bfloat16)
    #expect(copy.parameters.tensors.allSatisfy { $0.type == .bfloat16 })
    #expect(logits(copy) == logits(casting))
  }

  @Test func `gradients of a bfloat16 computation arrive in the storage type`() {
    let exact = tinyPolicy()
    let model = LanguageModel(exact.configuration, exact.parameters, computeType: .bfloat16)
    model.parameters.requireGradients(true)
    model.logits(model.decoder.hidden(ids)).sum().backward()
    for (name, tensor) in model.parameters.entries {
      #expect(tensor.gradient?.type == .float32, "\(name)")
    }
  }

  @Test(arguments: [ElementType.float32, .bfloat16])
  func `activations that are computed twice change no gradient`(compute: ElementType) {
    let exact = tinyPolicy()
    let model = LanguageModel(exact.configuration, exact.parameters, computeType: compute)
    model.parameters.requireGradients(true)
    func gradients(_ recomputes: Bool) -> [[Float]] {
      model.decoder.recomputesActivations = recomputes
      model.logits(model.decoder.hidden(ids)).sum().backward()
      defer { for tensor in model.parameters.tensors { tensor.dropGradient() } }
      return model.parameters.tensors.map { $0.gradient?.floats ?? [] }
    }
    let kept = gradients(false)
    #expect(kept.allSatisfy { !$0.isEmpty })
    #expect(gradients(true) == kept)
  }

  @Test func `the head of a critic is float32 whatever its trunk is`() {
    let critic = ValueModel.make(
      from: LanguageModel.random(.tiny(), seed: 1, type: .bfloat16, computeType: .bfloat16))
    critic.parameters["score.bias"].fill(0.1)
    let values = critic.values(critic.decoder.hidden(ids))
    #expect(values.type == .float32)
    // A zero head values every token at its bias, rounded to bfloat16 storage.
    #expect(values.floats == Array(repeating: 0.100_097_656_25, count: 8))
  }

  @Test func `a fresh model is normal in its matrices and neutral elsewhere`() {
    var configuration = ModelConfiguration.tiny(tied: false)
    configuration.vocabularySize = 2000
    let table = LanguageModel.random(configuration, seed: 3).parameters
    for (name, tensor) in table.entries where tensor.rank == 1 {
      let neutral: Float = name.hasSuffix(".bias") ? 0 : 1
      #expect(tensor.floats.allSatisfy { $0 == neutral }, "\(name)")
    }
    let embedding = table["model.embed_tokens.weight"].doubles
    let mean = embedding.reduce(0, +) / 32_000
    let variance = embedding.reduce(0) { $0 + $1 * $1 } / 32_000
    #expect(abs(mean) < 0.01)
    #expect(abs(variance.squareRoot() - 0.3) < 0.01)
    #expect(table["lm_head.weight"].doubles != embedding)
  }

  @Test func `a fresh weight depends on the seed and its name alone`() {
    let two = LanguageModel.random(.tiny(), seed: 3).parameters
    var deeper = ModelConfiguration.tiny(tied: false)
    deeper.layerCount = 4
    let four = LanguageModel.random(deeper, seed: 3).parameters
    for (name, tensor) in two.entries { #expect(tensor.floats == four[name].floats, "\(name)") }
    let other = LanguageModel.random(.tiny(), seed: 4).parameters
    #expect(
      other["model.embed_tokens.weight"].floats != two["model.embed_tokens.weight"].floats)
    #expect(
      two["model.layers.0.mlp.up_proj.weight"].floats
        != two["model.layers.1.mlp.up_proj.weight"].floats)
  }

  @Test func `a copy of parameters is a copy`() {
    let model = tinyPolicy()
    let before = logits(model)
    let copy = model.parameters.copy()
    for tensor in model.parameters.tensors { tensor.fill(0) }
    #expect(logits(model) != before)
    #expect(copy.names == model.parameters.names)
    model.parameters.copy(from: copy)
    #expect(logits(model) == before)
  }

  @Test func `a critic made of a policy has its trunk and values nothing yet`() {
    let policy = tinyPolicy(tied: false)
    let critic = ValueModel.make(from: policy)
    let hidden = policy.decoder.hidden(ids).floats
    #expect(critic.decoder.hidden(ids).floats == hidden)
    #expect(critic.values(critic.decoder.hidden(ids)).floats == Array(repeating: 0, count: 8))
    #expect(!critic.parameters.contains("lm_head.weight"))
    policy.parameters["model.embed_tokens.weight"].fill(0)
    #expect(critic.decoder.hidden(ids).floats == hidden)
  }
}
