// ActiveStage: the stage a run is in, with everything the stage needs, a page each.

import Methods
import Records
import Settings
import Transformers

/// What a run is at work on.
enum ActiveStage {
  /// Between two stages: what is handed on. The next stage is made when its first step is due, so
  /// that the moments of the one before are gone by then.
  case between(critic: ValueModel?)
  case warmStart(WarmStart)
  /// The critic's training as a reward model, or value pretraining.
  case criticTraining(CriticTraining)
  case baseline(Baseline)
  case reinforcement(Reinforcement)

  /// Enters a stage.
  ///
  /// - Parameters:
  ///   - stage: which.
  ///   - critic: what the stages before have made of the critic; nil where none has needed it.
  ///   - run: what every stage uses.
  /// - Throws: what is wrong with the files of the critic it starts from.
  @MainActor
  init(entering stage: Stage, critic: ValueModel?, _ run: RunContext) throws {
    let configuration = run.configuration
    func ownCritic() throws -> ValueModel {
      try critic ?? run.stations.critic()
    }
    switch stage {
    case .warmStart: self = .warmStart(WarmStart(run))
    case .rewardModel:
      self = .criticTraining(
        CriticTraining(try ownCritic(), configuration.rewardModel, ofLastTokens: true, run))
    case .valuePretraining:
      self = .criticTraining(
        CriticTraining(try ownCritic(), configuration.valuePretraining, ofLastTokens: false, run))
    case .baseline:
      self = .baseline(Baseline(critic: configuration.usesCritic ? try ownCritic() : nil))
    case .reinforcement:
      self = .reinforcement(
        Reinforcement(critic: configuration.usesCritic ? try ownCritic() : nil, run))
    }
  }

  /// Takes one global step.
  ///
  /// - Parameters:
  ///   - next: the state after the step, whose step and stage step count it already.
  ///   - run: what every stage uses.
  /// - Returns: the step's numbers.
  /// - Throws: ``StopRequested`` out of a rollout; what data and verifiers have wrong with them.
  @MainActor
  func step(_ next: inout TrainingState, _ run: RunContext) async throws -> Metrics {
    switch self {
    case .between: preconditionFailure("no step is taken between two stages")
    case .warmStart(let stage): try stage.step(next.stageStep - 1, run)
    case .criticTraining(let stage): try await stage.step(&next, run)
    case .baseline(let stage): try await stage.step(&next, run)
    case .reinforcement(let stage): try await stage.step(&next, run)
    }
  }

  /// Whether the stage has reached what it is for before its steps are done.
  var isDone: Bool {
    if case .criticTraining(let stage) = self { stage.isDone } else { false }
  }

  /// What the stage has that a checkpoint keeps.
  @MainActor
  var parts: StageParts {
    switch self {
    case .between(let critic): StageParts(critic: critic)
    case .warmStart(let stage): StageParts(actorOptimizer: stage.optimizer)
    case .criticTraining(let stage):
      StageParts(critic: stage.critic.model, criticOptimizer: stage.critic.optimizer)
    case .baseline(let stage): StageParts(critic: stage.critic)
    case .reinforcement(let stage): stage.parts
    }
  }
}

/// The parts of a stage that a checkpoint keeps beside the policy; nil where a stage has no such part.
struct StageParts {
  var critic: ValueModel?
  var actorOptimizer: Optimizer?
  var criticOptimizer: Optimizer?
  /// The reference, where it is a model of its own.
  var reference: LanguageModel?
  var imitation: SelfImitation?
}
