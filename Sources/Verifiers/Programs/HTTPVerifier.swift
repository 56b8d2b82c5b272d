// The verifier that asks a server, in the words of OpenRLHF's remote reward models:
//
//     POST  {"query": ["prompt and response", …], "prompts": ["…", …], "labels": ["…", …]}
//     200   {"rewards": [0.5, …]}        or "scores" in place of "rewards"
//
// A server that is down, busy or broken is asked again a few times, each time later; then the
// samples have no verdict. A list of another length, or of what are not numbers, is an error: the
// numbers would be given to the wrong samples.

import Foundation
public import Records
import Transport

/// How a reward server is asked (`reward.http`).
public struct HTTPSettings: Codable, Equatable, Sendable {
  /// Where it listens, such as `http://127.0.0.1:5000/get_reward`.
  public var url = ""
  /// How many samples go into one request.
  public var batchSize = 16
  /// How long one request may take, in seconds; `reward.timeout_seconds` is for all attempts.
  public var requestSeconds = 3.0
  /// How often a request that failed is sent again.
  public var retries = 3
  /// The wait before the first of them, in seconds; it doubles from one to the next.
  public var delay = 0.5

  enum CodingKeys: String, CodingKey {
    case url, retries, delay
    case batchSize = "batch_size"
    case requestSeconds = "request_seconds"
  }

  /// The defaults, which name no server.
  public init() {}

  /// What is wrong with these settings.
  var problems: [SettingsProblem] {
    var rules = Rules()
    let address = URL(string: url)
    rules.require(
      ["http", "https"].contains(address?.scheme) && address?.host?.isEmpty == false, "url",
      "'\(clipped(url))' is not an address that starts with http://")
    rules.require(
      (1...1024).contains(batchSize), "batch_size", "\(batchSize) is not from 1 to 1024")
    rules.require(
      requestSeconds > 0 && requestSeconds <= 3600, "request_seconds",
      "\(requestSeconds) is not above 0 and within an hour")
    rules.require((0...20).contains(retries), "retries", "\(retries) is not from 0 to 20")
    rules.require(
      delay >= 0 && delay <= 60, "delay", "\(delay) is not from 0 to 60 seconds")
    return rules.problems
  }
}

/// Scores responses by a server's numbers.
public final class HTTPVerifier: BatchVerifier {
  /// What is wrong with a server or its answers.
  struct Failure: Error, Equatable, CustomStringConvertible {
    var description: String
  }

  private struct Question: Encodable {
    var query: [String]
    var prompts: [String]
    var labels: [String]
  }

  private struct Numbers: Decodable {
    var rewards: [Double]?
    var scores: [Double]?
  }

  private static let answerLimit = 1 << 20

  private let url: URL
  private let settings: HTTPSettings
  private let threshold: Double

  /// Makes the verifier.
  ///
  /// - Parameters:
  ///   - settings: How the server is asked.
  ///   - threshold: From which score on an answer counts as right.
  /// - Throws: `VerifierError.setting`.
  public init(_ settings: HTTPSettings, threshold: Double) throws(VerifierError) {
    try settings.problems.refuse("reward.http")
    guard let url = URL(string: settings.url) else {
      throw .setting(key: "reward.http.url", reason: "is not an address")
    }
    self.url = url
    self.settings = settings
    self.threshold = threshold
  }

  /// How many responses one request holds.
  public var batchSize: Int { settings.batchSize }

  /// How many requests are under way at once.
  public var width: Int? { 16 }

  /// Scores some responses.
  ///
  /// - Throws: What was wrong with the last of the answers.
  public func verify(_ completions: [Completion]) async throws -> [Verdict] {
    let body = try JSONEncoder().encode(
      Question(
        query: completions.map { $0.prompt.text + $0.text },
        prompts: completions.map(\.prompt.text), labels: completions.map(\.prompt.truth)))
    var wait = settings.delay
    for _ in 0..<settings.retries {
      do {
        return try await ask(body, completions.count)
      } catch {
        try await Task.sleep(for: .seconds(wait))
        wait *= 2
      }
    }
    return try await ask(body, completions.count)
  }

  private func ask(_ body: Data, _ count: Int) async throws -> [Verdict] {
    guard let transport = Transports.current else { throw TransportFailure.absent }
    let answer = try await transport.post(
      body, to: url, within: settings.requestSeconds, upTo: Self.answerLimit)
    guard answer.status == 200 else {
      throw Failure(description: "\(url) answered with status \(answer.status)")
    }
    guard let numbers = try? JSONDecoder().decode(Numbers.self, from: answer.body),
      let scores = numbers.rewards ?? numbers.scores
    else { throw Failure(description: "\(url) answered without a list 'rewards' of numbers") }
    guard scores.count == count, scores.allSatisfy(\.isFinite) else {
      throw Failure(description: "\(url) gave \(scores.count) rewards for \(count) responses")
    }
    return scores.map { Verdict($0 >= threshold ? .correct : .wrong, score: $0) }
  }

  /// Looks whether anybody listens there.
  ///
  /// - Throws: `VerifierError.setting` where nobody does.
  public func check() async throws(VerifierError) {
    do throws(TransportFailure) {
      guard let transport = Transports.current else { throw .absent }
      try await transport.probe(url, within: settings.requestSeconds)
    } catch {
      throw .setting(key: "reward.http.url", reason: "\(url) cannot be reached: \(error)")
    }
  }

  /// Complains about nothing: a server may want no right answers.
  public func complaint(about truth: String) -> String? { nil }
}
