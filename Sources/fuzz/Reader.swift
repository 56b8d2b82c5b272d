// What reads strangers' files, with sound samples of each.

import Foundation
import Prompts
import Settings
import Templates
import TestSupport
import Tokenizers
import Torch
import Transformers

/// A reader of files that come from outside.
enum Reader: String, CaseIterable {
  case settings, yaml, jsonl, parquet, safetensors, tokenizer, template, adapter, model

  private static let goldens = Golden.folder
  private static let recipes = goldens.appending(path: "../../Recipes")
  private static let lora = goldens.appending(path: "transformers-lora")

  /// Sound inputs.
  func samples() throws -> [Data] {
    switch self {
    case .settings:
      [
        "trainer.seed=3\nactor.optim.lr=1e-6\nalgorithm=grpo\nrollout.n=8\nmodel.path=org/name",
        "data.train_batch_size=16\nrollout.temperature=0.7\nreward.verifier=math\nactor.entropy_coeff=0",
        "data.train_files=[a.jsonl, \"b c.parquet\"]\ndata.max_response_length=96",
      ].map { Data($0.utf8) }
    case .yaml: try Self.files(in: Self.recipes, "yaml")
    case .jsonl:
      [
        #"{"prompt": "1+1=", "label": "2"}"# + "\n" + #"{"prompt": "é", "label": 3, "id": "b"}"#,
        #"{"question": "How many?", "answer": "It is 3.\n#### 3"}"#,
        #"{"prompt": [{"role": "user", "content": "x"}], "reward_model": {"ground_truth": "4"}}"#,
        #"[{"problem": "p", "solution": "s \\boxed{5}"}, {"problem": "q", "solution": "\\boxed{6}"}]"#,
      ].map { Data($0.utf8) }
    case .parquet:
      try ["many-none", "many-snappy", "many-zstd", "dapo", "gsm8k", "conversations", "many-lz4"]
        .map { try Data(contentsOf: Self.goldens.appending(path: "prompts-\($0).parquet")) }
    case .safetensors:
      try ["lora/names/adapter_model", "lora/pattern/adapter_model"].map {
        try Data(contentsOf: Self.goldens.appending(path: "transformers-\($0).safetensors"))
      }
    case .tokenizer:
      try ["awkward", "equals", "t5", "llama2", "mistral"].map {
        try Data(contentsOf: Self.goldens.appending(path: "tokenizers-\($0)-file.json"))
      }
    case .template: try Self.files(in: Self.goldens.appending(path: "templates-families"), "jinja")
    case .adapter:
      try ["names", "pattern", "layers", "all-linear"].map {
        try Data(contentsOf: Self.lora.appending(path: "\($0)/adapter_config.json"))
      }
    case .model:
      try ["llama3", "gemma3", "phi3-long", "qwen3-moe", "glm4"].map {
        try Data(contentsOf: Self.goldens.appending(path: "transformers-\($0)/policy/config.json"))
      }
    }
  }

  private static func files(in folder: URL, _ ending: String) throws -> [Data] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == ending }.sorted { $0.path < $1.path }
      .map { try Data(contentsOf: $0) }
  }

  /// Makes ready to read.
  ///
  /// - Parameter folder: where files may be put.
  /// - Returns: what reads an input, and says whether it took it.
  /// - Throws: what making ready throws.
  func prepared(in folder: URL) throws -> (Data) -> Bool {
    switch self {
    case .settings:
      return { input in
        let lines = String(decoding: input, as: UTF8.self).split(separator: "\n").map(String.init)
        return (try? RunConfiguration.load(recipe: nil, overrides: lines)) != nil
      }
    case .yaml:
      return Self.reader(folder, "recipe.yaml") { _ = try RunConfiguration.load(recipe: $0) }
    case .jsonl: return Self.reader(folder, "rows.jsonl", Self.readProblems)
    case .parquet: return Self.reader(folder, "rows.parquet", Self.readProblems)
    case .safetensors:
      return Self.reader(folder, "weights.safetensors") { file in
        let weights = try SafetensorsFile(file)
        for name in weights.names { _ = try weights.tensor(name) }
      }
    case .tokenizer: return Self.readTokenizer
    case .template: return Self.readTemplate
    case .adapter:
      let model = try ModelFolder.languageModel(at: Self.lora.appending(path: "base"))
      try? FileManager.default.removeItem(at: folder.appending(path: "adapter_model.safetensors"))
      try FileManager.default.copyItem(
        at: Self.lora.appending(path: "names/adapter_model.safetensors"),
        to: folder.appending(path: "adapter_model.safetensors"))
      return Self.reader(folder, "adapter_config.json") { _ in
        do { _ = try ModelFolder.adapter(at: folder, on: model) } catch {
          // The weights beside it are one adapter's: sound settings of another name others.
          guard "\(error)".contains("lora_") else { throw error }
        }
      }
    case .model:
      return Self.reader(folder, "config.json") { _ in
        let configuration = try ModelFolder.configuration(of: folder)
        _ = configuration.parameterCount
      }
    }
  }

  private static func reader(
    _ folder: URL, _ name: String, _ read: @escaping (URL) throws -> Void
  ) -> (Data) -> Bool {
    let file = folder.appending(path: name)
    return { input in
      do {
        try input.write(to: file)
        try read(file)
        return true
      } catch {
        // Words are made of it, too.
        return "\(error)".isEmpty
      }
    }
  }

  private static func readProblems(_ file: URL) throws {
    var settings = DataSettings()
    settings.onBadLine = .skip
    _ = try ProblemFile.load([file], settings: settings)
  }

  private static func readTokenizer(_ input: Data) -> Bool {
    guard let tokenizer = try? Tokenizer(json: input, file: "tokenizer.json") else { return false }
    let text =
      "Hello, world! 123 ａb\u{301}c 日本語 <s> </s>\n\n  don't " + String(repeating: "ab ", count: 300)
    let ids = tokenizer.encode(text, addingSpecials: true)
    _ = tokenizer.decode(ids)
    _ = tokenizer.aligned(text)
    return true
  }

  private static func readTemplate(_ input: Data) -> Bool {
    let source = String(decoding: input, as: UTF8.self)
    guard let template = try? Template(source, name: "chat template") else { return false }
    let messages: TemplateValue = [
      ["role": "system", "content": "be brief"], ["role": "user", "content": "x"],
      ["role": "assistant", "content": "y"], ["role": "user", "content": "z"],
    ]
    _ = try? template.render([
      "messages": messages, "add_generation_prompt": true, "bos_token": "<s>", "eos_token": "</s>",
      "tools": .none,
    ])
    return true
  }
}
