// Sampling and grading, for training and for evaluation, with what is said about it.

import Foundation
import Generation
import Methods
import Prompts
package import Records
import Settings
import Tokenizers
import Torch
import Transformers
import Verifiers

/// Seconds since it was made.
package struct Stopwatch {
  private let start = ContinuousClock.now

  /// Starts it.
  package init() {}

  /// Since then.
  package var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }
}

extension TokenSequence {
  /// The tokens of an episode.
  package init(_ episode: GradedEpisode) { self.init(episode.completion) }
}

extension Trainer {
  /// The episodes of a training step: one batch of prompts, or as many batches as dynamic sampling
  /// needs to fill it with groups that are neither all right nor all wrong.
  func collect(
    _ next: inout TrainingState, _ metrics: inout Metrics
  ) async throws -> [GradedEpisode] {
    let filter = configuration.algorithm.filterGroups
    var episodes = try await rollout(&next, &metrics)
    guard filter.enable else { return episodes }
    let wanted = configuration.data.trainBatchSize
    var batches = 1
    while mixedGroups(of: episodes, by: filter.metric).count < wanted
      && batches < filter.maxGenerationBatches
    {
      var ignored = Metrics()
      episodes += try await rollout(&next, &ignored)
      batches += 1
    }
    metrics.set("perf/total_num_tokens", Double(episodes.reduce(0) { $0 + $1.length }))
    metrics.set("vapo/filter_groups/batches", Double(batches))
    metrics.set(
      "vapo/filter_groups/kept", Double(mixedGroups(of: episodes, by: filter.metric).count))
    // The first groups that carry a signal; when even the cap found none, the first of all.
    let mixed = mixedGroups(of: episodes, by: filter.metric)
    var kept: [Int] = []
    for place in episodes.map(\.completion.prompt.place)
    where (mixed.isEmpty || mixed.contains(place)) && kept.last != place && kept.count < wanted {
      kept.append(place)
    }
    let chosen = Set(kept)
    return episodes.filter { chosen.contains($0.completion.prompt.place) }
  }

  /// Prompts and responses a prompt of one rollout: the critic's lessons have their own, for a critic
  /// learns more from many problems than from many answers to a few.
  private var rolloutShape: (prompts: Int, samples: Int) {
    configuration.criticTraining(in: state.stage).map { ($0.batchSize, $0.samples) }
      ?? (configuration.data.trainBatchSize, configuration.rollout.samples)
  }

  /// Samples and grades one batch of training prompts.
  func rollout(
    _ next: inout TrainingState, _ metrics: inout Metrics
  ) async throws -> [GradedEpisode] {
    let timer = Stopwatch()
    var ahead = prompts
    let shape = rolloutShape
    let batch = try ahead.next(
      shape.prompts, encode: stations.encoder.encode)
    let completions = try stations.engine.complete(
      batch, samples: shape.samples, sampling: configuration.rollout.sampling,
      random: stations.random["rollout"][next.step],
      watch: { progress in
        try stop.check()
        show("rollout", progress, timer)
      })
    stations.policy.forgetPanels()
    let generation = timer.seconds
    let episodes = await stations.grader.grade(completions)
    prompts = ahead
    let tokens = episodes.reduce(0) { $0 + $1.length }
    // A reward model is what a run is given, as its policy is.
    if state.stage != .rewardModel { next.tokens += tokens }
    next.stageTokens += tokens
    metrics.append(rolloutMetrics(episodes))
    metrics.set("timing_s/gen", generation)
    metrics.set("timing_s/reward", timer.seconds - generation)
    metrics.set("perf/total_num_tokens", Double(tokens))
    metrics.set("perf/generation_throughput", Double(tokens) / generation)
    if next.stageStep == 1, let alarm = answerAlarm(episodes, settings: configuration.reward) {
      console.say("warning: \(alarm)")
    }
    return episodes
  }

  /// Answers the held-out problems and notes the scores.
  func evaluate(
    _ next: inout TrainingState, _ metrics: inout Metrics
  ) async throws -> [GradedEpisode] {
    let timer = Stopwatch()
    let settings = configuration.rollout.evaluation
    let evaluator = Evaluator(
      engine: stations.engine, grader: stations.grader, samples: settings.samples,
      sampling: settings.sampling)
    let isAbandonable = state.stage == .baseline
    let (result, episodes) = try await evaluator.evaluate(
      try stations.heldOutPrompts(), random: stations.random["evaluation"][next.step],
      watch: { progress in
        // After an update there is no way back to the state before the step.
        if isAbandonable { try stop.check() }
        show("evaluation", progress, timer)
      })
    metrics.append(result.metrics)
    metrics.set("timing_s/testing", timer.seconds)
    next.score = result.overall.average
    console.endProgress()
    console.say(summary(of: result))
    return episodes
  }

  private func summary(of result: EvaluationResult) -> String {
    let score = result.overall
    func percent(_ share: Double) -> String {
      share.formatted(.percent.precision(.fractionLength(1)))
    }
    return """
      held-out: avg@\(score.samples) \(percent(score.average)) \
      (\(score.correct)/\(score.problems * score.samples)), pass@\(score.samples) \
      \(percent(score.pass)), maj@\(score.samples) \(percent(score.majority)), mean length \
      \(score.meanLength.formatted(.number.precision(.fractionLength(1)))), direct \
      \(percent(score.direct))
      """
  }

  private func show(_ phase: String, _ progress: GenerationProgress, _ timer: Stopwatch) {
    let rate = Int(Double(progress.tokens) / max(timer.seconds, 1e-9))
    console.progress(
      phase, done: progress.finished, of: progress.total, unit: "responses",
      detail: "\(rate) tokens/s")
  }

  /// Says in numbers what of a rollout was trained, and in words when nothing was.
  func noteTraining(_ episodes: [CreditedEpisode], _ step: Int, _ metrics: inout Metrics) {
    let trained = episodes.filter(\.isTrained)
    let isIdle = metrics["vapo/actor_updates"] == 0
    metrics.set("vapo/trained_responses", Double(trained.count))
    metrics.set("vapo/trained_nothing", isIdle ? 1 : 0)
    guard isIdle else { return }
    let graded = episodes.count { $0.episode.verdict.isGraded }
    console.say(
      "warning: step \(step) trained nothing: of \(episodes.count) responses \(graded) were graded, "
        + "and none of them was left by algorithm.filter_groups and algorithm.overlong_filtering")
  }

  /// Writes a rollout with its credit, when it is the step's turn.
  func dump(_ episodes: [CreditedEpisode], _ step: Int) throws {
    let frequency = configuration.trainer.rolloutDumpFrequency
    guard frequency > 0, step % frequency == 0 else { return }
    try journal.dump(episodes.map { RolloutRecord($0) }, step: step)
  }

  /// How far the engine's log-probabilities are from the trainer's, and the policy's entropy.
  func agreement(_ episodes: [GradedEpisode], _ scored: ScoredTokens) -> Metrics {
    var metrics = Metrics()
    let differences = zip(episodes, scored.logProbs).flatMap { episode, logProbs in
      zip(episode.completion.logProbs, logProbs).map { Double(abs(exp($0) - exp($1))) }
    }
    let count = Double(max(1, differences.count))
    metrics.set("training/rollout_probs_diff_mean", differences.reduce(0, +) / count)
    metrics.set("training/rollout_probs_diff_max", differences.max() ?? 0)
    let entropies = scored.entropy.joined()
    metrics.set("actor/entropy", entropies.reduce(0) { $0 + Double($1) } / count)
    return metrics
  }
}
