// Sampling and grading, for training and for evaluation, with what is said about it.

import Checkpoints
import Foundation
import Generation
import Methods
import Prompts
import Ranks
import Records
import RolloutServers
import Settings
import Tokenizers
import Torch
import Transformers
import Verifiers

extension RunContext {
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

  /// Prompts and responses a prompt of one rollout: a stage that trains the critic alone has its own,
  /// for a critic learns more from many problems than from many responses to a few.
  private func rolloutShape(in stage: Stage) -> (prompts: Int, samples: Int) {
    configuration.criticTraining(in: stage).map { ($0.batchSize, $0.samples) }
      ?? (configuration.data.trainBatchSize, configuration.rollout.samples)
  }

  /// Samples and grades one batch of training prompts, or grades one that was drawn ahead.
  func rollout(
    _ next: inout TrainingState, _ metrics: inout Metrics
  ) async throws -> [GradedEpisode] {
    let timer = Stopwatch()
    // Nothing of the run's own changes before the rollout is whole: a step that stops in it leaves nothing behind.
    var stream = prompts
    var ahead = next.stage == .reinforcement ? self.ahead : nil
    let taken = ahead?.take(next.step)
    let shape = rolloutShape(in: next.stage)
    let batch =
      try taken?.prompts ?? stream.next(shape.prompts, encode: stations.encoder.encode)
    let ranks = stations.division.ranks
    ranks.enter("the rollout of step \(next.step)")
    var generation = 0.0
    var drawnAt = next.step
    let graded: [GradedEpisode]
    do {
      graded = try await responses(
        to: batch, at: progress(before: next),
        sampled: { own, opening in
          var completions = try await drawn(taken)
          if let taken, completions != nil { drawnAt = taken.drawnAt }
          if completions == nil {
            try await remote?.bring(to: next.step, mayStop: true, self, &metrics)
            do {
              completions = try await sampled(
                own, samples: shape.samples, sampling: configuration.rollout.sampling,
                random: stations.random["rollout"][next.step], opening: opening,
                watch: { progress in
                  try stop.check()
                  console.progress("rollout", progress)
                })
            } catch is StopRequested {}
            // What follows is everybody's work.
            if ahead != nil && ranks.any(completions == nil, "the rollout") {
              throw StopRequested()
            }
          }
          guard let completions else { throw StopRequested() }
          generation = timer.seconds - (metrics["timing_s/load_weights"] ?? 0)
          try await begin(&ahead, beside: next, &stream, &metrics)
          return completions
        })
    } catch {
      // What earlier steps have begun is kept by the checkpoint of a run that stops here.
      ahead?.cancel(after: self.ahead?.last ?? 0)
      throw error
    }
    if ahead != nil { metrics.set("vapo/rollout_staleness", Double(next.step - drawnAt)) }
    let other = metrics["timing_s/load_weights"] ?? 0
    ranks.enter("the work on the rollout of step \(next.step)")
    let episodes = stations.grader.settings.normalized(graded, by: &next.scores)
    prompts = stream
    if next.stage == .reinforcement { self.ahead = ahead }
    let tokens = episodes.reduce(0) { $0 + $1.length }
    // A reward model is what a run is given, as its policy is.
    if next.stage != .rewardModel { next.tokens += tokens }
    next.stageTokens += tokens
    metrics.append(rolloutMetrics(episodes))
    metrics.set("timing_s/gen", generation)
    metrics.set("timing_s/reward", timer.seconds - generation - other)
    metrics.set("perf/total_num_tokens", Double(tokens))
    metrics.set("perf/generation_throughput", Double(tokens) / generation)
    if next.stageStep == 1, let alarm = answerAlarm(episodes, settings: stations.grader.settings) {
      console.say("warning: \(alarm)")
    }
    try faults.pass(.rollout)
    return episodes
  }

  /// What was drawn ahead, as soon as it is there; nil where nothing was, or some process could not.
  ///
  /// - Throws: ``StopRequested``, in every process where one was asked to stop.
  private func drawn(_ taken: AheadRollouts.Waiting?) async throws -> [Completion]? {
    guard let taken else { return nil }
    var completions: [Completion]?
    var isStopped = false
    do {
      completions = try await result(of: taken.task, mayStop: true)
    } catch is StopRequested {
      isStopped = true
    } catch {
      warn("the rollout of step \(taken.step) was not drawn ahead and is drawn now: \(error)")
    }
    let ranks = stations.division.ranks
    if ranks.any(isStopped, "what was drawn ahead") { throw StopRequested() }
    return ranks.any(completions == nil, "what was drawn ahead") ? nil : completions
  }

  /// What a task comes to, or the end of the run where that is asked for first.
  ///
  /// - Parameters:
  ///   - task: goes on where the run stops.
  ///   - mayStop: whether the run can be left here.
  /// - Returns: its result.
  /// - Throws: ``StopRequested``, and what the task throws.
  func result<Value: Sendable>(
    of task: Task<Value, any Error>, mayStop: Bool
  ) async throws -> Value {
    let isDone = Mark()
    Task.detached {
      _ = await task.result
      isDone.set()
    }
    while mayStop && !isDone.isSet {
      try stop.check()
      try await Task.sleep(for: .milliseconds(20))
    }
    return try await task.value
  }

