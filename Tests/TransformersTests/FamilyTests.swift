// Every family, with what only it has: folders written and read again, and decoding with a cache.

import Foundation
import Testing
import TestSupport
import Torch
import Transformers

@Suite struct FamilyTests {
  private let ids = [4, 9, 13, 7, 2, 18, 5, 11, 6, 1, 8, 16]

  private func configuration(_ name: String) throws -> ModelConfiguration {
    try #require(tinyFamilies.first { $0.name == name }).configuration
  }

  @Test(arguments: tinyFamilies.map(\.name))
  func `a saved model of every family reads back to the last bit`(name: String) throws {
    try withTemporaryFolder { folder in
      let model = tinyPolicy(try configuration(name))
      try ModelFolder.save(model, to: folder)
      #expect(try ModelFolder.configuration(of: folder) == model.configuration)
      let read = try ModelFolder.languageModel(at: folder)
      #expect(read.parameters.names == model.parameters.names)
      for (name, tensor) in model.parameters.entries {
        #expect(read.parameters[name].bytes == tensor.bytes, "\(name)")
      }
      #expect(read.notes.isEmpty)
    }
  }

  @Test func `a stretched rotation is written in the spellings of both versions`() throws {
    try withTemporaryFolder { folder in
      try ModelFolder.save(tinyPolicy(try configuration("llama")), to: folder)
      let data = try Data(contentsOf: folder.appending(path: "config.json"))
      let fields = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
      let numbers: NSDictionary = [
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 16,
      ]
      #expect(fields["rope_scaling"] as? NSDictionary == numbers)
      #expect(fields["rope_theta"] as? Double == 10_000)
      var whole = try #require(numbers as? [String: Any])
      whole["rope_theta"] = 10_000.0
      #expect(fields["rope_parameters"] as? NSDictionary == NSDictionary(dictionary: whole))
      #expect(fields["head_dim"] as? Int == 4)
    }
  }

  @Test(arguments: ModelGolden.names)
  func `a folder of transformers, saved again, says the same model`(name: String) throws {
    try withTemporaryFolder { folder in
      let model = try ModelFolder.languageModel(at: ModelGolden.folder(name, "policy"))
      try ModelFolder.save(model, to: folder)
      #expect(try ModelFolder.configuration(of: folder) == model.configuration)
      let critic = try ModelFolder.valueModel(at: ModelGolden.folder(name, "critic"))
      #expect(critic.configuration.slidingWindow == model.configuration.slidingWindow)
      #expect(critic.configuration.ropeScaling == model.configuration.ropeScaling)
    }
  }

