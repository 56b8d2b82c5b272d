// Rollouts that are drawn while earlier ones are learned from: that of step k + n with the weights from before
// step k. Which weights draw what is a matter of steps and never of time, so the run is the same however long
// anything takes; a checkpoint keeps what has been drawn, and a resumed run learns from just that.
//
// Source: one step ahead, Noukhovitch et al., "Asynchronous RLHF", arXiv 2410.18252; the objective that tells the
// drawing policy from the one at the step's start, Fu et al., "AReaL", arXiv 2505.24298: here the correction of the
// rollout (`algorithm.rollout_correction`).

import Foundation
import Generation
import Methods
import Ranks
import Records
import RolloutServers
import Settings
import Transformers

/// What draws a rollout beside the run's own work.
@MainActor
protocol AheadDrawer: AnyObject {
  /// Makes the policy as it is now ready to draw.
  func prepare(_ step: Int, _ run: RunContext, _ metrics: inout Metrics) async throws

  /// Draws with what was prepared last, once another rollout has been drawn: there is one model to draw with.
  func draw(
    _ prompts: [Prompt], samples: Int, sampling: SamplingSettings, random: RandomSource,
    after former: Task<[Completion], any Error>?
  ) -> Task<[Completion], any Error>
}

/// The rollouts of steps to come, in their order.
@MainActor
struct AheadRollouts {
  /// One of them.
  struct Waiting {
    /// The step that will learn from it.
    var step: Int
    /// The step before which its weights were the policy's.
    var drawnAt: Int
    /// Of all processes.
    var prompts: [Prompt]
    /// Responses to this process's.
    var task: Task<[Completion], any Error>
  }

  /// How many steps ahead.
  let depth: Int
  private let drawer: any AheadDrawer
  private let ranks: Ranks
  private(set) var waiting: [Waiting] = []

  init(depth: Int, _ drawer: any AheadDrawer, _ ranks: Ranks) {
    (self.depth, self.drawer, self.ranks) = (depth, drawer, ranks)
  }

  /// The last step that has one.
  var last: Int? { waiting.last?.step }

  /// Takes the rollout of a step out, where it was begun.
  mutating func take(_ step: Int) -> Waiting? {
    guard waiting.first?.step == step else { return nil }
    return waiting.removeFirst()
  }

  /// Waits until none is being drawn.
  func settle() async { for one in waiting { _ = await one.task.result } }

  /// Makes the policy as it is now ready to draw, once those before have been drawn.
  func prepare(_ step: Int, _ run: RunContext, _ metrics: inout Metrics) async throws {
    await settle()
    try await drawer.prepare(step, run, &metrics)
  }

  /// Begins the rollout of a step with what was prepared before another.
  mutating func begin(
    _ step: Int, before drawnAt: Int, _ prompts: [Prompt], samples: Int, sampling: SamplingSettings,
    random: RandomSource
  ) {
    waiting.append(
      Waiting(
        step: step, drawnAt: drawnAt, prompts: prompts,
        task: drawer.draw(
          EpisodeExchange(prompts, ranks).own, samples: samples, sampling: sampling,
          random: random, after: waiting.last?.task)))
  }

  /// Gives up what is being drawn for steps behind one.
  func cancel(after step: Int = 0) {
    for one in waiting where one.step > step { one.task.cancel() }
  }

  // MARK: - Checkpoints

  /// A rollout as a checkpoint keeps it, whoever has drawn what of it.
  private struct Kept: Codable {
    var step: Int
    var drawnAt: Int
    var prompts: [Prompt]
    /// Nil where it could not be drawn; the step then draws it itself.
    var completions: [Completion]?
  }

