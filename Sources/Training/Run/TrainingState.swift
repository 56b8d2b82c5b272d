// TrainingState: everything about a run that is not a tensor and must survive a kill.

import Prompts
import Settings
import Verifiers

/// The stages of a run, in their order.
package enum Stage: String, Codable, CaseIterable {
  case warmStart = "warm-start"
  /// The critic learns the outcome at the last token of a response, as reward models do.
  case rewardModel = "reward-model"
  case valuePretraining = "value-pretraining"
  /// One step without training: the policy and the critic on held-out problems.
  case baseline
  /// The last stage; a run is finished when its steps are done, and goes on when they are raised.
  case reinforcement = "rl"

  /// The stage in words, for a person.
  var words: String {
    switch self {
    case .warmStart: "warm start"
    case .rewardModel: "reward model"
    case .valuePretraining: "value pretraining"
    case .baseline: "baseline"
    case .reinforcement: "RL"
    }
  }

  /// The number under which the journal names the stage, `training/stage`.
  package var number: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// Where a run is.
///
/// Saved in every checkpoint as state.json.
struct TrainingState: Codable, Equatable {
  /// Global steps done: one line of metrics.jsonl each.
  var step = 0
  /// The stage the next step belongs to.
  var stage = Stage.warmStart
  /// Steps done in that stage.
  var stageStep = 0
  /// Optimizer steps of the actor and the critic, for their schedules and moments.
  var actorUpdates = 0
  var criticUpdates = 0
  /// The same of self-imitation.
  var actorImitations = 0
  var criticImitations = 0
  /// Where the training prompts stand.
  var position = PromptPosition()
  /// Response tokens sampled for value pretraining and reinforcement learning so far.
  var tokens = 0
  /// Response tokens sampled in this stage.
  var stageTokens = 0
  /// What a unit of divergence from the reference costs the reward by now; nil before the first
  /// rollout that pays for it.
  var klCoefficient: Double?
  /// The scores of training so far, where rewards are normalized by them.
  var scores = ScoreMoments()
  /// Optimizer steps skipped for numbers that were not finite, a count a model.
  var guards = UpdateGuards()
  /// Seconds of work so far, over all attempts.
  var seconds = 0.0
  /// How often the run was started.
  var attempts = 1
  /// The newest evaluation's avg@k, carried so that a checkpoint knows its score.
  var score: Double?

  /// Enters the next stage.
  mutating func enter(_ next: Stage) {
    stage = next
    stageStep = 0
    stageTokens = 0
  }
}
