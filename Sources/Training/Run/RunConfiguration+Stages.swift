// Which stages a configuration has, how long each is, and when a run is finished.

import Foundation
public import Settings
import Tokenizers
import Transformers

extension RunConfiguration {
  /// What the critic learns in a stage before the policy moves; nil in other stages.
  func criticTraining(in stage: Stage) -> CriticTrainingSettings? {
    switch stage {
    case .rewardModel: rewardModel
    case .valuePretraining: valuePretraining
    case .warmStart, .baseline, .reinforcement: nil
    }
  }

  /// The steps a stage takes; of reinforcement learning that ends by tokens, as many as those so far
  /// let expect.
  func steps(of stage: Stage, at state: TrainingState) -> Int {
    switch stage {
    case .warmStart: return WarmStart.steps(warmStart)
    case .rewardModel, .valuePretraining:
      return usesCritic ? criticTraining(in: stage)?.steps ?? 0 : 0
    case .baseline: return trainer.evaluatesBeforeTraining ? 1 : 0
    case .reinforcement:
      guard trainer.totalTokens > 0, state.stage == stage, state.stageTokens > 0 else {
        return trainer.totalTrainingSteps
      }
      let share = Double(trainer.totalTokens - state.tokens) / Double(state.stageTokens)
      let steps = Double(state.stageStep) * (1 + max(0, share))
      // Below every number that an Int does not hold.
      return min(trainer.totalTrainingSteps, Int(min(steps, 1e15).rounded(.up)))
    }
  }

  /// Whether a state is the last of its stage.
  func isStageDone(_ state: TrainingState) -> Bool {
    state.stageStep >= steps(of: state.stage, at: state)
  }

  /// Whether a state is the last of the training.
  func isTrained(_ state: TrainingState) -> Bool {
    let tokens = trainer.totalTokens
    return state.stage == .reinforcement
      && (state.stageStep >= trainer.totalTrainingSteps || tokens > 0 && state.tokens >= tokens)
  }

  /// Refuses what a start would refuse before it reads weights: a device that is not there, a model that
  /// cannot be, or not on this machine.
  ///
  /// - Returns: what the run will hold.
  /// - Throws: what is wrong, by setting, or by file and tensor.
  public func checkedForStart() throws -> MemoryEstimate {
    let device = try device()
    let estimate = try MemoryEstimate(self)
    if !model.path.isEmpty {
      let folder = try RunModels.base(of: model.path, key: "model.path")
      try ModelFolder.checkLanguageModel(at: folder)
      _ = try Tokenizer(contentsOf: folder.appending(path: "tokenizer.json"))
    }
    try estimate.requireRoom(on: device)
    return estimate
  }

  /// The steps of reinforcement that are done, where the settings end before them; nil elsewhere.
  func stepsBeyondEnd(_ state: TrainingState) -> Int? {
    state.stage == .reinforcement && state.stageStep > trainer.totalTrainingSteps
      ? state.stageStep : nil
  }

  /// Whether held-out problems are answered after this step of reinforcement learning.
  func evaluates(after state: TrainingState) -> Bool {
    let frequency = trainer.testFrequency
    return isTrained(state) || (frequency > 0 && state.stageStep % frequency == 0)
  }

  /// The next stage that has steps; the same one where it has, at its beginning.
  func firstStage(from state: TrainingState) -> Stage {
    let stages = Stage.allCases.drop { $0 != state.stage }
    return stages.first { steps(of: $0, at: state) > 0 } ?? .reinforcement
  }
}
