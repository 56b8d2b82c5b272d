// The check before anything is trained: the engine is the model.

import Generation
import Prompts
import Records
import Settings
import Torch
import Transformers

extension Trainer {
  /// Samples a little, and refuses to start when the engine and the trainer disagree about the
  /// log-probabilities of what was sampled as only a wrong engine can.
  ///
  /// How far they are apart is reported at every step, as `rollout_corr/…`. Servers are probed whenever they get
  /// weights.
  func checkLogProbs() throws {
    guard context.remote == nil else { return }
    let (data, stations) = (configuration.data, context.stations)
    let probes = try stations.heldOut.prompts(
      0..<min(4, stations.heldOut.count ?? 4), maximumLength: data.maximumPromptLength,
      truncation: data.truncation, encode: stations.encoder.encode)
    let engine = Engine(
      model: stations.policy.whole, stopTokens: stations.generation.eosTokens,
      limits: GenerationLimits(maximumLength: min(32, data.maximumResponseLength)),
      decode: { _ in "" })
    let completions = engine.complete(
      probes, samples: 2,
      sampling: SamplingSettings(temperature: configuration.rollout.temperature),
      random: stations.random["check"])
    let scored = stations.scorer.policy(
      stations.policy, on: completions.map { TokenSequence($0) })
    let found = LogProbAgreement(completions, scored.logProbs, of: stations.policy)
    let bounds = configuration.trainer.logProbBounds
    guard found.isWithin(bounds) else { throw TrainingError.logProbMismatch(found.words) }
    if !found.isWithin(bounds, times: 0.5) {
      console.say(
        "warning: the engine's log-probabilities are further from the trainer's than rounding "
          + "usually makes them: \(found.words)")
    }
  }
}
