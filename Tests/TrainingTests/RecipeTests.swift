// Every recipe of the tree, for two steps: its settings as they are, on a tiny model and ten rows of
// the schema it is for.

import Children
import Foundation
import Settings
import Testing
import Tokenizers
import Training
import Transformers

@Suite("Recipes", .serialized)
@MainActor
struct RecipeTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../Recipes").standardizedFileURL

  /// A tiny random model in Hugging Face's form that reads any text and knows a chat format.
  private func model(in root: URL) throws -> URL {
    let golden = Self.folder.appending(path: "../Tests/Goldens/tokenizers-qwen2-file.json")
      .standardizedFileURL
    let tokenizer = try Tokenizer(contentsOf: golden)
    let end = try #require(tokenizer.specialTokens.first)
    let configuration = ModelConfiguration(
      vocabularySize: tokenizer.vocabularySize, hiddenSize: 16, intermediateSize: 32, layerCount: 2,
      headCount: 2, keyValueHeadCount: 1, maximumPositions: 32768, eosTokens: [end])
    let template = """
      {% for message in messages %}<|{{ message.role }}|>{{ message.content }}
      {% endfor %}{% if add_generation_prompt %}{{ strftime_now("%d %B %Y") }}<|assistant|>{% endif %}
      """
    let settings = try JSONSerialization.data(
      withJSONObject: ["tokenizer_class": "Qwen2Tokenizer", "chat_template": template])
    let folder = root.appending(path: "model")
    try ModelFolder.save(
      .random(configuration, seed: 1),
      tokenizer: ["tokenizer.json": tokenizer.json, "tokenizer_config.json": settings],
      generation: GenerationConfiguration(eosTokens: [end]), to: folder)
    return folder
  }

  private func write(_ rows: [[String: Any]], to file: URL) throws -> URL {
    let lines = try rows.map {
      String(decoding: try JSONSerialization.data(withJSONObject: $0), as: UTF8.self)
    }
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
    return file
  }

  /// Ten rows shaped as DAPO-Math-17k, and as GSM8K.
  private func files(in root: URL) throws -> (dapo: URL, gsm8k: URL) {
    let dapo = (0..<10).map { number -> [String: Any] in
      [
        "data_source": "math_dapo", "ability": "MATH",
        "prompt": [["role": "user", "content": "What is \(number) + 7? Answer: $Answer"]],
        "reward_model": ["ground_truth": "\(number + 7)", "style": "rule"],
        "extra_info": ["index": "row-\(number)"],
      ]
    }
    let gsm8k = (0..<10).map { number -> [String: Any] in
      ["question": "Ann has \(number) eggs and gets 3.", "answer": "She has.\n#### \(number + 3)"]
    }
    return (
      try write(dapo, to: root.appending(path: "dapo.jsonl")),
      try write(gsm8k, to: root.appending(path: "gsm8k.jsonl"))
    )
  }

  @Test("all recipes but the default are tried here")
  func complete() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    #expect(Set(names) == Set(Self.names.map { "\($0).yaml" } + ["default.yaml"]))
  }

  private nonisolated static let names = [
    "vapo-math-qwen2.5", "vapo-dapo-math-aime-qwen2.5-32b", "vapo-gsm8k-qwen2.5-0.5b",
    "vapo-lora-qwen2.5-7b", "vapo-reward-model-critic-qwen2.5", "vapo-code-qwen2.5",
    "vapo-verl-reward-qwen2.5", "vapo-instructions-smollm2-135m",
  ]

  /// Ten rows of verifiable instructions.
  private func instructions(in root: URL) throws -> URL {
    let rows = (0..<10).map { number -> [String: Any] in
      [
        "key": number, "prompt": "Write about the number \(number). Do not use any commas.",
        "instruction_id_list": ["punctuation:no_comma"], "kwargs": [[String: Any]()],
      ]
    }
    return try write(rows, to: root.appending(path: "instructions.jsonl"))
  }

  /// Ten rows of programming problems.
  private func code(in root: URL) throws -> URL {
    let rows = (0..<10).map { number -> [String: Any] in
      [
        "data_source": "taco", "ability": "code",
        "prompt": [["role": "user", "content": "Print the number plus \(number)."]],
        "reward_model": ["ground_truth": #"{"inputs": ["1\n"], "outputs": ["\#(number + 1)\n"]}"#],
      ]
    }
    return try write(rows, to: root.appending(path: "code.jsonl"))
  }

  /// A reward function in verl's words, called through the adapter.
  private func rewardCommand(in root: URL) throws -> String {
    let file = root.appending(path: "reward.py")
    let source = """
      def compute_score(data_source, solution_str, ground_truth, extra_info=None):
          assert data_source == "math_dapo" and extra_info["index"].startswith("row-")
          return 0.25
      """
    try Data(source.utf8).write(to: file)
    let adapter = Self.folder.appending(path: "../Adapters/reward_adapter.py").standardizedFileURL
    return "reward.command.run=[python3, \(adapter.path), \(file.path)]"
  }

  @Test("a recipe runs for two steps", arguments: names)
  func runs(name: String) async throws {
    try await withRunFolder { root in
      let model = try model(in: root)
      let files = try files(in: root)
      var data = name.contains("gsm8k") ? files.gsm8k : files.dapo
      if name.contains("code") { data = try code(in: root) }
      if name.contains("instructions") { data = try instructions(in: root) }
      var overrides = [
        "model.path=\(model.path)", "data.train_files=[\(data.path)]",
        "data.val_files=[\(data.path)]", "trainer.device=cpu", "trainer.total_training_steps=2",
        "data.train_batch_size=2", "data.val_max_samples=2", "data.max_response_length=24",
        "rollout.n=2", "rollout.val_kwargs.n=2", "value_pretraining.steps=1",
        "value_pretraining.train_batch_size=2", "value_pretraining.n=2",
        "value_pretraining.mini_batch_size=2", "actor.ppo_mini_batch_size=2",
        "critic.ppo_mini_batch_size=2", "reward.overlong_buffer.len=8",
      ]
      if name.contains("verl") { overrides.append(try rewardCommand(in: root)) }
      if name.contains("reward-model") {
        let critic = root.appending(path: "reward-model")
        let policy = try ModelFolder.languageModel(at: model)
        try ModelFolder.save(ValueModel.make(from: policy), tokenizer: [:], to: critic)
        overrides.append("critic.model.path=\(critic.path)")
      }
      let configuration = try RunConfiguration.load(
        recipe: Self.folder.appending(path: "\(name).yaml"), overrides: overrides)
      let run = root.appending(path: "run")
      if name.contains("code"), await Sandbox().check() != nil {
        // Without a sandbox nothing that a model wrote is run.
        await #expect(throws: (any Error).self) { try await TinyRun.train(configuration, in: run) }
        return
      }
      #expect(try await TinyRun.train(configuration, in: run) == .finished)
      let steps = try TinyRun.metrics(of: run)
      #expect(steps.count == 4, "one of value pretraining, the baseline, two of reinforcement")
      let rollouts = try TinyRun.rollouts(of: run)
      #expect(rollouts.count == 4)
      let first = String(decoding: try #require(rollouts["1.jsonl"]), as: UTF8.self)
      #expect(!name.contains("verl") || first.contains("0.25"))
      #expect(first.contains("<|user|>") && first.contains("01 January 2025<|assistant|>"))
      #expect(try ModelFolder.languageModel(at: run.appending(path: "actor")).notes.isEmpty)
      #expect(
        FileManager.default.fileExists(
          atPath: run.appending(path: "actor-adapter/adapter_model.safetensors").path)
          == name.contains("lora"))
    }
  }
}
