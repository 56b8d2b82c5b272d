// What the tests of this room share: the goldens, and models small enough to test in passing.

import Foundation
import TestSupport
import Torch
import Transformers

/// What transformers computed of one tiny model.
struct ModelGolden: Decodable {
  let ids: [[Int]]
  let logits: [Float]
  let values: [Float]
  /// Of each gradient its norm, and its product with a ramp from -1 to 1.
  let logitGradients: [String: [Double]]
  let valueGradients: [String: [Double]]
  /// How unevenly a mixture's experts were used, and its gradients; nil for other models.
  let balance: Double?
  let balanceGradients: [String: [Double]]?

  static let names = [
    "tied", "untied", "shared", "qwen2-window", "llama2", "llama3", "llama3-old", "llama-biases",
    "mistral", "mistral-full", "qwen3", "qwen3-window", "granite", "granite-plain", "smollm3",
    "smollm3-window", "olmo2", "olmo2-biases", "gemma3", "gemma3-old",
    "phi3", "phi3-long", "phi3-long-old", "olmo3", "olmo3-old", "glm", "glm-plain", "glm4",
    "qwen3-moe",
    "qwen3-moe-old",
  ]

  static func read(_ name: String) throws -> ModelGolden {
    try Golden.decode(ModelGolden.self, from: "transformers-\(name)/golden")
  }

  static func folder(_ name: String, _ part: String) -> URL {
    Golden.folder.appending(path: "transformers-\(name)/\(part)")
  }

  /// `[B, T]`.
  var tokens: Tensor { Tensor(ids.flatMap(\.self), shape: [ids.count, ids[0].count]) }
}

extension ModelConfiguration {
  /// Two layers, four heads on two key-value heads.
  static func tiny(_ family: ModelFamily = .qwen2, tied: Bool = true) -> ModelConfiguration {
    var configuration = ModelConfiguration(
      family: family, vocabularySize: 20, hiddenSize: 16, intermediateSize: 24, layerCount: 2,
      headCount: 4,
      keyValueHeadCount: 2, headSize: 4, maximumPositions: 64, tiesEmbeddings: tied, bosToken: 1,
      eosTokens: [2, 3], padToken: 0)
    // Large, so that every part shows in the output.
    configuration.initializerRange = 0.3
    return configuration
  }
}

extension Parameters {
  /// Fills what starts at zero or one with noise, so that no part can be left out unnoticed.
  func stir() {
    for (place, entry) in entries.enumerated() where entry.tensor.rank == 1 {
      let noise = Tensor.normal(entry.tensor.shape, deviation: 0.3, seed: UInt64(1000 + place))
      entry.tensor.copy(from: entry.tensor.to(.float32) + noise)
    }
  }
}

/// A random tiny policy without a neutral weight.
func tinyPolicy(tied: Bool = true, seed: UInt64 = 1) -> LanguageModel {
  tinyPolicy(.tiny(tied: tied), seed: seed)
}

