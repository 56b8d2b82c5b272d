// Folders for dev/check-export, which loads them with transformers and compares the numbers.
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
  }

  @Test(arguments: [true, false])
  func `a policy and a critic are written with what they compute`(tied: Bool) throws {
    let root = URL(filePath: ProcessInfo.processInfo.environment["VAPO_EXPORT"] ?? "")
    let folder = root.appending(path: tied ? "tied" : "untied")
    let ids = Array(1..<20)
    let tokens = Tensor(ids, shape: [1, ids.count])
    let policy = tinyPolicy(tied: tied)
    let critic = ValueModel.make(from: policy)
    critic.parameters["score.weight"].copy(from: .normal([1, 16], seed: 9))
    critic.parameters["score.bias"].fill(0.5)
    try ModelFolder.save(
      policy, generation: GenerationConfiguration(eosTokens: [2, 3]),
      to: folder.appending(path: "policy"))
    try ModelFolder.save(critic, to: folder.appending(path: "critic"))
    let expected = Expected(
      ids: ids, logits: policy.logits(policy.decoder.hidden(tokens)).floats,
      values: critic.values(critic.decoder.hidden(tokens)).floats)
    try JSONEncoder().encode(expected).write(to: folder.appending(path: "expected.json"))
  }
}
