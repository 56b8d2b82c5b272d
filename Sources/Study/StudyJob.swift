// The runs of a study and what each begins with. What arms have in common is learned once a seed:
// the warm start and the reward model in a run `base`, value pretraining in a run `pretraining`; both are
// ordinary runs that end before reinforcement learning.

import Foundation
import Generation
import Prompts
package import Settings
package import Training

/// One run.
package struct StudyJob: Equatable {
  /// Where a run begins.
  package enum Origin: Equatable {
    /// At random, or at the recipe's folder.
    case scratch
    /// With another run's newest checkpoint.
    case fork(of: String, at: ForkPoint, keepsCritic: Bool)
  }

  /// The run's folder under the study's.
  package var folder: String
  /// What the console calls it.
  package var name: String
  package var origin: Origin
  package var configuration: RunConfiguration
  /// What the ledger calls it; nil where other runs only begin with it.
  package var key: StudyLedger.Key?
  /// Whether its settings are not known until a rate grid is finished.
  package var waitsForGrid = false

  /// The folder that has to be finished first.
  package var waitsFor: String? {
    if case .fork(let base, _, _) = origin { return base }
    return nil
  }
}

extension StudyPlan {
  /// Every run, those that others begin with first: the grids', then seed by seed every arm.
  ///
  /// - Parameter choices: the lines that grids have chosen, by arm; a tuned arm without one waits.
  /// - Returns: the runs in the order they are to be made.
  /// - Throws: ``ConfigurationError`` that names the key.
  package func jobs(choices: [String: TuningLine] = [:]) throws -> [StudyJob] {
    let tune = settings.tune
    var jobs: [StudyJob] = []
    for seed in tune.seeds {
      jobs += try self.jobs(seed: seed) {
        try arms.filter(isTuned).flatMap { arm in
          try grid.map { line in
            let configuration = try configuration(of: arm, seed: seed, tuning: line)
            let key = StudyLedger.Key(arm: arm.name, tuning: line.text, seed: seed)
            return (
              key, "tune/\(arm.name)/\(configuration.studyHash)/\(seed)", configuration, false
            )
          }
        }
      }
    }
    for seed in settings.seeds {
      jobs += try self.jobs(seed: seed) {
        try arms.map { arm in
          let choice = choices[arm.name]
          return (
            StudyLedger.Key(arm: arm.name, seed: seed), "\(arm.name)/\(seed)",
            try configuration(of: arm, seed: seed, tuning: choice), isTuned(arm) && choice == nil
          )
        }
      }
    }
    return jobs
  }

  private typealias Planned = (
    key: StudyLedger.Key, folder: String, configuration: RunConfiguration, waits: Bool
  )

  /// The runs of one seed, and before them what they begin with.
  private func jobs(seed: Int, _ runs: () throws -> [Planned]) throws -> [StudyJob] {
    // What is learned before has a critic in it, where any arm has one.
    let plain = try arms.map { try configuration(of: $0, seed: seed) }
    guard let common = plain.first(where: \.usesCritic) ?? plain.first else { return [] }
    let pretraining = common.untilReinforcement
    let base = common.untilValuePretraining
    let names = (base: "base/\(seed)", pretraining: "pretraining/\(seed)")
    // A published policy that nothing is learned before: each run begins with it by itself.
    let hasBase = common.warmStart.steps > 0 || common.usesCritic && common.rewardModel.steps > 0
    let hasPretraining = common.usesCritic && common.valuePretraining.steps > 0
    var isNeeded = (base: false, pretraining: false)
    var own: [StudyJob] = []
    for run in try runs() {
      let origin = origin(
        run.configuration, common, base: hasBase ? names.base : nil,
        pretraining: hasBase || hasPretraining ? names.pretraining : nil)
      switch origin {
      case .scratch: break
      case .fork(names.pretraining, _, _): isNeeded = (hasBase, true)
      case .fork: isNeeded.base = true
      }
      own.append(
        StudyJob(
          folder: run.folder, name: "\(run.key)", origin: origin, configuration: run.configuration,
          key: run.key, waitsForGrid: run.waits))
    }
    var jobs: [StudyJob] = []
    if isNeeded.base {
      jobs.append(
        StudyJob(
          folder: names.base, name: "warm start, seed \(seed)", origin: .scratch,
          configuration: base))
    }
    if isNeeded.pretraining {
      jobs.append(
        StudyJob(
          folder: names.pretraining, name: "value pretraining, seed \(seed)",
          origin: hasBase
            ? .fork(of: names.base, at: .valuePretraining, keepsCritic: true) : .scratch,
          configuration: pretraining))
    }
    return jobs + own
  }

