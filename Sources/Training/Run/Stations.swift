// Stations: a configuration becomes the things that a step runs through. The only factory.

import Foundation
import Generation
import Methods
import Prompts
import Ranks
import Records
import Settings
import Tokenizers
import Torch
import Transformers
import Verifiers
import Words

/// Everything a run is made of that does not change from step to step, and the policy.
struct Stations {
  let configuration: RunConfiguration
  let random: RandomSource
  let tokenizer: Tokenizer
  /// The tokenizer's files, which travel with every model that is saved.
  let tokenizerFiles: [String: Data]
  /// What the model reads of a problem.
  let encoder: PromptEncoder
  let generation: GenerationConfiguration
  let models: RunModels
  let policy: LanguageModel
  let training: ProblemSource
  let heldOut: ProblemSource
  let task: any ReasoningTask
  private let limits: GenerationLimits
  /// How rollouts have the weights.
  private let form: FusedLinear.Form
  /// What samples rollouts with the policy's own weights; nil where no process has them whole.
  private let ownEngine: Engine?
  let grader: Grader
  /// The reward models that it asks.
  private let rewardModels: [RewardModelVerifier]
  let credit: CreditAssignment
  let scorer: Scorer
  /// The processes, and how work is shared out over them.
  let division: Division
  /// What loading found worth saying.
  let notes: [String]

  /// Builds every station.
  ///
  /// - Parameters:
  ///   - configuration: a validated configuration.
  ///   - actor: a checkpoint's actor folder to take the policy from, instead of the configured one.
  ///   - ranks: the processes of the run.
  /// - Throws: what files, models and data have wrong with them.
  init(_ configuration: RunConfiguration, actor: URL? = nil, ranks: Ranks = Ranks()) throws {
    self.configuration = configuration
    division = Division(
      ranks: ranks, grains: configuration.trainer.grains, sharding: configuration.trainer.sharding,
      offloadsWeights: configuration.trainer.offloadsWeights)
    random = RandomSource(seed: UInt64(bitPattern: Int64(configuration.trainer.seed)))
    let model = configuration.model
    let device = try configuration.device(localRank: ranks.localRank)
    let exchange = configuration.trainer.usesNCCL ? try ranks.carryTensors(on: device) : nil
    models = RunModels(
      configuration: configuration, random: random, device: device, division: division)
    var source = actor
    if !model.path.isEmpty && actor.map(ModelFolder.holdsAdapter) ?? true {
      source = try models.base()
    }

    if let source {
      tokenizer = try Tokenizer(contentsOf: source.appending(path: "tokenizer.json"))
      policy = try models.policy(checkpoint: actor)
      generation = try ModelFolder.generationConfiguration(of: source)
      tokenizerFiles = Self.tokenizerFiles(of: source)
    } else {
      tokenizer = try Self.tokenizer(of: configuration.data.task)
      var fresh = GenerationConfiguration(eosTokens: [0])
      fresh.padToken = 0
      generation = fresh
      policy = LanguageModel.random(
        try configuration.randomModel(vocabularySize: tokenizer.vocabularySize),
        seed: random["weights"].seed, type: model.type, computeType: model.computeType,
        device: models.device)
      tokenizerFiles = [
        "tokenizer.json": tokenizer.json,
        "tokenizer_config.json": Tokenizer.configurationJSON(
          endOfText: Self.endOfText,
          longestText: configuration.data.maximumPromptLength
            + configuration.data.maximumResponseLength),
      ]
    }
    guard !generation.eosTokens.isEmpty else {
      throw ConfigurationError.refused(
        "\(source?.path ?? "the model"): neither generation_config.json nor config.json names an "
          + "eos_token_id; without one no response can end")
    }

    var data = configuration.data
    data.feedsFunctions = configuration.reward.asksFunctions
    encoder = PromptEncoder(
      tokenizer: tokenizer, chat: try source.flatMap(ChatFormat.read), settings: data,
      vocabularySize: policy.configuration.vocabularySize)
    task = try data.task.makeTask(seed: random["task"].seed)
    var found = (exchange.map { [$0] } ?? []) + policy.notes
    training = try Self.source(
      data.files(data.trainFiles, split: data.trainSplit), data, .generated(task, .train),
      data.trainingSamples, encoder, &found)
    heldOut = try Self.source(
      data.files(data.validationFiles, split: data.validationSplit), data,
      .generated(task, .heldOut), 0, encoder, &found)
    let listed = [training, heldOut].compactMap { source -> ProblemSet? in
      if case .listed(let set) = source { set } else { nil }
    }
    let reward = configuration.reward.decided(
      files: listed.first.map { $0.holdsInstructions ? .instructions : .math }, task: task.name)
    if configuration.reward.verifier.kind == .auto, !listed.isEmpty {
      found.append("verifier: \(reward.verifier.kind.rawValue) (reward.verifier names another)")
    }
    notes = found + Self.notesOnMemory(configuration, device)
    let (vocabulary, processes) = (tokenizer.json, division)
    var rewardModels: [RewardModelVerifier] = []
    grader = try Grader(
      settings: reward, maximumLength: data.maximumResponseLength
    ) { verifier in
      guard verifier.kind == .rewardModel else { return try verifier.makeVerifier() }
      let made = try RewardModelVerifier(
        verifier, policy: vocabulary, type: model.computeType, device: device, processes)
      rewardModels.append(made)
      return made
    }
    self.rewardModels = rewardModels
    for source in [training, heldOut] { try Self.checkTruths(of: source, grader) }
    credit = CreditAssignment(settings: configuration.algorithm)
    scorer = Scorer(
      packer: BatchPacker(
        tokenBudget: configuration.actor.maximumTokens, device: models.device, division: division),
      temperature: configuration.rollout.temperature,
      // Where servers draw, no process needs a model whole.
      readsByLayer: configuration.rollout.asksServers)
    limits = GenerationLimits(
      maximumLength: data.maximumResponseLength, maximumRows: configuration.rollout.maximumRows)
    policy.divide(division)
    form = configuration.rollout.quantization == .int8 ? .eightBit : .exact
    guard form == .exact || models.device == .cpu && Kernel.canRun && Kernel.isOn(.linear) else {
      throw ConfigurationError.refused(
        "rollout.quantization: int8 is for CPUs with \(Kernel.needed), and for the kernel 'linear' "
          + "(trainer.kernels); on GPUs servers draw with fewer bits (rollout.name, and their own options in "
          + "rollout.launch.arguments)")
    }
    ownEngine =
      division.sharding == .full
      ? nil : Self.engine(policy, generation, limits, form, tokenizer)
    if configuration.actor.loss.routerBalanceCoefficient > 0, policy.configuration.experts == nil {
      throw ConfigurationError.refused("actor.router_aux_loss_coef: the model has no experts")
    }
    let positions = policy.configuration.readablePositions
    guard data.maximumPromptLength + data.maximumResponseLength <= positions else {
      throw ConfigurationError.refused(
        "data.max_prompt_length + data.max_response_length is "
          + "\(data.maximumPromptLength + data.maximumResponseLength), more than the model's "
          + "\(positions) positions")
    }
  }

