// The transport of reward servers and of servers that draw responses, by async-http-client.

import AsyncHTTPClient
public import Foundation
import NIOCore
import NIOHTTP1
public import Transport

/// Sends JSON and gathers answers.
public struct HTTPTransport: Transport {
  /// One for the process, which keeps its connections; it is never taken down.
  private static let client = make()
  /// The same for what is read, such as whether a server is alive: it waits behind no question.
  private static let reader = make()

  private static func make() -> HTTPClient {
    var configuration = HTTPClient.Configuration()
    // What an answer points to was not configured.
    configuration.redirectConfiguration = .disallow
    configuration.httpVersion = .http1Only
    // Whoever asks bounds what is under way; a question never waits here for another one's answer.
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1 << 16
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  /// The longest answer to a probe, in bytes: a HEAD has none.
  private static let probeLimit = 1 << 20

  /// The transport.
  public init() {}

  /// Sends a body of JSON and waits for the answer.
  public func post(
    _ body: Data, to url: URL, within seconds: Double, upTo limit: Int
  ) async throws(TransportFailure) -> TransportAnswer {
    var request = HTTPClientRequest(url: url.absoluteString)
    request.method = .POST
    request.headers.add(name: "Content-Type", value: "application/json")
    request.body = .bytes(ByteBuffer(bytes: body))
    return try await send(request, within: seconds, upTo: limit)
  }

  /// Reads an address.
  public func get(
    _ url: URL, within seconds: Double, upTo limit: Int
  ) async throws(TransportFailure) -> TransportAnswer {
    try await send(
      HTTPClientRequest(url: url.absoluteString), by: Self.reader, within: seconds, upTo: limit)
  }

  /// Looks whether somebody answers at all, whatever it says.
  public func probe(_ url: URL, within seconds: Double) async throws(TransportFailure) {
    var request = HTTPClientRequest(url: url.absoluteString)
    request.method = .HEAD
    _ = try await send(request, within: seconds, upTo: Self.probeLimit)
  }

  /// Sends and gathers, within the time: the library's own limit ends with the head of an answer.
  private func send(
    _ request: HTTPClientRequest, by client: HTTPClient = Self.client, within seconds: Double,
    upTo limit: Int
  ) async throws(TransportFailure) -> TransportAnswer {
    let result = await withTaskGroup(
      of: Result<TransportAnswer, TransportFailure>?.self
    ) { race in
      race.addTask { await Self.answer(to: request, by: client, seconds, limit) }
      race.addTask {
        try? await Task.sleep(for: .seconds(seconds))
        return nil
      }
      defer { race.cancelAll() }
      return await race.next() ?? nil
    }
    guard let result else { throw .connection("no answer within \(seconds) s") }
    return try result.get()
  }

  private static func answer(
    to request: HTTPClientRequest, by client: HTTPClient, _ seconds: Double, _ limit: Int
  ) async -> Result<TransportAnswer, TransportFailure> {
    do {
      let time = TimeAmount.milliseconds(max(1, Int64(seconds * 1000)))
      let response = try await client.execute(request, timeout: time)
      let body = try await response.body.collect(upTo: limit)
      return .success(
        TransportAnswer(status: Int(response.status.code), body: Data(body.readableBytesView)))
    } catch is NIOTooManyBytesError {
      return .failure(.tooLong(limit: limit))
    } catch let error as HTTPClientError where error == .deadlineExceeded {
      return .failure(.connection("no answer within \(seconds) s"))
    } catch {
      // The library names every address and layer that it went through.
      let words = "\(error)"
      return .failure(
        .connection(words.contains("Connection refused") ? "nobody listens there" : words))
    }
  }
}
