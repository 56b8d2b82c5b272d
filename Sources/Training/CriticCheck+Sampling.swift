// The sampling behind a critic's check: responses, places in them, continuations from there.

public import Foundation
import Generation
import Methods
import Prompts
import Records
public import Settings
import Tokenizers
import Torch
import Transformers
import Verifiers

/// How much is sampled to check a critic.
public struct CriticCheckPlan: Sendable {
  /// Held-out problems, one response each.
  public var prompts = 16
  /// Places a response, from its beginning on, evenly.
  public var places = 8
  /// Continuations a place; at least 2.
  public var continuations = 16

  /// The defaults.
  public init() {}
}

/// Checks the critic of a run on held-out problems, with the policy and the sampling it was trained with.
///
/// - Parameters:
///   - configuration: the run's, whose `model.path` is the policy.
///   - folder: the critic's.
///   - plan: how much is sampled.
///   - console: where to speak.
/// - Returns: the places, and what they say together.
/// - Throws: what files have wrong with them; ``ConfigurationError`` for settings under which values are no
///   expected rewards; a stop that the user asked for.
@MainActor
public func checkCritic(
  _ configuration: RunConfiguration, critic folder: URL, plan: CriticCheckPlan, console: Console
) async throws -> CriticCheck {
  guard !configuration.reward.normalize, configuration.algorithm.gamma == 1 else {
    throw ConfigurationError.refused(
      "a critic's values are no expected rewards with reward.normalize or algorithm.gamma below 1: "
        + "this run's cannot be held against the rewards of continuations")
  }
  let stations = try prepared(configuration, console)
  let critic = try stations.models.critic(checkpoint: folder, beside: stations.policy)
  try await stations.grader.check()
  let stop = StopRequest()
  let signals = stop.listen()
  defer { signals.forEach { $0.cancel() } }
  let random = stations.random["critic check"]
  let sampling = configuration.rollout.sampling
  let prompts = Array(try stations.heldOutPrompts().prefix(plan.prompts))
  let responses = try stations.engine.complete(
    prompts, samples: 1, sampling: sampling, random: random["responses"]
  ) { progress in
    try stop.check()
    console.progress("responses", progress)
  }
  let values = stations.scorer.values(critic, on: responses.map(TokenSequence.init))
  let starts = responses.indices.flatMap { response -> [(response: Int, tokens: Int)] in
    let length = responses[response].tokens.count
    // Rounded up, so that ten places lie in ten tenths; a short response has fewer.
    let places = Set(
      (0..<plan.places).map { min(($0 * length + plan.places - 1) / plan.places, length - 1) })
    return places.sorted().map { (response, $0) }
  }
  let prefixes = starts.enumerated().map { place, start in
    var prompt = responses[start.response].prompt
    prompt.tokens += responses[start.response].tokens.prefix(start.tokens)
    prompt.place = place
    return prompt
  }
  let most = configuration.data.maximumResponseLength
  let continuations = try stations.engine.complete(
    prefixes, samples: plan.continuations, sampling: sampling, random: random["continuations"],
    lengths: { prefix, _ in most - starts[prefix].tokens }
  ) { progress in
    try stop.check()
    console.progress("continuations", progress)
  }
  let whole = continuations.enumerated().map { number, continuation in
    let start = starts[number / plan.continuations]
    var completion = continuation
    completion.prompt = responses[start.response].prompt
    completion.tokens = responses[start.response].tokens.prefix(start.tokens) + continuation.tokens
    completion.logProbs = [Float](repeating: 0, count: completion.tokens.count)
    completion.mask = nil
    let isEnded = continuation.finish == .stop
    completion.text = stations.tokenizer.decode(
      isEnded ? completion.tokens.dropLast() : completion.tokens)
    return completion
  }
  let graded = await stations.grader.grade(whole)
  console.endProgress()
  return CriticCheck(
    starts.enumerated().map { place, start in
      let range = (place * plan.continuations)..<((place + 1) * plan.continuations)
      let rewards = graded[range].filter(\.verdict.isGraded).map { Double($0.reward) }
      return CriticPlace(
        response: start.response, tokens: start.tokens,
        length: responses[start.response].tokens.count,
        value: Double(values[start.response][start.tokens]), rewards: rewards)
    })
}