  /// Samples responses with the policy's weights as they are now, and exactly so: what evaluations ask.
  ///
  /// Where processes share them out, it has a copy of all of them, and all processes must ask for it together.
  var engine: Engine { rolloutEngine.exact }

  /// Samples what is learned from, with `rollout.quantization`; else as `engine`.
  var rolloutEngine: Engine {
    ownEngine ?? Self.engine(policy.whole, generation, limits, form, tokenizer)
  }

  /// The same with weights of its own.
  ///
  /// - Parameter copy: of the policy's shape.
  /// - Returns: what draws with them.
  func rolloutEngine(of copy: LanguageModel) -> Engine {
    Self.engine(copy, generation, limits, form, tokenizer)
  }

  private static func engine(
    _ model: LanguageModel, _ generation: GenerationConfiguration, _ limits: GenerationLimits,
    _ form: FusedLinear.Form, _ tokenizer: Tokenizer
  ) -> Engine {
    Engine(
      model: model, stopTokens: generation.eosTokens, limits: limits, form: form,
      decode: { tokenizer.decode($0) })
  }

  /// Drops what was packed of the policy, for the update or for drawing.
  func forgetPanels() {
    policy.forgetPanels()
    ownEngine?.forgetPanels()
  }

  /// The critic that a run starts from.
  ///
  /// - Parameter checkpoint: a checkpoint's critic; nil for a fresh one.
  /// - Returns: the critic, of which this process has its slices where processes share it out.
  /// - Throws: what is wrong with its files.
  func critic(checkpoint: URL? = nil) throws -> ValueModel {
    let stored = try checkpoint.map { try models.critic(checkpoint: $0, beside: policy) }
    let critic = try stored ?? models.critic(beside: policy)
    critic.divide(division, beside: policy)
    return critic
  }

  /// Grades responses.
  ///
  /// Where processes share out the weights of reward models, all of them must ask for it together, those too
  /// that have nothing to be graded.
  ///
  /// - Parameter completions: this process's; nil where it has none.
  /// - Returns: graded, in their order; nil for nil.
  func graded(_ completions: [Completion]?) async -> [GradedEpisode]? {
    for model in rewardModels { model.bringTogether() }
    defer { for model in rewardModels { model.giveUp() } }
    guard let completions else { return nil }
    return await grader.grade(completions)
  }