  @Test(arguments: tinyFamilies.map(\.name))
  func `decoding from every prompt length is the whole sequence`(name: String) throws {
    let model = tinyPolicy(try configuration(name))
    let whole = model.decoder.hidden(Tensor(ids, shape: [1, 12]))
    for length in [1, 4, 7] {
      let cache = KeyValueCache(
        model.configuration, rows: 1, capacity: 12, type: .float32, device: .cpu)
      _ = model.decoder.prefill([Array(ids[..<length])], cache: cache)
      for place in length..<12 {
        let next = model.decoder.decode(Tensor([ids[place]]), cache: cache)
        #expect(
          largestDifference(next.floats, whole.narrowed(1, place..<place + 1).floats) < 1e-5,
          "\(length), \(place)")
      }
    }
  }

  @Test func `rows of different lengths keep their own windows`() throws {
    let model = tinyPolicy(try configuration("mistral"))
    let cache = KeyValueCache(
      model.configuration, rows: 2, capacity: 12, type: .float32, device: .cpu)
    _ = model.decoder.prefill([Array(ids[..<7]), Array(ids[5..<8])], cache: cache)
    let first = model.decoder.hidden(Tensor(ids, shape: [1, 12]))
    let second = model.decoder.hidden(Tensor(Array(ids[5...]), shape: [1, 7]))
    for step in 0..<4 {
      let next = model.decoder.decode(Tensor([ids[7 + step], ids[8 + step]]), cache: cache)
      #expect(
        largestDifference(
          next.narrowed(0, 0..<1).floats, first.narrowed(1, 7 + step..<8 + step).floats) < 1e-5)
      #expect(
        largestDifference(
          next.narrowed(0, 1..<2).floats, second.narrowed(1, 3 + step..<4 + step).floats) < 1e-5)
    }
  }

  @Test func `a token sees its window and nothing before it`() throws {
    // Two layers of a window of 5 reach back 8 tokens, and not one further.
    let model = tinyPolicy(try configuration("mistral"))
    func last(_ ids: [Int]) -> [Float] {
      model.decoder.hidden(Tensor(ids, shape: [1, 12])).narrowed(1, 11..<12).floats
    }
    var (near, far) = (ids, ids)
    near[3] = 19
    far[2] = 19
    #expect(last(far) == last(ids))
    #expect(last(near) != last(ids))
  }

  @Test func `experts that are all the same are one MLP`() throws {
    // A law of their sum: shares that add up to one, of equal parts.
    let mixture = tinyPolicy(try configuration("qwen3-moe"))
    var one = mixture.configuration
    one.family = .qwen3
    one.experts = nil
    one.intermediateSize = 8
    let single = tinyPolicy(one)
    var narrow = mixture.configuration
    narrow.intermediateSize = 8
    let table = Parameters(
      LanguageModel.random(narrow, seed: 1).parameters.entries.map { name, tensor in
        let parts = name.split(separator: ".")
        guard let place = parts.firstIndex(of: "experts") else {
          return (name, single.parameters.contains(name) ? single.parameters[name] : tensor)
        }
        let path = (parts[..<place] + parts[(place + 2)...]).joined(separator: ".")
        return (name, single.parameters[path])
      })
    let same = LanguageModel(narrow, table, computeType: .float32)
    let tokens = Tensor(ids, shape: [1, 12])
    #expect(
      largestDifference(
        same.decoder.hidden(tokens).floats, single.decoder.hidden(tokens).floats) < 1e-5)
  }

  @Test func `adapters stand beside no expert, and say so when asked`() throws {
    let mixture = tinyPolicy(try configuration("qwen3-moe"))
    let error = #expect(throws: ModelError.self) {
      try mixture.adapted(by: LoRAConfiguration(rank: 2, targets: .names(["up_proj"])), seed: 1)
    }
    #expect(error?.description.contains("a part of an expert layer") == true)
    let all = try mixture.adapted(by: LoRAConfiguration(rank: 2), seed: 1)
    #expect(all.trainable.names.contains { $0.contains("q_proj") })
    #expect(!all.trainable.names.contains { $0.contains("experts") })
  }

  @Test func `a family is found by its name in config.json`() {
    #expect(
      ModelFamily.all.map(\.modelType) == [
        "gemma3_text", "glm", "glm4", "granite", "llama", "mistral", "olmo2", "olmo3", "phi3",
        "qwen2", "qwen3", "qwen3_moe", "smollm3",
      ])
    #expect(ModelFamily.named("qwen3") == .qwen3)
    #expect(ModelFamily.named("gemma") == nil)
  }

  @Test func `what a family does not have is a fault of the configuration`() {
    var llama = ModelConfiguration.tiny(.llama)
    #expect(llama.fault == nil)
    llama.slidingWindow = SlidingWindow(length: 4, layers: [0])
    #expect(llama.fault?.key == "sliding_window")
    var mistral = ModelConfiguration.tiny(.mistral)
    mistral.slidingWindow = SlidingWindow(length: 4, layers: [0])
    #expect(mistral.fault?.key == "sliding_window")
    mistral.slidingWindow = nil
    mistral.biases = LayerBiases(mlp: true)
    #expect(mistral.fault?.key == "attention_bias")
  }
}
