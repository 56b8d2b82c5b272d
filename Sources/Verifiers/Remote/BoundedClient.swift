// POST requests that end: bounded in time and in the size of the answer, never redirected, so that
// a server gone wrong costs a sample and no more.

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// What a server answered.
struct ServerAnswer: Sendable {
  var status: Int
  var body: Data
}

/// Why there is no answer.
enum ClientFailure: Error, Equatable, CustomStringConvertible {
  /// The answer is longer than may be.
  case tooLong(limit: Int)
  /// The connection failed or took too long.
  case connection(String)

  var description: String {
    switch self {
    case .tooLong(let limit): "the answer is longer than \(limit) bytes"
    case .connection(let words): words
    }
  }
}

/// Sends JSON and gathers answers.
struct BoundedClient: Sendable {
  /// The longest answer, in bytes.
  let limit: Int
  /// How long a request may take.
  let seconds: Double

  /// One for the process, which keeps its connections; it is never taken down.
  private static let client: HTTPClient = {
    var configuration = HTTPClient.Configuration()
    // What an answer points to was not configured.
    configuration.redirectConfiguration = .disallow
    configuration.httpVersion = .http1Only
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }()

  /// Sends a body of JSON and waits for the answer.
  func post(_ body: Data, to url: URL) async throws(ClientFailure) -> ServerAnswer {
    var request = HTTPClientRequest(url: url.absoluteString)
    request.method = .POST
    request.headers.add(name: "Content-Type", value: "application/json")
    request.body = .bytes(ByteBuffer(bytes: body))
    return try await send(request)
  }

  /// Looks whether somebody answers at all, whatever it says.
  func probe(_ url: URL) async throws(ClientFailure) {
    var request = HTTPClientRequest(url: url.absoluteString)
    request.method = .HEAD
    _ = try await send(request)
  }

  private func send(_ request: HTTPClientRequest) async throws(ClientFailure) -> ServerAnswer {
    do {
      let time = TimeAmount.milliseconds(max(1, Int64(seconds * 1000)))
      let response = try await Self.client.execute(request, timeout: time)
      let body = try await response.body.collect(upTo: limit)
      return ServerAnswer(status: Int(response.status.code), body: Data(body.readableBytesView))
    } catch is NIOTooManyBytesError {
      throw .tooLong(limit: limit)
    } catch let error as HTTPClientError where error == .deadlineExceeded {
      throw .connection("no answer within \(seconds) s")
    } catch {
      throw .connection("\(error)")
    }
  }
}
