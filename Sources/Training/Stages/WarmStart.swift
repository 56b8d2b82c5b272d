// WarmStart: the supervised first stage. The policy imitates a generated task's own answers,
// stated mistakes and direct answers included, so that reinforcement has something to do.

import Foundation
import Methods
import Prompts
import Records
import Settings
import Tokenizers
import Torch
import Transformers

/// Teaches a policy a task's traces.
final class WarmStart {
  let optimizer: Optimizer
  private let share: WeightShare
  private let model: LanguageModel
  private let task: any ReasoningTask
  private let settings: WarmStartSettings
  private let taskSettings: TaskSettings
  private let tokenizer: Tokenizer
  private let encoder: PromptEncoder
  private let endOfText: Int
  private let random: RandomSource
  private let packer: BatchPacker
  private let longestPrompt: Int
  private let longestResponse: Int

  /// - Parameter run: what every stage uses.
  @MainActor
  init(_ run: RunContext) {
    let (configuration, stations) = (run.configuration, run.stations)
    model = stations.policy
    task = stations.task
    settings = configuration.warmStart
    taskSettings = configuration.data.task
    tokenizer = stations.tokenizer
    encoder = stations.encoder
    endOfText = stations.generation.eosTokens[0]
    random = stations.random["traces"]
    longestPrompt = configuration.data.maximumPromptLength
    longestResponse = configuration.data.maximumResponseLength
    packer = BatchPacker(
      tokenBudget: configuration.actor.maximumTokens, device: model.decoder.device,
      division: stations.division)
    share = WeightShare(model.trainable, of: model.decoder, stations.division)
    optimizer = Optimizer(share, settings.optimizer)
    model.decoder.recomputesActivations = configuration.actor.recomputesActivations
  }

  /// The global steps of the stage: reports, each of many optimizer steps.
  static func steps(_ settings: WarmStartSettings) -> Int {
    (settings.steps + settings.reportInterval - 1) / max(1, settings.reportInterval)
  }

  /// Runs the optimizer steps of one report.
  ///
  /// - Parameters:
  ///   - number: which report, from 0.
  ///   - run: what every stage uses.
  /// - Returns: the report's numbers.
  /// - Throws: ``ConfigurationError`` when the task's answers are too long.
  @MainActor
  func step(_ number: Int, _ run: RunContext) throws -> Metrics {
    var averages = Averages()
    let first = number * settings.reportInterval
    let last = min(first + settings.reportInterval, settings.steps)
    for update in first..<last {
      let loss = gather(try batch(update))
      let outcome = optimizer.update(
        loss: loss, at: UpdateTime(updates: settings.steps, rollout: 1, rollouts: 1))
      run.guards.actor.note(outcome, of: "actor")
      averages.add("loss", loss)
      averages.add("grad_norm", outcome.gradientNorm)
      averages.add("lr", outcome.rate)
      if run.guards.actor.mustStop { break }
      run.console.progress(
        "warm start", done: update + 1, of: settings.steps, unit: "updates",
        detail: "loss \(loss.formatted(.number.precision(.fractionLength(3))))")
    }
    run.policyVersion += 1
    var metrics = Metrics()
    metrics.set("vapo/warm_start/loss", averages["loss"])
    metrics.set("actor/grad_norm", averages["grad_norm"])
    metrics.set("actor/lr", averages["lr"])
    metrics.set("vapo/warm_start/updates", Double(last))
    metrics.set("vapo/warm_start/hardest", Double(hardest(at: last - 1)))
    return metrics
  }

  /// The hardest difficulty of a step: it rises evenly over the curriculum's share of the stage.
  private func hardest(at update: Int) -> Int {
    let length = settings.curriculum * Double(settings.steps)
    guard Double(update) < length else { return taskSettings.maximumSteps }
    let rise = Double(taskSettings.maximumSteps - settings.curriculumStart) * Double(update)
    return settings.curriculumStart + Int(rise / length)
  }

  private func batch(_ update: Int) throws -> [TokenSequence] {
    let hardest = hardest(at: update)
    return try (0..<settings.batchSize).map { place in
      let index = update * settings.batchSize + place
      return try sequence(index, task.problem(index, split: .train, atMost: hardest))
    }
  }

  /// A problem with an answer that fits; repeated steps can make one too long, and then another
  /// one is drawn.
  private func sequence(_ index: Int, _ problem: Problem) throws -> TokenSequence {
    let prompt = try encoder.encode(problem).tokens
    for attempt in 0..<Self.attempts {
      var generator = random[index][attempt].generator
      let trace = task.trace(for: problem, random: &generator, mistakes: taskSettings.mistakes)
      let response = tokenizer.encode(trace.text) + [endOfText]
      if response.count <= longestResponse && prompt.count <= longestPrompt {
        return TokenSequence(prompt: prompt, response: response)
      }
    }
    throw ConfigurationError.refused(
      "warm_start: problem \(problem.id) of \(prompt.count) tokens and its answers do not fit "
        + "into data.max_prompt_length, \(longestPrompt), and data.max_response_length, "
        + "\(longestResponse); raise them or lower data.task.max_moves")
  }

  private static let attempts = 100

  /// Gathers the gradient of the mean negative log-likelihood of a batch's response tokens.
  private func gather(_ sequences: [TokenSequence]) -> Double {
    let tokens = sequences.reduce(0) { $0 + $1.response.count }
    var table = TokenTable()
    table.add(
      .imitationWeight,
      sequences.map { [Float](repeating: 1 / Float(tokens), count: $0.response.count) })
    let input = LearningInput(sequences, table, temperature: 1)
    return model.gather(input, packer, into: share) { tokens in
      let loss = imitationLoss(
        logProbs: tokens.logProbs, weights: tokens.columns[.imitationWeight])
      return [LossTerm(loss)]
    }.loss
  }
}
