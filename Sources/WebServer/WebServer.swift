// Where a server listens, whom it answers, and how it ends: the same for all that this program serves.

import Foundation
public import Hummingbird
import HummingbirdCore
import Logging
public import NIOCore
import ServiceLifecycle

/// What ends a server, or keeps it from starting.
public struct WebError: Error, CustomStringConvertible, Sendable {
  /// What is wrong, and what helps.
  public var description: String

  /// An error in words.
  public init(_ description: String) { self.description = description }
}

/// What a request carries beside itself: the connection that it came by.
public struct WebContext: RequestContext {
  /// What every context has.
  public var coreContext: CoreRequestContextStorage
  /// The connection.
  public let channel: any Channel

  /// A context of a connection.
  public init(source: ApplicationRequestContextSource) {
    coreContext = .init(source: source)
    channel = source.channel
  }

  /// Calls back once when the client has left, or has left already.
  ///
  /// - Parameter left: called on the connection's own thread.
  /// - Throws: what NIO throws for a connection that is gone.
  public func whenClientLeaves(_ left: @escaping @Sendable () -> Void) async throws {
    try await ConnectionGuard.notify(of: channel, left)
  }
}

/// A server on this machine's own address, or on another one behind a token.
public struct WebServer: Sendable {
  /// Where and to whom.
  public struct Settings: Sendable {
    /// The address to listen on.
    public var host = "127.0.0.1"
    /// The port; 0 takes a free one.
    public var port = 8000
    /// Further names by which clients may call the server.
    public var allowedHosts: [String] = []
    /// The secret that requests must bear; nil asks for none, which only this machine's own address
    /// allows.
    public var token: String?
    /// The most connections at a time.
    public var connections = 64

    /// This machine's own address, no secret.
    public init() {}

    /// Whether others than this machine can reach the address.
    public var isOpen: Bool { !Self.loopback.contains(host) }

    /// The address as a URL has it.
    public var urlHost: String { host.contains(":") ? "[\(host)]" : host }

    static let loopback = ["127.0.0.1", "::1", "localhost"]
  }

  private let settings: Settings
  private let isForBrowsers: Bool
  private let refusal: @Sendable (Int, String) -> Response

  /// A server that does not listen yet.
  ///
  /// - Parameters:
  ///   - settings: where and to whom.
  ///   - forBrowsers: whether the token may come once as `?token=…`, to be kept as a cookie: a browser sends no
  ///     header of its own.
  ///   - refusal: what a request is answered that may not pass, by its status and the words.
  public init(
    _ settings: Settings, forBrowsers: Bool = false,
    refusal: @escaping @Sendable (Int, String) -> Response
  ) {
    self.settings = settings
    isForBrowsers = forBrowsers
    self.refusal = refusal
  }

  /// Listens until the process is told to end.
  ///
  /// - Parameters:
  ///   - routes: adds what there is to ask for; the gate stands before all of it.
  ///   - whenListening: called with the port once requests are taken.
  /// - Throws: ``WebError`` for an address that cannot be had.
  public func run(
    routes: (Router<WebContext>) -> Void, whenListening: @escaping @Sendable (Int) -> Void
  ) async throws {
    guard !settings.isOpen || settings.token != nil else {
      throw WebError("\(settings.host) can be reached by others, and needs a token (--token-file)")
    }
    let names = Settings.loopback + [settings.host] + settings.allowedHosts
    let router = Router(context: WebContext.self)
    // Before the routes: it stands before those that follow.
    router.middlewares.add(
      Gate<WebContext>(
        names: Set(names.map { $0.lowercased() }), token: settings.token,
        isForBrowsers: isForBrowsers, refusal: refusal))
    routes(router)
    var logger = Logger(label: "vapo.web")
    logger.logLevel = .error
    let application = Application(
      router: router,
      server: .http1(
        configuration: .init(
          additionalChannelHandlers: [ConnectionGuard()], idleTimeout: .seconds(30),
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 16 << 10, maxHeaderFieldCount: 100))),
      configuration: .init(
        address: .hostname(settings.host, port: settings.port),
        availableConnectionsDelegate: MaximumAvailableConnections(settings.connections)),
      onServerRunning: { channel in whenListening(channel.localAddress?.port ?? 0) },
      logger: logger)
    do {
      try await application.runService()
    } catch let error as IOError where error.errnoCode == EADDRINUSE {
      throw WebError(
        "port \(settings.port) of \(settings.host) is in use"
          + (PortHolder.name(of: settings.port).map { " by \($0)" } ?? "")
          + "; --port names another, --port 0 takes a free one")
    } catch let error as IOError {
      throw WebError("cannot listen on \(settings.host):\(settings.port): \(error)")
    }
  }
}
