// The steps of each stage. `reinforcementStep` reads as the pipeline.

import Foundation
import Generation
import Methods
import Prompts
import Records
import Settings
import Torch
import Transformers
import Verifiers

extension Trainer {
  /// Makes what the stage at hand needs and does not have.
  func prepareStage() throws {
    let horizon = configuration.data.maximumResponseLength
    switch state.stage {
    case .warmStart where warmStart == nil:
      warmStart = try makeWarmStart()
    case .rewardModel where critic == nil, .valuePretraining where critic == nil:
      guard let lesson = configuration.criticTraining(in: state.stage) else { return }
      let update = configuration.critic.update
      critic = ValueUpdater(
        try criticModel ?? stations.models.critic(beside: stations.policy),
        plan: ValueUpdatePlan(
          epochs: lesson.epochs, miniBatchSize: lesson.miniBatchSize,
          maximumTokens: update.maximumTokens,
          recomputesActivations: update.recomputesActivations),
        objective: ValueObjective(
          update.loss, horizon: horizon, ofLastTokens: state.stage == .rewardModel),
        optimizer: lesson.optimizer)
    case .baseline where configuration.usesCritic && criticModel == nil:
      criticModel = try stations.models.critic(beside: stations.policy)
    case .reinforcement where actor == nil:
      let algorithm = configuration.algorithm
      actor = PolicyUpdater(
        stations.policy, configuration.actor,
        objective: PolicyObjective(
          configuration.method, horizon: horizon,
          reportsEntropy: configuration.rollout.reusesLogProbs),
        temperature: configuration.rollout.temperature)
      if configuration.usesCritic {
        let settings = configuration.critic.update
        critic = ValueUpdater(
          try criticModel ?? stations.models.critic(beside: stations.policy),
          plan: ValueUpdatePlan(
            epochs: settings.epochs, miniBatchSize: settings.miniBatchSize,
            maximumTokens: settings.maximumTokens,
            recomputesActivations: settings.recomputesActivations),
          objective: ValueObjective(settings.loss, horizon: horizon),
          optimizer: settings.optimizer)
      }
      if configuration.usesReference && reference == nil {
        reference =
          configuration.referenceIsBase
          ? stations.policy.withoutAdapter
          : stations.policy.copy(as: configuration.model.computeType)
      }
      if algorithm.selfImitation.enable, let actor, let critic {
        imitation = ImitationOptimizers(
          actor: Optimizer(actor.model.trainable, configuration.actor.optimizer),
          critic: Optimizer(critic.model.trainable, configuration.critic.update.optimizer))
        replay = replay ?? ReplayBuffer(settings: algorithm.selfImitation)
      }
    default: break
    }
  }

  private func makeWarmStart() throws -> WarmStart {
    WarmStart(
      stations.policy, task: stations.task, configuration: configuration,
      tokenizer: stations.tokenizer, encoder: stations.encoder,
      endOfText: stations.generation.eosTokens[0],
      random: stations.random)
  }

  func warmStartStep() throws -> Metrics {
    guard let warmStart else { preconditionFailure("the stage was not prepared") }
    let total = configuration.warmStart.steps
    return try warmStart.step(state.stageStep, watch: &guards.actor) { done, loss in
      console.progress(
        "warm start", done: done, of: total, unit: "updates",
        detail: "loss \(loss.formatted(.number.precision(.fractionLength(3))))")
    }
  }

