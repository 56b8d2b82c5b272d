// Model folders: written and read again, and the kinds of critics that others store.

import Foundation
import Testing
import TestSupport
import Torch
import Transformers

@Suite struct FolderTests {
  private func bytes(_ parameters: Parameters) -> [String: [UInt8]] {
    Dictionary(uniqueKeysWithValues: parameters.entries.map { ($0.name, $0.tensor.bytes) })
  }

  @Test(arguments: [true, false])
  func `a saved policy reads back to the last bit`(tied: Bool) throws {
    try withTemporaryFolder { folder in
      let model = tinyPolicy(tied: tied)
      try ModelFolder.save(model, tokenizer: ["tokenizer.json": Data("{}".utf8)], to: folder)
      let read = try ModelFolder.languageModel(at: folder)
      #expect(read.parameters.names == model.parameters.names)
      #expect(bytes(read.parameters) == bytes(model.parameters))
      #expect(
        try Data(contentsOf: folder.appending(path: "tokenizer.json")) == Data("{}".utf8))
    }
  }

  @Test func `bfloat16 weights stay bfloat16 in the folder and widen on request`() throws {
    try withTemporaryFolder { folder in
      let model = LanguageModel.random(.tiny(), seed: 5, type: .bfloat16)
      try ModelFolder.save(model, to: folder)
      let same = try ModelFolder.languageModel(at: folder, type: .bfloat16)
      #expect(bytes(same.parameters) == bytes(model.parameters))
      let wide = try ModelFolder.languageModel(at: folder)
      #expect(wide.parameters.tensors.allSatisfy { $0.type == .float32 })
      #expect(
        wide.parameters["model.embed_tokens.weight"].floats
          == model.parameters["model.embed_tokens.weight"].floats)
    }
  }

  @Test func `a saved critic reads back to the last bit`() throws {
    try withTemporaryFolder { folder in
      let critic = ValueModel.make(from: tinyPolicy())
      critic.parameters["score.weight"].fill(0.25)
      critic.parameters["score.bias"].fill(-1)
      try ModelFolder.save(critic, to: folder)
      let read = try ModelFolder.valueModel(at: folder)
      #expect(bytes(read.parameters) == bytes(critic.parameters))
      #expect(read.notes.isEmpty)
      let text = try String(contentsOf: folder.appending(path: "config.json"), encoding: .utf8)
      for line in [
        "\"Qwen2ForTokenClassification\"", "\"num_labels\": 1", "\"0\": \"LABEL_0\"",
        "\"classifier_dropout\": 0.0", "\"hidden_dropout\": 0.0",
      ] { #expect(text.contains(line), "\(line)") }
    }
  }

  @Test func `a critic from a policy begins with zeros and says so`() throws {
    let critic = try ModelFolder.valueModel(at: ModelGolden.folder("untied", "policy"))
    #expect(critic.parameters["score.weight"].floats.allSatisfy { $0 == 0 })
    #expect(critic.parameters["score.bias"].floats == [0])
    #expect(critic.notes.count == 2)
    #expect(critic.notes[0].contains("fresh head of zeros"))
    #expect(critic.notes[1].contains("lm_head.weight is ignored"))
  }

  @Test func `a reward model without a bias gets one of zero and says so`() throws {
    try withCopy(of: "tied", "critic") { folder in
      try rewrite(folder) { $0.filter { $0.name != "score.bias" } }
      try config(folder, changing: ["architectures": ["Qwen2ForSequenceClassification"]])
        .write(to: folder.appending(path: "config.json"))
      let golden = try ModelGolden.read("tied")
      let whole = try ModelFolder.valueModel(at: ModelGolden.folder("tied", "critic"))
      let bias = whole.parameters["score.bias"].floats[0]
      let critic = try ModelFolder.valueModel(at: folder)
      let values = critic.values(critic.decoder.hidden(golden.tokens))
      #expect(largestDifference(values.floats, golden.values.map { $0 - bias }) < 1e-4)
      #expect(critic.notes.count == 1 && critic.notes[0].contains("score has no bias"))
    }
  }

  @Test func `a policy with a value head is read as a critic`() throws {
    try withCopy(of: "tied", "critic") { folder in
      try rewrite(folder) { entries in
        entries.map {
          let name = $0.name.replacing("score.", with: "v_head.summary.")
          return (name: name, tensor: $0.tensor)
        }
      }
      try config(folder, changing: ["architectures": ["AutoModelForCausalLMWithValueHead"]])
        .write(to: folder.appending(path: "config.json"))
      let golden = try ModelGolden.read("tied")
      let critic = try ModelFolder.valueModel(at: folder)
      let values = critic.values(critic.decoder.hidden(golden.tokens))
      #expect(largestDifference(values.floats, golden.values) < 1e-4)
      #expect(critic.parameters.contains("score.weight"))
      #expect(critic.notes.isEmpty)
    }
  }

  @Test func `an output layer stored beside a tied table is ignored and said`() throws {
    try withCopy(of: "tied", "policy") { folder in
      try rewrite(folder) { $0 + [(name: "lm_head.weight", tensor: .zeros([40, 16]))] }
      let golden = try ModelGolden.read("tied")
      let model = try ModelFolder.languageModel(at: folder)
      let logits = model.logits(model.decoder.hidden(golden.tokens))
      #expect(largestDifference(logits.floats, golden.logits) < 1e-4)
      #expect(model.notes.count == 1 && model.notes[0].contains("lm_head.weight is ignored"))
    }
  }

  @Test func `a folder that cannot be written is an error`() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "file")
      try Data().write(to: file)
      let error = #expect(throws: ModelError.self) {
        try ModelFolder.save(tinyPolicy(), to: file.appending(path: "model"))
      }
      #expect(error?.description.contains("cannot be written") == true)
    }
  }

  @Test func `a full disk during a save is an error that says so`() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createSymbolicLink(
        at: folder.appending(path: "model.safetensors"),
        withDestinationURL: URL(filePath: "/dev/full"))
      let error = #expect(throws: ModelError.self) {
        try ModelFolder.save(tinyPolicy(), to: folder)
      }
      #expect(error?.description.contains("model.safetensors: cannot be written: No space") == true)
    }
  }
}

/// Writes a folder's weights again, changed.
func rewrite(
  _ folder: URL,
  _ change: ([(name: String, tensor: Tensor)]) throws -> [(name: String, tensor: Tensor)]
) throws {
  let url = folder.appending(path: "model.safetensors")
  let file = try SafetensorsFile(url)
  let entries = try file.names.map { (name: $0, tensor: try file.tensor($0)) }
  try Safetensors.write(try change(entries), to: url)
}
