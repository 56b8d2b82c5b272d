// Servers of vLLM's shape that say what a test wants them to say.

import Foundation
import JSON
import Synchronization
import Testing
import Transport

/// One such server.
final class ScriptedServer: Sendable {
  /// What it was asked, in order: the path of a call, and what was sent.
  struct Call: Sendable {
    var path: String
    var body: JSONValue
  }

  /// What it says: nil for what a good server says.
  typealias Script = @Sendable (_ call: Call, _ number: Int) async throws -> TransportAnswer?

  private let script: Script
  private let state = Mutex<(calls: [Call], version: String)>(([], "default"))
  private let isDead = Atomic<Bool>(false)
  private let hangs = Atomic<Bool>(false)
  private let running = Mutex<(now: Int, most: Int)>((0, 0))
  let url: URL

  /// The token that ends its responses, after as many others as the seed says.
  static let stop = 2

  init(_ script: @escaping Script = { _, _ in nil }) throws {
    self.script = script
    url = try #require(URL(string: "http://\(UUID().uuidString)/base"))
    ScriptedTransport.servers.withLock { $0[url.host() ?? ""] = self }
  }

  /// All but whether it is alive.
  var calls: [Call] { state.withLock { $0.calls.filter { $0.path != "health" } } }
  /// The calls but those that ask for responses.
  var orders: [String] { calls.map(\.path).filter { $0 != "inference/v1/generate" } }
  var questions: Int { calls.count - orders.count }
  /// The most questions it had at once.
  var mostAtOnce: Int { running.withLock { $0.most } }

  /// Lets it neither answer nor say that it is alive any more.
  func die() { isDead.store(true, ordering: .relaxed) }

  /// Lets it keep connections and say nothing, as a stopped process does.
  func hang() { hangs.store(true, ordering: .relaxed) }

  func answer(_ path: String, _ body: JSONValue) async throws -> TransportAnswer {
    let call = Call(path: path, body: body)
    let number = state.withLock {
      $0.calls.append(call)
      return $0.calls.count { $0.path == path }
    }
    running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
    defer { running.withLock { $0.now -= 1 } }
    if hangs.load(ordering: .relaxed) { try await Task.sleep(for: .seconds(3600)) }
    guard !isDead.load(ordering: .relaxed) else { throw TransportFailure.connection("refused") }
    if let said = try await script(call, number) { return said }
    switch path {
    case "inference/v1/generate":
      let version = state.withLock { $0.version }
      return Self.json(Self.reply(to: body, version: version))
    case "update_weight_version":
      state.withLock { $0.version = body["new_version"].text ?? "" }
      return Self.json(.object(["success": .boolean(true)]))
    case "reset_prefix_cache": return Self.json(.object(["success": .boolean(true)]))
    default: return Self.json(.object([:]))
    }
  }

  /// What a good server says: tokens that depend on the seed alone, and log-probabilities that depend on them.
  static func reply(to body: JSONValue, version: String) -> JSONValue {
    let parameters = body["sampling_params"]
    let limit = parameters["max_tokens"].integer ?? 0
    var tokens = (0..<limit).map { 3 + ((parameters["seed"].integer ?? 0) >> 3 &+ $0) % 5 }
    let length = 1 + (parameters["seed"].integer ?? 0) % (2 * limit)
    if length <= limit { tokens = Array(tokens.prefix(length - 1)) + [stop] }
    return reply(
      tokens, tokens.map { .number(-Double($0) / 8) }, length <= limit ? "stop" : "length", version)
  }

  static func reply(
    _ tokens: [Int], _ logProbs: [JSONValue], _ finish: String, _ version: String?
  ) -> JSONValue {
    let spans = version.map {
      JSONValue.object(["version": .string($0), "start": .integer(0)])
    }
    let contents = zip(tokens, logProbs).map { token, logProb -> JSONValue in
      .object(["token_id": .integer(token), "logprob": logProb, "rank": .integer(1)])
    }
    return .object([
      "choices": .array([
        .object([
          "token_ids": .array(tokens.map { .integer($0) }), "finish_reason": .string(finish),
          "logprobs": .object(["content": .array(contents)]),
          "weight_versions": .array(spans.map { [$0] } ?? []),
        ])
      ])
    ])
  }

  static func json(_ value: JSONValue, status: Int = 200) -> TransportAnswer {
    TransportAnswer(status: status, body: Data(value.text.utf8))
  }
}

/// Lets a suite's tests reach scripted servers, and nothing else.
struct OverScripts: SuiteTrait, TestTrait, TestScoping {
  var isRecursive: Bool { true }

  @concurrent func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    try await Transports.$own.withValue(ScriptedTransport(), operation: function)
  }
}

/// Finds scripted servers by their names.
struct ScriptedTransport: Transport {
  static let servers = Mutex<[String: ScriptedServer]>([:])

  private func server(_ url: URL) throws(TransportFailure) -> ScriptedServer {
    guard let server = Self.servers.withLock({ $0[url.host() ?? ""] }) else {
      throw .connection("nobody there")
    }
    return server
  }

  func post(
    _ body: Data, to url: URL, within seconds: Double, upTo limit: Int
  ) async throws(TransportFailure) -> TransportAnswer {
    // Two tasks race: an answer, and the clock.
    let answer = await withTaskGroup(of: Result<TransportAnswer, TransportFailure>.self) { race in
      race.addTask {
        do throws(TransportFailure) {
          return .success(try await reply(body, url, limit))
        } catch {
          return .failure(error)
        }
      }
      race.addTask {
        try? await Task.sleep(for: .seconds(seconds))
        return .failure(.connection("no answer within \(seconds) s"))
      }
      defer { race.cancelAll() }
      return await race.next() ?? .failure(.connection("nobody there"))
    }
    return try answer.get()
  }

  private func reply(
    _ body: Data, _ url: URL, _ limit: Int
  ) async throws(TransportFailure) -> TransportAnswer {
    let server = try server(url)
    let path = url.path().replacing("/base/", with: "") + (url.query().map { "?\($0)" } ?? "")
    let value = (try? JSONValue(parsing: body)) ?? .null
    do {
      let answer = try await server.answer(path, value)
      guard answer.body.count <= limit else { throw TransportFailure.tooLong(limit: limit) }
      return answer
    } catch let error as TransportFailure {
      throw error
    } catch {
      throw .connection("\(error)")
    }
  }

  func get(
    _ url: URL, within seconds: Double, upTo limit: Int
  ) async throws(TransportFailure) -> TransportAnswer {
    try await post(Data("{}".utf8), to: url, within: seconds, upTo: limit)
  }

  func probe(_ url: URL, within seconds: Double) async throws(TransportFailure) {
    _ = try server(url)
  }
}

extension JSONValue? {
  subscript(key: String) -> JSONValue? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  var integer: Int? { if case .integer(let number) = self { number } else { nil } }
  var text: String? { if case .string(let text) = self { text } else { nil } }
}

extension JSONValue {
  subscript(key: String) -> JSONValue? { Optional(self)[key] }
}
