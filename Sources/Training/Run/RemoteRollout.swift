// RemoteRollout: a run whose responses servers draw. They get the policy's weights by a folder, are probed,
// and only then asked: what a server draws with weights of its own would be learned from as if it were ours.

import Foundation
import Generation
import Prompts
import Ranks
import Records
import RolloutServers
import Settings
import Tokenizers
import Torch
import Transformers

/// The servers of a run, and which of the policy's versions they have.
@MainActor
final class RemoteRollout {
  let engine: RemoteEngine
  private let settings: RemoteSettings
  /// Where weights are written.
  private let folder: URL
  private let probe: EngineProbe
  /// The policy's version that the servers have; nil before the first.
  private var version: Int?
  /// Where the weights lie that they have.
  private var weights: URL?

  /// What rank 0 tells the others of a load.
  private struct Outcome: Codable {
    var version: String
    var places: [Int]
    var answers: [EngineProbe.Answer]
    /// Why the run ends; nil while it goes on.
    var failure: String?
  }

  /// - Parameters:
  ///   - configuration: of the run.
  ///   - stations: its policy and data.
  ///   - run: its folder, where weights go unless the settings name another place.
  /// - Throws: what the data has wrong with it.
  init?(_ configuration: RunConfiguration, _ stations: Stations, _ run: RunFolder) throws {
    let rollout = configuration.rollout
    guard rollout.asksServers else { return nil }
    settings = rollout.remote
    let place = settings.weightsFolder
    folder =
      place.isEmpty
      ? run.url.appending(path: "weights")
      : URL(filePath: place).appending(path: run.url.lastPathComponent)
    let tokenizer = stations.tokenizer
    engine = try RemoteEngine(
      rollout.engine, at: rollout.servers.compactMap { URL(string: $0) }, settings,
      RemoteEngine.Facts(
        maximumLength: configuration.data.maximumResponseLength,
        stopTokens: stations.generation.eosTokens,
        vocabularySize: stations.policy.configuration.vocabularySize,
        decode: { tokenizer.decode($0) }))
    probe = try EngineProbe(configuration, stations)
    // What an attempt that died has left.
    if stations.division.ranks.isFirst { cleanUp() }
  }

  /// Removes what was written for the servers.
  func cleanUp() { try? FileManager.default.removeItem(at: folder) }

  /// Brings the policy as it is now to the servers, if they do not have it.
  ///
  /// All processes of a run do it together: they make the weights, the first one writes and loads them and asks
  /// the probe's questions, and all score the answers.
  ///
  /// - Parameters:
  ///   - step: of the run, for names and words.
  ///   - run: the rest of it.
  ///   - metrics: gets the time, and how far the servers are from the trainer.
  /// - Throws: ``TrainingError/engineMismatch(_:)`` where a server is not the policy, and what servers and disks
  ///   have wrong with them.
  func bring(to step: Int, _ run: RunContext, _ metrics: inout Metrics) async throws {
    guard version != run.policyVersion else { return }
    let timer = Stopwatch()
    let ranks = run.stations.division.ranks
    ranks.enter("new weights for the servers of step \(step)")
    let name = "step-\(step)-\(UUID().uuidString.prefix(8).lowercased())"
    let place = folder.appending(path: name)
    try write(run.stations, to: ranks.isFirst ? place : nil)
    let mine = ranks.isFirst ? await load(place, name, run) : nil
    guard let outcome = ranks.exchange(mine, "what became of new weights")[0] else {
      ranks.leave(because: "rank 0 said nothing of new weights")
    }
    if let failure = outcome.failure { throw RolloutServerError(failure) }
    engine.take(outcome.places, as: outcome.version)
    metrics.set("timing_s/load_weights", timer.seconds)
    let found = try probe.found(outcome.answers, before: weights, run)
    metrics.set("rollout_corr/probe_mean", found.mean)
    metrics.set("rollout_corr/probe_tail", found.tail)
    metrics.set("timing_s/probe", timer.seconds - (metrics["timing_s/load_weights"] ?? 0))
    // The servers have read them; what is there now is kept to find out what a later mistake was.
    if ranks.isFirst, let weights { try? FileManager.default.removeItem(at: weights) }
    (version, weights) = (run.policyVersion, place)
  }

  /// Writes the policy, or helps to make what is written.
  private func write(_ stations: Stations, to place: URL?) throws {
    let policy = stations.policy
    let pending = policy.adapter == nil ? policy.pendingWeights : nil
    try ModelFolder.saveForServers(
      pending == nil ? policy.whole : policy, weights: pending, as: policy.decoder.computeType,
      unties: settings.untiesEmbeddings, tokenizer: stations.tokenizerFiles,
      generation: stations.generation, to: place)
  }

  /// Loads weights into the servers and asks the probe's questions.
  private func load(_ place: URL, _ name: String, _ run: RunContext) async -> Outcome {
    var outcome = Outcome(version: name, places: [], answers: [])
    do {
      try await engine.load(place, version: name, say: run.warn)
      (outcome.places, outcome.answers) = try await probe.answers(
        of: engine, version: name, say: run.warn)
    } catch {
      outcome.failure = "\(error)"
    }
    return outcome
  }
}
