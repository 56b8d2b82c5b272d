// Reference: the policy that the policy is compared with.

import Methods
import Settings
import Torch
import Transformers

/// The policy as it was when reinforcement learning began, or when it was last renewed.
final class Reference {
  private let policy: LanguageModel
  private let type: ElementType
  private let interval: Int
  private let division: Division
  /// A model of its own; nil where the reference is the policy without its adapter and takes no
  /// memory.
  var copy: LanguageModel?

  /// - Parameter run: what every stage uses.
  @MainActor
  init(_ run: RunContext) {
    policy = run.stations.policy
    type = run.configuration.model.computeType
    interval = run.configuration.algorithm.referenceSyncSteps
    division = run.stations.division
    if !run.configuration.referenceIsBase { renew() }
  }

  /// What scores the tokens.
  var model: LanguageModel { copy ?? policy.base }

  /// Whether it is time for a new one, so many rollouts into the stage.
  func isDue(after rollouts: Int) -> Bool { interval > 0 && rollouts % interval == 0 }

  /// Makes the policy as it is the reference.
  ///
  /// Source: DeepSeek-R1, arXiv:2501.12948, sec. 2.2: every 400 steps.
  func renew() {
    // The old one goes before the new one comes.
    copy = nil
    copy = policy.ownCopy(as: type, division)
  }
}
