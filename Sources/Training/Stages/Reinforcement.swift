// Reinforcement: prompts in, a better policy out, one station a line.

import Checkpoints
import Methods
import Prompts
import Records
import Settings
import Transformers

/// Reinforcement learning: the policy's updater, and whatever else the method asks for.
final class Reinforcement {
  private let actor: PolicyUpdater
  private let critic: ValueUpdater?
  private let reference: Reference?
  private let imitation: SelfImitation?

  /// - Parameters:
  ///   - model: the critic, where the method has one.
  ///   - run: what every stage uses.
  @MainActor
  init(critic model: ValueModel?, _ run: RunContext) {
    let configuration = run.configuration
    let horizon = configuration.data.maximumResponseLength
    let actor = PolicyUpdater(
      run.stations.policy, configuration.actor,
      objective: PolicyObjective(
        configuration.method, horizon: horizon,
        reportsEntropy: configuration.rollout.reusesLogProbs),
      temperature: configuration.rollout.temperature, division: run.stations.division)
    let critic = model.map {
      ValueUpdater(
        $0, configuration.critic.update, horizon: horizon, division: run.stations.division)
    }
    let settings = configuration.algorithm.selfImitation
    imitation =
      settings.enable
      ? critic.map { SelfImitation(settings, actor: actor, critic: $0, configuration) } : nil
    reference = configuration.usesReference ? Reference(run) : nil
    (self.actor, self.critic) = (actor, critic)
  }

  /// What a checkpoint keeps of the stage.
  @MainActor
  var parts: StageParts {
    StageParts(
      critic: critic?.model, actorOptimizer: actor.optimizer, criticOptimizer: critic?.optimizer,
      reference: reference?.copy, imitation: imitation)
  }

  /// Takes up the reference of a checkpoint.
  func restore(reference model: LanguageModel) { reference?.copy = model }

  /// One rollout and its updates.
  @MainActor
  func step(_ next: inout TrainingState, _ run: RunContext) async throws -> Metrics {
    let configuration = run.configuration
    let random = run.stations.random
    var metrics = Metrics()
    let episodes = try await run.collect(&next, &metrics)
    let scored = run.scored(episodes, reference?.model, critic?.model, &metrics)
    let credited = credited(scored, &next, configuration, &metrics)
    metrics.append(run.gauge(credited))
    run.show(episodes, next.stageStep)
    try run.faults.pass(.credited)

    let rollouts = configuration.steps(of: .reinforcement, at: next)
    let warmup = configuration.trainer.criticWarmup
    if let critic {
      metrics.append(
        critic.update(
          on: credited, order: random["critic"][next.step],
          at: ScheduleTime(rollout: next.stageStep, of: rollouts), watch: &run.guards.critic))
      try run.faults.pass(.criticUpdated)
    }
    var traces: [Int: UpdateTrace] = [:]
    if next.stageStep > warmup {
      let time = ScheduleTime(rollout: next.stageStep - warmup, of: rollouts - warmup)
      let update = actor.update(
        on: credited, order: random["actor"][next.step], at: time, watch: &run.guards.actor,
        traced: run.isDumpDue(next.step) ? { traces[$0] = $1 } : nil)
      run.policyVersion += 1
      metrics.append(update)
      metrics.append(
        run.noteTraining(credited, updates: update["vapo/actor_updates"], step: next.step))
      if let imitation {
        metrics.append(imitation.update(after: credited, next.step, at: time, run))
      }
      try run.faults.pass(.actorUpdated)
    }
    try run.dump(credited, next.step, traces: traces)
    if let reference, reference.isDue(after: next.stageStep) {
      reference.renew()
      metrics.set("vapo/reference_renewed", 1)
    }
    if configuration.evaluates(after: next) { _ = try await run.evaluate(&next, &metrics) }
    return metrics
  }

  /// Credit, with the coefficient that the in-reward divergence costs by now.
  private func credited(
    _ scored: [ScoredEpisode], _ next: inout TrainingState, _ configuration: RunConfiguration,
    _ metrics: inout Metrics
  ) -> [CreditedEpisode] {
    var algorithm = configuration.algorithm
    algorithm.klCoefficient = next.klCoefficient ?? algorithm.klCoefficient
    let divergence = divergenceMetrics(scored, algorithm: algorithm)
    metrics.append(divergence)
    let credited = CreditAssignment(settings: algorithm).credit(scored)
    metrics.append(creditMetrics(credited))
    if let found = divergence["actor/reward_kl_penalty"] {
      next.klCoefficient = algorithm.klControl.coefficient(
        after: algorithm.klCoefficient, divergence: found, responses: scored.count)
    }
    return credited
  }
}
