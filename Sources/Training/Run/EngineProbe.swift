// EngineProbe: whether a server draws with the policy's weights. It continues a prompt of several blocks of its
// cache by a few tokens, and the trainer scores them. Servers say "success" and go on with an old output layer,
// with keys of old weights, or with log-probabilities of another temperature; none of them agrees with us.

import Foundation
import Generation
import Prompts
import Ranks
import Records
import RolloutServers
import Settings
import Torch
import Transformers

/// The questions of the probe, and what answers say.
@MainActor
struct EngineProbe {
  /// What a server answered to one of the questions.
  struct Answer: Codable {
    /// Whose it is.
    var server: String
    /// Whether it is to the prompt that was never asked before, which no cache knows.
    var isFresh: Bool
    var prompt: [Int]
    var tokens: [Int]
    var logProbs: [Float]
  }

  /// The prompt that is the same at every load: what a cache has of it is of older weights.
  private let prompt: [Int]
  private let configuration: RunConfiguration
  private let vocabularySize: Int
  private let random: RandomSource
  /// How many tokens are drawn at most.
  private let length: Int

  /// The same where the settings have room for them.
  private static let length = 32

  /// How many tokens at its beginning make a prompt one that was never asked.
  private static let freshTokens = 16

  /// - Throws: what the data has wrong with it.
  init(_ configuration: RunConfiguration, _ stations: Stations) throws {
    self.configuration = configuration
    vocabularySize = stations.policy.configuration.vocabularySize
    random = stations.random["probe"]
    let data = configuration.data
    let whole = data.maximumPromptLength + data.maximumResponseLength
    length = max(1, min(Self.length, data.maximumResponseLength, whole - 1))
    let most = max(1, min(configuration.rollout.remote.probeTokens, whole - length))
    var tokens: [Int] = []
    let known = try stations.heldOut.prompts(
      0..<min(64, stations.heldOut.count ?? 64), maximumLength: data.maximumPromptLength,
      truncation: data.truncation, encode: stations.encoder.encode)
    // Over and over: a few short problems may be all there is.
    while tokens.count < most, let next = known.first {
      for prompt in known where tokens.count < most { tokens += prompt.tokens }
      if next.tokens.isEmpty { break }
    }
    prompt = tokens.isEmpty ? [0] : Array(tokens.prefix(most))
  }

  /// Asks every server that has the weights both questions.
  ///
  /// - Parameters:
  ///   - engine: the servers.
  ///   - version: what their weights are called.
  ///   - say: hears of those that do not answer, and are left out.
  /// - Returns: the places of those that answer, and what they say.
  /// - Throws: ``RolloutServerError`` where none does.
  func answers(
    of engine: RemoteEngine, version: String, say: (String) -> Void
  ) async throws -> (places: [Int], answers: [Answer]) {
    let random = random[version]
    let fresh = fresh(random["fresh"])
    var (places, answers): ([Int], [Answer]) = ([], [])
    var silence: RolloutServerError?
    for place in engine.ready {
      var own: [Answer] = []
      do {
        for (isFresh, prompt) in [(false, prompt), (true, fresh)] {
          let drawn = try await engine.probe(
            place, prompt, tokens: length,
            sampling: SamplingSettings(temperature: configuration.rollout.temperature),
            random: random[place])
          own.append(
            Answer(
              server: "\(engine.address(of: place))", isFresh: isFresh, prompt: prompt,
              tokens: drawn.tokens, logProbs: drawn.logProbs))
        }
        places.append(place)
        answers += own
      } catch let error as RolloutServerError {
        silence = error
        say("left out until the next step: \(error)")
      }
    }
    if places.isEmpty, let silence { throw silence }
    return (places, answers)
  }

  /// The probe's prompt with another beginning, so that no cache knows any block of it.
  ///
  /// A single token is not enough: small vocabularies have so few that one of an earlier load comes again.
  private func fresh(_ random: RandomSource) -> [Int] {
    let beginning = min(Self.freshTokens, prompt.count)
    let tokens = (0..<beginning).map { Int(random[$0].seed % UInt64(vocabularySize)) }
    return tokens + prompt.dropFirst(beginning)
  }

