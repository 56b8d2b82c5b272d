// MemoryEstimate: what a run will hold, by part, before anything is allocated.

import Foundation
import Generation
import Prompts
public import Settings
import Tokenizers
public import Torch
import Transformers

/// Bytes a run will need, by part; sums and products that are no number any more are the largest one.
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
      shape = try configuration.randomModel(vocabularySize: tokenizer.vocabularySize)
    } else {
      shape = try ModelFolder.configuration(
        of: RunModels.base(of: configuration.model.path, key: "model.path"))
    }
    let settings = configuration.model
    let stored = settings.type.byteCount
    let computed = settings.computeType.byteCount
    let weights = product(shape.parameterCount, stored)
    let critic = configuration.critic.model
    let sharesTrunk = settings.loraRank > 0 && critic.loraRank > 0 && critic.path.isEmpty
    let hasOwnCritic = configuration.usesCritic && !sharesTrunk
    parts.append(("weights", product(weights, hasOwnCritic ? 2 : 1)))
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
    let moments = moved.map { product(2, $0.0.count, $0.1 == .eightBit ? 1 : $0.0.size) }
    parts.append(("optimizer moments", sum(moments)))
    held = sum(parts.filter { Self.alwaysHeld.contains($0.name) }.map(\.bytes))

    let length =
      configuration.data.maximumPromptLength + configuration.data.maximumResponseLength
    let responses = configuration.data.trainBatchSize * configuration.rollout.samples
    let rows = min(responses, configuration.rollout.maximumRows)
    let cache = 2 * shape.layerCount * shape.keyValueHeadCount * shape.headSize * computed
    parts.append(("key-value cache, at most", product(rows, length, cache)))

    // What autograd keeps of a layer, in widths: norms, projections, attention, gate and product.
    let inner = shape.experts.map { $0.perToken * $0.width } ?? shape.intermediateSize
    let keptWidths = 10 * shape.hiddenSize + 4 * inner
    let recomputes =
      configuration.actor.recomputesActivations
      && (!configuration.usesCritic || configuration.critic.update.recomputesActivations)
    let keptLayers = recomputes ? 1 : shape.layerCount
    let tokens = min(product(responses, length), max(configuration.actor.maximumTokens, length))
    let streams = 2 * shape.hiddenSize * (shape.layerCount - keptLayers)
    parts.append(
      ("activations, at most", product(tokens, keptLayers * keptWidths + streams, computed)))
    let kept = min(product(tokens, shape.vocabularySize), portionElements)
    parts.append(("probabilities, at most", kept * (computed + 4)))
  }

  /// The sum of all parts.
  public var total: Int { sum(parts.map(\.bytes)) }

  /// What is held from the first update on, whatever the batch.
  private var held = 0
  private static let alwaysHeld: Set = ["weights", "gradients", "optimizer moments"]

  /// Refuses a run that cannot fit.
  ///
  /// That is one whose weights, gradients and moments alone are twice this machine's memory. What is
  /// nearer the edge may yet fit, and is let through.
  ///
  /// - Throws: ``ConfigurationError`` with both sizes.
  public func requireRoom(on device: Device) throws {
    let memory = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    guard device == .cpu, held / 2 > memory else { return }
    func words(_ bytes: Int) -> String {
      ByteCountFormatStyle(style: .memory).format(Int64(bytes))
    }
    throw ConfigurationError.refused(
      "the model is too large for this machine: weights, gradients and optimizer moments take "
        + "\(words(held)), and the machine has \(words(memory))")
  }

  /// A table for people, as YAML comments.
  public var table: String {
    let lines = (parts + [("in all", total)]).map { name, bytes in
      let size = ByteCountFormatStyle(style: .memory).format(Int64(bytes))
      return "#   \(name): \(size)"
    }
    return "# memory, estimated:\n" + lines.joined(separator: "\n")
  }
}

/// A product that stops at the largest number.
private func product(_ factors: Int...) -> Int {
  factors.reduce(1) { product, factor in
    let (next, overflows) = product.multipliedReportingOverflow(by: factor)
    return overflows ? .max : next
  }
}

/// A sum that stops at the largest number.
private func sum(_ parts: [Int]) -> Int {
  parts.reduce(0) { sum, part in
    let (next, overflows) = sum.addingReportingOverflow(part)
    return overflows ? .max : next
  }
}
