// The check before anything is trained: both paths to a log-probability must agree.

import Generation
import Prompts
import Records
import Settings
import Torch
import Transformers

extension Trainer {
  /// Samples a little and refuses to start when the engine and the trainer disagree on the
  /// log-probability of what was sampled.
  func checkLogProbs() throws {
    let data = configuration.data
    let count = min(4, context.stations.heldOut.count ?? 4)
    let probes = try context.stations.heldOut.prompts(
      0..<count, maximumLength: data.maximumPromptLength, truncation: data.truncation,
      encode: context.stations.encoder.encode)
    let engine = Engine(
      model: context.stations.policy, stopTokens: context.stations.generation.eosTokens,
      limits: GenerationLimits(maximumLength: min(32, data.maximumResponseLength)),
      decode: { _ in "" })
    let temperature = configuration.rollout.temperature
    let completions = engine.complete(
      probes, samples: 2, sampling: SamplingSettings(temperature: temperature),
      random: context.stations.random["check"])
    let scored = context.stations.scorer.policy(
      context.stations.policy, on: completions.map { TokenSequence($0) })
    // Of a rare token the difference is taken in parts of its log-probability: float32 has seven
    // digits, wherever the point stands.
    let difference = zip(completions, scored.logProbs).reduce(0.0) { largest, pair in
      zip(pair.0.logProbs, pair.1).reduce(largest) { largest, pair in
        max(largest, Double(abs(pair.0 - pair.1) / max(1, abs(pair.1))))
      }
    }
    let allowed = configuration.model.computeType == .float32 ? 1e-5 : 2e-2
    guard difference <= allowed else {
      throw TrainingError.logProbMismatch(difference: difference, allowed: allowed)
    }
  }
}
