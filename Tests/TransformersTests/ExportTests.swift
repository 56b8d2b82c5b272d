// Folders for dev/check-export, which loads them with transformers and PEFT and compares the numbers.
// Runs only when VAPO_EXPORT names a folder to write to.

import Foundation
import Testing
import Torch
import Transformers

@Suite(.enabled(if: ProcessInfo.processInfo.environment["VAPO_EXPORT"] != nil))
struct ExportTests {
  private struct Expected: Encodable {
    let ids: [Int]
    let logits: [Float]
    let values: [Float]
    let adaptedLogits: [Float]
    let adaptedValues: [Float]
  }

  @Test(arguments: tinyFamilies.map(\.name) + ["untied"])
  func `models and adapters are written with what they compute`(name: String) throws {
    let root = URL(filePath: ProcessInfo.processInfo.environment["VAPO_EXPORT"] ?? "")
    let folder = root.appending(path: name)
    let family = tinyFamilies.first { $0.name == name }?.configuration
    let ids = Array(1..<20)
    let tokens = Tensor(ids, shape: [1, ids.count])
    let policy = tinyPolicy(family ?? .tiny(tied: false))
    let critic = ValueModel.make(from: policy)
    critic.parameters["score.weight"].copy(from: .normal([1, 16], seed: 9))
    critic.parameters["score.bias"].fill(0.5)
    try ModelFolder.save(
      policy, generation: GenerationConfiguration(eosTokens: [2, 3]),
      to: folder.appending(path: "policy"))
    try ModelFolder.save(critic, to: folder.appending(path: "critic"))

    let settings = LoRAConfiguration(
      rank: 3, alpha: 5, usesRootScale: true, ranks: ["down_proj": 2],
      base: folder.appending(path: "policy").path)
    let adapted = try policy.adapted(by: settings, seed: 1)
    let parts = family?.family == .phi3 ? ["qkv_proj", "gate_up_proj"] : ["q_proj", "o_proj"]
    let verifier = try critic.adapted(
      by: LoRAConfiguration(rank: 2, alpha: 6, targets: .names(parts)), seed: 2)
    for (place, tensor) in (adapted.trainable.tensors + verifier.trainable.tensors).enumerated() {
      tensor.copy(from: .normal(tensor.shape, deviation: 0.3, seed: UInt64(500 + place)))
    }
    try ModelFolder.saveAdapter(of: adapted, to: folder.appending(path: "adapter"))
    try ModelFolder.saveAdapter(of: verifier, to: folder.appending(path: "critic-adapter"))
    try ModelFolder.save(adapted, to: folder.appending(path: "merged"))
    try ModelFolder.save(verifier, to: folder.appending(path: "merged-critic"))

    func logits(_ model: LanguageModel) -> [Float] {
      model.logits(model.decoder.hidden(tokens)).floats
    }
    func values(_ model: ValueModel) -> [Float] {
      model.values(model.decoder.hidden(tokens)).floats
    }
    let expected = Expected(
      ids: ids, logits: logits(policy), values: values(critic), adaptedLogits: logits(adapted),
      adaptedValues: values(verifier))
    try JSONEncoder().encode(expected).write(to: folder.appending(path: "expected.json"))
  }
}
