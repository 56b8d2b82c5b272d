// What makes a configuration VAPO, GRPO or anything else, as one value that a preset can set; and
// how the layers of a configuration become one.

public import Foundation
import Generation
public import Methods
import Prompts
import Verifiers

extension RunConfiguration {
  /// The settings that define a method, taken together.
  package var method: MethodSettings {
    get {
      MethodSettings(
        algorithm: algorithm, policy: actor.loss, value: critic.update.loss,
        valuePretraining: valuePretraining.steps > 0, groupSampling: rollout.samples > 1,
        overlongBuffer: reward.overlongBuffer.enable)
    }
    set {
      algorithm = newValue.algorithm
      actor.loss = newValue.policy
      critic.update.loss = newValue.value
      reward.overlongBuffer.enable = newValue.overlongBuffer
      if !newValue.valuePretraining { valuePretraining.steps = 0 }
      if !newValue.groupSampling && rollout.samples > 1 {
        // The same number of responses a step, each to a prompt of its own.
        data.trainBatchSize *= rollout.samples
        rollout.samples = 1
      }
    }
  }

  /// Whether the method has a critic.
  package var usesCritic: Bool { method.usesCritic }

  /// Whether the method compares the policy with the one it started from.
  package var usesReference: Bool { method.usesReference }

  /// Whether the reference is the policy without its adapter, and takes no memory of its own.
  package var referenceIsBase: Bool {
    model.loraRank > 0 && warmStart.steps == 0 && algorithm.referenceSyncSteps == 0
  }

  /// Defaults, then a file, then the command line.
  ///
  /// A preset is a bundle of settings, laid where it is named: a file's preset under the file's
  /// own settings, the command line's over the file's and under its other overrides. A command line
  /// that names another preset than the file takes the file's preset away whole, as if the file had
  /// named none; naming the preset that is already in force changes nothing.
  ///
  /// - Parameters:
  ///   - recipe: a YAML file, or nil for the defaults.
  ///   - overrides: `key=value`, later ones winning.
  ///   - techniques: those of VAPO's to leave out, after all layers.
  /// - Returns: the configuration, validated.
  /// - Throws: ``ConfigurationError`` in words that name file, line and key.
  public static func load(
    recipe: URL?, overrides: [String] = [], without techniques: [Technique] = []
  ) throws -> RunConfiguration {
    let defaults = RunConfiguration()
    let file = try recipe.map(ConfigurationLoader.parse(file:)) ?? ConfigurationTree()
    let line = try ConfigurationLoader.parse(overrides: overrides)
    var configuration = try defaults.laying(file)
    if let named = try configuration.preset(namedBy: line),
      named != configuration.algorithm.preset
    {
      configuration = try ConfigurationLoader.apply(file.removing(Self.presetKey), to: defaults)
        .with(named)
    }
    configuration = try ConfigurationLoader.apply(line, to: configuration)
    var method = configuration.method
    for technique in techniques { technique.remove(from: &method) }
    configuration.method = method
    try configuration.validate()
    return configuration
  }

  private static let presetKey = "algorithm.preset"

  /// The preset that a layer names, if it names one.
  private func preset(namedBy layer: ConfigurationTree) throws -> Preset? {
    guard layer.text(at: Self.presetKey) != nil else { return nil }
    return try ConfigurationLoader.apply(layer, to: self).algorithm.preset
  }

  /// These settings under a layer, its preset first.
  private func laying(_ layer: ConfigurationTree) throws -> RunConfiguration {
    guard let named = try preset(namedBy: layer), named != algorithm.preset else {
      return try ConfigurationLoader.apply(layer, to: self)
    }
    return try ConfigurationLoader.apply(layer, to: with(named))
  }

  /// These settings with a method's laid over them.
  private func with(_ preset: Preset) -> RunConfiguration {
    var configuration = self
    var method = configuration.method
    preset.apply(to: &method)
    configuration.method = method
    return configuration
  }

