// Adapters in PEFT's form: its files read, its numbers and gradients matched, ours written.

import Foundation
import Testing
import TestSupport
import Torch
import Transformers

/// What PEFT computed with the adapters of Tests/Goldens/transformers-lora.
struct AdapterGolden: Decodable {
  struct Numbers: Decodable {
    let outputs: [Float]
    let merged: [Float]
    let gradients: [String: [Double]]
  }

  let ids: [[Int]]
  let adapters: [String: Numbers]

  static let names = ["names", "pattern", "layers", "all-linear"]
  static let folder = Golden.folder.appending(path: "transformers-lora")

  static func read() throws -> AdapterGolden {
    try Golden.decode(AdapterGolden.self, from: "transformers-lora/golden")
  }

  static func base() throws -> LanguageModel {
    try ModelFolder.languageModel(at: folder.appending(path: "base"))
  }

  static func policy(_ name: String) throws -> LanguageModel {
    try ModelFolder.adapter(at: folder.appending(path: name), on: base())
  }

  static func critic() throws -> ValueModel {
    try ModelFolder.adapter(
      at: folder.appending(path: "critic"),
      on: ModelFolder.valueModel(at: folder.appending(path: "base")))
  }

  func numbers(_ name: String) throws -> Numbers { try #require(adapters[name]) }

  func logits(_ model: LanguageModel) -> Tensor { model.logits(model.decoder.hidden(tokens)) }

  func values(_ model: ValueModel) -> Tensor { model.values(model.decoder.hidden(tokens)) }

  /// `[B, T]`.
  var tokens: Tensor { Tensor(ids.flatMap(\.self), shape: [ids.count, ids[0].count]) }
}

@Suite struct AdapterTests {
  private let golden: AdapterGolden

  init() throws { golden = try AdapterGolden.read() }

  @Test(arguments: AdapterGolden.names)
  func `logits with an adapter, and with it merged, are those of PEFT`(name: String) throws {
    let model = try AdapterGolden.policy(name)
    let expected = try golden.numbers(name)
    #expect(largestDifference(golden.logits(model).floats, expected.outputs) < 1e-4)
    #expect(largestDifference(golden.logits(model.merged()).floats, expected.merged) < 1e-4)
    #expect(
      largestDifference(golden.logits(model.copy(as: .float32)).floats, expected.merged) < 1e-4)
    #expect(model.merged().adapter == nil)
    let plain = golden.logits(try AdapterGolden.base()).floats
    #expect(golden.logits(model.withoutAdapter).floats == plain)
    #expect(largestDifference(plain, expected.outputs) > 0.1)
  }

  @Test(arguments: AdapterGolden.names)
  func `the gradients of an adapter are those of PEFT, and nothing else has any`(
    name: String
  ) throws {
    let model = try AdapterGolden.policy(name)
    model.trainable.requireGradients(true)
    let logits = golden.logits(model)
    ((logits * logits).sum() / Double(logits.count)).backward()
    try compare(model.trainable, try golden.numbers(name).gradients)
    #expect(model.parameters.tensors.allSatisfy { $0.gradient == nil && !$0.requiresGradient })
  }

