// Critics and reward models as others publish them, each file written by its own library.

import Foundation
import Testing
import TestSupport
import Torch
import Transformers

@Suite struct HeadTests {
  private struct Heads: Decodable {
    let ids: [[Int]]
    let reward: [Float]
    let openrlhf: [Float]
    let trl: [Float]
    let trlLogits: [Float]
    let bareLogits: [Float]

    var tokens: Tensor { Tensor(ids.flatMap(\.self), shape: [ids.count, ids[0].count]) }
  }

  private let folder = Golden.folder.appending(path: "transformers-heads")

  private func heads() throws -> Heads {
    try Golden.decode(Heads.self, from: "transformers-heads/golden")
  }

  private func values(_ critic: ValueModel) throws -> [Float] {
    critic.values(critic.decoder.hidden(try heads().tokens)).floats
  }

  @Test func `a reward model for sequences values every token`() throws {
    let critic = try ModelFolder.valueModel(at: folder.appending(path: "reward"))
    #expect(largestDifference(try values(critic), try heads().reward) < 1e-4)
    #expect(critic.notes.count == 1 && critic.notes[0].contains("score has no bias"))
    #expect(critic.configuration.family == .llama)
  }

  @Test func `a normalized critic with a head of its own name gives normalized values`() throws {
    let critic = try ModelFolder.valueModel(at: folder.appending(path: "openrlhf"))
    #expect(largestDifference(try values(critic), try heads().openrlhf) < 1e-4)
    #expect(critic.notes.contains { $0.contains("mean 0.75 and std 2.5 are now part of the head") })
  }

  @Test func `a normalized critic that is saved as a classifier keeps its values`() throws {
    try withTemporaryFolder { copy in
      let critic = try ModelFolder.valueModel(at: folder.appending(path: "openrlhf"))
      try ModelFolder.save(critic, to: copy)
      let read = try ModelFolder.valueModel(at: copy)
      #expect(try values(read) == values(critic))
      #expect(read.notes.isEmpty)
    }
  }

  @Test func `a policy with a value head is a critic and a policy`() throws {
    let trl = folder.appending(path: "trl")
    let critic = try ModelFolder.valueModel(at: trl)
    #expect(largestDifference(try values(critic), try heads().trl) < 1e-4)
    #expect(critic.notes.count == 1 && critic.notes[0].contains("lm_head.weight is ignored"))
    let policy = try ModelFolder.languageModel(at: trl)
    let logits = policy.logits(policy.decoder.hidden(try heads().tokens))
    #expect(largestDifference(logits.floats, try heads().trlLogits) < 1e-4)
    #expect(policy.notes.count == 1 && policy.notes[0].contains("v_head is ignored"))
  }

  @Test func `a trunk that was saved alone is a tied policy and a critic without a head`() throws {
    let bare = folder.appending(path: "bare")
    let policy = try ModelFolder.languageModel(at: bare)
    let logits = policy.logits(policy.decoder.hidden(try heads().tokens))
    #expect(largestDifference(logits.floats, try heads().bareLogits) < 1e-4)
    #expect(policy.notes.count == 1 && policy.notes[0].contains("stored as norm.weight"))
    let critic = try ModelFolder.valueModel(at: bare)
    #expect(try values(critic).allSatisfy { $0 == 0 })
    #expect(critic.notes.contains { $0.contains("fresh head of zeros") })
  }

  @Test func `a wrapper's prefix is seen through`() throws {
    try withTemporaryFolder { parent in
      let copy = parent.appending(path: "wrapped")
      try FileManager.default.copyItem(at: folder.appending(path: "trl"), to: copy)
      try rewrite(copy) { entries in
        entries.map { entry in
          entry.name.hasPrefix("v_head")
            ? entry : (name: "pretrained_model.\(entry.name)", tensor: entry.tensor)
        }
      }
      let critic = try ModelFolder.valueModel(at: copy)
      #expect(largestDifference(try values(critic), try heads().trl) < 1e-4)
    }
  }

  @Test(
    arguments: [
      (["num_labels": 2], "num_labels: a head of 2 labels is not supported"),
      (["id2label": ["0": "a", "1": "b", "2": "c"]], "id2label: a head of 3 labels"),
      (["value_head_prefix": "elsewhere", "architectures": ["CriticModel"]], ""),
      (
        ["architectures": ["LlamaForMultipleChoice"]], "\"LlamaForMultipleChoice\" is not supported"
      ),
    ] as [([String: any Sendable], String)])
  func `a head of another kind is refused by name`(
    changes: [String: any Sendable], words: String
  ) throws {
    try withTemporaryFolder { parent in
      let copy = parent.appending(path: "reward")
      try FileManager.default.copyItem(at: folder.appending(path: "reward"), to: copy)
      try config(copy, changing: changes).write(to: copy.appending(path: "config.json"))
      guard !words.isEmpty else {
        // A stated name that no tensor has falls back to the usual ones.
        #expect(try ModelFolder.valueModel(at: copy).parameters.contains("score.weight"))
        return
      }
      let error = #expect(throws: ModelError.self) { try ModelFolder.valueModel(at: copy) }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }

  @Test func `statistics that are not in use are said and not applied`() throws {
    try withTemporaryFolder { parent in
      let copy = parent.appending(path: "openrlhf")
      try FileManager.default.copyItem(at: folder.appending(path: "openrlhf"), to: copy)
      try config(copy, changing: ["normalize_reward": false])
        .write(to: copy.appending(path: "config.json"))
      let critic = try ModelFolder.valueModel(at: copy)
      let raw = try heads().openrlhf.map { $0 * 2.5 + 0.75 }
      #expect(largestDifference(try values(critic), raw) < 1e-4)
      #expect(critic.notes.contains { $0.contains("mean and std are not applied") })
      try config(copy, changing: ["normalize_reward": true, "std": 0]).write(
        to: copy.appending(path: "config.json"))
      let error = #expect(throws: ModelError.self) { try ModelFolder.valueModel(at: copy) }
      #expect(error?.description.contains("std: 0.0 is not above 0") == true)
    }
  }
}
