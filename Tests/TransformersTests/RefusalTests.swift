// Broken and foreign folders: each refused in words that name the file and what is wrong in it.

import Foundation
import Testing
import TestSupport
import Torch
import Transformers

@Suite struct RefusalTests {
  private func refusal(_ folder: URL) -> String {
    let error = #expect(throws: ModelError.self) { try ModelFolder.languageModel(at: folder) }
    return error?.description ?? ""
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func `weights that are no numbers are named`(value: Float) throws {
    try withCopy(of: "tied", "policy") { folder in
      let model = try ModelFolder.languageModel(at: folder)
      let name = "model.layers.1.mlp.up_proj.weight"
      model.parameters[name].narrowed(0, 3..<4).narrowed(1, 5..<6).fill(Double(value))
      try Safetensors.write(
        model.parameters.entries, to: folder.appending(path: "model.safetensors"))
      #expect(refusal(folder).contains("\"\(name)\""), "\(refusal(folder))")
      #expect(refusal(folder).contains("holds what is not a number, or infinite"))
    }
  }

  @Test func `two names that are one text in other bytes`() throws {
    try withCopy(of: "tied", "policy") { folder in
      let weights = folder.appending(path: "model.safetensors")
      try FileManager.default.removeItem(at: weights)
      try FileManager.default.copyItem(
        at: Golden.folder.appending(path: "transformers-types.safetensors"), to: weights)
      #expect(refusal(folder).contains("stands twice, once in other bytes"), "\(refusal(folder))")
    }
  }

  @Test func `a truncated weight file`() throws {
    try withCopy(of: "tied", "policy") { folder in
      let url = folder.appending(path: "model.safetensors")
      try Data(contentsOf: url).dropLast(100).write(to: url)
      #expect(
        refusal(folder).contains("model.safetensors: not a safetensors file: the file is truncated")
      )
    }
  }