  /// Holds the answers against the trainer.
  ///
  /// - Parameters:
  ///   - answers: of all servers.
  ///   - before: where the weights lie that the servers had before; nil where nobody knows.
  ///   - run: the policy, and what scores.
  /// - Returns: how far they all are from it.
  /// - Throws: ``TrainingError/engineMismatch(_:)`` where they are further than rounding makes them.
  func found(
    _ answers: [Answer], before: URL?, _ run: RunContext
  ) throws -> LogProbAgreement {
    let policy = run.stations.policy
    let scored = run.stations.scorer.policy(policy, on: answers.map(\.sequence))
    let all = agreement(answers, scored.logProbs, policy)
    let servers = Dictionary(grouping: answers.indices) { answers[$0].server }
    for (server, places) in servers.sorted(by: { $0.key < $1.key }) {
      let (own, logProbs) = (places.map { answers[$0] }, places.map { scored.logProbs[$0] })
      let found = agreement(own, logProbs, policy)
      guard !found.isWithin(configuration.trainer.logProbBounds) else { continue }
      let cause = try cause(own, logProbs, before, run)
      throw TrainingError.engineMismatch("\(server): \(cause) (\(found.words))")
    }
    return all
  }

  private func agreement(
    _ answers: [Answer], _ logProbs: [[Float]], _ policy: LanguageModel
  ) -> LogProbAgreement {
    LogProbAgreement(
      answers.map(\.completion), logProbs, of: policy,
      engine: ElementType(rawValue: configuration.rollout.remote.type))
  }

  /// What the likeliest mistake is: the one under which the answers are right.
  private func cause(
    _ answers: [Answer], _ logProbs: [[Float]], _ before: URL?, _ run: RunContext
  ) throws -> String {
    let (policy, stations) = (run.stations.policy, run.stations)
    let bounds = configuration.trainer.logProbBounds
    func isRight(_ answers: [Answer], _ logProbs: [[Float]]) -> Bool {
      agreement(answers, logProbs, policy).isWithin(bounds)
    }
    func isRight(by model: LanguageModel, temperature: Double? = nil) -> Bool {
      let scorer = Scorer(
        packer: stations.scorer.packer,
        temperature: temperature ?? configuration.rollout.temperature)
      return isRight(answers, scorer.policy(model, on: answers.map(\.sequence)).logProbs)
    }
    let fresh = answers.indices.filter { answers[$0].isFresh }
    if isRight(fresh.map { answers[$0] }, fresh.map { logProbs[$0] }) {
      return "it goes on from keys and values of older weights: its prefix cache was not reset"
    }
    if configuration.rollout.temperature != 1, isRight(by: policy, temperature: 1) {
      return "its log-probabilities know no temperature: "
        + configuration.rollout.engine.temperatureAdvice
    }
    if !configuration.rollout.remote.mergesAdapter, isRight(by: policy.base) {
      return "it draws without the adapter, or with the first one, which had learned nothing"
    }
    // Scoring is everybody's work: all processes must have them.
    let ranks = stations.division.ranks
    let isAdapter = before.map(ModelFolder.holdsAdapter) ?? false
    let isEverywhere = !ranks.any(!isAdapter, "what the weights before are")
    let older = before.flatMap { folder in
      // To put the base together is everybody's work too.
      isEverywhere
        ? try? ModelFolder.adapter(at: folder, on: policy.whole.withoutAdapter)
        : try? stations.models.whole(folder)
    }
    let isAlone = ranks.any(older == nil, "the weights before")
    if let older, !isAlone {
      if isRight(by: older) { return "it still has the weights of the load before" }
      if older.adapter == nil, isRight(by: policy.whole.merged().withOutput(of: older)) {
        return "its output layer is of the weights before, as vLLM on CPUs keeps it where the "
          + "embeddings are tied: set rollout.remote.untie_embeddings=true, and start it from a "
          + "folder with the two untied"
      }
    }
    return "it is not the policy: other weights, another model, or log-probabilities of another "
      + "distribution"
  }
}

extension EngineProbe.Answer {
  /// The tokens as the trainer scores them.
  fileprivate var sequence: TokenSequence { TokenSequence(prompt: prompt, response: tokens) }

  /// The same as a rollout has them, under a name for messages.
  fileprivate var completion: Completion {
    Completion(
      prompt: Prompt(
        id: isFresh ? "a prompt nobody asked before" : "the probe's prompt", place: 0, source: "",
        text: "", tokens: prompt, truth: ""),
      sample: 0, tokens: tokens, logProbs: logProbs, text: "", finish: .length)
  }
}
