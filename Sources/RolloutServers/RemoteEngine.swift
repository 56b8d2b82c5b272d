// Responses from servers: spread over those that are alive, asked for again where one fails, and each taken
// once. What is drawn depends on a response's own seed, never on which server drew it when.

public import Foundation
public import Generation
public import Records
import Synchronization

/// What a run cannot go on without.
public struct RolloutServerError: Error, Equatable, CustomStringConvertible {
  /// What happened, in words.
  public var description: String

  /// An error of these words.
  public init(_ description: String) { self.description = description }
}

/// Servers that draw responses with weights that this program gives them.
public final class RemoteEngine: Sendable {
  /// What every response is asked for with.
  public struct Facts: Sendable {
    /// The most tokens of a response.
    public var maximumLength: Int
    /// The tokens that end a response.
    public var stopTokens: [Int]
    /// How many tokens the model knows.
    public var vocabularySize: Int
    /// Token ids to text.
    public var decode: @Sendable ([Int]) -> String

    /// Puts facts together.
    public init(
      maximumLength: Int, stopTokens: [Int], vocabularySize: Int,
      decode: @escaping @Sendable ([Int]) -> String
    ) {
      self.maximumLength = maximumLength
      self.stopTokens = stopTokens
      self.vocabularySize = vocabularySize
      self.decode = decode
    }
  }

  let servers: [RolloutServer]
  let settings: RemoteSettings
  private let facts: Facts
  /// What has the weights that were loaded last, by place, and what these are called.
  private let loaded = Mutex<(places: [Int], version: String)>(([], ""))
  /// At how many loads in a row a server was silent, by place; and those that were started again for it and have taken
  /// no weights since.
  private let silences = Mutex<(counts: [Int: Int], restarted: Set<Int>)>(([:], []))

  /// Takes servers, which are not asked yet.
  ///
  /// - Parameters:
  ///   - kind: what they are; not this program's own engine.
  ///   - urls: where they are.
  ///   - settings: how they are asked.
  ///   - facts: what every response is asked for with.
  /// - Throws: ``RolloutServerError`` where there is none.
  public init(
    _ kind: RolloutEngineKind, at urls: [URL], _ settings: RemoteSettings, _ facts: Facts
  ) throws(RolloutServerError) {
    guard let dialect = kind.dialect(settings), !urls.isEmpty else {
      throw RolloutServerError("rollout.servers names no server")
    }
    servers = urls.map { RolloutServer($0, dialect, settings) }
    (self.settings, self.facts) = (settings, facts)
  }

  /// Gives all servers new weights, side by side.
  ///
  /// A server that does not take them is left out until the next time.
  ///
  /// - Parameters:
  ///   - folder: a Hugging Face folder, or with `merge_adapter: false` an adapter's, as the servers find it.
  ///   - version: what the weights are called; a reply with others is not believed.
  ///   - say: hears of servers that are left out.
  /// - Throws: ``RolloutServerError`` when none has taken them.
  public func load(_ folder: URL, version: String, say: (String) -> Void) async throws {
    let former = loaded.withLock { $0.version.isEmpty ? nil : $0.version }
    let faults = await withTaskGroup(of: (Int, ServerFault?).self) { group in
      for (place, server) in servers.enumerated() {
        group.addTask {
          do throws(ServerFault) {
            try await server.load(folder, version: version, former: former)
            return (place, nil)
          } catch {
            return (place, error)
          }
        }
      }
      return await group.reduce(into: [Int: ServerFault]()) { $0[$1.0] = $1.1 }
    }
    try take(version, faults, say: say)
  }

  /// Takes what servers have done with new weights.
  func take(
    _ version: String, _ faults: [Int: ServerFault], say: (String) -> Void
  ) throws(RolloutServerError) {
    take(servers.indices.filter { faults[$0] == nil }, as: version)
    silences.withLock { silences in
      let before = silences.counts
      silences.counts = faults.reduce(into: [:]) { counts, fault in
        guard case .silent = fault.value else { return }
        counts[fault.key] = (before[fault.key] ?? 0) + 1
      }
      silences.restarted.formIntersection(faults.keys)
    }
    let words = faults.sorted { $0.key < $1.key }.map { "\(servers[$0.key].url): \($0.value)" }
    guard faults.count < servers.count else {
      throw RolloutServerError(
        "no server took new weights: " + words.joined(separator: "; "))
    }
    for words in words { say("left out until the next step: \(words)") }
  }