  @Test func `a tensor of another shape`() throws {
    try withCopy(of: "tied", "policy") { folder in
      try rewrite(folder) { entries in
        entries.map { entry in
          entry.name == "model.norm.weight" ? (entry.name, Tensor.ones([17])) : entry
        }
      }
      #expect(
        refusal(folder).hasSuffix(
          "model.safetensors: tensor \"model.norm.weight\" has shape [17], config.json makes it [16]"
        ))
    }
  }

  @Test func `a tensor too few and a tensor too many`() throws {
    try withCopy(of: "tied", "policy") { folder in
      try rewrite(folder) { $0.filter { $0.name != "model.layers.1.mlp.up_proj.weight" } }
      #expect(
        refusal(folder).contains("holds no tensor \"model.layers.1.mlp.up_proj.weight\""))
    }
    try withCopy(of: "tied", "policy") { folder in
      try rewrite(folder) { $0 + [("model.layers.2.mlp.up_proj.weight", .zeros([1]))] }
      #expect(
        refusal(folder).contains(
          "config.json has no place for 1 tensor(s): model.layers.2.mlp.up_proj.weight"))
    }
  }

  @Test func `weights of a type that is none`() throws {
    try withCopy(of: "tied", "policy") { folder in
      try rewrite(folder) { entries in
        entries.map { entry in
          entry.name == "model.norm.weight"
            ? (entry.name, Tensor.ones([16], type: .int64)) : entry
        }
      }
      #expect(refusal(folder).contains("\"model.norm.weight\": weights of type I64"))
    }
  }

  @Test func `an unknown architecture, before its weights are looked at`() throws {
    try withCopy(of: "tied", "policy") { folder in
      try FileManager.default.removeItem(at: folder.appending(path: "model.safetensors"))
      try config(folder, changing: ["architectures": ["Qwen2ForQuestionAnswering"]])
        .write(to: folder.appending(path: "config.json"))
      #expect(
        refusal(folder).contains(
          "architectures: \"Qwen2ForQuestionAnswering\" is not supported; this program knows "
            + "Qwen2ForCausalLM"))
      try config(folder, changing: ["model_type": "gpt_neox"])
        .write(to: folder.appending(path: "config.json"))
      #expect(refusal(folder).contains("model_type: \"gpt_neox\" is not supported"))
    }
  }

  @Test func `a critic as a policy`() {
    #expect(
      refusal(ModelGolden.folder("tied", "critic")).contains("a critic or reward model as a policy")
    )
  }

  @Test func `a critic without its head`() throws {
    try withCopy(of: "tied", "critic") { folder in
      try rewrite(folder) { $0.filter { !$0.name.hasPrefix("score.") } }
      let error = #expect(throws: ModelError.self) { try ModelFolder.valueModel(at: folder) }
      #expect(error?.description.contains("holds no tensor \"score.weight\"") == true)
    }
  }

  @Test func `a classifier of several labels as a critic`() throws {
    try withCopy(of: "tied", "critic") { folder in
      try rewrite(folder) { entries in
        entries.map { $0.name == "score.weight" ? ($0.name, Tensor.zeros([2, 16])) : $0 }
      }
      let error = #expect(throws: ModelError.self) { try ModelFolder.valueModel(at: folder) }
      #expect(error?.description.contains("\"score.weight\" has shape [2, 16]") == true)
    }
  }

  @Test func `an empty folder`() throws {
    try withTemporaryFolder { folder in
      #expect(refusal(folder).contains("config.json: cannot be read"))
    }
  }

  @Test func `a config without weights`() throws {
    try withCopy(of: "tied", "policy") { folder in
      try FileManager.default.removeItem(at: folder.appending(path: "model.safetensors"))
      #expect(refusal(folder).contains("model.safetensors: cannot be read: No such file"))
    }
  }

  @Test func `a shard that is missing`() throws {
    try withCopy(of: "untied", "policy") { folder in
      try FileManager.default.removeItem(
        at: folder.appending(path: "model-00002-of-00004.safetensors"))
      #expect(refusal(folder).contains("model-00002-of-00004.safetensors: cannot be read"))
    }
  }

  @Test(arguments: [
    ("../model-00001-of-00004.safetensors", "is not a plain file name"),
    ("/etc/passwd", "is not a plain file name"),
    ("..", "is not a plain file name"),
    ("config.json", "is not a plain file name"),
    ("model-00001-of-00004.safetensors", "holds no tensor \"model.norm.weight\""),
  ])
  func `an index that points elsewhere`(name: String, words: String) throws {
    try withCopy(of: "untied", "policy") { folder in
      let url = folder.appending(path: "model.safetensors.index.json")
      let text = try String(contentsOf: url, encoding: .utf8)
      let pattern = try Regex("\"model.norm.weight\": \"[^\"]*\"")
      try text.replacing(pattern, with: "\"model.norm.weight\": \"\(name)\"")
        .write(to: url, atomically: true, encoding: .utf8)
      #expect(refusal(folder).contains(words), "\(refusal(folder))")
    }
  }

  @Test func `a shard with tensors that the index does not know`() throws {
    try withCopy(of: "untied", "policy") { folder in
      let url = folder.appending(path: "model.safetensors.index.json")
      let text = try String(contentsOf: url, encoding: .utf8)
      let pattern = try Regex("\"model.embed_tokens.weight\": \"[^\"]*\",?")
      try text.replacing(pattern, with: "").write(to: url, atomically: true, encoding: .utf8)
      #expect(
        refusal(folder).contains("no place for 1 tensor(s): model.embed_tokens.weight"))
    }
  }

  /// What another maker's folder may hold that is not computed here, and the words that name it.
  private static let foreign: [(change: String, words: String)] = [
    (
      "architecture",
      "architectures: \"GemmaForCausalLM\" is not supported; this program knows Qwen2"
    ),
    (
      "family",
      "model_type: \"gemma3\" is not supported; this program knows gemma3_text, glm, glm4, granite, llama"
    ),
    ("experts", "model_type: \"qwen2_moe\" is not supported"),
    (
      "rotation",
      "rope_scaling: rope_type: \"proportional\" is not supported; this program knows default"
    ),
    ("quantized", "quantization_config: quantization gptq is not supported; this program knows"),
    ("activation", "hidden_act: \"gelu_pytorch_tanh\" is not supported; this program knows silu"),
    ("shard", "model-00003-of-00004.safetensors: cannot be read: No such file"),
    ("extra", "config.json has no place for 1 tensor(s): model.layers.0.mlp.experts.weight"),
    ("shape", "\"model.embed_tokens.weight\" has shape [40, 32], config.json makes it [50, 32]"),
  ]

  @Test(arguments: foreign.map(\.change))
  func `a foreign folder is refused by name before its weights are read`(change: String) throws {
    let words = try #require(Self.foreign.first { $0.change == change }).words
    let changes: [String: [String: Any?]] = [
      "architecture": ["architectures": ["GemmaForCausalLM"]],
      "family": ["model_type": "gemma3"], "experts": ["model_type": "qwen2_moe"],
      "rotation": ["rope_scaling": ["type": "proportional", "factor": 2]],
      "quantized": ["quantization_config": ["quant_method": "gptq", "bits": 4]],
      "activation": ["hidden_act": "gelu_pytorch_tanh"], "shape": ["vocab_size": 50],
    ]
    try withCopy(of: "untied", "policy") { folder in
      try config(folder, changing: changes[change] ?? [:])
        .write(to: folder.appending(path: "config.json"))
      let shard = folder.appending(path: "model-00003-of-00004.safetensors")
      if change == "shard" { try FileManager.default.removeItem(at: shard) }
      if change == "extra" {
        let index = folder.appending(path: "model.safetensors.index.json")
        try FileManager.default.removeItem(at: index)
        let whole = try ModelFolder.languageModel(at: ModelGolden.folder("untied", "policy"))
        try Safetensors.write(
          whole.parameters.entries + [("model.layers.0.mlp.experts.weight", .zeros([1]))],
          to: folder.appending(path: "model.safetensors"))
      }
      #expect(refusal(folder).contains(words), "\(refusal(folder))")
    }
  }
}
