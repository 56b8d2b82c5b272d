// Adapters that this program does not compute, or that do not fit their model: refused by name.

import Foundation
import Testing
import TestSupport
import Torch
import Transformers

@Suite struct AdapterRefusalTests {
  /// What reading the adapter "names" says after changes of its settings and weights.
  private func refusal(
    _ changes: [String: Any?] = [:],
    weights change: (([(name: String, tensor: Tensor)]) -> [(name: String, tensor: Tensor)])? = nil,
    training: Bool = false
  ) throws -> String {
    try withTemporaryFolder { parent in
      let copy = parent.appending(path: "names")
      try FileManager.default.copyItem(at: AdapterGolden.folder.appending(path: "names"), to: copy)
      let settings = copy.appending(path: "adapter_config.json")
      let fields = try JSONSerialization.jsonObject(with: Data(contentsOf: settings))
      var object = try #require(fields as? [String: Any])
      for (key, value) in changes { object[key] = value }
      try JSONSerialization.data(withJSONObject: object).write(to: settings)
      if let change {
        let url = copy.appending(path: "adapter_model.safetensors")
        let file = try SafetensorsFile(url)
        let entries = try file.names.map { (name: $0, tensor: try file.tensor($0)) }
        try Safetensors.write(change(entries), to: url)
      }
      let error = #expect(throws: ModelError.self) {
        try ModelFolder.adapter(at: copy, on: AdapterGolden.base(), training: training)
      }
      return error?.description ?? ""
    }
  }

  @Test(
    arguments: [
      ("peft_type", "LOHA", "peft_type: \"LOHA\" is not supported; this program knows LORA"),
      ("use_dora", true, "use_dora: true is not supported"),
      ("fan_in_fan_out", true, "fan_in_fan_out: true is not supported"),
      ("bias", "lora_only", "bias: \"lora_only\" is not supported; this program knows none"),
      ("lora_bias", true, "lora_bias: true"),
      ("trainable_token_indices", [1, 2], "trainable_token_indices"),
      ("target_parameters", ["experts.weight"], "target_parameters"),
      ("init_lora_weights", "pissa", "init_lora_weights: \"pissa\" is not supported"),
      ("task_type", "SEQ_2_SEQ_LM", "task_type: \"SEQ_2_SEQ_LM\" is not supported"),
      (
        "task_type", "TOKEN_CLS",
        "task_type: \"TOKEN_CLS\" is not supported; this program knows CAU"
      ),
      ("modules_to_save", ["embed_tokens"], "modules_to_save: \"embed_tokens\" is not supported"),
      ("target_modules", ["embed_tokens"], "\"model.embed_tokens\", which is no linear layer"),
      ("target_modules", ".*", "\"model\", which is no linear layer"),
      ("target_modules", ["gate"], "target_modules: names no linear layer"),
      ("target_modules", "(", "target_modules: \"(\" is no regular expression"),
      ("target_modules", "(\\w+\\.?)+!", "target_modules: names no linear layer"),
      ("exclude_modules", "(a)\\1", "is no regular expression that is read here"),
      ("rank_pattern", ["(": 2], "rank_pattern: \"(.*\\.)?(()\" is no regular expression"),
      ("r", 0, "r: 0 is not from 1"),
      ("lora_dropout", 1.5, "lora_dropout: 1.5 is not from 0 to 1"),
      ("rank_pattern", ["q_proj": 2, "layers.0.self_attn.q_proj": 3], "both match model.layers.0"),
      ("layers_pattern", "blocks", "layers_pattern: \"blocks\" is not supported"),
      (
        "r", 5,
        "\"base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight\" has shape [4, 16]"
      ),
      ("target_modules", ["q_proj", "down_proj"], "no place for"),
      ("target_modules", ["q_proj", "v_proj", "down_proj", "up_proj"], "up_proj.lora_A.weight\""),
    ] as [(String, any Sendable, String)])
  func `a setting that is not computed is refused by name`(
    key: String, value: any Sendable, words: String
  ) throws {
    let text = try refusal([key: value])
    #expect(text.contains(words), "\(text)")
  }

  @Test func `layers can be chosen of a list alone`() throws {
    let text = try refusal(["target_modules": ".*q_proj", "layers_to_transform": 1])
    #expect(text.contains("layers_to_transform: needs target_modules to be a list"))
  }

  @Test func `dropout can be read and said, and not trained`() throws {
    #expect(
      try refusal(["lora_dropout": 0.05], training: true)
        .contains("lora_dropout: training with 0.05 is not supported; this program knows 0"))
    #expect(
      try AdapterGolden.policy("layers").notes.contains { $0.contains("lora_dropout 0.1") })
    let error = #expect(throws: ModelError.self) {
      try tinyPolicy().adapted(by: LoRAConfiguration(dropout: 0.1), seed: 1)
    }
    #expect(error?.description.contains("lora_dropout") == true)
  }

  @Test func `an adapter made for another output layer is refused`() throws {
    let text = try refusal(weights: { entries in
      entries.map { entry in
        entry.name.hasSuffix("base_layer.weight")
          ? (name: entry.name, tensor: entry.tensor + 1.0) : entry
      }
    })
    #expect(text.contains("the adapter was made for another model"), "\(text)")
  }

  @Test func `an adapter on the output layer of a tied model is refused`() throws {
    let error = #expect(throws: ModelError.self) {
      try tinyPolicy(tied: true).adapted(
        by: LoRAConfiguration(targets: .names(["q_proj", "lm_head"])), seed: 1)
    }
    #expect(error?.description.contains("the output layer of a model that ties it") == true)
  }

  @Test func `weights that are missing are named`() throws {
    try withTemporaryFolder { copy in
      try FileManager.default.copyItem(
        at: AdapterGolden.folder.appending(path: "names/adapter_config.json"),
        to: copy.appending(path: "adapter_config.json"))
      let error = #expect(throws: ModelError.self) {
        try ModelFolder.adapter(at: copy, on: AdapterGolden.base())
      }
      #expect(error?.description.contains("adapter_model.safetensors: cannot be read") == true)
    }
    #expect(
      try refusal(weights: { Array($0.dropLast()) }).contains("holds no tensor"))
  }
}
