// MemoryEstimate: what a run will hold, by part, before anything is allocated.

import Foundation
import Generation
import Prompts
public import Settings
import Tokenizers
import Torch
import Transformers

/// Bytes a run will need, by part.
public struct MemoryEstimate {
  /// One part, in the order of the table.
  public private(set) var parts: [(name: String, bytes: Int)] = []

  /// Reckons with a configuration's model, batch and lengths; loads no weights.
  ///
  /// - Throws: what reading a model's config.json throws.
  public init(_ configuration: RunConfiguration) throws {
    let shape: ModelConfiguration
    if configuration.model.path.isEmpty {
      let tokenizer = try Tokenizer.characters(
        TaskKind.alphabet, endOfText: Stations.endOfText)
      shape = configuration.randomModel(vocabularySize: tokenizer.vocabularySize)
    } else {
      shape = try ModelFolder.configuration(
        of: RunModels.base(of: configuration.model.path, key: "model.path"))
    }
    let settings = configuration.model
    let stored = settings.type.byteCount
    let computed = settings.computeType.byteCount
    let weights = shape.parameterCount * stored
    let critic = configuration.critic.model
    let sharesTrunk = settings.loraRank > 0 && critic.loraRank > 0 && critic.path.isEmpty
    let hasOwnCritic = configuration.usesCritic && !sharesTrunk
    parts.append(("weights", weights * (hasOwnCritic ? 2 : 1)))
    parts.append(("packed weights, while generating", shape.parameterCount * computed))
    if settings.loraRank > 0 {
      parts.append(("the generator's copy", shape.parameterCount * computed))
    }
    if configuration.usesReference && !configuration.referenceIsBase {
      parts.append(("reference weights", shape.parameterCount * computed))
    }
    /// Bytes of what an optimizer moves: adapters are float32.
    func moving(_ settings: some AdapterSettings, isCritic: Bool) throws -> (count: Int, size: Int)
    {
      guard settings.loraRank > 0 else { return (shape.parameterCount, stored) }
      return (try settings.adapter(of: "").parameterCount(in: shape, isCritic: isCritic), 4)
    }
    var moved = [(try moving(settings, isCritic: false), configuration.actor.optimizer.moments)]
    if configuration.usesCritic {
      moved.append(
        (try moving(critic, isCritic: true), configuration.critic.update.optimizer.moments))
    }
    parts.append(("gradients", moved.map { $0.0.count * $0.0.size }.max() ?? 0))
    let moments = moved.map { $0.0.count * ($0.1 == .eightBit ? 1 : $0.0.size) }
    parts.append(("optimizer moments", 2 * moments.reduce(0, +)))

    let length =
      configuration.data.maximumPromptLength + configuration.data.maximumResponseLength
    let responses = configuration.data.trainBatchSize * configuration.rollout.samples
    let rows = min(responses, configuration.rollout.maximumRows)
    let cache = 2 * shape.layerCount * shape.keyValueHeadCount * shape.headSize * computed
    parts.append(("key-value cache, at most", rows * length * cache))

    // What autograd keeps of a layer, in widths: norms, projections, attention, gate and product.
    let inner = shape.experts.map { $0.perToken * $0.width } ?? shape.intermediateSize
    let keptWidths = 10 * shape.hiddenSize + 4 * inner
    let recomputes =
      configuration.actor.recomputesActivations
      && (!configuration.usesCritic || configuration.critic.update.recomputesActivations)
    let keptLayers = recomputes ? 1 : shape.layerCount
    let tokens = min(responses * length, max(configuration.actor.maximumTokens, length))
    let streams = 2 * shape.hiddenSize * (shape.layerCount - keptLayers)
    parts.append(
      ("activations, at most", tokens * (keptLayers * keptWidths + streams) * computed))
    let kept = min(tokens * shape.vocabularySize, portionElements)
    parts.append(("probabilities, at most", kept * (computed + 4)))
  }

  /// The sum of all parts.
  public var total: Int { parts.reduce(0) { $0 + $1.bytes } }

  /// A table for people, as YAML comments.
  public var table: String {
    let lines = (parts + [("in all", total)]).map { name, bytes in
      let size = ByteCountFormatStyle(style: .memory).format(Int64(bytes))
      return "#   \(name): \(size)"
    }
    return "# memory, estimated:\n" + lines.joined(separator: "\n")
  }
}
