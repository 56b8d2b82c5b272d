// What a run keeps: checkpoints, the finished models, and the check that both paths to a
// log-probability agree before anything is trained.

import Checkpoints
import Foundation
import Generation
import Methods
import Prompts
import Records
import Settings
import Tokenizers
import Torch
import Transformers

extension Trainer {
  /// Saves everything that resumes the run.
  func save() throws {
    guard savedStep != state.step else { return }
    try journal.synchronize()
    let snapshot = Snapshot(
      state: state, actor: stations.policy,
      actorOptimizer: actor?.optimizer ?? warmStart?.optimizer,
      critic: critic?.model ?? criticModel, criticOptimizer: critic?.optimizer,
      reference: configuration.referenceIsBase ? nil : reference, replay: replay,
      imitation: imitation)
    let configuration = ConfigurationLoader.encodeYAML(configuration)
    try store.save(
      step: state.step,
      metadata: ["stage": state.stage.rawValue, "data": stations.training.fingerprint],
      score: state.score
    ) { folder in
      try snapshot.write(
        to: folder, tokenizer: stations.tokenizerFiles, generation: stations.generation,
        configuration: configuration)
    }
    savedStep = state.step
  }

  /// Puts the finished policy and critic where a user looks for them: whole models, and beside
  /// them the adapters that were trained.
  func export() throws {
    let policy = stations.policy
    try ModelFolder.save(
      policy.merged(), tokenizer: stations.tokenizerFiles, generation: stations.generation,
      to: folder.actor)
    console.say("policy: \(folder.actor.path)")
    if policy.adapter != nil {
      try ModelFolder.saveAdapter(
        of: policy, tokenizer: stations.tokenizerFiles, to: folder.actorAdapter)
      console.say("its adapter: \(folder.actorAdapter.path)")
    }
    guard let critic = critic?.model ?? criticModel else { return }
    try ModelFolder.save(critic.merged(), tokenizer: stations.tokenizerFiles, to: folder.critic)
    console.say("critic: \(folder.critic.path)")
    if critic.adapter != nil {
      try ModelFolder.saveAdapter(of: critic, to: folder.criticAdapter)
      console.say("its adapter: \(folder.criticAdapter.path)")
    }
  }

  /// Takes up a checkpoint's critic, moments and buffers; the policy came with the stations.
  func restore(from folder: URL) throws {
    func url(_ name: String) -> URL { folder.appending(path: name) }
    func isThere(_ name: String) -> Bool { FileManager.default.fileExists(atPath: url(name).path) }
    let model = configuration.model
    let device = stations.policy.decoder.device
    var restored = ["policy"]
    if isThere(SnapshotFiles.critic) {
      criticModel = try stations.models.critic(
        checkpoint: url(SnapshotFiles.critic), beside: stations.policy)
      restored.append("critic")
    }
    if isThere(SnapshotFiles.reference) {
      reference = try ModelFolder.languageModel(
        at: url(SnapshotFiles.reference), type: model.computeType, computeType: model.computeType,
        device: device)
      restored.append("reference")
    }
    if isThere(SnapshotFiles.replay) {
      replay = try JSONDecoder().decode(
        ReplayBuffer.self, from: Data(contentsOf: url(SnapshotFiles.replay)))
      restored.append("replay buffer")
    }
    // A stage that has not begun makes optimizers of its own.
    if state.stageStep > 0 {
      try prepareStage()
      if let optimizer = actor?.optimizer ?? warmStart?.optimizer {
        try optimizer.restore(
          step: state.actorUpdates, from: SafetensorsFile(url(SnapshotFiles.actorMoments)))
        restored.append("actor optimizer (\(state.actorUpdates) updates)")
      }
      if let optimizer = critic?.optimizer {
        try optimizer.restore(
          step: state.criticUpdates, from: SafetensorsFile(url(SnapshotFiles.criticMoments)))
        restored.append("critic optimizer (\(state.criticUpdates) updates)")
      }
      if let imitation {
        try imitation.actor.restore(
          step: state.actorImitations, from: SafetensorsFile(url(SnapshotFiles.actorImitation)))
        try imitation.critic.restore(
          step: state.criticImitations, from: SafetensorsFile(url(SnapshotFiles.criticImitation)))
        restored.append("self-imitation's optimizers (\(state.actorImitations) updates)")
      }
    }
    console.say(
      "resumed after step \(state.step) (\(state.stage.rawValue), \(state.stageStep) done, prompt "
        + "\(state.position.epoch):\(state.position.offset)): " + restored.joined(separator: ", "))
  }

  /// Samples a little and refuses to start when the engine and the trainer disagree on the
  /// log-probability of what was sampled.
  func checkLogProbs() throws {
    let data = configuration.data
    let count = min(4, stations.heldOut.count ?? 4)
    let probes = try stations.heldOut.prompts(
      0..<count, maximumLength: data.maximumPromptLength, truncation: data.truncation,
      encode: stations.encoder.encode)
    let engine = Engine(
      model: stations.policy, stopTokens: stations.generation.eosTokens,
      limits: GenerationLimits(maximumLength: min(32, data.maximumResponseLength)),
      decode: { _ in "" })
    let temperature = configuration.rollout.temperature
    let completions = engine.complete(
      probes, samples: 2, sampling: SamplingSettings(temperature: temperature),
      random: stations.random["check"])
    let scored = stations.scorer.policy(
      stations.policy, on: completions.map { TokenSequence($0) })
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