  /// What a checkpoint keeps; waits until all are drawn.
  ///
  /// All processes must ask for it together, and get the same.
  func kept() async throws -> Data {
    var mine: [Kept] = []
    for one in waiting {
      mine.append(
        Kept(
          step: one.step, drawnAt: one.drawnAt, prompts: one.prompts,
          completions: try? await one.task.value))
    }
    let parts = ranks.gather(Array(try Self.encoder.encode(mine)), "what was drawn ahead")
    guard parts.count > 1 else { return Data(parts[0]) }
    let all = try parts.map { try Self.decoder.decode([Kept].self, from: Data($0)) }
    for (number, one) in mine.enumerated() {
      // One that some process could not draw is drawn anew by all.
      let theirs = all.map { number < $0.count ? $0[number].completions : nil }
      let places = Dictionary(
        one.prompts.enumerated().map { ($1.place, $0) }, uniquingKeysWith: { first, _ in first })
      func order(_ completion: Completion) -> (Int, Int) {
        (places[completion.prompt.place] ?? 0, completion.sample)
      }
      mine[number].completions =
        theirs.contains { $0 == nil }
        ? nil : theirs.flatMap { $0 ?? [] }.sorted { order($0) < order($1) }
    }
    return try Self.encoder.encode(mine)
  }

  /// Takes up what a checkpoint kept, whoever saved it.
  mutating func restore(_ data: Data) throws {
    waiting = try Self.decoder.decode([Kept].self, from: data).map { kept in
      let own = Set(EpisodeExchange(kept.prompts, ranks).own.map(\.place))
      return Waiting(
        step: kept.step, drawnAt: kept.drawnAt, prompts: kept.prompts,
        task: Task {
          guard let completions = kept.completions else {
            throw RolloutServerError("it was not drawn before the run stopped")
          }
          return completions.filter { own.contains($0.prompt.place) }
        })
    }
  }

  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }
}

/// Draws with a copy of the policy, on a thread of its own.
final class OwnAheadDrawer: AheadDrawer {
  /// Used by one task at a time: a rollout is prepared when those before have been drawn.
  private final class Held: @unchecked Sendable {
    let engine: Engine
    init(_ engine: Engine) { self.engine = engine }
  }

  private let policy: LanguageModel
  private let copy: LanguageModel
  private let held: Held

  /// - Parameter stations: the policy, and how it is drawn from.
  init(_ stations: Stations) {
    policy = stations.policy
    copy = policy.whole.copy(as: policy.decoder.computeType)
    held = Held(stations.rolloutEngine(of: copy))
  }

  func prepare(_ step: Int, _ run: RunContext, _ metrics: inout Metrics) {
    copy.refresh(from: policy.whole)
    copy.forgetPanels()
  }

  func draw(
    _ prompts: [Prompt], samples: Int, sampling: SamplingSettings, random: RandomSource,
    after former: Task<[Completion], any Error>?
  ) -> Task<[Completion], any Error> {
    let isCancelled = Mark()
    return Task.detached { [held] in
      _ = await former?.result
      return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          Thread.detachNewThread {
            continuation.resume(
              with: Result {
                try held.engine.complete(
                  prompts, samples: samples, sampling: sampling, random: random, keepsMasks: true,
                  watch: { _ in if isCancelled.isSet { throw CancellationError() } })
              })
          }
        }
      } onCancel: {
        isCancelled.set()
      }
    }
  }
}

/// Draws with servers.
final class RemoteAheadDrawer: AheadDrawer {
  private let remote: RemoteRollout

  init(_ remote: RemoteRollout) { self.remote = remote }

  func prepare(_ step: Int, _ run: RunContext, _ metrics: inout Metrics) async throws {
    try await remote.bring(to: step, mayStop: true, run, &metrics)
  }

  func draw(
    _ prompts: [Prompt], samples: Int, sampling: SamplingSettings, random: RandomSource,
    after former: Task<[Completion], any Error>?
  ) -> Task<[Completion], any Error> {
    let engine = remote.engine
    return Task { @concurrent in
      _ = await former?.result
      return try await engine.complete(
        prompts, samples: samples, sampling: sampling, random: random,
        say: { FileHandle.standardError.write(Data("vapo: \($0)\n".utf8)) }, watch: { _ in })
    }
  }
}
