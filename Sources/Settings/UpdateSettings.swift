// UpdateSettings: how the actor and the critic are updated, in value pretraining and in
// reinforcement learning. The sections' keys are verl's where one exists.

public import Methods

/// The YAML sections `reward_model` and `value_pretraining`: what the critic learns from rollouts of
/// the fixed policy before reinforcement learning.
///
/// In the first it learns the outcome at the last token of a response alone, as a reward model does,
/// which is what critics are commonly started from; in the second the return at every token.
///
/// Source: VAPO, arXiv:2504.05118, sec. 4.1 and 5.1.
public struct CriticTrainingSettings: Codable, Equatable, Sendable {
  /// The most rollouts of the fixed policy; 0 skips the stage.
  public var steps: Int
  /// Stops early when the explained variance of fresh rollouts has reached this; 1 never does.
  public var untilExplainedVariance = 1.0
  /// Prompts a rollout.
  public var batchSize = 512
  /// Responses a prompt.
  public var samples = 1
  /// Passes over every rollout.
  public var epochs = 1
  /// Responses an optimizer step.
  public var miniBatchSize = 64
  /// The update; its moments are dropped when the stage ends.
  public var optimizer = OptimizerSettings(rate: 2e-6, warmupSteps: 10)

  /// The defaults, with a number of rollouts.
  public init(steps: Int) { self.steps = steps }

  enum CodingKeys: String, CodingKey {
    case steps
    case untilExplainedVariance = "until_explained_variance"
    case batchSize = "train_batch_size"
    case samples = "n"
    case epochs
    case miniBatchSize = "mini_batch_size"
    case optimizer = "optim"
  }
}

/// How a model is updated on a rollout: the keys that the sections `actor` and `critic` share.
public struct UpdateSettings<Loss: Codable & Equatable & Sendable>: Codable, Equatable, Sendable {
  /// Responses an optimizer step.
  public var miniBatchSize = 512
  /// Passes over every rollout.
  public var epochs = 1
  /// The most positions of a micro-batch.
  public var maximumTokens = 16384
  /// Whether a layer's activations are computed again in the backward in place of being kept.
  public var recomputesActivations = false
  /// The loss; its keys stand among the section's own, as in verl.
  public var loss: Loss
  /// The update.
  public var optimizer: OptimizerSettings

  /// The defaults, with a loss and an update.
  public init(loss: Loss, optimizer: OptimizerSettings) {
    self.loss = loss
    self.optimizer = optimizer
  }

  enum CodingKeys: String, CodingKey {
    case miniBatchSize = "ppo_mini_batch_size"
    case epochs = "ppo_epochs"
    case maximumTokens = "ppo_max_token_len"
    case recomputesActivations = "activation_checkpointing"
    case optimizer = "optim"
  }

  /// Reads the section, the loss's keys among its own.
  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    miniBatchSize = try keys.decode(Int.self, forKey: .miniBatchSize)
    epochs = try keys.decode(Int.self, forKey: .epochs)
    maximumTokens = try keys.decode(Int.self, forKey: .maximumTokens)
    recomputesActivations = try keys.decode(Bool.self, forKey: .recomputesActivations)
    loss = try Loss(from: decoder)
    optimizer = try keys.decode(OptimizerSettings.self, forKey: .optimizer)
  }

  /// Writes the section, the loss's keys among its own.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: CodingKeys.self)
    try keys.encode(miniBatchSize, forKey: .miniBatchSize)
    try keys.encode(epochs, forKey: .epochs)
    try keys.encode(maximumTokens, forKey: .maximumTokens)
    try keys.encode(recomputesActivations, forKey: .recomputesActivations)
    try loss.encode(to: encoder)
    try keys.encode(optimizer, forKey: .optimizer)
  }
}

/// The YAML section `actor`.
public typealias ActorSettings = UpdateSettings<PolicyLossSettings>

extension ActorSettings {
  /// The defaults.
  public init() {
    self.init(loss: PolicyLossSettings(), optimizer: OptimizerSettings(rate: 1e-6, warmupSteps: 20))
  }
}

/// The YAML section `critic`.
public struct CriticSettings: Codable, Equatable, Sendable {
  /// What the critic starts from.
  public var model = CriticModelSettings()
  /// How it is updated; its keys stand among this section's own.
  public var update = UpdateSettings(
    loss: ValueLossSettings(), optimizer: OptimizerSettings(rate: 2e-6, warmupSteps: 20))

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case model
  }

  /// Reads the section, the update's keys among its own.
  public init(from decoder: any Decoder) throws {
    let keys = try decoder.container(keyedBy: CodingKeys.self)
    model = try keys.decode(CriticModelSettings.self, forKey: .model)
    update = try UpdateSettings(from: decoder)
  }

  /// Writes the section, the update's keys among its own.
  public func encode(to encoder: any Encoder) throws {
    var keys = encoder.container(keyedBy: CodingKeys.self)
    try keys.encode(model, forKey: .model)
    try update.encode(to: encoder)
  }
}

/// The YAML section `critic.model`.
public struct CriticModelSettings: AdapterSettings, Codable, Equatable, Sendable {
  /// A reward-model, critic or value-checkpoint folder; empty takes the policy's trunk.
  public var path = ""
  /// The width of a low-rank adapter that learns with the head; 0 trains all weights.
  public var loraRank = 0
  /// The adapter's output is scaled by this over the rank.
  public var loraAlpha = 16.0
  /// Which linear layers get an adapter: names, or `all-linear`.
  public var targetModules = ["all-linear"]

  /// The defaults.
  public init() {}

  enum CodingKeys: String, CodingKey {
    case path
    case loraRank = "lora_rank"
    case loraAlpha = "lora_alpha"
    case targetModules = "target_modules"
  }
}
