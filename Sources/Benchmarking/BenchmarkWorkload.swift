// The workloads that speed is measured on: a model's shape, prompts and response lengths, made
// from fixed seeds, in memory for this program and as folders for its peers.

package import Foundation
import Records
package import Torch
import Training
package import Transformers

/// A fixed amount of work.
///
/// End of sequence is ignored, so that every run does the same.
package struct BenchmarkWorkload: Equatable, Sendable {
  /// What it is called on the command line.
  package let name: String
  /// The shape of the policy and of the critic's trunk.
  package let model: ModelConfiguration
  /// Responses a prompt.
  package let samples: Int
  /// The prompts' tokens.
  package let prompts: [[Int]]
  /// The tokens of every response, prompt by prompt, sample by sample.
  package let lengths: [Int]

  /// The workloads of a CPU, all of which run where none is named.
  package static let names = ["tiny", "small", "135m", "half-b", "ragged"]
  /// Those that fill a GPU.
  package static let largeNames = ["half-b-wide", "1.5b-wide"]

  /// A workload by its name; nil for any other.
  package init?(_ name: String) {
    switch name {
    case "tiny":
      let model = Self.shape(vocabulary: 64, hidden: 256, intermediate: 1024, layers: 4, heads: 4)
      self.init(name, model, prompts: 64, in: 12...25, total: 1206, samples: 8, 128...128)
    case "small":
      self.init(name, Self.small, prompts: 16, in: 24...40, total: 519, samples: 8, 256...256)
    case "ragged":
      self.init(name, Self.small, prompts: 16, in: 24...40, total: 519, samples: 8, 16...1024)
    case "135m":
      self.init(name, Self.smolLM2, prompts: 8, in: 60...140, total: 800, samples: 4, 128...128)
    case "half-b":
      self.init(name, Self.halfB, prompts: 2, in: 64...64, total: 128, samples: 4, 128...128)
    case "half-b-wide":
      self.init(name, Self.halfB, prompts: 32, in: 128...128, total: 4096, samples: 8, 512...512)
    case "1.5b-wide":
      let model = Self.qwen(hidden: 1536, intermediate: 8960, layers: 28, heads: 12)
      self.init(name, model, prompts: 32, in: 128...128, total: 4096, samples: 8, 512...512)
    default: return nil
    }
  }

  /// Draws prompts and lengths; the prompts' lengths come out with the sum `total`.
  private init(
    _ name: String, _ model: ModelConfiguration, prompts: Int, in range: ClosedRange<Int>,
    total: Int, samples: Int, _ responses: ClosedRange<Int>
  ) {
    let random = RandomSource(seed: 4)
    var tokens = random["prompt lengths"].numbers(prompts, in: range)
    var place = 0
    while tokens.reduce(0, +) != total {
      let moved = tokens[place] + (tokens.reduce(0, +) < total ? 1 : -1)
      if range.contains(moved) { tokens[place] = moved }
      place = (place + 1) % prompts
    }
    self.name = name
    self.model = model
    self.samples = samples
    // Token 0 ends a text, and pads it: no prompt holds it.
    self.prompts = tokens.enumerated().map { prompt, length in
      random["prompts"][prompt].numbers(length, in: 1...model.vocabularySize - 1)
    }
    lengths = random["response lengths"].numbers(prompts * samples, in: responses)
  }

  private static let small = shape(
    vocabulary: 4096, hidden: 512, intermediate: 2048, layers: 8, heads: 8)

  /// SmolLM2-135M's.
  private static let smolLM2: ModelConfiguration = {
    var model = ModelConfiguration(
      family: .llama, vocabularySize: 49_152, hiddenSize: 576, intermediateSize: 1536,
      layerCount: 30, headCount: 9, keyValueHeadCount: 3, maximumPositions: 8192,
      rmsNormEpsilon: 1e-5, ropeTheta: 100_000, tiesEmbeddings: true, eosTokens: [0], padToken: 0)
    model.initializerRange = 0.02
    return model
  }()

  private static let halfB = qwen(hidden: 896, intermediate: 4864, layers: 24, heads: 14)

  /// A shape of Qwen2.5's.
  private static func qwen(
    hidden: Int, intermediate: Int, layers: Int, heads: Int
  ) -> ModelConfiguration {
    var model = shape(
      vocabulary: 151_936, hidden: hidden, intermediate: intermediate, layers: layers, heads: heads)
    model.maximumPositions = 32768
    model.ropeTheta = 1_000_000
    return model
  }

  private static func shape(
    vocabulary: Int, hidden: Int, intermediate: Int, layers: Int, heads: Int
  ) -> ModelConfiguration {
    ModelConfiguration(
      vocabularySize: vocabulary, hiddenSize: hidden, intermediateSize: intermediate,
      layerCount: layers, headCount: heads, keyValueHeadCount: heads == 8 ? 4 : 2,
      tiesEmbeddings: true, eosTokens: [0], padToken: 0)
  }

  /// The policy, the same numbers every time.
  package func policy(
    type: ElementType, computeType: ElementType, device: Device
  ) -> LanguageModel {
    LanguageModel.random(
      model, seed: RandomSource(seed: 4)["weights"].seed, type: type, computeType: computeType,
      device: device)
  }

  /// What the policy is asked, with the stations' own types.
  var questions: [Prompt] {
    prompts.enumerated().map { place, tokens in
      Prompt(
        id: "\(name)/\(place)", place: place, source: name, text: "", tokens: tokens, truth: "")
    }
  }

  /// Writes the policy as a Hugging Face folder, with prompts and lengths in workload.json.
  ///
  /// - Parameter folder: made if it does not exist.
  /// - Throws: what cannot be written.
  package func write(to folder: URL) throws {
    struct Description: Encodable {
      var name: String
      var samples: Int
      var prompts: [[Int]]
      var lengths: [Int]
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let description = Description(
      name: name, samples: samples, prompts: prompts, lengths: lengths)
    var generation = GenerationConfiguration(eosTokens: [0])
    generation.padToken = 0
    // Half a billion weights in two bytes each: who reads them widens them.
    let isLarge = model.parameterCount > 100_000_000
    try ModelFolder.save(
      policy(type: isLarge ? .bfloat16 : .float32, computeType: .float32, device: .cpu),
      tokenizer: ["workload.json": encoder.encode(description)], generation: generation,
      to: folder)
  }
}

extension RandomSource {
  /// Whole numbers spread evenly over a range.
  fileprivate func numbers(_ count: Int, in range: ClosedRange<Int>) -> [Int] {
    (0..<count).map { range.lowerBound + Int(uniform(at: $0) * Double(range.count)) }
  }
}
