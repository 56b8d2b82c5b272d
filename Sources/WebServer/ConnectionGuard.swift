// What a connection may take before anybody has looked at what it says: time and bytes.

import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Closes connections that send too slowly or too much.
///
/// A request that is being answered is never interrupted: answers take as long as they take.
final class ConnectionGuard: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart

  /// How long the first line and the headers may take after a connection is made.
  static let headTime = TimeAmount.seconds(10)
  /// How long a body may take.
  static let bodyTime = TimeAmount.seconds(60)
  /// After how many bytes of a body that is too long nobody listens any more.
  static let mostBytes = 4 << 20

  private var deadline: Scheduled<Void>?
  private var received = 0
  private var hasLeft = false
  private var whenLeft: (@Sendable () -> Void)?

  /// Calls back once when the client of a connection has left, or has left already.
  ///
  /// A client that closes its sending half alone looks the same, and is taken to have left.
  static func notify(
    of channel: any Channel, _ left: @escaping @Sendable () -> Void
  ) async throws {
    try await channel.eventLoop.submit {
      let handler = try channel.pipeline.syncOperations.handler(type: ConnectionGuard.self)
      if handler.hasLeft { left() } else { handler.whenLeft = left }
    }.get()
  }

  func handlerAdded(context: ChannelHandlerContext) {
    if context.channel.isActive { expect(context, within: Self.headTime) }
  }

  func channelActive(context: ChannelHandlerContext) {
    expect(context, within: Self.headTime)
    context.fireChannelActive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      received = 0
      expect(context, within: Self.bodyTime)
    case .body(let bytes):
      received += bytes.readableBytes
      if received > Self.mostBytes {
        context.close(promise: nil)
        return
      }
    case .end: deadline?.cancel()
    }
    context.fireChannelRead(data)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .inputClosed? = event as? ChannelEvent { leave() }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    leave()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

  private func leave() {
    hasLeft = true
    whenLeft?()
    whenLeft = nil
  }

  private func expect(_ context: ChannelHandlerContext, within time: TimeAmount) {
    deadline?.cancel()
    deadline = context.eventLoop.assumeIsolated().scheduleTask(in: time) {
      context.close(promise: nil)
    }
  }
}
