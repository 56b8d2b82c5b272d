// Who waits for changes: a stream of events for every page that is open.

import Foundation
import Hummingbird
import JSON
import NIOCore
import RunIndex
import ServiceLifecycle
import Synchronization
import WebServer

/// Tells every page what has changed.
final class EventHub: Sendable {
  private struct Listeners {
    var next = 0
    var streams: [Int: AsyncStream<String>.Continuation] = [:]
  }

  private let listeners = Mutex(Listeners())

  /// After how many seconds without a change a page is told that the server is there.
  private static let beat = 15.0
  /// The changes that are kept for a page that is slow; one that misses some shows what it had until the next.
  private static let mostWaiting = 32

  /// Sends what has changed.
  func tell(_ positions: [Int64: RunPosition], isListed: Bool) {
    let runs = positions.sorted { $0.key < $1.key }.map { id, position -> JSONValue in
      .object([
        "id": .integer(Int(id)), "step": position.step.map { .integer($0) } ?? .null,
        "state": .string(position.state),
      ])
    }
    let change = JSONValue.object(["runs": .array(runs), "listed": .boolean(isListed)])
    send("event: change\ndata: \(change.text)\n\n")
  }

  /// Sends a sign of life.
  func beat() { send(": still here\n\n") }

  /// How often ``beat()`` should be called.
  static var beatInterval: Duration { .seconds(beat) }

  private func send(_ text: String) {
    for stream in listeners.withLock({ Array($0.streams.values) }) { stream.yield(text) }
  }

  /// A page's stream of events, until it leaves.
  func stream(_ context: WebContext) async throws -> Response {
    let (events, continuation) = AsyncStream.makeStream(
      of: String.self, bufferingPolicy: .bufferingNewest(Self.mostWaiting))
    let number = listeners.withLock { listeners in
      listeners.next += 1
      listeners.streams[listeners.next] = continuation
      return listeners.next
    }
    continuation.onTermination = { [self] _ in
      listeners.withLock { _ = $0.streams.removeValue(forKey: number) }
    }
    try await context.whenClientLeaves { continuation.finish() }
    continuation.yield(": still here\n\n")
    return Response(
      status: .ok, headers: Answers.headers("text/event-stream"),
      body: ResponseBody { writer in
        defer { continuation.finish() }
        // A server that is told to end does not wait for pages that stay open.
        for await event in events.cancelOnGracefulShutdown() {
          try await writer.write(ByteBuffer(string: event))
        }
        try await writer.finish(nil)
      })
  }
}
