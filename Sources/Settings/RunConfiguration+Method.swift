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
    // Servers and weights of eight bits round otherwise than the trainer, and what was drawn ahead is of older
    // weights: such tokens are weighted unless somebody says how.
    let key = Self.weightingKey
    let rollout = configuration.rollout
    if rollout.asksServers || rollout.quantization != .none
      || configuration.trainer.asyncRollout > 0,
      [file, line].allSatisfy({ $0.text(at: key) == nil })
    {
      configuration.algorithm.rolloutCorrection.weighting = .token
    }
    try configuration.check()
    return configuration
  }

  private static let presetKey = "algorithm.preset"
  private static let weightingKey = "algorithm.rollout_correction.rollout_is"

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
}
