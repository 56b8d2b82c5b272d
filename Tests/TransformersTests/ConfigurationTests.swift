// config.json and generation_config.json: both spellings read, both written, the foreign refused
// by name.

import Foundation
import Testing
import TestSupport
import Torch
import Transformers

@Suite struct ConfigurationTests {
  /// A small config.json in the spelling of transformers 5, changed here and there.
  static func json(_ changes: [String: String] = [:], without: [String] = []) -> Data {
    var fields = [
      "model_type": "\"qwen2\"", "vocab_size": "40", "hidden_size": "16",
      "intermediate_size": "32", "num_hidden_layers": "2", "num_attention_heads": "4",
      "num_key_value_heads": "2", "max_position_embeddings": "64",
      "rope_parameters": "{\"rope_type\": \"default\", \"rope_theta\": 5000.0}",
      "tie_word_embeddings": "true", "eos_token_id": "[2, 5]", "pad_token_id": "null",
    ]
    fields.merge(changes) { $1 }
    for key in without { fields[key] = nil }
    return Data("{\(fields.map { "\"\($0)\":\($1)" }.joined(separator: ",\n"))}".utf8)
  }

  private func read(
    _ changes: [String: String] = [:], without: [String] = []
  ) throws -> ModelConfiguration {
    try ModelConfiguration(json: Self.json(changes, without: without), file: "config.json")
  }

  @Test func `every key finds its place`() throws {
    let configuration = try read(["initializer_range": "0.5", "rms_norm_eps": "1e-05"])
    #expect(configuration.vocabularySize == 40)
    #expect(configuration.hiddenSize == 16)
    #expect(configuration.intermediateSize == 32)
    #expect(configuration.layerCount == 2)
    #expect(configuration.headCount == 4)
    #expect(configuration.keyValueHeadCount == 2)
    #expect(configuration.headSize == 4)
    #expect(configuration.maximumPositions == 64)
    #expect(configuration.initializerRange == 0.5)
    #expect(configuration.rmsNormEpsilon == 1e-5)
    #expect(configuration.ropeTheta == 5000)
    #expect(configuration.tiesEmbeddings)
    #expect(configuration.bosToken == nil)
    #expect(configuration.eosTokens == [2, 5])
    #expect(configuration.padToken == nil)
  }

  @Test func `a pad token counted from the end is none, and one beyond it is refused`() throws {
    #expect(try read(["pad_token_id": "39"]).padToken == 39)
    #expect(try read(["pad_token_id": "-1"]).padToken == nil)
    // The reference asserts that the table of embeddings has a row for it.
    #expect(throws: ModelError.self) { try read(["pad_token_id": "40"]) }
    #expect(throws: ModelError.self) { try read(["eos_token_id": "-1"]) }
  }

  @Test func `what a file leaves out is what its family's reference takes`() throws {
    func silent(_ family: String, _ changes: [String: String] = [:]) throws -> ModelConfiguration {
      try read(
        ["model_type": "\"\(family)\""].merging(changes) { $1 },
        without: ["rope_parameters", "num_key_value_heads", "tie_word_embeddings"])
    }
    let olmo2 = try silent("olmo2")
    #expect(olmo2.rmsNormEpsilon == 1e-5 && olmo2.keyValueHeadCount == 4 && !olmo2.tiesEmbeddings)
    let smolLM3 = try silent("smollm3", ["num_hidden_layers": "8"])
    #expect(smolLM3.ropeTheta == 2e6 && smolLM3.stillLayers == [3, 7] && smolLM3.tiesEmbeddings)
    let gemma3 = try silent("gemma3_text", ["num_hidden_layers": "7", "sliding_window": "512"])
    #expect(gemma3.ropeTheta == 1e6 && gemma3.windowTheta == 1e4 && gemma3.headSize == 256)
    #expect(gemma3.slidingWindow == SlidingWindow(length: 512, layers: [0, 1, 2, 3, 4, 6]))
    #expect(gemma3.multipliers == Multipliers(embedding: 4, attention: 1 / 16.0))
    let granite = try silent("granite")
    #expect(granite.multipliers == Multipliers(attention: 1) && granite.rmsNormEpsilon == 1e-6)
  }

  @Test func `families refuse what they do not compute`() throws {
    for (family, key, value) in [
      ("gemma3_text", "final_logit_softcapping", "30.0"),
      ("gemma3_text", "attn_logit_softcapping", "50.0"),
      ("gemma3_text", "use_bidirectional_attention", "true"),
      ("gemma3_text", "hidden_activation", "\"silu\""),
      ("gemma3_text", "query_pre_attn_scalar", "0"),
      ("gemma3_text", "query_pre_attn_scalar", "1e19"),
      ("gemma3_text", "query_pre_attn_scalar", "1e-320"),
      ("gemma3_text", "sliding_window_pattern", "0"), ("granite", "residual_multiplier", "0"),
      ("granite", "logits_scaling", "-1"), ("smollm3", "no_rope_layers", "[1]"),
      ("smollm3", "no_rope_layers", "[1, 2]"), ("smollm3", "no_rope_layer_interval", "0"),
      ("olmo2", "layer_types", "[\"sliding_attention\", \"full_attention\"]"),
    ] {
      let error = #expect(throws: ModelError.self) {
        try read(["model_type": "\"\(family)\"", key: value])
      }
      #expect(error?.description.contains(key) == true, "\(String(describing: error))")
    }
  }

  @Test func `the spelling of transformers 4 is read too`() throws {
    let old = ["rope_theta": "5000", "rope_scaling": "null", "torch_dtype": "\"bfloat16\""]
    #expect(try read(old, without: ["rope_parameters"]).ropeTheta == 5000)
    #expect(try read(["rope_theta": "7000"]).ropeTheta == 5000)
    #expect(try read(without: ["rope_parameters"]).ropeTheta == 10_000)
  }

  @Test func `key-value heads default to the heads and one end token may stand alone`() throws {
    #expect(try read(without: ["num_key_value_heads"]).keyValueHeadCount == 4)
    #expect(try read(["eos_token_id": "7"]).eosTokens == [7])
    #expect(try read(without: ["eos_token_id"]).eosTokens == [])
    #expect(try !read(without: ["tie_word_embeddings"]).tiesEmbeddings)
  }

  @Test(arguments: [
    (
      "model_type", "\"mixtral\"",
      "model_type: \"mixtral\" is not supported; this program knows gemma3_text, glm, glm4, granite, llama,"
    ),
    ("hidden_act", "\"gelu\"", "hidden_act: \"gelu\" is not supported; this program knows silu"),
    ("quantization_config", "{\"quant_method\": \"awq\"}", "quantization_config: quantization awq"),
    (
      "rope_parameters", "{\"rope_type\": \"proportional\", \"factor\": 4}",
      "rope_type: \"proportional\" is not supported; this program knows default, linear, dynamic"
    ),
    ("rope_scaling", "{\"type\": \"mrope\"}", "rope_scaling: rope_type: \"mrope\""),
    ("rope_scaling", "{\"type\": \"linear\"}", "rope_scaling: factor: is missing"),
    ("rope_scaling", "{\"type\": \"linear\", \"factor\": 0.5}", "factor: 0.5 is not from 1"),
    (
      "rope_parameters",
      "{\"rope_type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 4, \"high_freq_factor\": 1}",
      "high_freq_factor: 1.0 is not above low_freq_factor 4.0"
    ),
    (
      "rope_parameters", "{\"full_attention\": {\"rope_theta\": 1e4}}",
      "full_attention: a rotation for some layers alone"
    ),
    ("rope_parameters", "{\"rope_theta\": 1e4, \"partial_rotary_factor\": 0.5}", "partial_rotary"),
    ("partial_rotary_factor", "0.25", "partial_rotary_factor: 0.25"),
    ("layer_types", "[\"full_attention\", \"sliding_attention\"]", "give no window"),
    ("layer_types", "[\"full_attention\", \"chunked_attention\"]", "\"chunked_attention\""),
    ("layer_types", "[\"full_attention\"]", "layer_types: names 1 layers of 2"),
    ("head_dim", "7", "head_dim: heads of 7, an odd number"),
    ("head_dim", "0", "head_dim: 4 heads of 0"),
    ("head_dim", "4000000", "head_dim: 4 heads of 4000000"),
    ("vocab_size", "0", "vocab_size: 0 is not from 1"),
    ("hidden_size", "-16", "hidden_size: -16 is not from 1"),
    ("hidden_size", "16.5", "hidden_size: 16.5 is not a whole number"),
    ("hidden_size", "\"16\"", "hidden_size: \"16\" is not a whole number"),
    ("hidden_size", "18", "num_attention_heads: 4 heads do not divide hidden_size 18"),
    ("hidden_size", "12", "hidden_size: heads of 3, an odd number"),
    ("hidden_size", "1000000000000", "hidden_size: 1000000000000 is not from 1"),
    ("num_key_value_heads", "3", "num_key_value_heads: 3 do not divide the 4 heads"),
    ("rms_norm_eps", "0", "rms_norm_eps: 0.0 is not between 0 and 1"),
    ("tie_word_embeddings", "1", "tie_word_embeddings: 1 is not true or false"),
    ("eos_token_id", "40", "eos_token_id: 40 is no token of a vocabulary of 40"),
    ("eos_token_id", "[2, -1]", "eos_token_id: -1 is not a token id"),
  ])
  func `what makes no model here is refused by key and value`(
    key: String, value: String, words: String
  ) throws {
    let error = #expect(throws: ModelError.self) { try read([key: value]) }
    let text = error?.description ?? ""
    #expect(text.hasPrefix("config.json: ") && text.contains(words), "\(text)")
  }

  @Test func `a head may have a size of its own`() throws {
    #expect(try read(["head_dim": "10"]).headSize == 10)
    #expect(try read(["head_dim": "10", "hidden_size": "18"]).headSize == 10)
    #expect(try read(["head_dim": "null"]).headSize == 4)
    #expect(try read(["model_type": "\"qwen3\""]).headSize == 128)
  }

  @Test func `a window of Qwen is in the layers that either spelling names`() throws {
    let window = ["use_sliding_window": "true", "sliding_window": "8", "max_window_layers": "1"]
    #expect(try read(window).slidingWindow == SlidingWindow(length: 8, layers: [1]))
    #expect(try read(window.merging(["max_window_layers": "2"]) { $1 }).slidingWindow == nil)
    #expect(try read(window.merging(["use_sliding_window": "false"]) { $1 }).slidingWindow == nil)
    #expect(try read(window.merging(["sliding_window": "null"]) { $1 }).slidingWindow == nil)
    let types = ["layer_types": "[\"sliding_attention\", \"full_attention\"]"]
    #expect(
      try read(window.merging(types) { $1 }).slidingWindow
        == SlidingWindow(length: 8, layers: [0]))
    #expect(
      try read(
        ["use_sliding_window": "true", "num_hidden_layers": "30"]
      ).slidingWindow == SlidingWindow(length: 4096, layers: [28, 29]))
  }

  @Test func `a window of Mistral is in every layer, and 4096 tokens when it is not named`() throws
  {
    let mistral = ["model_type": "\"mistral\""]
    let all: Set = [0, 1]
    #expect(try read(mistral).slidingWindow == SlidingWindow(length: 4096, layers: all))
    #expect(
      try read(mistral.merging(["sliding_window": "5"]) { $1 }).slidingWindow
        == SlidingWindow(length: 5, layers: all))
    #expect(try read(mistral.merging(["sliding_window": "null"]) { $1 }).slidingWindow == nil)
    for (key, value, words) in [
      ("sliding_window", "0", "sliding_window: 0 is not from 1"),
      ("layer_types", "[\"sliding_attention\", \"full_attention\"]", "\"full_attention\" in this"),
    ] {
      let error = #expect(throws: ModelError.self) {
        try read(mistral.merging([key: value]) { $1 })
      }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
  }

  @Test func `a window in a Llama is refused`() throws {
    let error = #expect(throws: ModelError.self) {
      try read([
        "model_type": "\"llama\"", "layer_types": "[\"full_attention\", \"sliding_attention\"]",
      ])
    }
    #expect(
      error?.description.contains("layer_types: \"sliding_attention\" in this family") == true)
  }

  @Test func `biases are those that the family's keys ask for`() throws {
    #expect(try read().biases == LayerBiases(queryKeyValue: true))
    #expect(try read(["attention_bias": "false"]).biases == LayerBiases(queryKeyValue: true))
    #expect(
      try read(["model_type": "\"llama\"", "attention_bias": "true", "mlp_bias": "true"]).biases
        == LayerBiases(queryKeyValue: true, attentionOutput: true, mlp: true))
    #expect(
      try read(["model_type": "\"qwen3\"", "attention_bias": "true"]).biases
        == LayerBiases(queryKeyValue: true, attentionOutput: true))
    #expect(
      try read(["model_type": "\"mistral\"", "attention_bias": "true"]).biases == LayerBiases())
  }

  @Test func `stretched rotations are read in the spellings of both versions`() throws {
    let llama3 = RopeScaling.llama3(
      Llama3Scaling(
        factor: 32, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalPositions: 48))
    let keys =
      "\"factor\": 32.0, \"low_freq_factor\": 1.0, \"high_freq_factor\": 4.0, "
      + "\"original_max_position_embeddings\": 48"
    let new = try read([
      "rope_parameters": "{\"rope_type\": \"llama3\", \"rope_theta\": 7, \(keys)}"
    ])
    let old = try read(
      ["rope_scaling": "{\"rope_type\": \"llama3\", \(keys)}", "rope_theta": "7"],
      without: ["rope_parameters"])
    #expect(new.ropeScaling == llama3 && new.ropeTheta == 7)
    #expect(old.ropeScaling == llama3 && old.ropeTheta == 7)
    // As transformers 5 does, and so that a file with both spellings means what version 4 reads.
    let both = try read([
      "rope_scaling": "{\"type\": \"linear\", \"factor\": 2}", "rope_theta": "9",
    ])
    #expect(both.ropeScaling == .linear(factor: 2) && both.ropeTheta == 9)
    let yarn = try read(["rope_scaling": "{\"type\": \"yarn\", \"factor\": 4}"])
    #expect(yarn.ropeScaling == .yarn(YarnScaling(factor: 4, originalPositions: 64)))
  }

  @Test func `frequencies are stretched as their sources say`() {
    func frequencies(_ scaling: RopeScaling) -> [Double] {
      scaling.frequencies(headSize: 8, theta: 10_000)
    }
    // θ^(−2i/8) of θ = 10⁴: 1, 1/10, 1/100, 1/1000.
    func near(_ found: [Double], _ expected: [Double]) -> Bool {
      zip(found, expected).allSatisfy { abs($0 - $1) < 1e-9 } && found.count == expected.count
    }
    #expect(near(frequencies(.none), [1, 0.1, 0.01, 0.001]))
    #expect(near(frequencies(.dynamic(factor: 4)), [1, 0.1, 0.01, 0.001]))
    #expect(near(frequencies(.linear(factor: 4)), [0.25, 0.025, 0.0025, 0.00025]))
    // In 400π tokens these turn 200, 20, 2 and 0.2 times; 2 is a third of the way from 1 to 4.
    let scaling = Llama3Scaling(originalPositions: 1257)
    let turns = 1257 * 0.01 / (2 * Double.pi)
    let share = (turns - 1) / 3
    #expect(
      near(
        frequencies(.llama3(scaling)),
        [1, 0.1, 0.01 * (share + (1 - share) / 8), 0.000125]))
  }

  @Test func `a missing or doubled key and broken text are named`() throws {
    var error = #expect(throws: ModelError.self) { try read(without: ["hidden_size"]) }
    #expect(error?.description == "config.json: hidden_size: is missing")
    error = #expect(throws: ModelError.self) {
      try ModelConfiguration(json: Data("{\n\"a\": 1,\n\"a\": 2}".utf8), file: "config.json")
    }
    #expect(error?.description == "config.json: line 3: the key \"a\" is there twice")
    error = #expect(throws: ModelError.self) {
      try ModelConfiguration(json: Data("{\n\n\"a\" 1}".utf8), file: "config.json")
    }
    #expect(error?.description == "config.json: line 3: a colon is missing")
  }

  @Test func `a folder of links is read as a hub's cache has it, and no link hides a size`() throws
  {
    let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: root) }
    let (blobs, snapshot) = (root.appending(path: "blobs"), root.appending(path: "snapshots/1"))
    for folder in [blobs, snapshot] {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
    let model = LanguageModel.random(
      ModelConfiguration(
        vocabularySize: 8, hiddenSize: 8, intermediateSize: 8, layerCount: 1, headCount: 2,
        maximumPositions: 16), seed: 1, type: .float32)
    try ModelFolder.save(model, tokenizer: [:], to: blobs)
    for name in try FileManager.default.contentsOfDirectory(atPath: blobs.path) {
      try FileManager.default.createSymbolicLink(
        atPath: snapshot.appending(path: name).path, withDestinationPath: "../../blobs/\(name)")
    }
    let read = try ModelFolder.languageModel(at: snapshot, type: .float32)
    #expect(read.configuration == model.configuration)
    let handle = try FileHandle(forWritingTo: blobs.appending(path: "config.json"))
    try handle.truncate(atOffset: 1 << 40)
    try handle.close()
    let error = #expect(throws: ModelError.self) { try ModelFolder.configuration(of: snapshot) }
    #expect(error?.description.contains("the largest is") == true)
  }

  @Test func `a saved configuration reads back equal and carries both spellings`() throws {
    try withTemporaryFolder { folder in
      let model = tinyPolicy(tied: false)
      try ModelFolder.save(model, to: folder)
      #expect(try ModelFolder.configuration(of: folder) == model.configuration)
      let text = try String(contentsOf: folder.appending(path: "config.json"), encoding: .utf8)
      for line in [
        "\"rope_theta\": 10000.0", "\"rope_scaling\": null", "\"rope_type\": \"default\"",
        "\"dtype\": \"float32\"", "\"torch_dtype\": \"float32\"", "\"Qwen2ForCausalLM\"",
        "\"rms_norm_eps\": 1e-06",
      ] { #expect(text.contains(line), "\(line)") }
    }
  }

  @Test func `end tokens come from generation_config and else from config`() throws {
    let folder = ModelGolden.folder("tied", "policy")
    let read = try ModelFolder.generationConfiguration(of: folder)
    #expect(read.eosTokens == [2, 5])
    #expect(read.padToken == 0)
    try withCopy(of: "tied", "policy") { copy in
      try FileManager.default.removeItem(at: copy.appending(path: "generation_config.json"))
      let fallback = try ModelFolder.generationConfiguration(of: copy)
      #expect(fallback.eosTokens == [2])
      #expect(fallback.temperature == nil)
    }
  }

  @Test func `a generation configuration comes back as it was saved`() throws {
    var generation = GenerationConfiguration(eosTokens: [2, 3])
    generation.samples = true
    generation.temperature = 0.7
    generation.topK = 20
    generation.topP = 0.8
    generation.minP = 0.05
    generation.repetitionPenalty = 1.05
    generation.maximumNewTokens = 512
    generation.bosToken = 1
    generation.padToken = 0
    try withTemporaryFolder { folder in
      try ModelFolder.save(tinyPolicy(), generation: generation, to: folder)
      #expect(try ModelFolder.generationConfiguration(of: folder) == generation)
      try Data("{\"top_p\": 1.5}".utf8)
        .write(to: folder.appending(path: "generation_config.json"))
      let error = #expect(throws: ModelError.self) {
        try ModelFolder.generationConfiguration(of: folder)
      }
      #expect(error?.description.contains("top_p: 1.5 is not in 0.0...1.0") == true)
    }
  }
}