  /// Says where a GPU has to wait for what lies in the host's memory.
  private static func notesOnMemory(
    _ configuration: RunConfiguration, _ device: Device
  ) -> [String] {
    let optimizers = [
      configuration.actor.optimizer, configuration.critic.update.optimizer,
      configuration.warmStart.optimizer, configuration.valuePretraining.optimizer,
      configuration.rewardModel.optimizer,
    ]
    let isAsked =
      configuration.trainer.offloadsWeights || optimizers.contains(where: \.isOffloaded)
    guard isAsked, device != .cpu, !Tensor.zeros([1]).pinned(for: device).isPinned else {
      return []
    }
    return [
      "warning: the system pins no host memory for \(device): what is offloaded travels slowly, "
        + "and \(device) waits for it"
    ]
  }

  private static let endOfText = "<|endoftext|>"

  /// The tokenizer of a model that starts at random.
  static func tokenizer(of task: TaskSettings) throws -> Tokenizer {
    switch task.vocabulary {
    case .characters(let alphabet): try .characters(alphabet, endOfText: endOfText)
    case .words(let words): try .words(words, endOfText: endOfText)
    }
  }

  /// Refuses right answers that nothing can be graded against: they would be wrong labels for ever.
  private static func checkTruths(of source: ProblemSource, _ grader: Grader) throws {
    guard case .listed(let set) = source else { return }
    for problem in set.problems {
      guard let complaint = grader.complaint(about: problem.truth, source: problem.source) else {
        continue
      }
      throw ConfigurationError.refused("problem \(problem.id): \(complaint)")
    }
  }

  /// The problems of files, or the generated ones where there are no files.
  private static func source(
    _ files: [URL], _ data: DataSettings, _ generated: ProblemSource, _ samples: Int,
    _ encoder: PromptEncoder, _ notes: inout [String]
  ) throws -> ProblemSource {
    guard !files.isEmpty else { return generated }
    var set = try ProblemFile.load(files, settings: data)
    set.keep(first: samples)
    try set.measure(data, encode: encoder.encode)
    notes.append(set.summary)
    notes += set.files.compactMap { file in
      file.plan.warning.map { "warning: \(file.file): \($0)" }
    }
    return .listed(set)
  }

  private static func tokenizerFiles(of folder: URL) -> [String: Data] {
    let names = [
      "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.json",
      "merges.txt", "chat_template.jinja", "added_tokens.json",
    ]
    return names.reduce(into: [:]) { files, name in
      files[name] = try? contents(of: folder.appending(path: name), atMost: 128 << 20)
    }
  }

  /// The fixed held-out prompts of every evaluation.
  func heldOutPrompts() throws -> [Prompt] {
    let data = configuration.data
    let count = data.validationSamples > 0 ? data.validationSamples : (heldOut.count ?? 0)
    return try heldOut.prompts(
      0..<count, maximumLength: data.maximumPromptLength, truncation: data.truncation,
      encode: encoder.encode)
  }

  /// The training prompts from a position on.
  func trainingPrompts(from position: PromptPosition) throws -> PromptStream {
    try PromptStream(
      source: training, random: random, shuffle: configuration.data.shuffle,
      maximumLength: configuration.data.maximumPromptLength,
      truncation: configuration.data.truncation, position: position)
  }
}

extension RunConfiguration {
  /// The device the run is on; "auto" and "cuda" leave its number to the process's on its machine.
  func device(localRank: Int = 0) throws -> Device {
    if trainer.device == "auto" && Machine.cudaDeviceCount == 0 { return .cpu }
    let isOpen = trainer.device == "auto" || trainer.device == "cuda"
    guard let device = isOpen ? .cuda(localRank) : Device(trainer.device) else {
      throw ConfigurationError.refused(
        "trainer.device: '\(trainer.device)' is none of auto, cpu, cuda, cuda:<number>")
    }
    if case .cuda(let index) = device, index >= Machine.cudaDeviceCount {
      throw ConfigurationError.refused(
        "trainer.device: \(device) was asked for, and libtorch sees \(Machine.cudaDeviceCount) GPUs"
      )
    }
    return device
  }

  /// The shape of a model that starts at random.
  ///
  /// - Throws: numbers that make no model, by their setting.
  func randomModel(vocabularySize: Int) throws(ConfigurationError) -> ModelConfiguration {
    let shape = ModelConfiguration(
      vocabularySize: vocabularySize, hiddenSize: model.hiddenSize,
      intermediateSize: model.intermediateSize, layerCount: model.layers, headCount: model.heads,
      keyValueHeadCount: model.keyValueHeads,
      maximumPositions: data.maximumPromptLength + data.maximumResponseLength,
      initializerRange: model.initializerRange, ropeTheta: model.ropeTheta, tiesEmbeddings: true,
      eosTokens: [0], padToken: 0)
    if let fault = shape.fault {
      let key =
        fault.key == "max_position_embeddings"
        ? "data.max_prompt_length + data.max_response_length" : "model.\(fault.key)"
      throw .refused("\(key): \(fault.reason)")
    }
    return shape
  }
}
