// Our models against transformers: the same folder, the same tokens, the same numbers.

import Foundation
import Testing
import TestSupport
import Torch
import Transformers

@Suite struct GoldenTests {
  @Test(arguments: ModelGolden.names)
  func `logits are those of transformers`(name: String) throws {
    let golden = try ModelGolden.read(name)
    let model = try ModelFolder.languageModel(at: ModelGolden.folder(name, "policy"))
    let logits = model.logits(model.decoder.hidden(golden.tokens))
    #expect(logits.shape == [2, 12, 40])
    #expect(largestDifference(logits.floats, golden.logits) < 1e-4)
    #expect(model.notes.isEmpty)
  }

  @Test(arguments: ModelGolden.names)
  func `a critic's values are those of transformers`(name: String) throws {
    let golden = try ModelGolden.read(name)
    let model = try ModelFolder.valueModel(at: ModelGolden.folder(name, "critic"))
    let values = model.values(model.decoder.hidden(golden.tokens))
    #expect(values.shape == [2, 12])
    #expect(largestDifference(values.floats, golden.values) < 1e-4)
    #expect(model.notes.isEmpty)
  }

  @Test(arguments: ModelGolden.names)
  func `the gradients of every weight are those of transformers`(name: String) throws {
    let golden = try ModelGolden.read(name)
    let policy = try ModelFolder.languageModel(at: ModelGolden.folder(name, "policy"))
    policy.parameters.requireGradients(true)
    let logits = policy.logits(policy.decoder.hidden(golden.tokens))
    ((logits * logits).sum() / Double(logits.count)).backward()
    try compare(policy.parameters, golden.logitGradients)

    let critic = try ModelFolder.valueModel(at: ModelGolden.folder(name, "critic"))
    critic.parameters.requireGradients(true)
    let values = critic.values(critic.decoder.hidden(golden.tokens))
    ((values * values).sum() / Double(values.count)).backward()
    try compare(critic.parameters, golden.valueGradients)
  }

  @Test(arguments: ["qwen3-moe", "qwen3-moe-old"])
  func `the balance of experts and its gradients are those of transformers`(name: String) throws {
    let golden = try ModelGolden.read(name)
    let policy = try ModelFolder.languageModel(at: ModelGolden.folder(name, "policy"))
    policy.parameters.requireGradients(true)
    let rows = golden.tokens.reshaped([-1])
    let segments = [RowSegment(start: 0, length: 12), RowSegment(start: 12, length: 12)]
    let balance = try #require(policy.decoder.hiddenAndBalance(rows, segments: segments).balance)
    #expect(abs(balance.item - (try #require(golden.balance))) < 1e-5)
    balance.backward()
    // What is behind the last router has no part in it.
    try compare(
      policy.parameters, try #require(golden.balanceGradients), takingNoneForZero: true)
  }

  @Test func `a model without experts has no balance`() {
    let policy = tinyPolicy()
    let ids = Tensor([1, 2, 3])
    let segments = [RowSegment(start: 0, length: 3)]
    #expect(policy.decoder.hiddenAndBalance(ids, segments: segments).balance == nil)
  }

  @Test(arguments: ModelGolden.names)
  func `log-probabilities and entropies are those of transformers' logits`(name: String) throws {
    let golden = try ModelGolden.read(name)
    let model = try ModelFolder.languageModel(at: ModelGolden.folder(name, "policy"))
    let hidden = model.decoder.hidden(golden.tokens).reshaped([24, -1])
    let targets = (0..<24).map { (7 * $0 + 3) % 40 }
    let found = model.logProbs(
      of: Tensor(targets), after: hidden, temperature: 0.7, entropy: true)
    let (logProbs, entropies) = (found.logProbs.floats, try #require(found.entropies).floats)
    for (row, target) in targets.enumerated() {
      // By hand, in double precision.
      let logits = golden.logits[(40 * row)..<(40 * row + 40)].map { Double($0) / 0.7 }
      let sum = logits.reduce(0) { $0 + exp($1) }
      let entropy = logits.reduce(0) { $0 + exp($1) / sum * (log(sum) - $1) }
      #expect(abs(Double(logProbs[row]) - (logits[target] - log(sum))) < 2e-4)
      #expect(abs(Double(entropies[row]) - entropy) < 2e-4)
    }
  }

  @Test func `the parameter count is the checkpoint's`() throws {
    for name in ModelGolden.names {
      let folder = ModelGolden.folder(name, "policy")
      let model = try ModelFolder.languageModel(at: folder)
      #expect(
        try ModelFolder.configuration(of: folder).parameterCount == model.parameters.elementCount)
    }
    // 40·16 + 2·(16 + 3·(256 + 16) + 256 + 16 + 3·512) + 16
    let tied = try ModelFolder.configuration(of: ModelGolden.folder("tied", "policy"))
    #expect(tied.parameterCount == 5936)
  }
}

/// Compares the gradients of a table with stored digests: of each its norm, and its product with a
/// ramp from -1 to 1.
func compare(
  _ parameters: Parameters, _ golden: [String: [Double]], takingNoneForZero: Bool = false
) throws {
  #expect(Set(parameters.names) == Set(golden.keys))
  for (name, parameter) in parameters.entries {
    let expected = try #require(golden[name])
    if takingNoneForZero, parameter.gradient == nil, expected[0] == 0 { continue }
    let gradient = try #require(parameter.gradient).doubles
    let norm = gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let ramp = gradient.enumerated().reduce(0) { sum, entry in
      let last = Double(max(gradient.count - 1, 1))
      return sum + entry.element * (2 * Double(entry.offset) / last - 1)
    }
    let tolerance = 1e-4 * max(1, expected[0])
    #expect(abs(norm - expected[0]) < tolerance, "\(name)")
    #expect(abs(ramp - expected[1]) < 4 * tolerance, "\(name)")
  }
}
