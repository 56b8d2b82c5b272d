// RemoteRollout: a run whose responses servers draw. They get the policy's weights by a folder or by NCCL, are
// probed, and only then asked: what a server draws with weights of its own would be learned from as if it were ours.

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
  /// Brings weights without a folder; nil where they go by one.
  private let transfer: WeightTransfer?
  /// Where weights are written.
  private let folder: URL
  private let probe: EngineProbe
  /// Servers of this run's own; nil where it has none, and in all processes but the first.
  private let launched: LaunchedServers?
  /// Whether a lost rollout can be drawn again: servers of its own can be started again, and no other process
  /// waits for its part.
  private let drawsAgain: Bool
  /// The policy's version that the servers have; nil before the first.
  private var version: Int?
  /// The step that they were brought at.
  private var step = 0
  /// Where the weights lie that they have.
  private var weights: URL?
  /// What servers of the run's own start with where no folder of whole weights is loaded; nil before they do.
  private var base: URL?

  /// What rank 0 tells the others of a load.
  private struct Outcome: Codable {
    var version: String
    var places: [Int]
    var answers: [EngineProbe.Answer]
    /// Why the run ends; nil while it goes on.
    var failure: String?
    /// Whether somebody asked the run to stop meanwhile.
    var isStopped = false
    /// Whether it failed in a way that another attempt mends.
    var isWorthAnother = false
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
      : URL(filePath: place).appending(
        path: "vapo-weights/\(run.url.lastPathComponent)-\(Self.mark(of: run.url.path))")
    let tokenizer = stations.tokenizer
    engine = try RemoteEngine(
      rollout.engine, at: rollout.addresses.compactMap { URL(string: $0) }, settings,
      RemoteEngine.Facts(
        maximumLength: configuration.data.maximumResponseLength,
        stopTokens: stations.generation.eosTokens,
        vocabularySize: stations.policy.configuration.vocabularySize,
        decode: { tokenizer.decode($0) }))
    probe = try EngineProbe(configuration, stations)
    let device = stations.policy.decoder.device
    guard settings.transfer == .folder || device != .cpu else {
      throw ConfigurationError.refused(
        "rollout.remote.transfer: nccl sends what lies on a GPU, and the policy is on the CPU; take folder"
      )
    }
    transfer = settings.transfer == .nccl ? WeightTransfer(engine, from: device) : nil
    let ranks = stations.division.ranks
    let type = settings.type.isEmpty ? configuration.model.computeType.rawValue : settings.type
    drawsAgain = rollout.launch.number > 0 && ranks.count == 1
    launched =
      rollout.launch.number > 0 && ranks.isFirst
      ? LaunchedServers(
        rollout.engine, rollout.launch, settings, in: run.url.appending(path: "servers"),
        type: type,
        length: configuration.data.maximumPromptLength + configuration.data.maximumResponseLength,
        adapterRank: settings.mergesAdapter
          ? nil
          : stations.policy.adapter.map {
            max($0.configuration.rank, $0.configuration.ranks.values.max() ?? 0)
          })
      : nil
    guard settings.mergesAdapter || stations.policy.adapter != nil else {
      throw ConfigurationError.refused(
        "rollout.remote.merge_adapter: false loads adapters, and the policy has none; set model.lora_rank, or "
          + "leave it true")
    }
    guard rollout.launch.number == 0 || ranks.localCount == ranks.count else {
      throw ConfigurationError.refused(
        "rollout.launch.number: servers of a run listen on one machine, and the run is on several; start "
          + "them yourself and name them in rollout.servers")
    }
    // What an attempt that died has left.
    if stations.division.ranks.isFirst { cleanUp() }
  }

  /// Ends servers of the run's own, and removes what was written for all.
  func cleanUp() {
    launched?.stop()
    // Nothing but what this class writes: the folder may be somebody's.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names where name.hasPrefix(Self.prefix) {
      try? FileManager.default.removeItem(at: folder.appending(path: name))
    }
    rmdir(folder.path)
  }

  /// What the names of folders of weights begin with.
  private static let prefix = "step-"

  /// Tells runs of one name at different places apart.
  private static func mark(of path: String) -> String {
    String(RandomSource(seed: 0)[path].seed, radix: 36)
  }

  /// Draws responses; where all servers of the run's own are gone, starts them again and draws all once more,
  /// which gives the same responses.
  ///
  /// - Parameters: as ``RemoteEngine/complete(_:samples:sampling:random:say:watch:)`` has them.
  /// - Returns: the completions.
  /// - Throws: what servers have wrong with them, and what `watch` throws.
  func complete(
    _ prompts: [Prompt], samples: Int, sampling: SamplingSettings, random: RandomSource,
    _ run: RunContext, watch: (GenerationProgress) throws -> Void
  ) async throws -> [Completion] {
    for attempt in 1... {
      do {
        return try await engine.complete(
          prompts, samples: samples, sampling: sampling, random: random, say: run.warn, watch: watch
        )
      } catch let error as RolloutServerError {
        guard drawsAgain, attempt < Self.attempts, launched?.anyIsGone == true else { throw error }
        run.warn("\(error); the rollout begins again")
        version = nil
        var ignored = Metrics()
        try await bring(to: step, mayStop: false, run, &ignored)
      }
    }
    return []
  }

  /// How often a rollout is begun.
  private static let attempts = 3

  /// Brings the policy as it is now to the servers, if they do not have it.
  ///
  /// All processes of a run do it together: they make the weights, the first one writes and loads them and asks
  /// the probe's questions, and all score the answers.
  ///
  /// - Parameters:
  ///   - step: of the run, for names and words.
  ///   - mayStop: whether the run can be left here.
  ///   - run: the rest of it.
  ///   - metrics: gets the time, and how far the servers are from the trainer.
  /// - Throws: ``TrainingError/engineMismatch(_:)`` where a server is not the policy, and what servers and disks
  ///   have wrong with them.
  func bring(
    to step: Int, mayStop: Bool, _ run: RunContext, _ metrics: inout Metrics
  ) async throws {
    let isGone = launched?.anyIsGone ?? false
    guard run.stations.division.ranks.any(isGone || version != run.policyVersion, "new weights")
    else { return }
    // They cannot have other weights while they draw with those.
    await run.ahead?.settle()
    self.step = step
    let timer = Stopwatch()
    let ranks = run.stations.division.ranks
    ranks.enter("new weights for the servers of step \(step)")
    let mark = UUID().uuidString.prefix(8).lowercased()
    let name = "\(Self.prefix)\(step)-\(mark)"
    let place = folder.appending(path: name)
    if base == nil, run.configuration.rollout.launch.number > 0,
      transfer != nil || !settings.mergesAdapter
    {
      let place = folder.appending(path: "\(Self.prefix)base-\(mark)")
      try write(run.stations, withAdapter: transfer != nil, to: ranks.isFirst ? place : nil)
      base = place
    }
    if transfer == nil {
      if settings.mergesAdapter {
        try write(run.stations, withAdapter: true, to: ranks.isFirst ? place : nil)
      } else if ranks.isFirst {
        try ModelFolder.saveAdapter(of: run.stations.policy, to: place)
      }
    }
    let outcome = try await loaded(place, name, mayStop, run)
    engine.take(outcome.places, as: outcome.version)
    metrics.set("timing_s/load_weights", timer.seconds)
    let found = try probe.found(outcome.answers, before: weights, run)
    metrics.set("rollout_corr/probe_mean", found.mean)
    metrics.set("rollout_corr/probe_tail", found.tail)
    metrics.set("timing_s/probe", timer.seconds - (metrics["timing_s/load_weights"] ?? 0))
    // The servers have read them; what is there now is kept to find out what a later mistake was.
    if ranks.isFirst, let weights { try? FileManager.default.removeItem(at: weights) }
    version = run.policyVersion
    weights = transfer == nil ? folder.appending(path: outcome.version) : nil
  }

  /// The policy as servers take it.
  private func forServers(_ stations: Stations, withAdapter: Bool) -> ModelFolder.ForServers {
    let policy = withAdapter ? stations.policy : stations.policy.base
    let pending = policy.adapter == nil ? policy.pendingWeights : nil
    return ModelFolder.ForServers(
      pending == nil ? policy.whole : policy, weights: pending, as: policy.decoder.computeType,
      unties: settings.untiesEmbeddings)
  }

  /// Writes the policy, or helps to make what is written.
  private func write(_ stations: Stations, withAdapter: Bool, to place: URL?) throws {
    try ModelFolder.save(
      forServers(stations, withAdapter: withAdapter), tokenizer: stations.tokenizerFiles,
      generation: stations.generation, to: place)
  }

  /// Has the servers take weights and answer the probe's questions, and all processes know what became of it.
  private func loaded(
    _ place: URL, _ name: String, _ mayStop: Bool, _ run: RunContext
  ) async throws -> Outcome {
    let ranks = run.stations.division.ranks
    for attempt in 1... {
      var mine: Outcome?
      if ranks.isFirst {
        mine = await attempted(place, name, mayStop, run)
      } else if transfer != nil {
        for tensor in forServers(run.stations, withAdapter: true).tensors { _ = tensor.make() }
      }
      guard let outcome = ranks.exchange(mine, "what became of new weights")[0] else {
        ranks.leave(because: "rank 0 said nothing of new weights")
      }
      if outcome.isStopped { throw StopRequested() }
      guard let failure = outcome.failure else { return outcome }
      guard outcome.isWorthAnother, attempt < Self.attempts else {
        throw RolloutServerError(failure)
      }
      run.warn("\(failure); once more")
    }
    return Outcome(version: name, places: [], answers: [])
  }

  /// Tries once to have them do so.
  private func attempted(
    _ place: URL, _ name: String, _ mayStop: Bool, _ run: RunContext
  ) async -> Outcome {
    var outcome = Outcome(version: name, places: [], answers: [])
    let tensors =
      transfer == nil ? [] : forServers(run.stations, withAdapter: true).tensors
    do {
      do {
        try await start(with: base ?? place, mayStop, run)
      } catch {
        // The other processes make them, and cannot alone.
        for tensor in tensors { _ = tensor.make() }
        throw error
      }
      try await transfer?.load(tensors, version: name, say: run.warn) {
        if mayStop { try run.stop.check() }
      }
      let (engine, probe, takesFolder) = (engine, probe, transfer == nil)
      let work = Task {
        if takesFolder { try await engine.load(place, version: name, say: run.warn) }
        return try await probe.answers(of: engine, version: name, say: run.warn)
      }
      (outcome.places, outcome.answers) = try await run.result(of: work, mayStop: mayStop)
    } catch is StopRequested {
      outcome.isStopped = true
    } catch {
      outcome.failure = "\(error)"
      // One of the run's own that has ended meanwhile, or says nothing, is started again.
      outcome.isWorthAnother = launched.map { $0.anyIsGone || !engine.stuck.isEmpty } ?? false
    }
    return outcome
  }

  /// Starts servers of the run's own where they do not run.
  private func start(
    with weights: URL, _ mayStop: Bool, _ run: RunContext
  ) async throws {
    var said = -Self.startInterval
    let started = try await launched?.start(
      with: weights, stuck: engine.stuck, say: run.warn
    ) { seconds in
      if mayStop { try run.stop.check() }
      guard seconds - said >= Self.startInterval else { return }
      said = seconds
      run.console.say(
        "starting servers, \(Int(seconds)) s of at most "
          + "\(Int(run.configuration.rollout.launch.startSeconds)); their words: "
          + run.folder.url.appending(path: "servers").path)
    }
    engine.restarted(started ?? [])
  }

  /// How often a run says that it waits for servers, in seconds.
  private static let startInterval = 30.0
}
