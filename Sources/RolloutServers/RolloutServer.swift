// One server that draws responses: asked, given new weights, listened to for its heartbeat.

import Foundation
import JSON
import Transport

/// A server at its address.
struct RolloutServer: Sendable {
  let url: URL
  private let dialect: any ServerDialect
  let settings: RemoteSettings

  /// The longest answer to a call that is no question, in bytes.
  private static let callLimit = 1 << 20
  /// The longest answer's part that does not grow with the response, in bytes, and what a token adds: id,
  /// log-probability and rank, each twice.
  private static let (answerBase, answerToken) = (1 << 16, 512)
  /// How often what may pass is asked again, and how long after, in seconds.
  private static let (passes, pause) = (20, 0.25)

  init(_ url: URL, _ dialect: any ServerDialect, _ settings: RemoteSettings) {
    (self.url, self.dialect, self.settings) = (url, dialect, settings)
  }

  /// Asks for one response.
  ///
  /// - Parameters:
  ///   - question: what is asked.
  ///   - seconds: how long it may take; nil for what the settings say of a response.
  /// - Returns: what it says.
  /// - Throws: ``ServerFault`` when none comes that can be read.
  func ask(
    _ question: ServerQuestion, within seconds: Double? = nil
  ) async throws(ServerFault) -> ServerReply {
    let answer = try await call(
      dialect.question(question), within: seconds ?? settings.requestSeconds,
      upTo: Self.answerBase + Self.answerToken * question.limit)
    guard let answer else { throw .failed("its answer is empty") }
    return try dialect.reply(answer)
  }

  /// Gives it new weights.
  ///
  /// - Parameters:
  ///   - folder: a Hugging Face folder or an adapter's; it must be there, for a server may not survive a path that
  ///     is not.
  ///   - version: what the weights are called from then on.
  ///   - former: what those are called that it had before; nil for the first.
  /// - Throws: ``ServerFault`` when it does not have them; nobody knows then which it has.
  func load(_ folder: URL, version: String, former: String?) async throws(ServerFault) {
    guard Self.isModel(folder) else {
      throw .refused(
        "\(folder.path) holds neither a model nor an adapter: no configuration beside a file of safetensors"
      )
    }
    // One that is there answers this at once; the calls below may take their time.
    try await beat(within: settings.heartbeatSeconds)
    // What an attempt before this one has loaded by the same name would be refused a second time.
    if former == version, let forget = dialect.leaving(version) {
      _ = try? await insist(on: forget)
    }
    let calls = dialect.loading(folder.path, version: version)
    do throws(ServerFault) {
      for call in calls.dropLast() { try await insist(on: call) }
    } catch {
      if case .silent = error { throw error }
      if let last = calls.last { _ = try? await insist(on: last) }
      throw error
    }
    if let last = calls.last { try await insist(on: last) }
    // One that was started again has nothing to forget, and says so.
    if former != version, let forget = former.flatMap(dialect.leaving) {
      _ = try? await insist(on: forget)
    }
  }

  /// Whether a folder has what a server would look for in it.
  private static func isModel(_ folder: URL) -> Bool {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.contains { $0 == "config.json" || $0 == "adapter_config.json" }
      && names.contains { $0.hasSuffix(".safetensors") }
  }

  /// Makes a call, and again where a complaint may pass.
  ///
  /// - Parameters:
  ///   - call: what is asked.
  ///   - seconds: how long it may take; nil for what the settings say of a load.
  /// - Throws: ``ServerFault`` where it is not done.
  func insist(
    on call: ServerCall, within seconds: Double? = nil
  ) async throws(ServerFault) {
    var left = call.mayPass ? Self.passes : 1
    while true {
      left -= 1
      do throws(ServerFault) {
        let answer = try await self.call(
          call, within: seconds ?? settings.loadSeconds, upTo: Self.callLimit)
        guard let complaint = call.complaint(answer) else { return }
        throw .failed(complaint)
      } catch {
        if case .silent = error { throw error }
        if left == 0 || Task.isCancelled { throw error }
      }
      try? await Task.sleep(for: .seconds(Self.pause))
    }
  }

  /// Looks whether it is alive.
  ///
  /// - Throws: ``ServerFault`` where nobody says so in time.
  func beat(within seconds: Double) async throws(ServerFault) {
    let answer = try await got(dialect.health, within: seconds)
    guard answer.status == 200 else { throw .failed("it says status \(answer.status) of itself") }
  }

  /// Gets what lies at a path.
  ///
  /// - Returns: it, which nobody vouches for.
  /// - Throws: ``ServerFault`` where no answer comes that can be read.
  func answer(at path: String) async throws(ServerFault) -> JSONValue? {
    let answer = try await got(path, within: settings.heartbeatSeconds)
    guard answer.status == 200 else {
      throw .failed(
        "/\(path) answered with status \(answer.status)"
          + (dialect.meaning(of: answer.status, at: path).map { ": \($0)" } ?? ""))
    }
    return try? JSONValue(parsing: answer.body, limits: JSONLimits(depth: 32, values: 1000))
  }

  private func got(
    _ path: String, within seconds: Double
  ) async throws(ServerFault) -> TransportAnswer {
    do {
      return try await transport.get(address(of: path), within: seconds, upTo: Self.callLimit)
    } catch {
      throw .silent("\(error)")
    }
  }

  private func call(
    _ call: ServerCall, within seconds: Double, upTo limit: Int
  ) async throws(ServerFault) -> JSONValue? {
    let body = Data((call.body ?? .object([:])).text.utf8)
    let answer: TransportAnswer
    do {
      answer = try await transport.post(
        body, to: address(of: call.path), within: seconds, upTo: limit)
    } catch {
      throw .silent("\(error)")
    }
    let name = call.path.prefix { $0 != "?" }
    guard (200..<300).contains(answer.status) else {
      let words =
        "/\(name) answered with status \(answer.status)" + Self.said(answer.body)
        + (dialect.meaning(of: answer.status, at: String(name)).map { ": \($0)" } ?? "")
      throw dialect.isRefusal(answer.status, at: String(name)) ? .refused(words) : .failed(words)
    }
    guard !answer.body.isEmpty, !call.answersText else { return nil }
    do {
      return try JSONValue(
        parsing: answer.body, limits: JSONLimits(depth: 32, values: 1000 + limit / 8))
    } catch {
      throw .failed("/\(name) answered with what is no JSON: \(error)")
    }
  }

  /// What an answer that is no success says, on one short line.
  private static func said(_ body: Data) -> String {
    let words = String(decoding: body.prefix(400), as: UTF8.self)
      .map { $0.isNewline || ($0.asciiValue ?? 32) < 32 ? " " : String($0) }.joined()
    return words.isEmpty ? "" : ": \(words)"
  }

  private var transport: any Transport {
    get throws(TransportFailure) {
      guard let transport = Transports.current else { throw .absent }
      return transport
    }
  }

  private func address(of path: String) -> URL {
    let base = url.absoluteString
    return URL(string: (base.hasSuffix("/") ? base : base + "/") + path) ?? url
  }
}