  /// Takes servers as having weights of a version, of which another process has seen to it.
  public func take(_ places: [Int], as version: String) {
    loaded.withLock { $0 = (places, version) }
  }

  /// The servers that were silent when weights came: twice in a row, or once where nobody took them.
  ///
  /// One that has been started again for it is not named before it has taken weights: it would not help.
  public var stuck: Set<Int> {
    let enough = ready.isEmpty ? 1 : 2
    return silences.withLock { silences in
      Set(silences.counts.filter { $0.value >= enough }.keys).subtracting(silences.restarted)
    }
  }

  /// Takes servers as started again.
  public func restarted(_ places: Set<Int>) {
    let stuck = stuck
    silences.withLock { silences in
      for place in places { silences.counts[place] = nil }
      silences.restarted.formUnion(places.intersection(stuck))
    }
  }

  /// The servers that have the weights loaded last.
  public var ready: [Int] { loaded.withLock { $0.places } }

  /// The address of a server.
  public func address(of place: Int) -> URL { servers[place].url }

  /// Draws responses from those that have the weights.
  ///
  /// - Parameters:
  ///   - prompts: what to answer; their order is the order of the result.
  ///   - samples: responses a prompt.
  ///   - sampling: how tokens are drawn.
  ///   - random: the source of this rollout; prompt place and sample are its keys.
  ///   - say: hears of servers that are left out.
  ///   - watch: called with every response and a few times a second; what it throws ends the rollout.
  /// - Returns: the completions, prompt by prompt, sample by sample.
  /// - Throws: ``RolloutServerError`` when a question is refused, when one fails too often, or when no server
  ///   is left.
  public func complete(
    _ prompts: [Prompt], samples: Int, sampling: SamplingSettings, random: RandomSource,
    say: (String) -> Void, watch: (GenerationProgress) throws -> Void
  ) async throws -> [Completion] {
    let (places, version) = loaded.withLock { $0 }
    let adapter = settings.mergesAdapter ? nil : version
    let questions = prompts.flatMap { prompt in
      (0..<samples).map { sample in
        ServerQuestion(
          tokens: prompt.tokens, limit: facts.maximumLength, sampling: sampling,
          // Servers take a signed number.
          seed: Int(random[prompt.place][sample].seed >> 1), stopTokens: facts.stopTokens,
          adapter: adapter)
      }
    }
    let spread = Spread(
      questions, over: servers, at: places, group: samples, settings,
      vocabulary: facts.vocabularySize, version: version)
    let answers = try await spread.answers(say: say, watch: watch)
    return answers.enumerated().map { index, answer in
      let isStopped = answer.finish == .stop
      return Completion(
        prompt: prompts[index / samples], sample: index % samples, tokens: answer.tokens,
        logProbs: answer.logProbs,
        text: facts.decode(isStopped ? Array(answer.tokens.dropLast()) : answer.tokens),
        finish: answer.finish)
    }
  }

  /// Draws one response from one server, for whoever wants to compare it.
  ///
  /// - Parameters:
  ///   - place: which server.
  ///   - prompt: token ids.
  ///   - tokens: how many tokens to draw at most.
  ///   - sampling: how they are drawn.
  ///   - random: what they are drawn with.
  /// - Returns: the drawn tokens with the server's log-probabilities.
  /// - Throws: ``RolloutServerError`` where it gives none.
  public func probe(
    _ place: Int, _ prompt: [Int], tokens: Int, sampling: SamplingSettings, random: RandomSource
  ) async throws -> (tokens: [Int], logProbs: [Float]) {
    let version = loaded.withLock { $0.version }
    let question = ServerQuestion(
      tokens: prompt, limit: tokens, sampling: sampling, seed: Int(random.seed >> 1),
      stopTokens: facts.stopTokens, adapter: settings.mergesAdapter ? nil : version)
    do throws(ServerFault) {
      let reply = try await servers[place].ask(question, within: settings.loadSeconds)
      let found = try reply.believed(
        question, vocabulary: facts.vocabularySize, version: version)
      return (reply.tokens, found.logProbs)
    } catch {
      throw RolloutServerError("\(servers[place].url): \(error)")
    }
  }
}