  /// Where a run can begin, as late as it gives what the run alone would give.
  ///
  /// - Parameters:
  ///   - configuration: the run's.
  ///   - common: those that `base` and `pretraining` have.
  ///   - base: the run that ends before value pretraining; nil where nothing is learned before.
  ///   - pretraining: the run that ends with it; nil where nothing is learned until then.
  /// - Returns: from scratch, or the run to begin with.
  private func origin(
    _ configuration: RunConfiguration, _ common: RunConfiguration, base: String?,
    pretraining: String?
  ) -> StudyJob.Origin {
    let changed = ConfigurationLoader.differences(between: common, and: configuration).map(\.key)
    func differs(_ prefixes: [String], except free: [String] = []) -> Bool {
      changed.contains { key in
        !free.contains(key) && prefixes.contains { key == $0 || key.hasPrefix("\($0).") }
      }
    }
    let ofWarmStart = ["model", "data", "warm_start", "actor.ppo_max_token_len"]
    if differs(ofWarmStart, except: ["data.train_batch_size"]) {
      return .scratch
    }
    func afterBase(keepsCritic: Bool) -> StudyJob.Origin {
      base.map { .fork(of: $0, at: .valuePretraining, keepsCritic: keepsCritic) } ?? .scratch
    }
    // A method without a critic has no value pretraining, and its tokens do not count. Nothing is
    // graded during the warm start.
    guard configuration.usesCritic else { return afterBase(keepsCritic: false) }
    if differs(["reward", "reward_model", "critic.model"]) {
      // A critic that was never a reward model is made beside the warm policy.
      return configuration.rewardModel.steps == 0 ? afterBase(keepsCritic: false) : .scratch
    }
    let ofPretraining = [
      "value_pretraining", "rollout.temperature", "rollout.top_p", "rollout.top_k",
      "rollout.min_p", "algorithm.gamma", "algorithm.reward_baseline",
      "algorithm.value_bootstrap_truncated",
      "critic.cliprange_value", "critic.loss_agg_mode", "critic.ppo_max_token_len",
    ]
    if differs(ofPretraining) { return afterBase(keepsCritic: true) }
    return pretraining.map { .fork(of: $0, at: .asItIs, keepsCritic: true) } ?? .scratch
  }
}

extension RunConfiguration {
  /// The run that ends before reinforcement learning, whatever is learned then, and how.
  ///
  /// What only later stages ask for is as by default: a study whose rates have changed goes on from what it
  /// has learned before.
  fileprivate var untilReinforcement: RunConfiguration {
    var early = self
    early.trainer.totalTrainingSteps = 0
    early.trainer.testFrequency = TrainerSettings().testFrequency
    early.data.trainBatchSize = RunConfiguration().data.trainBatchSize
    early.actor = ActorSettings()
    early.actor.maximumTokens = actor.maximumTokens
    early.actor.recomputesActivations = actor.recomputesActivations
    let later = CriticSettings().update
    early.critic.update.miniBatchSize = later.miniBatchSize
    early.critic.update.epochs = later.epochs
    early.critic.update.optimizer = later.optimizer
    return early
  }

  /// The run that ends before value pretraining.
  fileprivate var untilValuePretraining: RunConfiguration {
    var early = untilReinforcement
    early.trainer.evaluatesBeforeTraining = false
    early.valuePretraining = CriticTrainingSettings(steps: 0)
    // A warm start grades nothing and draws nothing; a reward model learns from rollouts.
    guard rewardModel.steps == 0 || !usesCritic else { return early }
    early.trainer.totalTokens = TrainerSettings().totalTokens
    early.rollout = RolloutSettings()
    early.critic.update = CriticSettings().update
    return early
  }
}