/// One of every family, each with what only it has.
let tinyFamilies: [(name: String, configuration: ModelConfiguration)] = {
  var llama = ModelConfiguration.tiny(.llama)
  llama.ropeScaling = .llama3(Llama3Scaling(originalPositions: 16))
  var biased = ModelConfiguration.tiny(.llama, tied: false)
  biased.biases = LayerBiases(queryKeyValue: true, attentionOutput: true, mlp: true)
  biased.ropeScaling = .linear(factor: 2)
  var mistral = ModelConfiguration.tiny(.mistral, tied: false)
  mistral.headSize = 6
  mistral.slidingWindow = SlidingWindow(length: 5, layers: [0, 1])
  var qwen2 = ModelConfiguration.tiny(.qwen2)
  qwen2.slidingWindow = SlidingWindow(length: 4, layers: [1])
  qwen2.ropeScaling = .dynamic(factor: 2)
  var qwen3 = ModelConfiguration.tiny(.qwen3)
  qwen3.headSize = 8
  qwen3.ropeScaling = .yarn(YarnScaling(factor: 4, originalPositions: 16))
  var granite = ModelConfiguration.tiny(.granite)
  granite.multipliers = Multipliers(
    embedding: 3, attention: 0.25, residual: 0.5, logitDivisor: 4)
  granite.biases = LayerBiases(queryKeyValue: true, attentionOutput: true)
  var smolLM3 = ModelConfiguration.tiny(.smolLM3)
  smolLM3.stillLayers = [1]
  smolLM3.slidingWindow = SlidingWindow(length: 5, layers: [0])
  var olmo2 = ModelConfiguration.tiny(.olmo2, tied: false)
  olmo2.biases = LayerBiases(queryKeyValue: true, attentionOutput: true)
  var gemma3 = ModelConfiguration.tiny(.gemma3)
  gemma3.headSize = 8
  gemma3.slidingWindow = SlidingWindow(length: 4, layers: [0])
  gemma3.windowTheta = 100
  gemma3.ropeTheta = 1e6
  gemma3.ropeScaling = .linear(factor: 8)
  gemma3.multipliers = Multipliers(embedding: 4, attention: 0.25)
  var phi3 = ModelConfiguration.tiny(.phi3, tied: false)
  phi3.rotaryShare = 0.5
  phi3.ropeScaling = .longRope(
    LongRopeScaling(shortFactors: [1.5], longFactors: [3], originalPositions: 32, factor: 2))
  var phi3Window = ModelConfiguration.tiny(.phi3)
  phi3Window.slidingWindow = SlidingWindow(length: 4, layers: [0, 1])
  var olmo3 = ModelConfiguration.tiny(.olmo3, tied: false)
  olmo3.slidingWindow = SlidingWindow(length: 4, layers: [0])
  // The base that the old spelling of config.json can say for both kinds of layers.
  (olmo3.ropeTheta, olmo3.windowTheta) = (500_000, 500_000)
  olmo3.ropeScaling = .yarn(YarnScaling(factor: 4, originalPositions: 16))
  var glm = ModelConfiguration.tiny(.glm, tied: false)
  glm.headSize = 8
  let glm4 = ModelConfiguration.tiny(.glm4)
  var mixture = ModelConfiguration.tiny(.qwen3MoE, tied: false)
  mixture.experts = ExpertShape(
    count: 5, perToken: 2, width: 8, normalizesShares: true, layers: [1])
  return [
    ("phi3", phi3), ("phi3-window", phi3Window), ("olmo3", olmo3), ("glm", glm), ("glm4", glm4),
    ("qwen3-moe", mixture),
    ("gemma3", gemma3), ("granite", granite), ("smollm3", smolLM3), ("olmo2", olmo2),
    ("llama", llama),
    ("llama-biases", biased), ("mistral", mistral), ("qwen2", qwen2),
    ("qwen3", qwen3),
  ]
}()

/// A random policy of a configuration without a neutral weight.
func tinyPolicy(_ configuration: ModelConfiguration, seed: UInt64 = 1) -> LanguageModel {
  let model = LanguageModel.random(configuration, seed: seed)
  model.parameters.stir()
  return model
}

/// The bytes of a safetensors folder's config.json with some keys replaced or (nil) removed.
func config(_ folder: URL, changing changes: [String: Any?]) throws -> Data {
  let data = try Data(contentsOf: folder.appending(path: "config.json"))
  guard var fields = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
    return Data()
  }
  for (key, value) in changes { fields[key] = value }
  return try JSONSerialization.data(withJSONObject: fields)
}

/// Runs `body` with a copy of a golden's folder.
func withCopy(of name: String, _ part: String, _ body: (URL) throws -> Void) throws {
  try withTemporaryFolder { folder in
    let copy = folder.appending(path: part)
    try FileManager.default.copyItem(at: ModelGolden.folder(name, part), to: copy)
    try body(copy)
  }
}