  /// Refuses values that make no sense, before anything is loaded.
  public func validate() throws {
    var problems = algorithm.problems.map { "algorithm.\($0)" }
    problems += actor.loss.problems.map { "actor.\($0)" }
    problems += critic.update.loss.problems.map { "critic.\($0)" }
    func atLeast(_ least: Int, _ value: Int, _ key: String) {
      if value < least { problems.append("\(key): must be at least \(least), is \(value)") }
    }
    atLeast(0, trainer.totalTrainingSteps, "trainer.total_training_steps")
    atLeast(0, trainer.totalTokens, "trainer.total_response_tokens")
    atLeast(1, trainer.checkpointsToKeep, "trainer.max_ckpt_to_keep")
    atLeast(0, trainer.threads, "trainer.threads")
    atLeast(0, trainer.criticWarmup, "trainer.critic_warmup")
    atLeast(1, rollout.samples, "rollout.n")
    atLeast(1, rollout.maximumRows, "rollout.max_num_seqs")
    atLeast(1, rollout.evaluation.samples, "rollout.val_kwargs.n")
    atLeast(1, actor.miniBatchSize, "actor.ppo_mini_batch_size")
    atLeast(1, actor.epochs, "actor.ppo_epochs")
    atLeast(1, actor.maximumTokens, "actor.ppo_max_token_len")
    atLeast(1, critic.update.miniBatchSize, "critic.ppo_mini_batch_size")
    atLeast(1, critic.update.epochs, "critic.ppo_epochs")
    atLeast(1, critic.update.maximumTokens, "critic.ppo_max_token_len")
    atLeast(0, warmStart.steps, "warm_start.steps")
    atLeast(1, warmStart.batchSize, "warm_start.batch_size")
    atLeast(1, warmStart.reportInterval, "warm_start.report_interval")
    for (key, lesson) in [
      ("reward_model", rewardModel), ("value_pretraining", valuePretraining),
    ] {
      atLeast(0, lesson.steps, "\(key).steps")
      atLeast(1, lesson.batchSize, "\(key).train_batch_size")
      atLeast(1, lesson.samples, "\(key).n")
      atLeast(1, lesson.epochs, "\(key).epochs")
      atLeast(1, lesson.miniBatchSize, "\(key).mini_batch_size")
    }
    if let complaint = rollout.sampling.complaint { problems.append("rollout: \(complaint)") }
    if rollout.reusesLogProbs && (rollout.sampling.isFiltered || rollout.temperature == 0) {
      problems.append(
        "rollout.reuse_log_probs: needs top_k, top_p and min_p off and a temperature above 0: "
          + "else tokens come from another distribution than the policy's")
    }
    if let complaint = rollout.evaluation.sampling.complaint {
      problems.append("rollout.val_kwargs: \(complaint)")
    }
    for (key, optimizer) in [
      ("warm_start.optim", warmStart.optimizer), ("actor.optim", actor.optimizer),
      ("reward_model.optim", rewardModel.optimizer),
      ("value_pretraining.optim", valuePretraining.optimizer),
      ("critic.optim", critic.update.optimizer),
    ] {
      problems += optimizer.complaints.map { "\(key).\($0)" }
    }
    if valuePretraining.steps > 0 && valuePretraining.samples == 1 && usesCritic
      && algorithm.rewardBaseline != .none
    {
      problems.append(
        "value_pretraining.n: must be at least 2 with algorithm.reward_baseline: a group of one has "
          + "nothing to be compared with, and the critic would learn zeros")
    }
    if trainer.criticWarmup > 0 && !usesCritic {
      problems.append(
        "trainer.critic_warmup: needs a critic, hence algorithm.adv_estimator: gae")
    }
    problems += model.adapterComplaints.map { "model.\($0)" }
    problems += critic.model.adapterComplaints.map { "critic.model.\($0)" }
    if model.loraRank > 0 && model.path.isEmpty {
      problems.append(
        "model.lora_rank: an adapter stands beside a stored model, and model.path names none")
    }
    if critic.model.loraRank > 0 && model.loraRank == 0 && critic.model.path.isEmpty {
      problems.append(
        "critic.model.lora_rank: the trunk beside which the critic's adapter learns must stay as it "
          + "is, and the policy's moves: set critic.model.path, or model.lora_rank")
    }
    if warmStart.steps > 0 && !data.trainFiles.isEmpty {
      problems.append(
        "warm_start.steps: only a generated task has answers to imitate, and data.train_files "
          + "names files; set it to 0")
    }
    guard problems.isEmpty else {
      throw ConfigurationError.refused(problems.joined(separator: "\n"))
    }
    try data.validate()
    try reward.validate(maximumLength: data.maximumResponseLength)
  }
}