  /// A rollout of the fixed policy, and what the critic learns from it: the outcome itself, whatever
  /// the λ of its targets is later.
  ///
  /// Source: VAPO, arXiv:2504.05118, sec. 4.1: Monte-Carlo returns of a fixed policy.
  func lessonStep(_ next: inout TrainingState) async throws -> Metrics {
    guard let critic, let lesson = configuration.criticTraining(in: state.stage) else {
      preconditionFailure("the stage was not prepared")
    }
    var metrics = Metrics()
    let episodes = try await rollout(&next, &metrics)
    let credited = credited(episodes, by: critic.model, lambda: 1)
    metrics.append(creditMetrics(credited))
    metrics.append(
      critic.update(
        on: credited, order: stations.random["critic"][next.step],
        totalUpdates: updates(
          of: episodes.count, portions: lesson.miniBatchSize, epochs: lesson.epochs,
          steps: steps(of: state.stage, at: state)),
        watch: &guards.critic))
    let isReward = state.stage == .rewardModel
    let explained =
      isReward ? lastExplainedVariance(credited) : metrics["critic/vf_explained_var"] ?? 0
    let name = Self.lessonName(state.stage)
    metrics.set("vapo/\(name)/step", Double(next.stageStep))
    metrics.set("vapo/\(name)/loss", metrics["critic/vf_loss"] ?? 0)
    metrics.set("vapo/\(name)/explained_var", explained)
    try dump(credited, next.step)
    return metrics
  }

  /// What a lesson's metrics are called.
  static func lessonName(_ stage: Stage) -> String {
    stage == .rewardModel ? "reward_model" : "value_pretrain"
  }

  func baselineStep(_ next: inout TrainingState) async throws -> Metrics {
    var metrics = Metrics()
    let episodes = try await evaluate(&next, &metrics)
    guard let critic = criticModel else { return metrics }
    let credited = credited(episodes, by: critic)
    metrics.append(criticMetrics(credited.filter { $0.episode.verdict.isGraded }))
    try dump(credited, next.step)
    return metrics
  }

  func reinforcementStep(_ next: inout TrainingState) async throws -> Metrics {
    guard let actor else { preconditionFailure("the stage was not prepared") }
    var metrics = Metrics()
    let episodes = try await collect(&next, &metrics)
    let scored = scored(episodes, &metrics)
    metrics.append(divergenceMetrics(scored, algorithm: configuration.algorithm))
    let credited = stations.credit.credit(scored)
    metrics.append(creditMetrics(credited))
    try dump(credited, next.step)

    let total = steps(of: .reinforcement, at: next)
    if let critic {
      let timer = Stopwatch()
      metrics.append(
        critic.update(
          on: credited, order: stations.random["critic"][next.step],
          totalUpdates: updates(
            of: episodes.count, portions: configuration.critic.update.miniBatchSize,
            epochs: configuration.critic.update.epochs, steps: total), watch: &guards.critic))
      critic.model.decoder.forgetPanels()
      metrics.set("timing_s/update_critic", timer.seconds)
    }
    let timer = Stopwatch()
    if next.stageStep > configuration.trainer.criticWarmup {
      metrics.append(
        actor.update(
          on: credited, order: stations.random["actor"][next.step],
          totalUpdates: updates(
            of: episodes.count, portions: configuration.actor.miniBatchSize,
            epochs: configuration.actor.epochs, steps: total), watch: &guards.actor))
      noteTraining(credited, next.step, &metrics)
      imitate(credited, next.step, total: total, &metrics)
    }
    metrics.set("timing_s/update_actor", timer.seconds)
    renewReference(after: next.stageStep, &metrics)

    let frequency = configuration.trainer.testFrequency
    if isFinished(next) || (frequency > 0 && next.stageStep % frequency == 0) {
      _ = try await evaluate(&next, &metrics)
    }
    return metrics
  }

  /// Makes the policy as it is the reference, when it is time.
  ///
  /// Source: DeepSeek-R1, arXiv:2501.12948, sec. 2.2: every 400 steps.
  private func renewReference(after rollouts: Int, _ metrics: inout Metrics) {
    let interval = configuration.algorithm.referenceSyncSteps
    guard interval > 0, reference != nil, rollouts % interval == 0 else { return }
    // The old one goes before the new one comes.
    reference = nil
    reference = stations.policy.copy(as: configuration.model.computeType)
    metrics.set("vapo/reference_renewed", 1)
  }

  /// Optimizer steps over a whole stage, for schedules that fall.
  private func updates(of episodes: Int, portions: Int, epochs: Int, steps: Int) -> Int {
    (episodes + portions - 1) / portions * epochs * steps
  }
}
