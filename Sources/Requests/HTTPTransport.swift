// The transport of reward servers and of servers that draw responses, by async-http-client.

import AsyncHTTPClient
public import Foundation
import NIOCore
import NIOHTTP1
public import Transport

/// Sends JSON and gathers answers.
public struct HTTPTransport: Transport {
  /// One for the process, which keeps its connections; it is never taken down.
  private static let client: HTTPClient = {
    var configuration = HTTPClient.Configuration()
    // What an answer points to was not configured.
    configuration.redirectConfiguration = .disallow
    configuration.httpVersion = .http1Only
    // Whoever asks bounds what is under way; a question never waits here for another one's answer.
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1024
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }()

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
    try await send(HTTPClientRequest(url: url.absoluteString), within: seconds, upTo: limit)
  }

  /// Looks whether somebody answers at all, whatever it says.
  public func probe(_ url: URL, within seconds: Double) async throws(TransportFailure) {
    var request = HTTPClientRequest(url: url.absoluteString)
    request.method = .HEAD
    _ = try await send(request, within: seconds, upTo: Self.probeLimit)
  }

  private func send(
    _ request: HTTPClientRequest, within seconds: Double, upTo limit: Int
  ) async throws(TransportFailure) -> TransportAnswer {
    do {
      let time = TimeAmount.milliseconds(max(1, Int64(seconds * 1000)))
      let response = try await Self.client.execute(request, timeout: time)
      let body = try await response.body.collect(upTo: limit)
      return TransportAnswer(status: Int(response.status.code), body: Data(body.readableBytesView))
    } catch is NIOTooManyBytesError {
      throw .tooLong(limit: limit)
    } catch let error as HTTPClientError where error == .deadlineExceeded {
      throw .connection("no answer within \(seconds) s")
    } catch {
      throw .connection("\(error)")
    }
  }
}