  /// Begins the rollouts of steps to come, with the weights from before this one's updates.
  private func begin(
    _ ahead: inout AheadRollouts?, beside next: TrainingState, _ stream: inout PromptStream,
    _ metrics: inout Metrics
  ) async throws {
    guard let depth = ahead?.depth else { return }
    let left = configuration.steps(of: .reinforcement, at: next) - next.stageStep
    let missing = (next.step + 1)..<(next.step + 1 + max(0, min(depth, left)))
    let first = max(missing.lowerBound, (ahead?.last ?? next.step) + 1)
    guard first < missing.upperBound else { return }
    try await ahead?.prepare(next.step, self, &metrics)
    let shape = rolloutShape(in: next.stage)
    for step in first..<missing.upperBound {
      ahead?.begin(
        step, before: next.step,
        try stream.next(shape.prompts, encode: stations.encoder.encode), samples: shape.samples,
        sampling: configuration.rollout.sampling, random: stations.random["rollout"][step])
    }
  }

  /// Samples responses to this process's prompts, grades them, and brings those of all processes together.
  ///
  /// - Parameters:
  ///   - prompts: of all processes.
  ///   - progress: what reward functions are told.
  ///   - sampled: responses to some of the prompts, and how many tokens all of them begin with.
  /// - Returns: graded, prompt by prompt and sample by sample.
  /// - Throws: ``StopRequested`` in every process where one was asked to stop, and what `sampled` throws.
  private func responses(
    to prompts: [Prompt], at progress: TrainingProgress,
    sampled: (_ own: [Prompt], _ opening: Int) async throws -> [Completion]
  ) async throws -> [GradedEpisode] {
    let exchange = EpisodeExchange(prompts, stations.division.ranks)
    var completions: [Completion]?
    do {
      completions = try await sampled(exchange.own, Engine.sharedOpening(of: prompts))
    } catch is StopRequested {}
    stations.forgetPanels()
    let mine = await TrainingProgress.$current.withValue(progress) {
      await stations.graded(completions)
    }
    return try exchange.gathered(mine)
  }

  /// Draws responses, by servers where they do it.
  ///
  /// What is not learned from, an evaluation, is drawn with the policy exactly as it is.
  ///
  /// - Throws: what `watch` throws, and what servers have wrong with them.
  private func sampled(
    _ prompts: [Prompt], samples: Int, sampling: SamplingSettings, random: RandomSource,
    isLearnedFrom: Bool = true, opening: Int, watch: (GenerationProgress) throws -> Void
  ) async throws -> [Completion] {
    guard let remote else {
      let engine = isLearnedFrom ? stations.rolloutEngine : stations.engine
      return try engine.complete(
        prompts, samples: samples, sampling: sampling, random: random, keepsMasks: isLearnedFrom,
        opening: opening, watch: watch)
    }
    return try await remote.complete(
      prompts, samples: samples, sampling: sampling, random: random, self, watch: watch)
  }

  /// Says what a user should know although the run goes on.
  func warn(_ words: String) { console.say("warning: \(words)") }

  /// Where reinforcement stands after a step; before its stage, at its start.
  private func progress(after state: TrainingState) -> TrainingProgress {
    TrainingProgress(
      step: state.stage == .reinforcement ? state.stageStep : 0,
      of: configuration.steps(of: .reinforcement, at: state))
  }

  /// The same while the step is under way, which counts itself already.
  private func progress(before state: TrainingState) -> TrainingProgress {
    var progress = progress(after: state)
    progress.step = max(0, progress.step - 1)
    return progress
  }

  /// Answers the held-out problems and notes the scores.
  func evaluate(
    _ next: inout TrainingState, _ metrics: inout Metrics
  ) async throws -> [GradedEpisode] {
    let timer = Stopwatch()
    let settings = configuration.rollout.evaluation
    let isAbandonable = next.stage == .baseline
    stations.division.ranks.enter("the evaluation of step \(next.step)")
    try await remote?.bring(to: next.step, mayStop: isAbandonable, self, &metrics)
    let episodes = try await responses(
      to: stations.heldOutPrompts(), at: progress(after: next),
      sampled: { own, opening in
        try await sampled(
          own, samples: settings.samples, sampling: settings.sampling,
          random: stations.random["evaluation"][next.step], isLearnedFrom: false,
          opening: opening,
          watch: { progress in
            // After an update there is no way back to the state before the step.
            if isAbandonable { try stop.check() }
            console.progress("evaluation", progress)
          })
      })
    let result = Evaluator.result(episodes, samples: settings.samples)
    metrics.append(result.metrics)
    metrics.set("timing_s/testing", timer.seconds)
    next.score = result.overall.average
    console.endProgress()
    console.say(summary(of: result))
    return episodes
  }

  /// Shows one response to the console every few steps: numbers hide what a policy says.
  func show(_ episodes: [GradedEpisode], _ step: Int) {
    let frequency = configuration.trainer.sampleFrequency
    guard frequency > 0, (step - 1) % frequency == 0, let first = episodes.first else { return }
    console.say(Example(first).text)
  }

  private func summary(of result: EvaluationResult) -> String {
    let score = result.overall
    func percent(_ share: Double) -> String {
      share.formatted(.percent.precision(.fractionLength(share == 1 ? 0 : 1)))
    }
    var words =
      "held-out: avg@\(score.samples) \(percent(score.average)) "
      + "(\(score.correct)/\(score.problems * score.samples))"
    // Of one response a problem the three are one number; 80 columns hold them without their k.
    if score.samples > 1 {
      words += ", pass \(percent(score.pass)), maj \(percent(score.majority))"
    }
    words += ", len \(score.meanLength.formatted(.number.precision(.fractionLength(1))))"
    return score.direct > 0 ? words + ", direct \(percent(score.direct))" : words
  }
}