  @Test func `a critic's adapter brings its head and is trained with it`() throws {
    let critic = try AdapterGolden.critic()
    let expected = try golden.numbers("critic")
    critic.trainable.requireGradients(true)
    let values = golden.values(critic)
    #expect(largestDifference(values.floats, expected.outputs) < 1e-4)
    #expect(largestDifference(golden.values(critic.merged()).floats, expected.merged) < 1e-4)
    ((values * values).sum() / Double(values.count)).backward()
    try compare(critic.trainable, expected.gradients)
    #expect(critic.trainable.contains("score.weight") && critic.trainable.contains("score.bias"))
    #expect(
      critic.parameters.entries.allSatisfy {
        $0.name.hasPrefix("score.") || $0.tensor.gradient == nil
      })
  }

  @Test(arguments: AdapterGolden.names)
  func `a saved adapter reads back to the last bit`(name: String) throws {
    try withTemporaryFolder { folder in
      let model = try AdapterGolden.policy(name)
      try ModelFolder.saveAdapter(of: model, tokenizer: ["notes.txt": Data("a".utf8)], to: folder)
      #expect(ModelFolder.holdsAdapter(folder))
      #expect(try ModelFolder.base(ofAdapterAt: folder) == "base")
      let read = try ModelFolder.adapter(at: folder, on: AdapterGolden.base())
      #expect(read.trainable.names == model.trainable.names)
      for (name, tensor) in model.trainable.entries {
        #expect(read.trainable[name].bytes == tensor.bytes, "\(name)")
      }
      #expect(golden.logits(read).floats == golden.logits(model).floats)
      #expect(FileManager.default.fileExists(atPath: folder.appending(path: "notes.txt").path))
    }
  }

  @Test func `a saved critic's adapter reads back with its head`() throws {
    try withTemporaryFolder { folder in
      let critic = try AdapterGolden.critic()
      try ModelFolder.saveAdapter(of: critic, to: folder)
      let base = try ModelFolder.valueModel(at: AdapterGolden.folder.appending(path: "base"))
      let read = try ModelFolder.adapter(at: folder, on: base)
      #expect(golden.values(read).floats == golden.values(critic).floats)
    }
  }

  @Test func `a model with an adapter is saved as plain weights`() throws {
    try withTemporaryFolder { folder in
      let model = try AdapterGolden.policy("all-linear")
      try ModelFolder.save(model, to: folder)
      #expect(!ModelFolder.holdsAdapter(folder))
      let read = try ModelFolder.languageModel(at: folder)
      #expect(read.adapter == nil && read.trainable === read.parameters)
      #expect(
        largestDifference(
          golden.logits(read).floats, try golden.numbers("all-linear").merged) < 1e-4)
    }
  }

  @Test func `a fresh adapter changes nothing, and its A is even over Kaiming's range`() throws {
    let base = tinyPolicy(tied: false)
    let settings = LoRAConfiguration(rank: 500, alpha: 16)
    let model = try base.adapted(by: settings, seed: 4)
    let ids = Tensor([4, 9, 13, 7], shape: [1, 4])
    #expect(
      model.logits(model.decoder.hidden(ids)).floats == base.logits(base.decoder.hidden(ids)).floats
    )
    #expect(model.trainable.names.count == 2 * 2 * 7)
    for (name, tensor) in model.trainable.entries where name.hasSuffix("lora_B.weight") {
      #expect(tensor.floats.allSatisfy { $0 == 0 }, "\(name)")
    }
    // Inputs 16 wide: even over ±1/4, whose deviation is 1/(4√3).
    let down = model.trainable["model.layers.1.self_attn.q_proj.lora_A.weight"].doubles
    #expect(down.allSatisfy { abs($0) <= 0.25 } && (down.map(abs).max() ?? 0) > 0.249)
    let variance = down.reduce(0) { $0 + $1 * $1 } / Double(down.count)
    #expect(abs(variance.squareRoot() - 0.25 / 3.0.squareRoot()) < 0.005)
    let again = try base.adapted(by: settings, seed: 4)
    let other = try base.adapted(by: settings, seed: 5)
    let name = "model.layers.0.mlp.up_proj.lora_A.weight"
    #expect(again.trainable[name].floats == model.trainable[name].floats)
    #expect(other.trainable[name].floats != model.trainable[name].floats)
    #expect(
      model.trainable["model.layers.1.mlp.up_proj.lora_A.weight"].floats
        != model.trainable[name].floats)
  }

  @Test func `a generator's copy takes over the adapter's steps`() throws {
    let model = try AdapterGolden.policy("all-linear")
    let copy = model.copy(as: .float32)
    let before = golden.logits(copy).floats
    for tensor in model.trainable.tensors { tensor.scale(by: 1.5) }
    #expect(golden.logits(copy).floats == before)
    copy.refresh(from: model)
    #expect(largestDifference(golden.logits(copy).floats, before) > 0.01)
    #expect(largestDifference(golden.logits(copy).floats, golden.logits(model).floats) < 1e-4)
    #expect(model.copy(as: .bfloat16).parameters.tensors.allSatisfy { $0.type == .bfloat16 })
  }

  @Test func `an adapter on frozen bfloat16 weights is float32`() throws {
    let base = LanguageModel.random(.tiny(), seed: 5, type: .bfloat16, computeType: .bfloat16)
    let model = try base.adapted(by: LoRAConfiguration(rank: 2), seed: 1)
    #expect(model.trainable.tensors.allSatisfy { $0.type == .float32 })
    model.trainable.requireGradients(true)
    let hidden = model.decoder.hidden(Tensor([4, 9, 13], shape: [1, 3]))
    #expect(hidden.type == .bfloat16)
    model.logits(hidden).sum().backward()
    for (name, tensor) in model.trainable.entries {
      #expect(tensor.gradient?.type == .float32, "\(name)")
    }
  }

  @Test func `a critic may share a policy's frozen trunk`() throws {
    let policy = tinyPolicy(tied: false)
    let critic = try ValueModel.sharing(policy)
      .adapted(by: LoRAConfiguration(rank: 2, targets: .names(["q_proj"])), seed: 3)
    #expect(
      critic.trainable.names.sorted() == [
        "model.layers.0.self_attn.q_proj.lora_A.weight",
        "model.layers.0.self_attn.q_proj.lora_B.weight",
        "model.layers.1.self_attn.q_proj.lora_A.weight",
        "model.layers.1.self_attn.q_proj.lora_B.weight", "score.bias", "score.weight",
      ])
    policy.parameters["model.norm.weight"].fill(0)
    let hidden = critic.decoder.hidden(Tensor([4, 9], shape: [1, 2]))
    #expect(hidden.floats.allSatisfy { $0 == 0 })
  }

  @Test func `a critic made of an adapted policy begins with what that has learned`() throws {
    let policy = try AdapterGolden.policy("all-linear")
    let critic = ValueModel.make(from: policy)
    #expect(
      largestDifference(
        critic.decoder.hidden(golden.tokens).floats, policy.decoder.hidden(golden.tokens).floats)
        < 1e-4)
    #expect(critic.adapter == nil)
  }

  @Test func `decoding with an adapter is the whole sequence`() throws {
    let model = try AdapterGolden.policy("pattern")
    let cache = KeyValueCache(
      model.configuration, rows: 2, capacity: 12, type: .float32, device: .cpu)
    _ = model.decoder.prefill(golden.ids.map { Array($0[..<4]) }, cache: cache)
    for place in 4..<11 {
      _ = model.decoder.decode(Tensor(golden.ids.map { $0[place] }), cache: cache)
    }
    let last = model.logits(model.decoder.decode(Tensor(golden.ids.map { $0[11] }), cache: cache))
    let whole = golden.logits(model).narrowed(1, 11..<12)
    #expect(largestDifference(last.floats, whole.floats) < 1e-4)
  }
}
