// MemoryEstimate: what a run will hold, by part, before anything is allocated.

import Foundation
import Generation
import Prompts
import RolloutServers
public import Settings
import Tokenizers
public import Torch
import Transformers
import Verifiers

/// Bytes a run will need, by part; sums and products that are no number any more are the largest one.
public struct MemoryEstimate {
  /// When a part is there.
  public enum Time: Equatable, Sendable {
    case always, generating, updating
    /// It is, in the host's memory, beside what a GPU holds.
    case onHost
  }

  /// One part, in the order of the table.
  public private(set) var parts: [(name: String, bytes: Int, time: Time)] = []

  /// Reckons with a configuration's model, batch and lengths; loads no weights.
  ///
  /// - Throws: what reading a model's config.json throws.
  public init(_ configuration: RunConfiguration) throws {
    let shape: ModelConfiguration
    if configuration.model.path.isEmpty {
      let tokenizer = try Stations.tokenizer(of: configuration.data.task)
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
    let trainer = configuration.trainer
    let hasDevice = (try? configuration.device()) != .cpu
    let isOffloaded = trainer.offloadsWeights && hasDevice
    let isDivided =
      trainer.sharding == .full && (trainer.processes > 1 || trainer.offloadsWeights)
    // Before its export a divided model is whole in no process where servers draw, unless an adapter is added to what
    // they load.
    let rollout = configuration.rollout
    let isNeverWhole =
      isDivided && rollout.asksServers
      && (settings.loraRank == 0 || !rollout.remote.mergesAdapter)
    let keepsMomentsWhole = trainer.processes == 1 || trainer.sharding == .none
    /// A process's part of what all processes share out.
    func part(_ bytes: Int, _ isShared: Bool) -> Int {
      isShared ? (bytes - 1) / trainer.processes + 1 : bytes
    }
    parts.append(("the program", Self.program, .always))
    func keep(_ name: String, _ bytes: Int) {
      let bytes = part(bytes, isDivided)
      parts.append(
        isOffloaded ? ("offloaded \(name)", bytes, .onHost) : (name, bytes, .always))
    }
    keep("weights", product(weights, hasOwnCritic ? 2 : 1))
    // What products read. Without kernels, and where the CPU has no products of the type, weights are kept in
    // float32 for them, in both models.
    let isWidened =
      !Kernel.canRun && (try? configuration.device()) == .cpu
      && settings.computeType.isWidenedForProducts
    if isWidened {
      let widened = product(shape.parameterCount, hasOwnCritic ? 8 : 4)
      parts.append(("widened weights", widened, .always))
    } else if !isNeverWhole {
      parts.append(("packed weights", shape.parameterCount * computed, .generating))
    }
    let drawsAhead = trainer.asyncRollout > 0 && !configuration.rollout.asksServers
    if (settings.loraRank > 0 || isDivided) && !isNeverWhole {
      parts.append(("the generator's copy", shape.parameterCount * computed, .generating))
    }
    if drawsAhead {
      parts.append(
        (
          "the copy that draws ahead, packed too", product(shape.parameterCount, 2 * computed),
          .always
        ))
    }
    if configuration.usesReference && !configuration.referenceIsBase {
      keep("reference weights", shape.parameterCount * computed)
    }
    for path in configuration.reward.rewardModels {
      let model = try ModelFolder.configuration(of: RewardModelVerifier.folder(path))
      let bytes = product(model.parameterCount, computed)
      keep("reward model", bytes)
      if isDivided { parts.append(("the whole reward model", bytes, .generating)) }
    }
    if isDivided {
      // A layer at work, and what belongs to none, each with its gradient.
      let table = product(shape.vocabularySize, shape.hiddenSize, shape.tiesEmbeddings ? 1 : 2)
      let layer = (shape.parameterCount - table) / max(1, shape.layerCount)
      parts.append(("weights brought together", product(2, table + layer, stored), .updating))
      // This process's slice, and room for everybody's.
      let coming = isOffloaded ? part(product(layer, stored), true) : 0
      parts.append(
        ("the next layer's, under way", sum([product(2, layer, computed), coming]), .updating))
    }
    /// Bytes of what an optimizer moves: adapters are float32.
    func moving(
      _ settings: some AdapterSettings, isCritic: Bool
    ) throws -> (count: Int, size: Int, isOnHost: Bool) {
      guard settings.loraRank > 0 else { return (shape.parameterCount, stored, isOffloaded) }
      return (
        try settings.adapter(of: "").parameterCount(in: shape, isCritic: isCritic), 4, false
      )
    }
    var moved = [(try moving(settings, isCritic: false), configuration.actor.optimizer)]
    if configuration.usesCritic {
      moved.append((try moving(critic, isCritic: true), configuration.critic.update.optimizer))
    }
    let gradient = moved.map { product($0.0.count, $0.0.size) }.max() ?? 0
    let gradients = part(product(gradient, Self.gradients(configuration)), isDivided)
    parts.append(("gradients", gradients, .updating))
    func moments(onHost: Bool) -> Int {
      let some = moved.filter { ($0.0.isOnHost || hasDevice && $0.1.isOffloaded) == onHost }
      let bytes = some.map { product(2, $0.0.count, $0.1.moments == .eightBit ? 1 : $0.0.size) }
      return bytes.isEmpty ? 0 : part(sum(bytes), !keepsMomentsWhole)
    }
    parts.append(("optimizer moments", moments(onHost: false), .always))
    if moments(onHost: true) > 0 {
      parts.append(("offloaded moments", moments(onHost: true), .onHost))
      // A part of them at work, and another under way.
      let most = moved.map { moving, optimizer in
        guard moving.isOnHost || optimizer.isOffloaded else { return 0 }
        let own = part(moving.count, !keepsMomentsWhole)
        let moments = optimizer.moments == .eightBit ? 2 : 2 * moving.size
        return product(
          2, Optimizer.visiting(of: own), moments + (moving.isOnHost ? moving.size : 0))
      }
      parts.append(("moments on the GPU", most.max() ?? 0, .updating))
    }
    held = sum(parts.filter { Self.alwaysHeld.contains($0.name) }.map(\.bytes))

    let length =
      configuration.data.maximumPromptLength + configuration.data.maximumResponseLength
    let responses = configuration.data.trainBatchSize * configuration.rollout.samples
    let rows = min(responses, configuration.rollout.maximumRows)
    let cache = 2 * shape.layerCount * shape.keyValueHeadCount * shape.headSize * computed
    if !configuration.rollout.asksServers {
      parts.append(
        (
          "key-value cache, at most", product(rows, length, cache),
          drawsAhead ? .always : .generating
        ))
    }

    if configuration.rollout.sampling.isFiltered {
      let mask = Self.maskBytes(configuration.rollout.sampling, of: shape.vocabularySize)
      let longest = configuration.data.maximumResponseLength
      parts.append(("sampling masks, at most", product(responses, longest, mask), .always))
    }

    let keptWidths = Self.keptWidths(shape, settings.computeType)
    let recomputes =
      isDivided
      || configuration.actor.recomputesActivations
        && (!configuration.usesCritic || configuration.critic.update.recomputesActivations)
    let keptLayers = recomputes ? 1 : shape.layerCount
    let tokens = min(product(responses, length), max(configuration.actor.maximumTokens, length))
    // Of few rows what was packed for one product is kept for the next, forward and backward.
    if tokens < Self.rowsThatRepay {
      let packed = product(2, shape.parameterCount, computed)
      parts.append(
        (
          "packed weights of the update",
          isDivided ? packed / max(1, shape.layerCount) : packed, .updating
        ))
    }
    if trainer.processes > 1 {
      parts.append(("what processes send and receive", 4 * Slices.most * stored, .updating))
    }
    let streams = 2 * shape.hiddenSize * (shape.layerCount - keptLayers)
    parts.append(
      (
        "activations, at most", product(tokens, keptLayers * keptWidths + streams, computed),
        .updating
      ))
    let kept = min(product(tokens, shape.vocabularySize), portionElements)
    parts.append(("probabilities, at most", kept * (computed + 4), .updating))
  }

  /// From so many rows on nothing that was packed is kept (`Linear.cpp`).
  private static let rowsThatRepay = 1024
  /// What the program and its libraries take before they have done anything.
  private static let program = 400 << 20

  /// The most bytes of the mask of one draw.
  ///
  /// It has an id of each token that top_k keeps, or a bit of every token. Of a flat distribution the
  /// other filters keep everything, or nearly.
  private static func maskBytes(_ sampling: SamplingSettings, of vocabulary: Int) -> Int {
    let words = (vocabulary + 31) / 32
    return 4 * (sampling.topK > 0 ? min(words, sampling.topK) : words)
  }

  /// What autograd keeps of a token in a layer, in numbers of the type that products run in.
  private static func keptWidths(_ shape: ModelConfiguration, _ type: ElementType) -> Int {
    let inner = shape.experts.map { $0.perToken * $0.width } ?? shape.intermediateSize
    // Operators keep what each of them reads: norms, projections, attention, gate and product.
    guard Kernel.canRun, type == .bfloat16 else { return 10 * shape.hiddenSize + 4 * inner }
    // Kernels keep the two sums that norms read and what they make of them, queries, keys, values and
    // what attention makes of them; of the MLP both halves and their product.
    let heads = shape.headSize * (2 * shape.headCount + 2 * shape.keyValueHeadCount)
    return 4 * shape.hiddenSize + heads + 3 * inner
  }

  /// What there is at a time, at most: what is always there, and the larger of what a rollout and an
  /// update need besides.
  public var total: Int {
    func bytes(_ time: Time) -> Int { sum(parts.filter { $0.time == time }.map(\.bytes)) }
    return sum([bytes(.always), max(bytes(.generating), bytes(.updating))])
  }

  /// What is held from the first update on, whatever the batch.
  private var held = 0

  /// How many gradients a process holds at once: one a level of the tree over its grains, the one that is
  /// gathered, and where others have whole ones too what is sent, received and put together.
  private static func gradients(_ configuration: RunConfiguration) -> Int {
    let settings = configuration.trainer
    let own = max(1, settings.grains / settings.processes)
    let levels = Int.bitWidth - 1 - own.leadingZeroBitCount
    // Where a grain may have several micro-batches, those before wait for the next one's if it goes in turns.
    let data = configuration.data
    let length = data.maximumPromptLength + data.maximumResponseLength
    let responses = product(data.trainBatchSize, configuration.rollout.samples)
    let grains = max(settings.grains, settings.processes)
    let (actor, critic) = (configuration.actor, configuration.critic.update)
    let isLong = [
      (actor.miniBatchSize, actor.maximumTokens), (critic.miniBatchSize, critic.maximumTokens),
    ].contains { product(min($0, responses), length) > product($1, grains) }
    let waiting = settings.sharding == .full && isLong ? 1 : 0
    return 1 + levels + waiting + (settings.processes > 1 && settings.sharding == .none ? 3 : 0)
  }

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
    func line(_ name: String, _ bytes: Int) -> String {
      "#   \(name): \(ByteCountFormatStyle(style: .memory).format(Int64(bytes)))"
    }
    let words: [Time: String] = [
      .generating: ", while generating", .updating: ", while updating",
      .onHost: ", in the host's memory and not in the sum",
    ]
    let lines = parts.map { line($0.name + words[$0.time, default: ""], $0.bytes) }
    return "# memory, estimated:\n" + (lines + [line("in all", total)]).joined(separator: "\n")
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
